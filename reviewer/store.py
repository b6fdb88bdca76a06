"""Deals on disk: one SQLite file in the user's data folder, safe under several processes. Alone imports sqlite3.

The file is made when the first deal is, and not before. Its schema is brought up to date when it is opened. Every change is one
transaction, so a killed process leaves the state before or after it.
"""

import json
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

import platformdirs
from pydantic import TypeAdapter, ValidationError

from reviewer.contacts import Answer, Brought, bring_in
from reviewer.deal import (
    Agreement,
    Deal,
    Ending,
    History,
    Insistence,
    KeptReview,
    Note,
    Observation,
    Outcome,
    Outgoing,
    checked_name,
    name_key,
)
from reviewer.errors import InputError, OutputError
from reviewer.types import Matter, Message, Review, Stakeholder, Value

V = TypeVar("V", bound=Value)


class DamagedError(OutputError):
    """A row of a deal that cannot be read: its name and its file are in the message, what is in it is not."""


class Shelf(NamedTuple):
    """What is kept, as far as a page shows it at a time."""

    deals: tuple[Deal, ...] = ()
    """By name, without those that are damaged."""
    damaged: tuple[str, ...] = ()
    history: History | None = None
    """Everything of one of them; None where there is none, or what it has is damaged."""
    last: Note | None = None
    """What was noted last in that deal."""
    wrong: str = ""
    """Why that deal cannot be read."""


FILE = "deals.sqlite3"
EXPORT_VERSION = 3  # 1 had no endings, 2 no Message-IDs; both are read too
_WAIT = 10.0  # seconds for another process to finish its change

# Each entry brings the schema one version further; `PRAGMA user_version` counts them. An entry that was released is never changed.
_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE deal (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, customer TEXT NOT NULL, created TEXT NOT NULL, sender TEXT
    );
    CREATE TABLE person (
        deal_id INTEGER NOT NULL REFERENCES deal ON DELETE CASCADE, position INTEGER NOT NULL, address TEXT NOT NULL,
        value TEXT NOT NULL, PRIMARY KEY (deal_id, address)
    );
    CREATE TABLE note (
        id INTEGER PRIMARY KEY, deal_id INTEGER NOT NULL REFERENCES deal ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('observation', 'agreement', 'insistence', 'outcome')), value TEXT NOT NULL
    );
    CREATE TABLE review (
        id INTEGER PRIMARY KEY, deal_id INTEGER NOT NULL REFERENCES deal ON DELETE CASCADE, day TEXT NOT NULL, value TEXT NOT NULL
    );
    CREATE TABLE message (
        id INTEGER PRIMARY KEY, deal_id INTEGER NOT NULL REFERENCES deal ON DELETE CASCADE,
        review_id INTEGER REFERENCES review ON DELETE CASCADE, made TEXT NOT NULL, value TEXT NOT NULL,
        covers TEXT NOT NULL, matters TEXT NOT NULL, sent TEXT
    );
    CREATE INDEX note_of_deal ON note (deal_id);
    CREATE INDEX review_of_deal ON review (deal_id);
    CREATE INDEX message_of_deal ON message (deal_id);
    """,
    # SQLite changes a CHECK only with the table.
    """
    CREATE TABLE note_with_endings (
        id INTEGER PRIMARY KEY, deal_id INTEGER NOT NULL REFERENCES deal ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('observation', 'agreement', 'insistence', 'outcome', 'ending')), value TEXT NOT NULL
    );
    INSERT INTO note_with_endings SELECT id, deal_id, kind, value FROM note;
    DROP TABLE note;
    ALTER TABLE note_with_endings RENAME TO note;
    CREATE INDEX note_of_deal ON note (deal_id);
    """,
    "ALTER TABLE message ADD COLUMN mail_id TEXT NOT NULL DEFAULT ''",
)
_COVERS: TypeAdapter[tuple[tuple[int, str], ...]] = TypeAdapter(tuple[tuple[int, str], ...])
_MATTERS: TypeAdapter[tuple[Matter, ...]] = TypeAdapter(tuple[Matter, ...])


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where deals are kept: REVIEWER_DATA, or the folder in which the system wants the data of programs."""
    named = environ.get("REVIEWER_DATA", "").strip()
    return Path(named).expanduser() if named else platformdirs.user_data_path("reviewer", appauthor=False)


