"""Deals on disk: what is kept comes back, two processes do not disturb each other, and a broken file is said."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from reviewer import store as store_module
from reviewer.deal import Agreement, AgreementState, Ending, EndState, Insistence, Observation, Outcome
from reviewer.errors import InputError, OutputError
from reviewer.store import FILE, Shelf, Store, data_folder
from reviewer.types import Culture, Review, Stakeholder
from tests.build import CLAIRE, KARIM, PEOPLE, SANDRINE
from tests.test_deal import reviewed

MONDAY = date(2026, 3, 2)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with the deal Atlas."""
    found = Store(tmp_path)
    found.create("Atlas", "Régie", PEOPLE, None, MONDAY)
    return found


def test_nothing_is_made_before_the_first_deal(tmp_path: Path) -> None:
    """Looking makes no file."""
    folder = tmp_path / "data"
    assert Store(folder).names() == ()
    with pytest.raises(InputError, match="reviewer deal new"):
        Store(folder).history("Atlas")
    assert not folder.exists()


def test_what_is_kept_comes_back(store: Store) -> None:
    """People in their order, notes in theirs, reviews and messages as they were."""
    notes = (
        Observation(day=MONDAY, culture=Culture.MIXED, note="vu en atelier"),
        Agreement(day=MONDAY, state=AgreementState.AGREED, what="tout"),
        Insistence(address=KARIM.address, since=MONDAY, until=date(2026, 4, 1)),
        Outcome(day=MONDAY, matter="budget", text="Le budget est confirmé."),
        Ending(day=MONDAY, state=EndState.WON),
    )
    for note in notes:
        store.note("Atlas", note)
    review = reviewed()
    kept = store.add_review("Atlas", review, MONDAY)
    store.mark_sent("atlas", [kept[0].id], date(2026, 3, 3))
    history = store.history("ATLAS")
    assert history.deal.people == PEOPLE
    assert (*history.deal.observations, *history.deal.agreements) == notes[:2]
    assert (*history.deal.insistences, *history.deal.outcomes, *history.deal.endings) == notes[2:]
    assert store.deals() == (history.deal,)
    assert [r.review for r in history.reviews] == [review]
    assert [m.message.key for m in history.messages] == list(review.proposal.sequence)
    assert [m.sent for m in history.messages][:2] == [date(2026, 3, 3), None]


def test_a_recap_is_kept_with_what_it_covers(store: Store) -> None:
    """It belongs to no review, and says which passages and matters it tells."""
    kept = store.add_review("Atlas", reviewed(), MONDAY)
    recap = store.add_message("Atlas", kept[0].message, MONDAY, [(1, "s2")], ["budget"])
    found = store.history("Atlas").messages[-1]
    assert found == recap
    assert (found.review_id, found.covers, found.matters) == (None, ((1, "s2"),), ("budget",))


def test_what_is_made_again_takes_the_place_of_what_waits(store: Store) -> None:
    """A recap that was not sent, and a review of the same draft of which nothing left; what left, and other drafts, stay."""
    first = store.add_review("Atlas", reviewed(), MONDAY)
    other = store.add_review("Atlas", reviewed("Bonjour à tous,\n\nLe jalon 2 est atteint.\n\nCamille"), MONDAY)
    again = store.add_review("Atlas", reviewed(), MONDAY)
    assert [m.message for m in again] == [m.message for m in first]
    assert store.history("Atlas").messages == (*other, *again)
    store.mark_sent("Atlas", [again[0].id], MONDAY)
    assert len(store.add_review("Atlas", reviewed(), MONDAY)) == len(again)
    assert len(store.history("Atlas").messages) == len(other) + 2 * len(again)
    group, direct = (m.message for m in again[:2])
    for message in (group, direct, group):
        store.add_message("Atlas", message, MONDAY)
    recaps = [m for m in store.history("Atlas").messages if m.review_id is None]
    assert [m.message.kind for m in recaps] == ["direct", "group"]


def test_what_was_noted_last_is_taken_back(store: Store) -> None:
    """One note at a time, whatever its kind, until none is left."""
    notes = (
        Outcome(day=MONDAY, matter="budget", text="Le budget est confirmé."),
        Agreement(day=MONDAY, state=AgreementState.AGREED),
    )
    for note in notes:
        store.note("Atlas", note)
    assert [store.unsay("Atlas"), store.unsay("Atlas")] == [*notes[::-1]]
    with pytest.raises(InputError, match="Nothing is noted"):
        store.unsay("Atlas")


