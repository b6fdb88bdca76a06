"""The files of a batch: records read one by one, whatever their form, and the file of results, which no crash can spoil.

Nothing is held in memory but the record at hand, and of each id a short digest.
"""

import codecs
import csv
import errno
import hashlib
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, TextIO

from reviewer.errors import InputError, OutputError
from reviewer.limits import limits
from reviewer.mail import mails_of
from reviewer.people import shown_name
from reviewer.redact import Sent

FIELDS = (
    "id",
    "draft",
    "people",
    "subject",
    "sender",
    "culture",
    "agreed",
    "last_group_message",
    "today",
    "explain_in",
)
"""What a record may have; named after the options of `reviewer review`."""
Kind = Literal["unreadable", "field", "duplicate", "input", "crashed", "failed"]
SYNC_EVERY = 2.0
"""Seconds after which what was written is forced to the disk. A killed process loses nothing; a power cut loses these."""
_BYTES_PER_CHARACTER = 16  # of a record in any escaping, so that what is too long is told by the limit on drafts
_LONGEST_ID = 500
_MOST_DIGESTS = 1000  # of records without an id, by which another input of the same name is noticed
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")  # gzip, zip, bzip2, xz, zstd
_MAIL = re.compile(rb"From |[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"{\0", b"\0{")


class Trouble(NamedTuple):
    """Why a record has no review; the message never carries words of a draft."""

    kind: Kind
    message: str


class Record(NamedTuple):
    """One draft of the input."""

    line: int
    """Line of a JSON Lines file, else number of the row, the file or the mail, from 1."""
    id: str
    fields: Mapping[str, Any]
    trouble: Trouble | None = None

    @property
    def digest(self) -> str:
        """Of a record that is known by its place alone what tells it from another one at that place; else nothing."""
        if not self.fields or self.fields.get("id") not in (None, ""):
            return ""
        content = json.dumps(self.fields, sort_keys=True, default=str).encode()
        return hashlib.blake2b(content, digest_size=4).hexdigest()


class Row(NamedTuple):
    """What a reader found at one place."""

    line: int
    name: str
    """Of the place, for an id where the record has none."""
    found: Mapping[str, Any] | Trouble
    share: float | None
    """How much of the input has been read, 0 to 1."""


class Source:
    """The records of an input, in its order. `share` says how much of it has been read, 0 to 1; None where nobody knows."""

    def __init__(self, path: Path) -> None:
        """Raises InputError where there is nothing that can be read; `-`, and a pipe, is JSON Lines."""
        self.share: float | None = 0.0
        self.skipped = 0.0
        """How much of it had been read before the first record that was to be done."""
        self.path = path
        self._rows = _reader(path)

    @property
    def can_rewind(self) -> bool:
        """Whether it can be read more than once, and by any process."""
        return not _flows(self.path)

    def __iter__(self) -> Iterator[Record]:
        """Read from the beginning. Raises InputError where it cannot be read, or holds no draft."""
        empty = True
        try:
            for row in self._rows(self.path):
                empty = False
                self.share = row.share
                yield self._record(row)
        except OSError as error:
            raise InputError(f"{self.path} cannot be read ({error.strerror or error}).") from error
        if empty:
            raise InputError(f"INPUT: there is no draft in {_shown(self.path)}.")

    def _record(self, row: Row) -> Record:
        own = f"{'stdin' if self.path == Path('-') else self.path.name}:{row.name}"
        if isinstance(row.found, Trouble):
            return Record(row.line, own, {}, row.found)
        given = row.found.get("id")
        if given is None or given == "":
            return Record(row.line, own, row.found)
        name = str(given)
        if isinstance(given, bool) or not isinstance(given, str | int) or len(name) > _LONGEST_ID:
            wrong = Trouble("field", f"id must be a number, or a text of at most {_LONGEST_ID} characters.")
            return Record(row.line, own, {}, wrong)
        return Record(row.line, name, row.found)


_Rows = Callable[[Path], Iterator[Row]]


def _shown(path: Path) -> str:
    return "standard input" if path == Path("-") else str(path)


def _flows(path: Path) -> bool:
    """Whether it is a pipe or the like, which gives each byte once."""
    return path == Path("-") or (path.exists() and not path.is_file() and not path.is_dir())


def _reader(path: Path) -> _Rows:
    if path == Path("-"):
        return _json_lines
    if path.is_dir():
        return _folder
    if not path.exists():
        raise InputError(f"INPUT: there is no file {path}; check the path.")
    readers: Mapping[str, _Rows] = {
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
        ".csv": _csv,
        ".tsv": _csv,
        ".parquet": _parquet,
        ".mbox": _mbox,
        ".eml": _mail,
        ".msg": _mail,
    }
    found = readers.get(path.suffix.lower())
    if _flows(path):
        if found not in (None, _json_lines):
            raise InputError(f"INPUT: {path} is a pipe, which can only be read as JSON Lines; save it as a file first.")
        return _json_lines
    if found is None:
        # Mail programs write an mbox without a suffix.
        with _opened(path) as file:
            found = _mbox if _holds_mails(file.read(8000)) else _json_lines
    if found is _csv:
        _csv_header(path)
    if found is _parquet:
        _parquet_file(path).close()
    return found


def _holds_mails(head: bytes) -> bool:
    return any(True for _ in mails_of(io.BytesIO(head), len(head)))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"INPUT: {path} cannot be read ({error.strerror}).") from error


def _most() -> int:
    return _BYTES_PER_CHARACTER * limits().characters


def _too_long() -> Trouble:
    return Trouble(
        "unreadable", f"The record has more than {_most():,} bytes; shorten it or set REVIEWER_MAX_CHARACTERS."
    )


def _json_lines(path: Path) -> Iterator[Row]:
    most, read = _most(), 0
    if path == Path("-"):
        size, file = 0, sys.stdin.buffer
    else:
        size, file = path.stat().st_size, _opened(path)
    with file:
        number, begun = 0, False
        while line := file.readline(most + 1):
            number += 1
            if not begun and line.strip():
                _check_form(path, line)
                begun = True
            read += len(line)
            whole = len(line) <= most
            rest = line
            while not rest.endswith(b"\n") and (rest := file.readline(most + 1)):
                read += len(rest)
            if line.strip():
                yield Row(number, str(number), _json(line) if whole else _too_long(), read / size if size else None)


def _check_form(path: Path, head: bytes) -> None:
    """Raise InputError where a file that should be lines begins as something else: each of its lines would be an error."""
    name = _shown(path)
    if head.startswith(_PACKED):
        raise InputError(f"INPUT: {name} is compressed; unpack it first.")
    if head.startswith(_UTF_16):
        raise InputError(f"INPUT: {name} is UTF-16; save it as UTF-8.")
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"["):
        raise InputError(f"INPUT: {name} is a JSON array; write one object a line, as `jq -c '.[]'` does.")
    if _MAIL.match(head):
        raise InputError(f"INPUT: {name} is a mail or an mbox; save it as a file that ends in .eml or .mbox.")


def _json(line: bytes) -> Mapping[str, Any] | Trouble:
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Trouble("unreadable", "The line is not UTF-8.")
    except json.JSONDecodeError as error:
        return Trouble("unreadable", f"The line is no JSON ({error.msg}, column {error.colno}).")
    except (ValueError, RecursionError):
        return Trouble("unreadable", "The line is no JSON that can be read (nested too deep, or a number too long).")
    return found if isinstance(found, dict) else Trouble("unreadable", "The line is no JSON object.")


def _checked_columns(path: Path, columns: Iterable[str]) -> None:
    names = list(columns)
    unknown = [name for name in names if name not in FIELDS]
    if unknown:
        raise InputError(f"{path} has an unknown column, {shown_name(unknown[0])}; known are {', '.join(FIELDS)}.")
    if "draft" not in names or len(set(names)) < len(names):
        raise InputError(f"{path} needs a column draft, and each column once.")


def _csv_header(path: Path) -> tuple[list[str], str]:
    """The columns, and what stands between them. Raises InputError."""
    with _opened(path) as raw:
        _check_form(path, raw.read(100))
    with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
        head = file.readline(100_000)
    delimiter = max(",;\t", key=head.count)
    try:
        columns = [cell.strip().lower() for cell in next(csv.reader([head], delimiter=delimiter), [])]
    except csv.Error:
        columns = []
    _checked_columns(path, columns)
    return columns, delimiter


class _TooLong(Exception):
    """A row of a table is longer than any record may be."""


class _TableLines:
    """The lines of a table, for the reader of the standard library, which does not know where a row ends that it cannot read."""

    def __init__(self, file: TextIO, most: int) -> None:
        self._file, self._most = file, most
        self._size, self._within_quotes, self._cut = 0, False, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line. Raises _TooLong where the row has more than `most` characters so far."""
        line = self._line()
        if self._size > self._most:
            raise _TooLong
        return line

    def begin(self) -> None:
        """A row begins."""
        self._size, self._within_quotes = 0, False

    def skip(self) -> None:
        """Go behind the row, of which nothing is kept."""
        with suppress(StopIteration):
            while self._within_quotes or self._cut:
                self._line()

    def _line(self) -> str:
        line = self._file.readline(self._most + 1)
        if not line:
            raise StopIteration
        self._size += len(line)
        self._within_quotes ^= line.count('"') % 2 == 1
        self._cut = not line.endswith(("\n", "\r"))
        return line


def _csv(path: Path) -> Iterator[Row]:
    columns, delimiter = _csv_header(path)
    size = path.stat().st_size
    csv.field_size_limit(_most())
    with _opened(path) as raw, io.TextIOWrapper(raw, "utf-8-sig", "surrogateescape", newline="") as file:
        file.readline()
        lines = _TableLines(file, _most())
        reader = csv.reader(lines, delimiter=delimiter)
        number = 0
        while True:
            number += 1
            lines.begin()
            found: Mapping[str, Any] | Trouble | None
            try:
                cells = next(reader)
                found = _cells(columns, cells) if cells else None
            except StopIteration:
                return
            except _TooLong:
                found = _too_long()
                lines.skip()
            except csv.Error:
                found = Trouble("unreadable", "The row cannot be read; check its quotes.")
                lines.skip()
            if found is not None:
                yield Row(number, str(number), found, raw.tell() / size)


def _cells(columns: list[str], cells: list[str]) -> Mapping[str, Any] | Trouble:
    if len(cells) > len(columns):
        return Trouble("unreadable", f"The row has {len(cells)} cells for {len(columns)} columns; check its quotes.")
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell if not cell.isascii()):
        return Trouble("unreadable", "The row is not UTF-8.")
    return {column: cell for column, cell in zip(columns, cells, strict=False) if cell.strip()}


def _parquet_file(path: Path) -> Any:  # noqa: ANN401 - the library has no types
    import pyarrow
    from pyarrow import parquet

    try:
        # With the library's own settings it holds all columns of a row group at once, which may be the whole file.
        file = parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path} is no Parquet file that can be read.") from error
    _checked_columns(path, file.schema_arrow.names)
    return file


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow

    with _parquet_file(path) as file:
        rows, number = file.metadata.num_rows, 0
        try:
            for batch in file.iter_batches(batch_size=64):
                for found in _rows_of(batch):
                    number += 1
                    yield Row(number, str(number), found, number / rows)
        except pyarrow.ArrowException as error:
            raise InputError(f"{path} is damaged behind row {number}.") from error


def _rows_of(batch: Any) -> Iterator[Mapping[str, Any] | Trouble]:  # noqa: ANN401 - the library has no types
    """The rows one by one: what is wrong with one of them is no matter of the others."""
    for number in range(batch.num_rows):
        try:
            (row,) = batch.slice(number, 1).to_pylist()
        except UnicodeDecodeError:
            yield Trouble("unreadable", "The row is not UTF-8.")
        except (ValueError, OverflowError):  # a day beyond the calendar, say
            yield Trouble("unreadable", "The row has a value that cannot be read.")
        else:
            yield {name: value for name, value in row.items() if value is not None}


def _folder(path: Path) -> Iterator[Row]:
    with os.scandir(path) as entries:
        names = sorted(entry.name for entry in entries if entry.name.lower().endswith(".eml"))
    if not names:
        raise InputError(f"INPUT: there is no .eml in the folder {path}.")
    for number, name in enumerate(names, 1):
        # A name need not be UTF-8, and two of them must not become one.
        yield Row(
            number, name.encode("utf-8", "backslashreplace").decode(), _mail_file(path / name), number / len(names)
        )


def _mail(path: Path) -> Iterator[Row]:
    yield Row(1, "1", _mail_file(path), 1.0)


def _mail_file(path: Path) -> Mapping[str, Any] | Trouble:
    try:
        with path.open("rb") as file:
            raw = file.read(_most() + 1)
    except OSError as error:
        return Trouble("unreadable", f"The file cannot be read ({error.strerror}).")
    return {"draft": raw} if len(raw) <= _most() else _too_long()


def _mbox(path: Path) -> Iterator[Row]:
    size, number = path.stat().st_size, 0
    with _opened(path) as file:
        for found in mails_of(file, _most()):
            if found == "no mail":
                lead = Trouble("unreadable", "Before the first mail there is text that is no mail.")
                yield Row(0, "0", lead, file.tell() / size)
                continue
            number += 1
            mail = _too_long() if found == "too long" else {"draft": found}
            yield Row(number, str(number), mail, file.tell() / size)
    if size and not number:
        raise InputError(f"INPUT: {path} is no mbox: no mail begins in it with a line `From ...`.")


# --- the file of results -------------------------------------------------------------------------------------------


def error_line(record: Record, trouble: Trouble) -> bytes:
    """The line of a record that has no review."""
    return _line(record, "error", json.dumps({"kind": trouble.kind, "message": trouble.message}).encode())


def review_line(record: Record, review: bytes) -> bytes:
    """The line of a review, given as JSON."""
    return _line(record, "review", review)


@contextmanager
def leaving(path: Path, resume: bool) -> Iterator[Callable[[Record, Sent], None]]:
    """A file to which each request to a model is written as it leaves, a line each. Raises OutputError.

    A line is written before its request is sent, so that none leaves that the file does not have.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | (0 if resume else os.O_EXCL), 0o600)
    except FileExistsError:
        raise OutputError(f"{path} is there already; name another file with --sent, or go on by --resume.") from None
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); name another file with --sent.") from error

    def write(record: Record, request: Sent) -> None:
        said = {"id": record.id, "line": record.line, **request._asdict()}
        line = json.dumps(said).encode() + b"\n"
        try:
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                line = b"\n" + line  # a killed process, or a full disk, left half a line
            while line:
                line = line[os.write(fd, line) :]
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error.strerror}).") from error

    try:
        yield write
    finally:
        os.close(fd)


