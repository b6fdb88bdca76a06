"""The answers to a batch's requests, in a folder beside its file of results, and what is under way to get them.

A review is pure given the model's answers, so a request is known by the digest of its body. One SQLite file; every change is one
transaction, so a killed process leaves the state before or after it. It holds mails: only the user may read it.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from reviewer.errors import OutputError

MOST_REQUESTS, MOST_BYTES = 50_000, 200_000_000
"""What the OpenAI API takes in one file of a batch."""
MOST_ATTEMPTS = 3
"""How often a request is sent before a failure, or silence, is its answer."""
NO_ANSWER, TOO_LARGE = 0, 413
"""Statuses of ours: nothing came in time, and the request does not fit into a file."""
_LONGEST_LINE = 16_000_000  # bytes; no honest answer is longer
_URL = "/v1/chat/completions"
_DATABASE = "answers.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS request (
    digest TEXT PRIMARY KEY, round INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, last TEXT, status INTEGER, body BLOB
);
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY, round INTEGER NOT NULL, file TEXT NOT NULL, requests INTEGER NOT NULL, endpoint TEXT NOT NULL,
    file_id TEXT, batch_id TEXT, failures INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, leftovers TEXT NOT NULL DEFAULT '[]'
);
"""


class Kept(NamedTuple):
    """An answer: the status of the HTTP response and its body."""

    status: int
    body: bytes


class Job(NamedTuple):
    """A file of requests on its way through the endpoint."""

    id: int
    round: int
    file: str
    requests: int
    endpoint: str
    """Of whom it is asked, as a digest: an address may hold a password."""
    file_id: str | None
    """Of the uploaded file."""
    batch_id: str | None
    failures: int
    """How often the endpoint refused the file as a whole."""


class Taken(NamedTuple):
    """What results came to, line by line."""

    answered: int = 0
    """Requests that have their answer now."""
    served: int = 0
    """Lines with an answer of the model, known before or not."""
    again: int = 0
    """Requests to be sent again."""
    ignored: int = 0
    """Lines with an id that was never sent."""
    malformed: int = 0
    """Lines that are no result."""
    requests: int = 0
    """Of these, lines that ask instead of answer."""
    known: int = 0
    """Results with an id that was sent."""
    refusal: str = ""
    """Why the endpoint took none of the requests that it refused; empty where it served any."""

    def plus(self, other: "Taken") -> "Taken":
        """Both together."""
        return Taken(
            self.answered + other.answered,
            self.served + other.served,
            self.again + other.again,
            self.ignored + other.ignored,
            self.malformed + other.malformed,
            self.requests + other.requests,
            self.known + other.known,
            self.refusal or other.refusal,
        )


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a request's JSON, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


