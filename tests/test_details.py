"""Details of a text are found and compared by their value."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import details
from reviewer.details import find, in_another_currency, money

PIECES = (
    "12 14 3,5 1.200 k€ € EUR euros $ CHF eur francs mars lundi May mar Q3 T4 t1 FR7630006000011234567890189 a@b.example"
    " www.x.example 00331 +33 0612345678 10h 10:30 12/03 2026-03-14 % pour cent x_ _3 (EUR) 3° st é . , : / -"
)
"""Of which lines are made that have details."""
SPELLINGS = {
    "EUR": ("12 €", "€12", "EUR 12", "12 EUR", "12 euros", "12 Euro", "€ 12,00", "12.00 eur"),
    "USD": ("12 $", "$12", "USD 12", "12 USD", "12 dollars", "12 Dollar", "12 US$", "12 US-Dollar", "12 US dollars", "12 dólares",
            "12 dollari", "US$12", "$ 12.00"),
    "GBP": ("12 £", "£12", "GBP 12", "12 GBP", "12 pounds", "12 livres sterling", "12 Pfund", "12 libras", "12 sterline", "12 pond"),
    "CHF": ("CHF 12", "12 CHF", "12.- CHF", "12 Franken", "12 Schweizer Franken", "12 Swiss francs", "12 francs suisses", "12 francos",
            "12 franchi"),
}  # fmt: skip
written = st.sampled_from([(currency, text) for currency, texts in SPELLINGS.items() for text in texts])


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("42 k€", "amount", "42000"),
        ("42 000 EUR", "amount", "42000"),
        ("42\u202f000 €", "amount", "42000"),
        ("€42,000", "amount", "42000"),
        ("1,2 M€", "amount", "1.2e+06"),
        ("3 Mio. €", "amount", "3e+06"),
        ("10.000 €", "amount", "10000"),
        ("50k", "amount", "50000"),
        ("2.529 171.066 176.067", "number", "2.52917e+15"),
        ("12,5 %", "percent", "12.5"),
        ("12.5 percent", "percent", "12.5"),
        ("le 14 mars", "date", "14/3"),
        ("March 14th", "date", "14/3"),
        ("14. März", "date", "14/3"),
        ("14 de marzo de 2026", "date", "14/3"),
        ("14/03/2026", "date", "14/3"),
        ("2026-03-14", "date", "14/3"),
        ("14.03.", "date", "14/3"),
        ("vendredi", "date", "fri"),
        ("Freitag", "date", "fri"),
        ("septembre", "date", "month 9"),
        ("T3 2026", "date", "quarter 3"),
        ("10h30", "time", "10:30"),
        ("10 h", "time", "10:00"),
        ("3 PM", "time", "15:00"),
        ("15:30 Uhr", "time", "15:30"),
        ("1.200", "number", "1200"),
        ("1 200", "number", "1200"),
        ("a.b@c.example", "address", "a.b@c.example"),
        ("https://x.example/a.", "url", "https://x.example/a"),
        ("06 55 51 20 20", "phone", "655512020"),
        ("+33 6 55 51 20 20", "phone", "655512020"),
        ("FR76 3000 6000 0112 3456 7890 189", "iban", "FR7630006000011234567890189"),
    ],
)
def test_detail_has_one_value_however_it_is_written(text: str, kind: str, value: str) -> None:
    """Each way to write an amount, a date, a time or an address gives the same value."""
    assert [(d.kind, d.value) for d in find(text)] == [(kind, value)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("25thfeb", "date", "25/2"),
        ("1ermars", "date", "1/3"),
        ("25thSept 2026", "date", "25/9"),
        ("14 auguſt", "date", "14/8"),
        ("14 avrıl", "date", "14/4"),
        ("ſeptember 2026", "date", "month 9"),
        ("ſamedi", "date", "sat"),
        ("12 euroſ", "amount", "12"),
        ("12 \u212aEUR", "amount", "12000"),
        ("UſD 12", "amount", "12"),
    ],
)
def test_odd_letters_and_words_written_together_are_read(text: str, kind: str, value: str) -> None:
    """What a pattern takes for a month or a currency is one, and stands in the text as it was typed."""
    assert [(d.kind, d.value, d.quote) for d in find(text)] == [(kind, value, text)]


@given(st.text(st.sampled_from("0125 .,:/-€$kK\u212aiİıIsſSeurodlamptbfvjgchnwyUSDérzö\n"), max_size=60))
def test_any_text_has_details_that_stand_where_they_say(text: str) -> None:
    """Nothing that a pattern takes is unknown to the tables."""
    assert all(text[d.start : d.end] == d.quote for d in find(text))
    assert {d.value for d in find(text) if d.kind in ("number", "amount")} <= set(money(text))


@given(
    st.lists(
        st.sampled_from(PIECES.split()),
        max_size=8,
    ),
    st.sampled_from(["", " ", "\u00a0"]),
)
def test_details_are_looked_for_wherever_one_can_begin(pieces: list[str], between: str) -> None:
    """As the whole pattern finds them when it is tried at every letter."""
    line = between.join(pieces)
    tried = [(m.lastgroup, m.span()) for m in details._DETAIL.finditer(line)]
    assert [(m.lastgroup, m.span()) for m in details._matches(line)] == tried


@given(
    st.sampled_from(
        ["1ermars", "25thfeb", "14 septembre", "samedi", "12 livres sterling", "12 Schweizer Franken", "2 juin 2026"]
    ),
    st.data(),
)
def test_a_letter_that_is_equal_without_regard_to_case_changes_no_detail(text: str, draw: st.DataObject) -> None:
    """The long s, the dotted and the dotless i, the sign of the kelvin."""
    equal = {"s": "sſS", "i": "iİıI", "k": "kK\u212a"}
    typed = "".join(draw.draw(st.sampled_from(equal.get(letter, letter))) for letter in text)
    assert [(d.kind, d.value, d.currency) for d in find(typed)] == [(d.kind, d.value, d.currency) for d in find(text)]


@pytest.mark.parametrize("text", ["mars prochain nous verrons", "we may see", "une set list", "version deux"])
def test_everyday_words_are_no_dates(text: str) -> None:
    """Short month names count only beside a day."""
    assert find(text) == ()


def test_spans_give_the_quotes_back() -> None:
    """Every detail's span is its quote, in order and without overlap."""
    text = "Le 14 mars à 10 h : 42 k€ et 12 %, voir a@b.example ou 06 55 51 20 20."
    found = find(text)
    assert [text[d.start : d.end] for d in found] == [d.quote for d in found]
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert [d.kind for d in found] == ["date", "time", "amount", "percent", "address", "phone"]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("Le 14\navril 2026", ["14", "avril 2026"]),
        ("Rien ici.\nLe 14 mars, puis\n\n42 k€ vendredi", ["14 mars", "42 k€", "vendredi"]),
        ("Voir\nwww.client.example/a\net x@client.example", ["www.client.example/a", "x@client.example"]),
        ("lundis, martial, 12mars, _mars_", ["12mars"]),
    ],
)
def test_a_detail_ends_with_its_line_and_stands_where_it_says(text: str, quotes: list[str]) -> None:
    """Offsets count from the start of the text, and no detail goes over the end of a line."""
    found = find(text)
    assert [d.quote for d in found] == quotes
    assert [text[d.start : d.end] for d in found] == quotes


