"""The record: searched, and written so that no format takes the words for something else."""

import csv
import io
from html import escape

import pytest
import vobject

from reviewer import record
from reviewer.deal import History
from reviewer.reminder import reminder
from reviewer.types import Topic
from tests.build import KARIM, ODILE, SANDRINE
from tests.test_deal import FIRST, SENT, START, after, sale

HISTORY = sale((FIRST, SENT | {KARIM.address: after(1)}))


@pytest.mark.parametrize(
    ("search", "keys"),
    [
        ({}, ["group", SANDRINE.address, KARIM.address]),
        ({"person": "odile perrin"}, ["group"]),
        ({"person": "SANDRINE@client.example"}, ["group", SANDRINE.address]),
        ({"person": "Roux"}, ["group", SANDRINE.address]),
        ({"person": "nobody"}, []),
        ({"topic": Topic.BUDGET_PRICE}, [SANDRINE.address]),
        ({"words": "PERIMETRE agences"}, ["group"]),
        ({"words": "périmètre 42"}, []),
        ({"words": "engagement", "person": "Karim"}, []),
    ],
)
def test_the_record_is_searched(search: dict[str, object], keys: list[str]) -> None:
    """By person, topic and words, whatever their case and accents; by day."""
    found = record.entries(HISTORY, **search)  # type: ignore[arg-type]
    assert sorted(e.outgoing.message.key for e in found) == sorted(keys)
    assert [e.day for e in found] == sorted(e.day for e in found)


def test_markdown_has_the_exact_words() -> None:
    """Who, when, about what, and the text as it left, within a fence that nothing in it ends."""
    text = record.as_markdown(HISTORY, record.entries(HISTORY), "fr")
    assert text.startswith("# Journal de Atlas\n")
    assert "3 messages, du 2 mars 2026 au 3 mars 2026" in text
    for outgoing in HISTORY.messages:
        assert outgoing.message.body.strip() in text
    assert ODILE.name in text
    assert "Aucun message" in record.as_markdown(sale((FIRST, {})), (), "fr")


def test_whoever_left_the_deal_is_still_found_and_a_search_for_nothing_denies_nothing() -> None:
    """By the name in the drafts that were reviewed; only where nothing was sent it says so."""
    without = HISTORY.deal.model_copy(update={"people": tuple(p for p in HISTORY.deal.people if p != KARIM)})
    found = record.entries(HISTORY._replace(deal=without), "karim benali")
    assert KARIM.address in [e.outgoing.message.key for e in found]
    assert KARIM.name in found[-1].to
    for written in (record.as_markdown, record.as_html):
        assert "Nothing matches this search." in written(HISTORY, (), "en")


def spoiled(subject: str, body: str) -> History:
    """The history with one message of these words."""
    outgoing = HISTORY.messages[0]
    message = outgoing.message.model_copy(update={"subject": subject, "body": body})
    return HISTORY._replace(messages=(outgoing.model_copy(update={"message": message}),))


def test_no_format_takes_the_words_for_something_else() -> None:
    """Markup, formulas and fences stay words."""
    history = spoiled("=HYPERLINK(1) <b>|x|</b>\n# y", "```\n<script>alert(1)</script>\n````\n=1+1")
    found = record.entries(history)
    markdown = record.as_markdown(history, found, "en")
    assert "\n`````\n```\n<script>" in markdown
    assert "\n# y" not in markdown
    assert "<b>" not in markdown.split("`````")[0]
    page = record.as_html(history, found, "en")
    assert "<script" not in page
    assert "<b>" not in page
    [head, row] = list(csv.reader(io.StringIO(record.as_csv(found, "en"))))
    assert row[head.index("Subject")].startswith("'=")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﬩"])
@pytest.mark.parametrize(
    "before",
    ["", " ", "\u00a0", "\t", "\r", "\n", "\u200b", "\ufeff", "\u2060 ", "\u202e", "\u3000", "\u2800", "\u3164"],
)
def test_no_cell_is_a_formula_whatever_stands_before_its_sign(before: str, sign: str) -> None:
    """Blanks, tabs, invisible characters, and signs in full width."""
    history = spoiled(f"{before}{sign}HYPERLINK(1)", "x")
    [head, row] = list(csv.reader(io.StringIO(record.as_csv(record.entries(history), "en"), newline="")))
    assert row[head.index("Subject")] == f"'{before}{sign}HYPERLINK(1)"


@pytest.mark.parametrize("cell", ["", " ", "Atlas = lot 1", "\u200bAtlas", "3 = 2 + 1", "\u00a0'quoted'"])
def test_a_cell_that_is_no_formula_stays_as_it_is(cell: str) -> None:
    """Also where there is nothing but blanks."""
    assert record.inert(cell) == cell


def test_csv_has_a_row_a_message() -> None:
    """With every word of it."""
    rows = list(csv.DictReader(io.StringIO(record.as_csv(record.entries(HISTORY), "en"))))
    assert [r["Kind"] for r in rows].count("group") == 1
    assert {r["Exact words"] for r in rows} == {m.message.body for m in HISTORY.messages}


NAMES = ("Écluse", "Cluse", "Atlas 2", "Atlas-2", "東京", "大阪")


def test_the_reminder_opens_in_a_calendar() -> None:
    """All day, every week, with an alarm; the same deal is the same entry."""
    text = reminder("Atlas & Cie, phase 2", after(7), "fr")
    event = vobject.readOne(text).vevent
    assert event.dtstart.value == after(7)
    assert event.rrule.value == "FREQ=WEEKLY"
    assert event.summary.value == "Atlas & Cie, phase 2 : point hebdomadaire au groupe"
    uids = {vobject.readOne(reminder(name, START, "fr")).vevent.uid.value for name in NAMES}
    assert len(uids) == len(NAMES)
    assert event.uid.value == vobject.readOne(reminder("Atlas & Cie, phase 2", START, "fr")).vevent.uid.value


def test_a_search_is_said_to_be_an_extract() -> None:
    """In every format, with who, what and which words; the whole record says nothing of it."""
    search = ("Sandrine Roux", Topic.BUDGET_PRICE, "42 k€")
    found, extract = record.entries(HISTORY, *search), record.extract_of("en", *search)
    assert (
        extract
        == 'Extract of the record: what Sandrine Roux was sent, topic: budget and price, with the words "42 k€".'
    )
    assert extract in record.as_markdown(HISTORY, found, "en", extract)
    assert escape(extract) in record.as_html(HISTORY, found, "en", extract)
    assert {row["Extract"] for row in csv.DictReader(io.StringIO(record.as_csv(found, "en", extract)))} == {extract}
    everything = record.entries(HISTORY)
    for text in (
        record.as_markdown(HISTORY, everything, "en", record.extract_of("en")),
        record.as_html(HISTORY, everything, "en"),
        record.as_csv(everything, "en"),
    ):
        assert "Extract" not in text


def test_who_is_in_the_record_is_known_by_name_or_address() -> None:
    """Also whoever left the deal; nobody else."""
    without = HISTORY._replace(deal=HISTORY.deal.model_copy(update={"people": ()}), reviews=())
    assert all(record.has(HISTORY, wanted) for wanted in ("Odile Perrin", "odile", ODILE.address))
    assert record.has(without, ODILE.address)
    assert not record.has(HISTORY, "Mallory")