class Answers:
    """The work folder of a batch. Who holds its file of results holds this folder too."""

    def __init__(self, folder: Path) -> None:
        """Open it, or make it. Raises OutputError."""
        self.folder = folder
        self.made = not folder.exists()
        """Whether it is new."""
        self._served = False
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            path = folder / _DATABASE
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None)
            with self._saying_what():
                self._db.executescript(_SCHEMA)
        except OSError as error:
            raise OutputError(f"{folder} cannot be used ({error.strerror}).") from error

    def __enter__(self) -> "Answers":
        """Is open already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._db.close()

    def remove(self) -> None:
        """Close the file, and delete the folder: it holds mails, and nothing of it is needed any more."""
        self._db.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def changing(self, keep: bool = True) -> Iterator[None]:
        """All changes within are made, or none; none either way where they are not to be kept."""
        with self._saying_what():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT" if keep else "ROLLBACK")

    @contextmanager
    def _saying_what(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OutputError(
                f"{self.folder / _DATABASE} cannot be used ({error}); see to it, then give the same command with --resume."
            ) from error

    def setting(self, name: str, value: str | None) -> str | None:
        """What was kept under this name; a value that is given takes its place."""
        if value is not None:
            self._db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))
            return value
        row = self._db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    # --- requests

    def answer(self, key: str) -> Kept | None:
        """The answer to the request of this digest."""
        row = self._db.execute("SELECT status, body FROM request WHERE digest = ?", (key,)).fetchone()
        return None if row is None or row[0] is None else Kept(int(row[0]), bytes(row[1] or b""))

    def served(self) -> bool:
        """Whether any request has an answer of the model."""
        self._served = self._served or bool(self._db.execute("SELECT 1 FROM request WHERE status = 200").fetchone())
        return self._served

    def has_asked(self) -> bool:
        """Whether a request was written or sent, or an answer taken."""
        return bool(self._db.execute("SELECT 1 FROM request UNION ALL SELECT 1 FROM job LIMIT 1").fetchone())

    def forget_failures(self) -> None:
        """Let the requests that have a failure for their answer be asked again."""
        with self.changing():
            self._db.execute(
                "UPDATE request SET status = NULL, body = NULL, attempts = 0, last = NULL WHERE status IS NOT NULL AND status != 200"
            )

    def want(self, key: str, round_: int) -> bool:
        """Whether nobody wanted this request before in the round; it is remembered."""
        return (
            self._db.execute(
                "INSERT INTO request (digest, round) VALUES (?, ?) "
                "ON CONFLICT (digest) DO UPDATE SET round = excluded.round WHERE round < excluded.round",
                (key, round_),
            ).rowcount
            == 1
        )

    def fail(self, key: str, status: int) -> None:
        """Let a failure be the answer."""
        self._db.execute("UPDATE request SET status = ? WHERE digest = ? AND status IS NULL", (status, key))

    def next_round(self) -> int:
        """The number of the next round, from 1."""
        return 1 + int(self._db.execute("SELECT coalesce(max(round), 0) FROM request").fetchone()[0])

    # --- jobs

    def add_jobs(self, files: Iterable[tuple[Path, int]], round_: int, endpoint: str) -> None:
        """These files are to be given to the endpoint."""
        self._db.executemany(
            "INSERT INTO job (round, file, requests, endpoint) VALUES (?, ?, ?, ?)",
            [(round_, path.name, count, endpoint) for path, count in files],
        )

    def jobs(self) -> list[Job]:
        """Those whose results are not taken yet."""
        rows = self._db.execute(f"SELECT {', '.join(Job._fields)} FROM job WHERE NOT done ORDER BY id")  # noqa: S608 - our names
        return [Job(*row) for row in rows]

    def moved(self, job: Job) -> Job:
        """Keep how far a job is; it is on the disk when this returns."""
        with self._saying_what():
            self._db.execute(
                "UPDATE job SET endpoint = ?, file_id = ?, batch_id = ?, failures = ? WHERE id = ?",
                (job.endpoint, job.file_id, job.batch_id, job.failures, job.id),
            )
        return job

    def drop_jobs(self) -> None:
        """Forget the open ones."""
        self._db.execute("DELETE FROM job WHERE NOT done")
        self.tidy()

    def leftovers(self) -> list[tuple[int, list[str]]]:
        """Files at the endpoint whose results are taken, by job."""
        rows = self._db.execute("SELECT id, leftovers FROM job WHERE done AND leftovers != '[]'")
        return [(int(row[0]), json.loads(row[1])) for row in rows]

    def cleaned(self, job: int) -> None:
        """Nothing of the job is left at the endpoint."""
        self._db.execute("UPDATE job SET leftovers = '[]' WHERE id = ?", (job,))

    def tidy(self) -> None:
        """Delete the files of requests and results that no open job needs."""
        needed = {job.file for job in self.jobs()}
        for path in self.folder.glob("*.jsonl*"):
            if path.name not in needed:
                path.unlink(missing_ok=True)

    # --- results

    def take(self, paths: Iterable[Path], job: Job | None = None, leftovers: Iterable[str] = ()) -> Taken:
        """Keep the answers in files of results, all or none; taken twice they change nothing.

        With a job its requests that have no line count as sent in vain, and the job is done.
        """
        with self.changing():
            taken = _Taking(self._db, job.id if job else 0)
            for path in paths:
                with path.open("rb") as file:
                    for line in _lines(file):
                        taken.line(line)
            if job is not None:
                with (self.folder / job.file).open("rb") as file:
                    for line in _lines(file):
                        taken.sent(line or b"")
                self._db.execute(
                    "UPDATE job SET done = 1, leftovers = ? WHERE id = ?", (json.dumps([*leftovers]), job.id)
                )
            return taken.total()


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """The lines that are not blank; None for one that is too long to be held."""
    while line := file.readline(_LONGEST_LINE + 1):
        whole = len(line) <= _LONGEST_LINE
        rest = line
        while not rest.endswith(b"\n") and (rest := file.readline(_LONGEST_LINE + 1)):
            whole = False
        if line.strip():
            yield line if whole else None


class _Result(NamedTuple):
    """A line of a file of results."""

    key: str
    status: int
    body: bytes
    code: str
    """The word for an error."""


class _Taking:
    """Goes through results, line by line, within one transaction."""

    def __init__(self, db: sqlite3.Connection, job: int) -> None:
        self._db, self._job = db, job
        self._answered = self._served = self._again = self._ignored = self._malformed = 0
        self._requests = self._known = 0
        self._met: set[str] = set()
        self._refused: list[tuple[_Result, str]] = []
        """With whom the endpoint will not speak at all; whether it is so is known at the end."""
        self._crowded = False

    def line(self, line: bytes | None) -> None:
        found = None if line is None else _result(line)
        if line is None or found is None:
            self._malformed += 1
            self._requests += line is not None and _is_request(line)
            return
        row = self._db.execute("SELECT status FROM request WHERE digest = ?", (found.key,)).fetchone()
        if row is None:
            self._ignored += 1
            return
        self._known += 1
        self._served += found.status == 200
        self._met.add(found.key)
        if row[0] is not None:
            return
        mark = hashlib.sha256(b"%d %b" % (self._job, line.strip())).hexdigest()
        if found.status in (401, 403, 404) or found.code == "insufficient_quota":
            self._refused.append((found, mark))
        elif found.status in (429, 503):
            self._crowded = True
            self._again += 1
        elif found.status in (NO_ANSWER, 408, 409) or found.status >= 500:
            self._in_vain(found, mark)
        else:
            self._keep(found)

    def sent(self, line: bytes) -> None:
        """A line of the file of requests."""
        key = str(json.loads(line)["custom_id"])
        row = self._db.execute("SELECT status FROM request WHERE digest = ?", (key,)).fetchone()
        if key not in self._met and row and row[0] is None:
            self._in_vain(_Result(key, NO_ANSWER, b"", ""), None)

    def total(self) -> Taken:
        refusal = ""
        for found, mark in self._refused:
            # The key, the model and the address are the same for all: where one was served it is this request's own fault.
            if self._served:
                self._in_vain(found, mark)
            else:
                self._again += 1
                refusal = _REFUSALS.get(found.status, "its quota is used up")
        if self._crowded and not self._served:
            refusal = refusal or _REFUSALS[429]
        return Taken(
            self._answered,
            self._served,
            self._again,
            self._ignored,
            self._malformed,
            self._requests,
            self._known,
            refusal,
        )

    def _keep(self, found: _Result) -> None:
        self._answered += self._db.execute(
            "UPDATE request SET status = ?, body = ? WHERE digest = ? AND status IS NULL",
            (found.status, found.body, found.key),
        ).rowcount

    def _in_vain(self, found: _Result, mark: str | None) -> None:
        """Count an attempt, but not the same line twice; the last one is the answer."""
        row = self._db.execute("SELECT attempts, last FROM request WHERE digest = ?", (found.key,)).fetchone()
        if mark is None or row[1] != mark:
            if row[0] + 1 >= MOST_ATTEMPTS:
                self._keep(found)
                return
            self._db.execute("UPDATE request SET attempts = attempts + 1, last = ? WHERE digest = ?", (mark, found.key))
        self._again += 1


_REFUSALS: Mapping[int, str] = {
    401: "it does not accept the key (check OPENAI_API_KEY)",
    403: "it does not accept the key (check OPENAI_API_KEY)",
    404: "it does not know the model (check REVIEWER_MODEL and OPENAI_BASE_URL)",
    429: "it takes no more requests for now (429)",
}


def _result(line: bytes) -> _Result | None:
    """The line as OpenAI and as vLLM write it; None where it is none."""
    try:
        found = json.loads(line)
        key, response, error = found["custom_id"], found.get("response") or {}, found.get("error")
        if not isinstance(key, str) or not isinstance(response, dict) or not found.keys() & {"response", "error"}:
            return None
        body, status = response.get("body"), response.get("status_code", NO_ANSWER)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if isinstance(status, bool) or not isinstance(status, int) or not (status == NO_ANSWER or 200 <= status < 600):
        return None
    if status != NO_ANSWER and not isinstance(body, dict):
        # vLLM puts what went wrong beside the response.
        body, status = {"error": error}, 502 if status < 400 else status
    wrong = (body or {}).get("error") or error
    code = wrong.get("code") if isinstance(wrong, dict) else ""
    return _Result(key, status, json.dumps(body or {}).encode(), code if isinstance(code, str) else "")


def _is_request(line: bytes) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and {"custom_id", "method", "body"} <= found.keys()


class RequestFiles:
    """The files of a round, none larger than an endpoint takes; they have their names once all is written."""

    def __init__(
        self, folder: Path, round_: int, most_requests: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES
    ) -> None:
        """Nothing is made before the first request."""
        self.requests = 0
        self.files: list[tuple[Path, int]] = []
        """The files with how many requests each has."""
        self._folder, self._round, self._most_requests, self._most_bytes = folder, round_, most_requests, most_bytes
        self._file: BinaryIO | None = None
        self._bytes = 0

    def add(self, key: str, body: Mapping[str, Any]) -> bool:
        """Whether the request fits into a file; it is written. Raises OutputError."""
        # In plain ASCII: some readers take characters such as U+2028 for the end of a line.
        line = json.dumps({"custom_id": key, "method": "POST", "url": _URL, "body": body}).encode() + b"\n"
        if len(line) > self._most_bytes:
            return False
        try:
            full = self.files and (
                self.files[-1][1] >= self._most_requests or self._bytes + len(line) > self._most_bytes
            )
            if self._file is None or full:
                self._next()
            assert self._file is not None  # noqa: S101 - for the type checker
            self._file.write(line)
        except OSError as error:
            raise self._trouble(error) from error
        path, count = self.files[-1]
        self.files[-1] = (path, count + 1)
        self._bytes += len(line)
        self.requests += 1
        return True

    def _next(self) -> None:
        self.close()
        path = self._folder / f"round-{self._round:03}-{len(self.files) + 1:03}.jsonl"
        self._file = os.fdopen(os.open(_part(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self.files.append((path, 0))
        self._bytes = 0

    def seal(self) -> None:
        """Force everything to the disk, and give the files their names. Raises OutputError."""
        try:
            self.close()
            for path, _ in self.files:
                _part(path).replace(path)
        except OSError as error:
            raise self._trouble(error) from error

    def close(self) -> None:
        """Close the file at hand."""
        if self._file is not None:
            file, self._file = self._file, None
            with file:
                file.flush()
                os.fsync(file.fileno())

    def _trouble(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._folder} cannot be written ({error.strerror}); see to it, then give the same command again."
        )


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
