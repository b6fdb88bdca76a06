"""The telling details of a text: amounts, percentages, dates, times, numbers, addresses, links, phone numbers.

A detail is compared by its value, so "42 k€", "42 000 EUR" and "€42,000" are one amount, and "14 mars", "March 14th"
and "14/03" one day. The currency of an amount is kept beside its value: "42 $" is as large, and not the same. Six languages are
read at once: a French draft may well quote "March 14".
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import zip_longest
from typing import Literal, NamedTuple

Kind = Literal["amount", "percent", "date", "time", "number", "address", "url", "phone", "iban"]


class Detail(NamedTuple):
    """One detail: its kind, its normalised value, and where it stands in the text."""

    kind: Kind
    value: str
    start: int
    end: int
    quote: str
    currency: str = ""
    """The code of an amount's currency, "EUR" for "12 €"; empty where none is written, as in "12" and "12 k"."""


_MONTHS = {
    1: "janvier janv january jan januar jänner enero ene gennaio gen januari",
    2: "février fevrier févr fevr fév fev february feb februar febrero febbraio febbr februari",
    3: "mars march mar märz maerz mrz marzo maart mrt",
    4: "avril avr april apr abril abr aprile",
    5: "mai may mayo maggio mag mei",
    6: "juin june jun juni junio giugno giu",
    7: "juillet juil july jul juli julio luglio lug",
    8: "août aout august aug agosto ago augustus",
    9: "septembre sept september sep septiembre settembre sett set",
    10: "octobre oct october oktober okt octubre ottobre ott",
    11: "novembre nov november noviembre",
    12: "décembre decembre déc december dec dezember dez diciembre dic dicembre",
}
_MONTH_OF = {name: number for number, names in _MONTHS.items() for name in names.split()}
# "mar", "mai", "may", "set", "mag", "ago", "gen" and the like are everyday words too: a month only beside a day number.
_MONTH = "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True))
_LONG_MONTH = "|".join(
    sorted(
        (
            re.escape(m)
            for m in _MONTH_OF
            if len(m) > 4 or m in {"juin", "août", "aout", "juni", "juli", "june", "july"}
        ),
        key=len,
        reverse=True,
    )
)
_WEEKDAYS = {
    "mon": "lundi monday montag lunes lunedì lunedi maandag",
    "tue": "mardi tuesday dienstag martes martedì martedi dinsdag",
    "wed": "mercredi wednesday mittwoch miércoles miercoles mercoledì mercoledi woensdag",
    "thu": "jeudi thursday donnerstag jueves giovedì giovedi donderdag",
    "fri": "vendredi friday freitag viernes venerdì venerdi vrijdag",
    "sat": "samedi saturday samstag sonnabend sábado sabado sabato zaterdag",
    "sun": "dimanche sunday sonntag domingo domenica zondag",
}
_WEEKDAY_OF = {name: day for day, names in _WEEKDAYS.items() for name in names.split()}
_WEEKDAY = "|".join(map(re.escape, _WEEKDAY_OF))

_SPACE = "[ \u00a0\u202f\u2009]"
_NUMBER = rf"\d{{1,3}}(?:(?:[.,'’]|{_SPACE})\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)|\d+(?:[.,]\d+)?"
_CURRENCIES = {
    "EUR": "€ eur euro euros",
    "USD": "$ usd dollar dollars dólar dólares dolar dolares dollaro dollari",
    "GBP": "£ gbp livre livres pound pounds pfund pond libra libras sterlina sterline",
    "CHF": "chf franc francs franken francos franchi",
}
_CURRENCY_OF = {name: code for code, names in _CURRENCIES.items() for name in names.split()}
_CURRENCY_WORD = rf"(?:{'|'.join(sorted((w for w in _CURRENCY_OF if w.isalpha()), key=len, reverse=True))})\b"
# Behind a number, where a letter that begins no currency ends the search at once.
_CURRENCY = rf"€|\$|£|(?=[c-glpsu])(?:US[ -]?(?:\$|Dollars?\b)|(?:(?:Swiss|Schweizer){_SPACE})?{_CURRENCY_WORD})"
# Before a number fewer words are tried, at every letter of a line; the rest mostly stand behind it ("correspond 3" is none).
_CURRENCY_BEFORE = r"€|\$|£|(?:EUR|USD|GBP|CHF|euros?|dollars?|livres?|pounds?|francs?|Franken)\b"
_SCALE = r"(?:k|K|M|Mio\.?|Mrd\.?|millions?|millones|million[ei]?|miljoen|Millionen|mille|tausend|thousand|mila|mil|duizend|bn|m)"