class Store:
    """The deals of one file. Raises InputError for a deal that is not there, OutputError where the file cannot be used."""

    def __init__(self, folder: Path | None = None) -> None:
        """Nothing is opened or made yet."""
        self.path = (folder or data_folder()) / FILE

    # --- reading ---

    def names(self) -> tuple[str, ...]:
        """The names of the deals, by name; none where nothing was ever kept."""
        if not self.path.is_file():
            return ()
        with self._reading() as db:
            return tuple(row[0] for row in db.execute("SELECT name FROM deal ORDER BY name"))

    def deals(self) -> tuple[Deal, ...]:
        """The deals by name, without their reviews and messages, and without those that are damaged; none where nothing was ever kept."""
        if not self.path.is_file():
            return ()
        found = []
        with self._reading() as db:
            for (name,) in db.execute("SELECT name FROM deal ORDER BY name").fetchall():
                try:
                    found.append(self._found(db, name)[1])
                except DamagedError:
                    continue
        return tuple(found)

    def shelf(self, wanted: str | None = None) -> Shelf:
        """All deals, and the history of the one that is wanted, or of the first, in one reading."""
        if not self.path.is_file():
            return Shelf()
        with self._reading() as db:
            found: dict[str, tuple[int, Deal]] = {}
            damaged = []
            for (name,) in db.execute("SELECT name FROM deal ORDER BY name").fetchall():
                try:
                    found[name] = self._found(db, name)
                except DamagedError:
                    damaged.append(name)
            deals = tuple(deal for _, deal in found.values())
            if not found:
                return Shelf(damaged=tuple(damaged))
            key, deal = found.get(wanted or "") or next(iter(found.values()))
            try:
                return Shelf(deals, tuple(damaged), self._history(db, key, deal), self._last_note(db, key, deal)[1])
            except DamagedError as error:
                return Shelf(deals, tuple(damaged), wrong=str(error))

    def history(self, name: str) -> History:
        """The deal of this name with everything in it."""
        if not self.path.is_file():
            raise self._unknown(name, ())
        with self._reading() as db:
            return self._history(db, *self._found(db, name))

    # --- changing ---

    def create(
        self, name: str, customer: str, people: Sequence[Stakeholder], sender: Stakeholder | None, today: date
    ) -> Deal:
        """A new deal."""
        deal = Deal(
            name=checked_name(name), customer=customer.strip(), created=today, sender=sender, people=tuple(people)
        )
        with self._changing() as db:
            self._insert(db, deal)
        return deal

    def bring_in(
        self, name: str, found: Sequence[Stakeholder], answers: Mapping[str, Answer], replace: bool = False
    ) -> Brought:
        """Add these people to those whom the deal has at this moment, as `contacts.bring_in` does; InputError as there.

        Whoever was written to at an address that another took the place of is known by the other in all that is kept, so that
        nobody who changed the address counts as never written to.
        """
        with self._changing() as db:
            # What was read before somebody answered a question may be out of date: another process added people since.
            key, deal = self._found(db, name)
            brought = bring_in(deal.people, found, answers, replace)
            db.execute("DELETE FROM person WHERE deal_id = ?", (key,))
            self._insert_people(db, key, brought.people)
            if brought.moved:
                self._readdress(db, key, brought.moved)
            return brought

    def note(self, name: str, value: Note) -> None:
        """Add what was observed, agreed, insisted on or settled, or that the deal ended or goes on."""
        with self._changing() as db:
            key, _ = self._found(db, name)
            self._insert_note(db, key, value)

    def unsay(self, name: str, note: Note | None = None) -> Note:
        """Take back what was noted last, and say what it was; InputError where nothing is noted.

        With a note given also where the last one is no longer that: somebody else has noted something, or taken it back.
        """
        with self._changing() as db:
            key, deal = self._found(db, name)
            at, last = self._last_note(db, key, deal)
            if last is None:
                raise InputError(f"Nothing is noted in {deal.name}; there is nothing to take back.")
            if note not in (None, last):
                raise InputError(f"The last note of {deal.name} is another one by now; look at it first.")
            db.execute("DELETE FROM note WHERE id = ?", (at,))
            return last

    def add_review(self, name: str, review: Review, day: date) -> tuple[Outgoing, ...]:
        """Keep a review and its messages, none of them sent yet, in the order in which to send them.

        It takes the place of earlier reviews of the same draft of which no message left.
        """
        proposal = review.proposal
        messages = [*([proposal.rules_of_engagement] if proposal.rules_of_engagement else []), *proposal.messages]
        order = {key: n for n, key in enumerate(proposal.sequence)}
        with self._changing() as db:
            key, _ = self._found(db, name)
            self._replace_unsent(db, key, review)
            at = db.execute(
                "INSERT INTO review (deal_id, day, value) VALUES (?, ?, ?)",
                (key, day.isoformat(), review.model_dump_json(round_trip=True)),
            ).lastrowid
            return tuple(
                self._insert_message(db, key, Outgoing(id=0, review_id=at, made=day, message=message))
                for message in sorted(messages, key=lambda m: order.get(m.key, len(order)))
            )

    def add_message(
        self,
        name: str,
        message: Message,
        day: date,
        covers: Sequence[tuple[int, str]] = (),
        matters: Sequence[Matter] = (),
        review_id: int | None = None,
    ) -> Outgoing:
        """Keep a recap or a summary, not sent yet, in the place of an earlier one that waits; or one more message of a review."""
        with self._changing() as db:
            key, _ = self._found(db, name)
            if review_id is not None:
                return self._insert_message(db, key, Outgoing(id=0, review_id=review_id, made=day, message=message))
            waiting = db.execute(
                "SELECT id, value FROM message WHERE deal_id = ? AND review_id IS NULL AND sent IS NULL", (key,)
            ).fetchall()
            stale = [(i,) for i, value in waiting if Message.model_validate_json(value).kind == message.kind]
            db.executemany("DELETE FROM message WHERE id = ?", stale)
            return self._insert_message(
                db, key, Outgoing(id=0, made=day, message=message, covers=tuple(covers), matters=tuple(matters))
            )

    def reword(self, name: str, outgoing: Outgoing) -> None:
        """Keep a message that waits as it is worded now, with what it covers; InputError where it has left, or is gone."""
        with self._changing() as db:
            key, _ = self._found(db, name)
            changed = db.execute(
                "UPDATE message SET value = ?, covers = ?, matters = ? WHERE id = ? AND deal_id = ? AND sent IS NULL",
                (
                    outgoing.message.model_dump_json(),
                    _COVERS.dump_json(outgoing.covers).decode(),
                    _MATTERS.dump_json(outgoing.matters).decode(),
                    outgoing.id,
                    key,
                ),
            ).rowcount
            if not changed:
                raise InputError(f"Message {outgoing.id} of {name} waits no longer; look at the record.")

    def mark_sent(
        self, name: str, ids: Sequence[int], day: date | None, worded: Mapping[int, Message] | None = None
    ) -> None:
        """Note when these messages left, or that they did not (None); `worded` are the words in which they did."""
        with self._changing() as db:
            key, _ = self._found(db, name)
            for message_id in ids:
                changed = db.execute(
                    "UPDATE message SET sent = ? WHERE id = ? AND deal_id = ?",
                    (day.isoformat() if day else None, message_id, key),
                ).rowcount
                if not changed:
                    raise InputError(
                        f"{name} has no message {message_id}; `reviewer deal log --unsent` and `--sent` list them."
                    )
                if worded and message_id in worded:
                    value = worded[message_id].model_dump_json()
                    db.execute("UPDATE message SET value = ? WHERE id = ?", (value, message_id))

    def handed(self, name: str, mail_ids: Mapping[int, str]) -> None:
        """Note under which Message-ID a draft of each of these messages was handed over; an empty one is no news."""
        with self._changing() as db:
            key, _ = self._found(db, name)
            db.executemany(
                "UPDATE message SET mail_id = ? WHERE id = ? AND deal_id = ?",
                [(mail_id, message_id, key) for message_id, mail_id in mail_ids.items() if mail_id],
            )

    def forget(self, name: str) -> None:
        """Remove a deal with everything in it; the freed part of the file is overwritten."""
        with self._changing() as db:
            key, _ = self._found(db, name)
            db.execute("DELETE FROM deal WHERE id = ?", (key,))
        with self._open() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute("VACUUM")

    def remove(self) -> None:
        """Remove the file with every deal in it."""
        try:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(FILE + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be removed ({error.strerror}); remove it by hand.") from error

    # --- as JSON ---

    def export(self, name: str) -> str:
        """The deal as JSON, which `import_` reads again."""
        history = self.history(name)
        value = {
            "version": EXPORT_VERSION,
            "deal": history.deal.model_dump(mode="json"),
            "reviews": [
                {"id": r.id, "day": r.day.isoformat(), "review": r.review.model_dump(mode="json", round_trip=True)}
                for r in history.reviews
            ],
            "messages": [m.model_dump(mode="json") for m in history.messages],
        }
        return json.dumps(value, ensure_ascii=False, indent=1) + "\n"

    def import_(self, text: str, name: str | None = None) -> Deal:
        """A deal from its JSON, under its own name or another; InputError where it is not such a file or the name is taken."""
        try:
            value = json.loads(text)
            if value["version"] not in range(1, EXPORT_VERSION + 1):
                raise InputError(
                    f"The file is of version {value['version']}; this program reads those up to {EXPORT_VERSION}."
                )
            deal = Deal.model_validate_json(json.dumps(value["deal"]))
            reviews = [
                KeptReview(r["id"], date.fromisoformat(r["day"]), Review.model_validate_json(json.dumps(r["review"])))
                for r in value["reviews"]
            ]
            messages = [Outgoing.model_validate_json(json.dumps(m)) for m in value["messages"]]
        except (ValueError, KeyError, TypeError, ValidationError, RecursionError):
            raise InputError("The file is no exported deal; export one with `reviewer deal export NAME`.") from None
        counted = Counter(p.address for p in deal.people)
        if twice := [address for address, many in counted.items() if many > 1]:
            raise InputError(f"The file has {', '.join(twice)} more than once; a deal has a person once.")
        deal = deal.model_copy(update={"name": checked_name(name or deal.name)})
        with self._changing() as db:
            key = self._insert(db, deal)
            at: dict[int, int] = {}
            for kept in reviews:
                at[kept.id] = int(
                    db.execute(
                        "INSERT INTO review (deal_id, day, value) VALUES (?, ?, ?)",
                        (key, kept.day.isoformat(), kept.review.model_dump_json(round_trip=True)),
                    ).lastrowid
                    or 0
                )
            for message in messages:
                moved = {
                    "review_id": at.get(message.review_id) if message.review_id is not None else None,
                    "covers": tuple((at[r], p) for r, p in message.covers if r in at),
                }
                self._insert_message(db, key, message.model_copy(update=moved))
        return deal

    # --- rows ---

    @contextmanager
    def _rows_of(self, name: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, TypeError) as error:
            raise DamagedError(
                f"What {self.path} has of {name} is damaged; restore a copy or an export. Other deals are not affected."
            ) from error

    def _found(self, db: sqlite3.Connection, name: str) -> tuple[int, Deal]:
        rows = db.execute("SELECT id, name, customer, created, sender FROM deal ORDER BY name").fetchall()
        # SQLite folds the case of ASCII alone. A file may hold two deals that this rule takes for one: each is found as it is written.
        row = next((r for r in rows if r[1] == name), None) or next(
            (r for r in rows if name_key(r[1]) == name_key(name)), None
        )
        if row is None:
            raise self._unknown(name, [r[1] for r in rows])
        key, own, customer, created, sender = row
        notes: dict[str, list[str]] = {}
        for kind, value in db.execute("SELECT kind, value FROM note WHERE deal_id = ? ORDER BY id", (key,)):
            notes.setdefault(kind, []).append(value)
        people = db.execute("SELECT value FROM person WHERE deal_id = ? ORDER BY position", (key,))

        def read(kind: str, model: type[V]) -> tuple[V, ...]:
            return tuple(model.model_validate_json(v) for v in notes.get(kind, []))

        with self._rows_of(own):
            return key, Deal(
                name=own,
                customer=customer,
                created=date.fromisoformat(created),
                sender=Stakeholder.model_validate_json(sender) if sender else None,
                people=tuple(Stakeholder.model_validate_json(row[0]) for row in people),
                observations=read("observation", Observation),
                agreements=read("agreement", Agreement),
                insistences=read("insistence", Insistence),
                outcomes=read("outcome", Outcome),
                endings=read("ending", Ending),
            )

    def _history(self, db: sqlite3.Connection, key: int, deal: Deal) -> History:
        with self._rows_of(deal.name):
            return self._read_history(db, key, deal)

    def _read_history(self, db: sqlite3.Connection, key: int, deal: Deal) -> History:
        reviews = tuple(
            KeptReview(row[0], date.fromisoformat(row[1]), Review.model_validate_json(row[2]))
            for row in db.execute("SELECT id, day, value FROM review WHERE deal_id = ? ORDER BY id", (key,))
        )
        messages = tuple(
            Outgoing(
                id=row[0],
                review_id=row[1],
                made=date.fromisoformat(row[2]),
                message=Message.model_validate_json(row[3]),
                covers=_COVERS.validate_json(row[4]),
                matters=_MATTERS.validate_json(row[5]),
                sent=date.fromisoformat(row[6]) if row[6] else None,
                mail_id=row[7],
            )
            for row in db.execute(
                "SELECT id, review_id, made, value, covers, matters, sent, mail_id FROM message "
                "WHERE deal_id = ? ORDER BY id",
                (key,),
            )
        )
        return History(deal, reviews, messages)

    def _last_note(self, db: sqlite3.Connection, key: int, deal: Deal) -> tuple[int, Note | None]:
        row = db.execute("SELECT id, kind FROM note WHERE deal_id = ? ORDER BY id DESC LIMIT 1", (key,)).fetchone()
        if row is None:
            return 0, None
        notes: dict[str, Sequence[Note]] = {
            "observation": deal.observations,
            "agreement": deal.agreements,
            "insistence": deal.insistences,
            "outcome": deal.outcomes,
            "ending": deal.endings,
        }
        return row[0], notes[row[1]][-1]

    def _insert(self, db: sqlite3.Connection, deal: Deal) -> int:
        if any(name_key(row[0]) == name_key(deal.name) for row in db.execute("SELECT name FROM deal")):
            raise InputError(f"There is a deal {deal.name} already; choose another name.")
        key = db.execute(
            "INSERT INTO deal (name, customer, created, sender) VALUES (?, ?, ?, ?)",
            (
                deal.name,
                deal.customer,
                deal.created.isoformat(),
                deal.sender.model_dump_json() if deal.sender else None,
            ),
        ).lastrowid
        self._insert_people(db, int(key or 0), deal.people)
        for value in (*deal.observations, *deal.agreements, *deal.insistences, *deal.outcomes, *deal.endings):
            self._insert_note(db, int(key or 0), value)
        return int(key or 0)

    def _insert_people(self, db: sqlite3.Connection, key: int, people: Sequence[Stakeholder]) -> None:
        db.executemany(
            "INSERT INTO person (deal_id, position, address, value) VALUES (?, ?, ?, ?)",
            [(key, n, p.address, p.model_dump_json()) for n, p in enumerate(people)],
        )

    def _readdress(self, db: sqlite3.Connection, key: int, moved: Mapping[str, str]) -> None:
        # An address by itself is a whole JSON string; within a text it stays, and so does a quote, whose offsets count.
        known = re.compile(rf'(?<!"quote":)"({"|".join(map(re.escape, moved))})"')
        for table in ("note", "review", "message"):
            rows = db.execute(f"SELECT id, value FROM {table} WHERE deal_id = ?", (key,)).fetchall()  # noqa: S608 - our own names
            db.executemany(
                f"UPDATE {table} SET value = ? WHERE id = ?",  # noqa: S608
                [(known.sub(lambda m: f'"{moved[m.group(1)]}"', value), row) for row, value in rows],
            )

    def _replace_unsent(self, db: sqlite3.Connection, key: int, review: Review) -> None:
        rows = db.execute(
            "SELECT id, value FROM review WHERE deal_id = ? AND NOT EXISTS "
            "(SELECT 1 FROM message WHERE review_id = review.id AND sent IS NOT NULL)",
            (key,),
        ).fetchall()
        for at, value in rows:
            try:
                draft = Review.model_validate_json(value).draft
            except ValidationError:
                continue  # what is damaged is said where it is read
            if (draft.subject, draft.body) == (review.draft.subject, review.draft.body):
                db.execute("DELETE FROM review WHERE id = ?", (at,))

    def _insert_note(self, db: sqlite3.Connection, key: int, value: Value) -> None:
        kind = type(value).__name__.lower()
        db.execute("INSERT INTO note (deal_id, kind, value) VALUES (?, ?, ?)", (key, kind, value.model_dump_json()))

    def _insert_message(self, db: sqlite3.Connection, key: int, outgoing: Outgoing) -> Outgoing:
        cursor = db.execute(
            "INSERT INTO message (deal_id, review_id, made, value, covers, matters, sent, mail_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                outgoing.review_id,
                outgoing.made.isoformat(),
                outgoing.message.model_dump_json(),
                _COVERS.dump_json(outgoing.covers).decode(),
                _MATTERS.dump_json(outgoing.matters).decode(),
                outgoing.sent.isoformat() if outgoing.sent else None,
                outgoing.mail_id,
            ),
        )
        return outgoing.model_copy(update={"id": int(cursor.lastrowid or 0)})

    # --- the file ---

    @staticmethod
    def _unknown(name: str, known: Sequence[str]) -> InputError:
        hint = f"there are {', '.join(known)}" if known else "make one with `reviewer deal new`"
        return InputError(f"There is no deal {name}; {hint}.")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        # One transaction, so that a change by another process in the middle is not half seen.
        with self._open(reading=True) as db:
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _open(self, reading: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            if reading and not (os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)):
                # SQLite would want to write beside it even to read, unless told that nobody changes it; what another process has
                # begun beside it counts.
                begun = self.path.with_name(f"{FILE}-wal").exists()
                place = f"{self.path.resolve().as_uri()}?mode=ro{'' if begun else '&immutable=1'}"
                with closing(sqlite3.connect(place, uri=True, isolation_level=None)) as db:
                    version = int(db.execute("PRAGMA user_version").fetchone()[0])
                    if version != len(_MIGRATIONS):
                        raise OutputError(f"{self.path} is of another version, and may not be written to change that.")
                    yield db
                return
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # What it holds is confidential: nobody else on the machine reads it.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA foreign_keys = ON")
                db.execute("PRAGMA secure_delete = ON")
                _migrate(db, self.path)
                yield db
        except (sqlite3.Error, OSError) as error:
            raise OutputError(f"{self.path} cannot be used ({_why(error)}).") from error


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up to date, once, whoever comes first."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(_MIGRATIONS):
        raise OutputError(f"{path} was written by a newer version of this program; install that one.")
    if version == len(_MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        for number, script in enumerate(_MIGRATIONS[version:], version + 1):
            for statement in filter(str.strip, script.split(";")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _why(error: Exception) -> str:
    text = str(error)
    reasons: tuple[tuple[str, str], ...] = (
        ("not a database", "it is no file of this program; move it away"),
        ("malformed", "it is damaged; restore a copy or an export"),
        ("locked", "another program keeps it; try again"),
        ("readonly", "it may not be written"),
        ("full", "the disk is full"),
    )
    named = next((reason for sign, reason in reasons if sign in text), None)
    return named or getattr(error, "strerror", None) or "it cannot be opened"