def test_people_are_replaced_and_names_are_unique(store: Store) -> None:
    """A list takes the place of the one before; a name is taken whatever its case."""
    store.bring_in("Atlas", [SANDRINE, CLAIRE], {}, replace=True)
    assert store.history("Atlas").deal.people == (CLAIRE, SANDRINE)
    with pytest.raises(InputError, match="already"):
        store.create("ATLAS", "", (), None, MONDAY)
    with pytest.raises(InputError, match="1 to 80 characters"):
        store.create(" \n ", "", (), None, MONDAY)
    assert store.names() == ("Atlas",)


def test_a_name_is_one_whatever_its_case_and_however_its_accents_are_stored(store: Store) -> None:
    """For letters beyond ASCII as well."""
    store.create("Écluse", "", (), None, MONDAY)
    for name in ("écluse", "E\u0301cluse", "ÉCLUSE"):
        assert store.history(name).deal.name == "Écluse"
        with pytest.raises(InputError, match="already"):
            store.create(name, "", (), None, MONDAY)


def test_a_wrong_number_changes_nothing(store: Store) -> None:
    """All or none of the messages are marked; another deal's are not this one's."""
    ids = [m.id for m in store.add_review("Atlas", reviewed(), MONDAY)]
    store.create("Other", "", PEOPLE, None, MONDAY)
    with pytest.raises(InputError, match="no message 999"):
        store.mark_sent("Atlas", [ids[0], 999], MONDAY)
    with pytest.raises(InputError, match=f"no message {ids[0]}"):
        store.mark_sent("Other", [ids[0]], MONDAY)
    assert not any(m.sent for m in store.history("Atlas").messages)


def test_export_and_import_are_a_round_trip(store: Store, tmp_path: Path) -> None:
    """Another folder holds the same deal afterwards, with numbers of its own."""
    store.create("First", "", (), None, MONDAY)
    kept = store.add_review("Atlas", reviewed(), MONDAY)
    store.add_message("Atlas", kept[0].message, MONDAY, [(1, "s2")], ["planning"])
    store.mark_sent("Atlas", [kept[1].id], MONDAY)
    store.handed("Atlas", {kept[1].id: "<b@own.example>", kept[0].id: ""})
    store.note("Atlas", Ending(day=MONDAY, state=EndState.PAUSED))
    text = store.export("Atlas")
    other = Store(tmp_path / "other")
    other.create("First", "", (), None, MONDAY)
    other.add_review("First", reviewed(), MONDAY)
    other.import_(text)
    before, after = store.history("Atlas"), other.history("Atlas")
    assert after.deal == before.deal
    assert [r.review for r in after.reviews] == [r.review for r in before.reviews]
    assert [(m.message, m.sent, m.matters, m.mail_id) for m in after.messages] == [
        (m.message, m.sent, m.matters, m.mail_id) for m in before.messages
    ]
    assert [m.mail_id for m in after.messages[:2]] == ["", "<b@own.example>"]
    assert after.messages[-1].covers == ((after.reviews[0].id, "s2"),)
    with pytest.raises(InputError, match="already"):
        other.import_(text)
    assert other.import_(text, "Atlas 2").name == "Atlas 2"


def test_an_export_of_the_version_before_is_read(store: Store) -> None:
    """It knows no endings, and no Message-IDs."""
    store.add_review("Atlas", reviewed(), MONDAY)
    store.note("Atlas", Observation(day=MONDAY, culture=Culture.MIXED))
    value = json.loads(store.export("Atlas"))
    del value["deal"]["endings"]
    for message in value["messages"]:
        del message["mail_id"]
    assert store.import_(json.dumps(value | {"version": 1}), "Copy") == store.history("Copy").deal
    assert store.history("Copy").deal.observations == store.history("Atlas").deal.observations


def older(folder: Path, version: int) -> None:
    """Make the file in the folder one of an earlier version, with what that could keep."""
    script = ";".join(store_module._MIGRATIONS[:version])
    with closing(sqlite3.connect(":memory:")) as old, closing(sqlite3.connect(folder / FILE)) as new:
        old.executescript(script)
        for (table,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
            rows = new.execute(f"SELECT {columns} FROM {table}").fetchall()
            old.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns.split(', ')))})", rows)
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()
        old.backup(new)