_NAMES = {*_MONTH_OF, *_WEEKDAY_OF}
_DETAIL = re.compile(
    "|".join(
        (
            r"(?P<address>(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
            r"(?P<url>https?://[^\s<>\")\]]+|www\.[^\s<>\")\]]+)",
            rf"(?P<iban>\b[A-Z]{{2}}\d{{2}}(?:{_SPACE}?[A-Z0-9]{{4}}){{3,7}}(?:{_SPACE}?[A-Z0-9]{{1,3}})?\b)",
            rf"(?P<phone>(?<![\w+])(?:(?:\+|00)\d{{1,3}}(?:{_SPACE}|[.\-/()])*(?:\d(?:{_SPACE}|[.\-/()])*){{7,11}}\d"
            rf"|0\d(?:(?:{_SPACE}|[.\-/])?\d{{2}}){{4}}|0\d{{2,4}}(?:{_SPACE}|[\-/])+\d(?:{_SPACE}?\d){{5,8}}))(?!\w)",
            r"(?P<iso>\b\d{4}-\d{2}-\d{2}\b)",
            r"(?P<numeric>(?<![\d.,/])(?:0?[1-9]|[12]\d|3[01])(?:/(?:0?[1-9]|1[0-2])(?:/(?:20)?\d{2})?|\.(?:0?[1-9]|1[0-2])\.(?:(?:20)?\d{2})?)(?![\d/%]))",
            rf"(?P<daymonth>\b\d{{1,2}}(?:er|st|nd|rd|th|e|º|°|\.)?{_SPACE}*(?:of |de |di )?(?:{_MONTH})\b\.?"
            rf"(?:(?:,|{_SPACE}|de |del )*(?:20)\d{{2}}\b)?)",
            rf"(?P<monthday>\b(?:{_MONTH})\.?{_SPACE}\d{{1,2}}(?:st|nd|rd|th)?\b(?!{_SPACE}?(?:%|h\b|:\d))(?:,?{_SPACE}(?:20)\d{{2}}\b)?)",
            rf"(?P<month>\b(?:{_LONG_MONTH})\b(?:{_SPACE}(?:de |del )?(?:20)\d{{2}}\b)?)",
            rf"(?P<weekday>\b(?:{_WEEKDAY})\b)",
            r"(?P<quarter>\b[QT][1-4]\b(?:[ /-]*(?:20)?\d{2}\b)?)",
            rf"(?P<percent>(?:{_NUMBER}){_SPACE}*(?:%|(?:pour{_SPACE}cent|percent|per{_SPACE}cent|Prozent|por{_SPACE}ciento|per{_SPACE}cento|procent)\b))",
            rf"(?P<time>\b(?:[01]?\d|2[0-3])(?:{_SPACE}?[hH]{_SPACE}?[0-5]\d\b|:[0-5]\d\b|{_SPACE}?[hH]\b|{_SPACE}?(?:Uhr|uur|heures?)\b|{_SPACE}?[ap]\.?m\b\.?))",
            rf"(?P<amount>(?:{_CURRENCY_BEFORE}){_SPACE}?(?:{_NUMBER})(?:{_SPACE}?{_SCALE}\b)?"
            rf"|(?:{_NUMBER}){_SPACE}*(?:{_SCALE}{_SPACE}*(?:d['’]|de |di )?)?(?:{_CURRENCY})"
            rf"|\b\d+(?:[.,]\d+)?{_SPACE}?[kK]\b)",
            rf"(?P<number>(?<![\w])(?:{_NUMBER})(?![\d]))",
        )
    ),
    re.IGNORECASE,
)
# Where a detail can begin: the pattern above is too slow to be tried at every letter.
_BEGINNING = re.compile(r"[+€$£]|\d+")
_BEFORE_NUMBER = re.compile(rf"(?:{_CURRENCY_BEFORE}){_SPACE}?\Z", re.IGNORECASE)
_MOST_DIGITS = 60  # in a row, in which a detail may begin
_LONGEST_CURRENCY = 9  # characters of such a word with its space
_MONEY = re.compile(rf"€|\$|£|(?<![^\W\d_])(?:k|M)?(?P<word>{_CURRENCY_WORD})", re.IGNORECASE)
_DIGITS = re.compile(_NUMBER)
# A separator before exactly three digits is a thousands separator, any other a decimal one; several kinds may stand in one number.
_THOUSANDS = re.compile(rf"(?:[.,'’]|{_SPACE})(?=\d{{3}}(?:\D|$))")
_SCALED = re.compile(r"\d[\s\u00a0\u202f]*([a-zä]+)")
_RANGE = re.compile(r"\s*(?:[-–—/]|à|a|to|and|or|et|ou|und|bis|oder|y|o|e|en|tot|of)\s*", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_MULTIPLIER = {"k": 1e3, "mille": 1e3, "tausend": 1e3, "thousand": 1e3, "mila": 1e3, "mil": 1e3, "duizend": 1e3,
               "m": 1e6, "mio": 1e6, "bn": 1e9, "mrd": 1e9}  # fmt: skip


# Letters that are equal to everyday ones without regard to case, and that no table above knows ("ſept", "euroſ").
_ODD = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
_EVERYDAY = str.maketrans(_ODD)


def calendar_day(year: int, month: int, day: int) -> date | None:
    """The date; None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_trivial(detail: Detail) -> bool:
    """Whether it is a lone digit, which tells nothing: "2 sites" and "2 weeks" share it."""
    return detail.kind == "number" and len(detail.value) < 2


def is_currency(word: str) -> bool:
    """Whether a word is a currency's name or code ("EUR"), perhaps in thousands ("KEUR")."""
    return bool(_MONEY.fullmatch(word))


@lru_cache(maxsize=256)
def money(text: str) -> Mapping[str, frozenset[str]]:
    """The currencies, by their codes, in which the text gives each value of its amounts and numbers; "" where it says none.

    The first number of a range has the currency of the last, and perhaps its scale ("10 to 12 k€": 10 and 10,000 beside 12,000);
    on a line that names a currency by itself ("Prices in €: 12, 24") every number is in it.
    """
    result: dict[str, set[str]] = {}
    for line in text.split("\n"):
        found = find(line)
        if not any(detail.kind in ("number", "amount") for detail in found):
            continue
        named = _named_alone(line, found)
        for detail, following in zip_longest(found, found[1:]):
            if detail.kind not in ("number", "amount"):
                continue
            if detail.currency:
                result.setdefault(detail.value, set()).add(detail.currency)
            elif following and following.currency and _RANGE.fullmatch(line, detail.end, following.start):
                scaled = f"{float(detail.value) * _scale(following.quote.lower()):g}"
                for value in (detail.value, scaled):
                    result.setdefault(value, set()).update({following.currency, *named})
            else:
                result.setdefault(detail.value, set()).update(named or ("",))
    return {value: frozenset(currencies) for value, currencies in result.items()}


def _named_alone(line: str, found: Iterable[Detail]) -> frozenset[str]:
    """The currencies that a line names beside its amounts."""
    if not _MONEY.search(line):
        return frozenset()
    pieces, position = [], 0
    for detail in found:
        if detail.currency:
            pieces.append(line[position : detail.start])
            position = detail.end
    bare = "".join([*pieces, line[position:]])
    return frozenset(map(_currency, _MONEY.finditer(bare)))


def _currency(match: re.Match[str]) -> str:
    return _CURRENCY_OF[(match["word"] or match[0]).translate(_EVERYDAY).lower()]


@lru_cache(maxsize=256)
def of_any_currency(text: str) -> frozenset[str]:
    """The values of the text's amounts that name no currency ("up to 42k"): they may be in any."""
    # "configurateur 3" is read as an amount, and ends in no currency.
    return frozenset(d.value for d in find(text) if d.kind == "amount" and not d.currency and d.quote[-1] in "kK")


def in_another_currency(detail: Detail, text: str) -> bool:
    """Whether the text has the amount's value in other currencies alone: "12 $" for "12 €", and neither "12" nor "12 euros"."""
    told = money(text).get(detail.value, frozenset())
    return bool(detail.currency and told) and told.isdisjoint({"", detail.currency})


@lru_cache(maxsize=4096)
def find(text: str) -> tuple[Detail, ...]:
    """Every detail of the text, in order; spans do not overlap. The same texts are asked about many times in a review."""
    found, start = [], 0
    plain = text.translate(_EVERYDAY) if any(letter in text for letter in _ODD) else text
    # No detail goes over the end of a line.
    for line in plain.split("\n"):
        for match in _matches(line):
            kind, value = _value(match.lastgroup or "number", match.group())
            if value:
                first, last = match.span()
                # "configurateur 3" ends in no currency.
                money = _MONEY.search(line, first, last) if kind == "amount" else None
                quote = text[start + first : start + last]
                found.append(Detail(kind, value, start + first, start + last, quote, _currency(money) if money else ""))
        start += len(line) + 1
    return tuple(found)


def _matches(line: str) -> Iterator[re.Match[str]]:
    """What `_DETAIL.finditer` gives, several times as fast."""
    small = line.lower()
    # An address or a link may begin with any letter.
    if "@" in line or "://" in line or "www." in small:
        yield from _DETAIL.finditer(line)
        return
    end = 0
    for start in _beginnings(line, small):
        if start >= end and (match := _DETAIL.match(line, start)):
            yield match
            end = match.end()


def _beginnings(line: str, small: str) -> Sequence[int]:
    """Every place at which a detail may begin, and a few others, in order."""
    places: set[int] = set()
    for match in _BEGINNING.finditer(line):
        start, end = match.span()
        # No detail begins deep within digits in a row, and to try at each of thousands would take long.
        places.update(range(start, min(end, start + _MOST_DIGITS)))
        if start and line[start].isdigit():
            if line[start - 1].isalpha():
                # "Q3", and the two letters of an IBAN.
                places.update((start - 1, max(start - 2, 0)))
            if currency := _BEFORE_NUMBER.search(line, max(start - _LONGEST_CURRENCY, 0), start):
                places.add(currency.start())
    if not _NAMES.isdisjoint(_WORD.findall(small)):
        places.update(word.start() for word in _WORD.finditer(line) if word.group().lower() in _NAMES)
    return sorted(places)


@lru_cache(maxsize=256)
def values(text: str) -> frozenset[str]:
    """The values of all details of the text."""
    return frozenset(detail.value for detail in find(text))


def _value(group: str, quote: str) -> tuple[Kind, str]:
    lower = quote.lower()
    match group:
        case "address" | "url":
            return ("address" if group == "address" else "url"), lower.rstrip(".,;:!?")
        case "iban":
            return "iban", re.sub(r"\W", "", quote).upper()
        case "phone":
            return "phone", re.sub(r"\D", "", quote)[-9:]
        case "iso":
            return "date", f"{int(quote[8:10])}/{int(quote[5:7])}"
        case "numeric":
            day, month = re.split(r"[./]", quote)[:2]
            return "date", f"{int(day)}/{int(month)}"
        case "daymonth" | "monthday":
            day = re.search(r"\d{1,2}", quote)
            return "date", f"{int(day.group()) if day else 0}/{_month(lower)}"
        case "month":
            return "date", f"month {_month(lower)}"
        case "weekday":
            return "date", _WEEKDAY_OF[lower]
        case "quarter":
            return "date", f"quarter {lower[1]}"
        case "time":
            return "time", _time(lower)
        case "percent":
            return "percent", f"{_number(quote):g}"
        case "amount":
            return "amount", f"{_number(quote) * _scale(lower):g}"
    return "number", f"{_number(quote):g}"


def _month(lower: str) -> int:
    """The number of the month in a date, which may be written together with the day ("25thfeb")."""
    words = re.findall(r"[^\W\d]+", lower)
    whole = next((w for w in words if w in _MONTH_OF), None)
    return _MONTH_OF[whole or next(name for name in _MONTH_OF if any(w.endswith(name) for w in words))]


def _time(lower: str) -> str:
    hour, minute = ([*map(int, re.findall(r"\d+", lower)), 0])[:2]
    if "p" in lower and hour < 12:
        hour += 12
    return f"{hour}:{minute:02}"


def _number(quote: str) -> float:
    digits = _DIGITS.search(quote)
    text = _THOUSANDS.sub("", digits.group() if digits else "0")
    return float(text.replace(",", "."))


def _scale(lower: str) -> float:
    word = _SCALED.search(lower)
    if not word:
        return 1
    name = word.group(1)
    if name.startswith(("million", "millon", "miljoen")):
        return 1e6
    # "kEUR" is one word.
    return _MULTIPLIER.get(name[0] if name[1:] in _CURRENCY_OF else name, 1)