_BEGINNING = b'{"id": '


def _line(record: Record, what: str, value: bytes) -> bytes:
    digest = b' "digest": "%b",' % record.digest.encode() if record.digest else b""
    name = json.dumps(record.id).encode()
    return b'{"id": %b, "line": %d,%b "%b": %b}\n' % (name, record.line, digest, what.encode(), value)


def _digest(name: str, line: int | None = None) -> bytes:
    place = "" if line is None else f"{line} "
    return hashlib.blake2b(f"{place}\0{name}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Ids:
    """Which records are done, and which ids were met. Of each id a short digest is held."""

    def __init__(self, done: Iterable[bytes] = ()) -> None:
        """Nothing was met yet."""
        self.done = set(done)
        self.changed = ""
        """The first record without an id of its own that is done, but was another one then; empty where there is none."""
        self._met: set[bytes] = set()
        self._digests: dict[bytes, str] = {}

    def is_first(self, record: Record) -> bool:
        """Whether no record before had this id; it is remembered."""
        key = _digest(record.id)
        if key in self._met:
            return False
        self._met.add(key)
        return True

    def has(self, record: Record, again: bool = False) -> bool:
        """Whether it is done; for a record with the id of another one, with `again`."""
        key = _digest(record.id, record.line if again else None)
        if not self.changed and key in self._digests and self._digests[key] != record.digest:
            self.changed = record.id
        return key in self.done

    def rewind(self) -> None:
        """The records come once more from the first on."""
        self._met.clear()

    def add(self, found: Mapping[str, Any]) -> bool:
        """Note a line of results as done; False where it was already."""
        key, before = _key(found), len(self.done)
        self.done.add(key)
        if "digest" in found and len(self._digests) < _MOST_DIGESTS:
            self._digests[key] = str(found["digest"])
        return len(self.done) > before


class Out:
    """The file of results. A line is whole or is cut off at the next start; one process at a time may hold it."""

    def __init__(
        self,
        path: Path,
        *,
        resume: bool = False,
        retry_errors: bool = False,
        known: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> None:
        """Open the file, or make it; `known` is told of every line that is there and stays. Raises OutputError.

        With `retry_errors` the lines of errors are taken out first, in one step.
        """
        self.path = path
        self.ids = Ids()
        """The lines that the file had when it was opened."""
        self._synced = time.monotonic()
        self._size = 0
        self._next_size = 0
        """The size once the line that is being written is there whole."""
        self._made = not path.exists()
        self._fd = self._open(resume)
        try:
            self._sweep()
            self._read(retry_errors, known)
        except BaseException:
            os.close(self._fd)
            raise

    def _open(self, resume: bool) -> int:
        try:
            while True:
                fd = os.open(self.path, os.O_RDWR | os.O_CREAT | (0 if resume else os.O_EXCL), 0o600)
                try:
                    _lock(fd, self.path)
                    if os.path.samestat(os.fstat(fd), self.path.stat()):
                        return fd
                except BaseException:
                    os.close(fd)
                    raise
                # Another process put a new file in its place between the two calls.
                os.close(fd)
        except FileExistsError:
            raise OutputError(
                f"{self.path} is there already; go on with it by --resume, or name another file."
            ) from None
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written ({error.strerror}); name another file.") from error

    @property
    def _part(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")

    def _sweep(self) -> None:
        """Remove what a killed process left of a file without errors: it holds drafts. Another's file of this name stays."""
        with suppress(OSError):
            with self._part.open("rb") as file:
                ours = file.read(len(_BEGINNING)) in (b"", _BEGINNING)
            if ours:
                self._part.unlink()

    def _read(self, retry_errors: bool, known: Callable[[Mapping[str, Any]], None]) -> None:
        """Learn what is done, and cut off what a killed process left half."""
        errors = 0
        with open(self._fd, "rb", closefd=False) as file:
            for number, line in enumerate(file, 1):
                # After a power cut zeros may stand where bytes had not reached the disk.
                if not line.endswith(b"\n") and _BEGINNING.startswith(line.strip(b"\0")[: len(_BEGINNING)]):
                    break
                found = self._parsed(line, number)
                self._size += len(line)
                if "error" in found and retry_errors:
                    errors += 1
                    continue
                try:
                    known(found)
                except (KeyError, TypeError, AttributeError, ValueError):
                    raise self._damaged(number) from None
                self.ids.add(found)
        if errors:
            self._without_errors()
        try:
            os.ftruncate(self._fd, self._size)
        except OSError as error:
            raise self._full(error) from error
        os.lseek(self._fd, self._size, os.SEEK_SET)

    def _parsed(self, line: bytes, number: int) -> Mapping[str, Any]:
        try:
            found = json.loads(line)
            if (
                isinstance(found["id"], str)
                and isinstance(found["line"], int)
                and (isinstance(found["error"]["kind"], str) if "error" in found else found["review"].keys())
            ):
                return dict(found)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        raise self._damaged(number)

    def _damaged(self, number: int) -> OutputError:
        return OutputError(f"{self.path} is not of a batch, or damaged: see its line {number}; name another file.")

    def _without_errors(self) -> None:
        """Put a file without the lines of errors in the place of this one."""
        part = self._part
        try:
            fd = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                _lock(fd, self.path)
                with open(self._fd, "rb", closefd=False) as old, open(fd, "wb", closefd=False) as new:
                    old.seek(0)
                    left = self._size
                    self._size = 0
                    while left > 0:
                        line = old.readline()
                        left -= len(line)
                        if "error" not in self._parsed(line, 0):
                            new.write(line)
                            self._size += len(line)
                os.fsync(fd)
                part.replace(self.path)
            except BaseException:
                os.close(fd)
                part.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._full(error) from error
        os.close(self._fd)
        self._fd = fd

    def is_first(self, record: Record) -> bool:
        """Whether no record before had this id; it is remembered."""
        return self.ids.is_first(record)

    def has(self, record: Record, again: bool = False) -> bool:
        """Whether the file had a line for it when it was opened; for a record with the id of another one, with `again`."""
        return self.ids.has(record, again)

    def rewind(self) -> None:
        """The records come once more from the first on."""
        self.ids.rewind()

    def remember(self, line: Mapping[str, Any]) -> None:
        """Take a line that was written for one that was there when the file was opened."""
        self.ids.add(line)

    def write(self, line: bytes) -> None:
        """Append a line. Where that fails nothing of it stays. Raises OutputError."""
        self._next_size = self._size + len(line)
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
            self._size = self._next_size
            if time.monotonic() - self._synced > SYNC_EVERY:
                os.fsync(self._fd)
                self._synced = time.monotonic()
        except OSError as error:
            raise self._full(error) from error

    def sync(self) -> None:
        """Force everything to the disk. Raises OutputError."""
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise self._full(error) from error

    def close(self, keep_empty: bool = True) -> None:
        """Force everything to the disk, and let others have the file; one that is new and empty may go instead."""
        try:
            # Ctrl-C may come after the last byte of a line and before it is counted: then the line is whole, and stays.
            whole = os.lseek(self._fd, 0, os.SEEK_CUR) == self._next_size
            size = self._next_size if whole else self._size
            os.ftruncate(self._fd, size)
            os.fsync(self._fd)
            if self._made and not size and not keep_empty:
                self.path.unlink()
        except OSError as error:
            raise self._full(error) from error
        finally:
            os.close(self._fd)

    def _full(self, error: OSError) -> OutputError:
        room = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        return OutputError(
            f"{self.path} cannot be written ({error.strerror}); "
            f"{'make room' if room else 'see to it'}, then give the same command with --resume."
        )


def _key(found: Mapping[str, Any]) -> bytes:
    again = found.get("error", {}).get("kind") == "duplicate"
    return _digest(found["id"], found["line"] if again else None)


def _lock(fd: int, path: Path) -> None:
    """Keep other processes from this file for as long as it is open. Windows has no such lock."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(f"{path} is being written by another batch; wait for it, or name another file.") from None