@pytest.mark.parametrize("version", range(1, len(store_module._MIGRATIONS)))
def test_a_file_of_an_earlier_version_keeps_everything(tmp_path: Path, version: int) -> None:
    """It is opened, brought up to date once, and takes what the old schema refused."""
    migrations = store_module._MIGRATIONS
    notes = (
        Observation(day=MONDAY, culture=Culture.MIXED, note="vu ; en atelier"),
        Agreement(day=MONDAY, state=AgreementState.AGREED, what="tout"),
        Insistence(address=KARIM.address, since=MONDAY, until=date(2026, 4, 1)),
        Outcome(day=MONDAY, matter="budget", text="Le budget est confirmé."),
    )
    old = Store(tmp_path)
    for name in ("Atlas", "Harbour"):
        old.create(name, "Régie", PEOPLE, KARIM, MONDAY)
        kept = old.add_review(name, reviewed(), MONDAY)
        old.mark_sent(name, [kept[0].id], MONDAY)
        for note in notes:
            old.note(name, note)
    before = [old.history(name) for name in old.names()]
    older(tmp_path, version)
    new = Store(tmp_path)
    assert [new.history(name) for name in new.names()] == before
    new.note("Atlas", Ending(day=MONDAY, state=EndState.WON))
    new.note("Atlas", notes[0])
    assert new.history("Atlas").deal.endings == (Ending(day=MONDAY, state=EndState.WON),)
    assert new.history("Harbour") == before[1]
    new.handed("Harbour", {before[1].messages[0].id: "<a@own.example>"})
    assert [m.mail_id for m in new.history("Harbour").messages][:2] == ["<a@own.example>", ""]
    new.forget("Atlas")
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        assert db.execute("SELECT count(*) FROM note").fetchone() == (len(notes),)
        assert db.execute("SELECT name FROM sqlite_master WHERE name = 'note_of_deal'").fetchone()
        assert db.execute("PRAGMA user_version").fetchone() == (len(migrations),)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 1, "deal": {}}', "null", '{"version": 99}', "no json", "[" * 100_000]
)
def test_what_is_no_exported_deal_is_refused(store: Store, text: str) -> None:
    """One sentence, and nothing is kept of it."""
    with pytest.raises(InputError):
        store.import_(text)
    assert store.names() == ("Atlas",)


def test_a_half_wrong_file_leaves_nothing(store: Store) -> None:
    """A review that is none is refused before anything is written."""
    store.add_review("Atlas", reviewed(), MONDAY)
    value = json.loads(store.export("Atlas"))
    value["reviews"][0]["review"]["draft"] = "?"
    with pytest.raises(InputError, match="no exported deal"):
        store.import_(json.dumps(value), "Copy")
    assert store.names() == ("Atlas",)


def test_an_import_with_a_person_twice_is_refused(store: Store) -> None:
    """By the address."""
    value = json.loads(store.export("Atlas"))
    value["deal"]["people"] *= 2
    with pytest.raises(InputError, match=f"{KARIM.address}.* more than once"):
        store.import_(json.dumps(value), "Copy")


@pytest.mark.parametrize(("table", "listed"), [("person", False), ("note", False), ("review", True), ("message", True)])
def test_a_damaged_row_is_one_sentence_and_other_deals_stay_usable(store: Store, table: str, listed: bool) -> None:
    """Without a word of what is kept."""
    store.create("Other", "", PEOPLE, None, MONDAY)
    store.add_review("Atlas", reviewed(), MONDAY)
    store.note("Atlas", Observation(day=MONDAY, culture=Culture.MIXED))
    with closing(sqlite3.connect(store.path)) as db:
        db.execute(f"UPDATE {table} SET value = substr(value, 1, 9) WHERE deal_id = 1")
        db.commit()
    with pytest.raises(OutputError, match="has of Atlas is damaged"):
        store.history("Atlas")
    assert [deal.name for deal in store.deals()] == ["Atlas", "Other"][not listed :]
    assert store.names() == ("Atlas", "Other")
    assert store.history("Other").deal.people == PEOPLE