@pytest.mark.parametrize(
    ("text", "currencies"),
    [
        ("12", {"12": {""}}),
        ("12k", {"12000": {""}}),
        ("12 kEUR, 13 k€, 14 k$, 15 kCHF", {"12000": {"EUR"}, "13000": {"EUR"}, "14000": {"USD"}, "15000": {"CHF"}}),
        ("12 % le 12 mars à 12 h", {}),
        ("12 €, 12 $ et 12", {"12": {"EUR", "USD", ""}}),
        ("10 to 12 k€", {"10": {"EUR"}, "10000": {"EUR"}, "12000": {"EUR"}}),
        ("10 $ à 12 €", {"10": {"USD"}, "12": {"EUR"}}),
        ("Prices in € or CHF: 12, £24", {"12": {"EUR", "CHF"}, "24": {"GBP"}}),
        ("12\nin €", {"12": {""}}),
        ("configurateur 3", {"3": {""}}),
        ("correspond 3", {"3": {""}}),
    ],
)
def test_money_gives_the_currencies_of_each_value(text: str, currencies: dict[str, set[str]]) -> None:
    """By the amount's own, by the end of its range, or by what its line names."""
    assert money(text) == currencies


@given(written, written)
def test_an_amount_has_one_currency_however_it_is_written(first: tuple[str, str], second: tuple[str, str]) -> None:
    """Two spellings are of different currencies exactly where their codes are."""
    (currency, text), (other, told) = first, second
    assert set(money(text)["12"]) == {currency}
    assert all(in_another_currency(d, told) == (currency != other) for d in find(text) if d.currency)


@given(written, st.sampled_from(["12", "12 agences", "Tarif : 12"]))
def test_an_amount_without_a_currency_is_in_no_other(amount: tuple[str, str], bare: str) -> None:
    """Neither way round."""
    assert not any(in_another_currency(d, bare) for d in find(amount[1]))
    assert not any(in_another_currency(d, amount[1]) for d in find(bare))