def test_a_file_that_may_not_be_written_is_still_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written beside it either."""
    store.add_review("Atlas", reviewed(), MONDAY)
    before = store.history("Atlas")
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("os.open", lambda *_: pytest.fail("opened to be written"))
    assert store.names() == ("Atlas",)
    assert store.history("Atlas") == before
    assert store.export("Atlas")


def test_forget_leaves_nothing_of_a_deal_in_the_file(store: Store, tmp_path: Path) -> None:
    """Not even in the freed parts of it; other deals stay."""
    stranger = Stakeholder(name="Zébulon Quatremer", address="z@client.example")
    store.create("Secret", "", [stranger], None, MONDAY)
    store.add_review("Secret", reviewed(), MONDAY)
    store.forget("Secret")
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Quatremer" not in left
    assert b"42 k" not in left
    assert store.names() == ("Atlas",)
    store.remove()
    assert list(tmp_path.iterdir()) == []


def test_only_the_user_reads_the_file(store: Store) -> None:
    """What it holds is confidential."""
    assert store.path.stat().st_mode & 0o077 == 0


def test_a_file_of_something_else_is_said_and_left_alone(tmp_path: Path) -> None:
    """No database, a newer version, a folder in its place: one sentence each, without a word of what is kept."""
    path = tmp_path / FILE
    path.write_bytes(b"this is no database, but a long enough text to be looked at as one" * 20)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="no file of this program"):
        Store(tmp_path).names()
    assert path.read_bytes() == before
    newer = tmp_path / "newer"
    newer.mkdir()
    with sqlite3.connect(newer / FILE) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(OutputError, match="newer version"):
        Store(newer).names()
    with pytest.raises(OutputError, match="cannot be used"):
        Store(path).create("Atlas", "", (), None, MONDAY)


WRITER = """
import sys
from datetime import date
from pathlib import Path
from reviewer.deal import Observation
from reviewer.store import Store
from reviewer.types import Culture
store = Store(Path(sys.argv[1]))
for n in range(int(sys.argv[3])):
    store.note("Atlas", Observation(day=date(2026, 3, 2), culture=Culture.MIXED, note=f"{sys.argv[2]} {n}"))
    print(n, flush=True)
"""


def test_two_processes_write_side_by_side(store: Store, tmp_path: Path) -> None:
    """Every note of each is there, once."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name, "25"], stdout=subprocess.DEVNULL)
        for name in ("first", "second")
    ]
    assert [w.wait(60) for w in writers] == [0, 0]
    notes = sorted(o.note for o in store.history("Atlas").deal.observations)
    assert notes == sorted(f"{name} {n}" for name in ("first", "second") for n in range(25))


def test_a_killed_process_leaves_a_whole_file(store: Store, tmp_path: Path) -> None:
    """What it said it had written is there; the file opens, and is sound."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), "killed", "100000"], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for _ in range(30):
        said = int(writer.stdout.readline())
    writer.kill()
    writer.wait()
    writer.stdout.close()
    notes = [o.note for o in store.history("Atlas").deal.observations]
    assert notes[: said + 1] == [f"killed {n}" for n in range(said + 1)]
    with sqlite3.connect(store.path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_where_deals_are_kept_can_be_said(tmp_path: Path) -> None:
    """By a variable; else the system's own folder for such data."""
    assert data_folder({"REVIEWER_DATA": str(tmp_path)}) == tmp_path
    assert data_folder({}).name == "reviewer"


def test_a_review_is_the_same_after_its_json() -> None:
    """What the store relies on."""
    review = reviewed()
    assert Review.model_validate_json(review.model_dump_json(round_trip=True)) == review


def test_a_shelf_is_all_deals_and_one_of_them(store: Store, tmp_path: Path) -> None:
    """The one that is wanted, else the first; one that is damaged is named, and does not keep the others from it."""
    assert Store(tmp_path / "none").shelf("Atlas") == Shelf()
    store.create("Harbour", "", (), None, MONDAY)
    note = Observation(day=MONDAY, culture=Culture.MIXED)
    store.note("Harbour", note)
    store.add_review("Atlas", reviewed(), MONDAY)
    for wanted, name, last in ((None, "Atlas", None), ("Gone", "Atlas", None), ("Harbour", "Harbour", note)):
        shelf = store.shelf(wanted)
        assert (shelf.deals, shelf.history, shelf.last) == (store.deals(), store.history(name), last)
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("UPDATE review SET value = '{'")
        db.commit()
    shelf = store.shelf("Atlas")
    assert (shelf.history, len(shelf.deals), "What" in shelf.wrong) == (None, 2, True)
    with closing(sqlite3.connect(store.path)) as db:
        db.execute("UPDATE person SET value = '{'")
        db.commit()
    assert [(s.damaged, s.history) for s in [store.shelf("Atlas")]] == [(("Atlas",), store.history("Harbour"))]


def test_a_message_is_reworded_until_it_has_left(store: Store) -> None:
    """With what it covers; then its words are in the record and stay."""
    kept = store.add_message("Atlas", reviewed().proposal.messages[0], MONDAY, [(1, "s2")], ["planning"])
    changed = kept.model_copy(
        update={"message": kept.message.model_copy(update={"body": "Voilà."}), "covers": (), "matters": ()}
    )
    store.reword("Atlas", changed)
    assert store.history("Atlas").messages == (changed,)
    store.mark_sent("Atlas", [kept.id], MONDAY)
    with pytest.raises(InputError, match="waits no longer"):
        store.reword("Atlas", kept)
    assert store.history("Atlas").messages[0].message.body == "Voilà."
