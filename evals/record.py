"""Recorded answers of a model: one readable file a case, written and replayed by vcrpy.

vcrpy patches the HTTP client for the whole process, so one cassette serves every case that runs at the same time. It finds an
answer by (case, step, repeat, SHA-256 of the request) in a dictionary: vcrpy's own matchers compare body by body, and with
their differences, which takes minutes for a thousand requests (docs/evals.md has the figures).

A request that is the same to the letter is the same request, whichever prompt set makes it: what a set's own folder lacks is looked up
in the other sets of the source, so a copy costs only what was changed in it.

What a replay asks and the recording lacks is not guessed at: it is counted as stale (the step was recorded with another request),
missing (never recorded) or error (what was recorded is an error of the endpoint), and what was recorded and is not asked for any more
as orphaned.
"""

import hashlib
import json
import os
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import Field
from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request

from reviewer.errors import ConfigError, OutputError
from reviewer.testing import step_of
from reviewer.types import Value

RECORDINGS = Path(__file__).parent / "recordings"
Mode = Literal["none", "new", "all"]
State = Literal["fresh", "error", "stale", "missing"]
UNFIT: tuple[State, ...] = ("error", "stale", "missing")
"""The states of what a replay asks and has no answer to."""
JUDGE = "judge"
STEPS = ("classify", "flag", "split", "write", "one-shot", JUDGE)
NO_ANSWER = "no answer"
_CASE, _STEP, _REPEAT, _SECONDS = "eval-case", "eval-step", "eval-repeat", "eval-seconds"
_SHA = "eval-sha"  # of the request as it was sent, where a secret was taken out of it
_REFUSED = "eval-refused"  # ways of asking that the endpoint did not take before it answered
# The recording does not say on which machine and port the model was.
_URI = "https://model.invalid/v1/chat/completions"

_NOT_RECORDED: dict[str, Any] = {
    "status": {"code": 410, "message": "Gone"},
    "headers": {"content-type": ["application/json"]},
    "body": {"string": b'{"error": {"message": "not recorded"}}'},
}

_REFUSED_WAYS = re.compile(rb"eval-refused:[ ]*(?:\r?\n\s*-[ ]*)?([^\n]*)")
_SECRETS = re.compile(r"(?<![\w-])sk-[\w-]{8,}|\bBearer\s+[\w.~+/=-]{8,}")
_REMOVED = "[removed]"
_SHORTEST_SECRET = 8  # a shorter key, such as "none" or "ollama", is a word that a local server asks for


class Call(NamedTuple):
    """For which case, and for the how manyth repeat of it (from 1), requests are sent just now."""

    case: str
    repeat: int = 1


CALL: ContextVar[Call] = ContextVar("eval call")


class Source(Value):
    """Where the answers of a folder of recordings come from; `source.yaml` in it."""

    model: str
    """The model's name as requests carry it."""
    about: str
    """Who answered, in one or two sentences."""
    timed: bool = True
    """Whether the seconds of an answer say anything about the model."""
    counted: bool = True
    """Whether the tokens are the endpoint's own count; else they are an estimate."""
    prices: Mapping[str, float] = Field(default_factory=dict)
    """Price of a million tokens, `prompt` and `completion`, where there is one."""


def source(name: str, root: Path = RECORDINGS) -> Source:
    """The source of a folder of recordings; ConfigError where there is none or it cannot be read."""
    path = root / name / "source.yaml"
    try:
        if Path(name).name != name:
            raise FileNotFoundError  # it would be written elsewhere
        return Source.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except FileNotFoundError:
        known = ", ".join(sorted(p.parent.name for p in root.glob("*/source.yaml"))) or "none"
        raise ConfigError(f"There are no recordings {name!r} (known: {known}); name one of these.") from None
    except (ValueError, yaml.YAMLError):
        raise ConfigError(f"{path.name} of the recordings {name!r} is not valid: it needs model and about.") from None


def digest(body: bytes | str) -> str:
    """SHA-256 of a request's JSON, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(json.loads(body), sort_keys=True).encode()).hexdigest()


class _Identity(NamedTuple):
    step: str
    sha: str
    question: str
    """The data that is asked about, whichever way of asking."""
    ways: frozenset[str]
    """What a server may not take, so that a client asks once more without it."""


@lru_cache(maxsize=256)
def _identity(body: bytes | str) -> _Identity:
    """What a request is; vcrpy asks for each of them several times."""
    asked = json.loads(body)
    form = (asked.get("response_format") or {}).get("type")
    ways = {"temperature"} & asked.keys() | ({f"response_format {form}"} if form else set())
    return _Identity(step_of(asked), digest(body), str(asked["messages"][-1]["content"]), frozenset(ways))


class _Key(NamedTuple):
    call: Call
    step: str
    sha: str


class _Question(NamedTuple):
    call: Call
    step: str
    text: str


class _Waiting(NamedTuple):
    """A question that was sent and has no answer to keep yet."""

    began: float
    ways: frozenset[str]
    """All ways in which it was asked."""
    status: str = NO_ANSWER
    """The HTTP status of what came last."""


class Ledger(Cassette):  # type: ignore[misc]  # vcrpy has no types
    """A vcrpy cassette over a folder of one file a case, which knows the state of every recording."""

    def __init__(self, path: str, record_mode: RecordMode) -> None:
        """`path` is the folder; its files are read at once."""
        super().__init__(path=path, record_mode=record_mode)
        self.states: dict[Call, dict[str, Counter[State]]] = defaultdict(lambda: defaultdict(Counter))
        self.seconds: dict[Call, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        """Wall seconds by call and step as they were recorded, the longest of a step's answers."""
        self.judging: set[Call] = set()
        """Calls whose messages are judged. The recorded judgement of any other is none that nobody asks for any more."""
        self._index: dict[_Key, list[dict[str, Any]]] = defaultdict(list)
        self._errors: set[_Key] = set()
        """Requests whose recorded answer is an error of the endpoint."""
        self._elsewhere: dict[str, dict[_Key, list[tuple[Request, dict[str, Any]]]]] = {}
        """By case, what the other sets of the source have of it."""
        self._read: set[str] = set()
        """Cases whose file was read."""
        self._recorded_steps: set[tuple[Call, str]] = set()
        self._played: Counter[_Key] = Counter()
        self._requests: dict[_Key, Request] = {}
        self._waiting: dict[_Question, _Waiting] = {}
        self._refused: set[str] = set()
        """Ways of asking that the endpoint does not take."""

    # --- what vcrpy calls

    def _load(self) -> None:
        """A case is read when it is first asked for: most runs are of some. What holds for all of them is looked for in the text."""
        if self.record_mode != RecordMode.ALL:
            for file in Path(self._path).parent.glob("*/*.yaml"):
                for found in _REFUSED_WAYS.findall(file.read_bytes()):
                    self._refused.update(filter(None, found.decode().strip("'\" \r").split(", ")))
        self.rewound = True

    def can_play_response_for(self, request: Request) -> bool:
        """Whether there is an answer; either way the state of the recording is noted."""
        if CALL.get(None) is None:
            return False
        if self.record_mode == RecordMode.ALL:
            self._note_start(request)
            return False
        key = self._key(request)
        if self._index.get(key) or self._borrowed(key):
            self.states[key.call][key.step]["fresh"] += 1
            return True
        if self._too_much(request):
            self._note_start(request)
            return True  # with the refusal that the endpoint answered with then, so that the client asks as it did then
        self.states[key.call][key.step][self._unfit(key)] += 1
        if self.record_mode == RecordMode.NONE:
            return True  # with a refusal: what is not recorded is asked nowhere
        self._note_start(request)
        return False

    def play_response(self, request: Request) -> dict[str, Any]:
        """The answer; the same request asked again gets the next one that was recorded for it, or the last."""
        key = self._key(request)
        answers = self._index.get(key)
        if not answers:
            way = self._too_much(request)
            return _refusal(way) if way else _NOT_RECORDED
        response = answers[min(self._played[key], len(answers) - 1)]
        self._played[key] += 1
        self._answered(request)
        took = float(response["headers"].get(_SECONDS, ["0"])[0])
        self.seconds[key.call][key.step] = max(self.seconds[key.call][key.step], took)
        return response

    def append(self, request: Request, response: dict[str, Any]) -> None:
        """Keep an answer that came just now, without anything secret. An error of the endpoint is no answer."""
        if CALL.get(None) is None:
            return
        key = self._key(request)
        if not _answers(response):
            question = self._question(request)
            waiting = self._waiting.get(question) or _Waiting(time.monotonic(), frozenset())
            self._waiting[question] = waiting._replace(status=str(response["status"]["code"]))
            return
        asked = self._answered(request)
        took = time.monotonic() - (asked.began if asked else time.monotonic())
        self.seconds[key.call][key.step] = max(self.seconds[key.call][key.step], took)
        sent = _scrubbed(request.body)
        kept = Request(request.method, _URI, sent, {})
        kept.headers.update({_CASE: key.call.case, _STEP: key.step, _REPEAT: str(key.call.repeat)})
        kept.headers.update({_SHA: key.sha} if digest(sent) != key.sha else {})
        headers = {"content-type": ["application/json"], _SECONDS: [f"{took:.2f}"]}
        body = {"string": _scrubbed(_as_asked(request.body, bytes(response["body"]["string"])))}
        if self.record_mode == RecordMode.ALL and not self._played[key]:
            self._index[key].clear()
        self._put(kept, {"status": response["status"], "headers": headers, "body": body})
        self._played[key] += 1
        self.dirty = True

    def filter_request(self, request: Request) -> Request | None:
        """None for a request of nobody's case, such as a review on the page meanwhile: it goes its own way."""
        return request if CALL.get(None) else None

    def _save(self, force: bool = False) -> None:
        """Each case was written when it ended."""

    # --- ours

    def _note_start(self, request: Request) -> None:
        question = self._question(request)
        before = self._waiting.get(question)
        ways = _identity(request.body).ways | (before.ways if before else frozenset())
        self._waiting[question] = _Waiting(time.monotonic(), ways, before.status if before else NO_ANSWER)

    def _answered(self, request: Request) -> _Waiting | None:
        """Note that a question has its answer, and which ways of asking it were refused before."""
        asked = self._waiting.pop(self._question(request), None)
        if asked and asked.status == "400":
            self._refused |= asked.ways - _identity(request.body).ways
        return asked

    def unanswered(self, call: Call) -> Counter[str]:
        """How many questions of this call were sent and got no answer to keep, by the HTTP status that came last."""
        return Counter(waiting.status for question, waiting in self._waiting.items() if question.call == call)

    def _readable(self, request: Request) -> dict[str, Any]:
        headers = dict(request.headers)
        if self._refused:
            headers[_REFUSED] = ", ".join(sorted(self._refused))
        return {
            "method": request.method,
            "uri": request.uri,
            "body": _pretty(request.body),
            "headers": {name: [value] for name, value in headers.items()},
        }

    def errors(self, call: Call) -> Counter[str]:
        """How many recorded answers of each step of this call are errors of the endpoint, asked for or not."""
        self._read_case(call.case)
        return Counter(key.step for key in self._errors if key.call == call)

    def give_up(self, call: Call) -> None:
        """Count as missing what a replay was refused and did not ask more simply."""
        for question in [q for q in self._waiting if q.call == call]:
            del self._waiting[question]
            self.states[call][question.step]["missing"] += 1

    def _too_much(self, request: Request) -> str:
        """The way of asking in this request that the endpoint did not take when it was recorded."""
        return min(_identity(request.body).ways & self._refused, default="")

    def _unfit(self, key: _Key) -> State:
        if key in self._errors:
            return "error"
        return "stale" if (key.call, key.step) in self._recorded_steps else "missing"

    def _key(self, request: Request) -> _Key:
        call = CALL.get()
        self._read_case(call.case)
        found = _identity(request.body)
        return _Key(call, found.step, found.sha)

    def _question(self, request: Request) -> _Question:
        found = _identity(request.body)
        return _Question(CALL.get(), found.step, found.question)

    def _read_case(self, case: str) -> None:
        if case in self._read:
            return
        self._read.add(case)
        for request, response in _interactions(Path(self._path) / f"{case}.yaml"):
            if _answers(response):
                self._put(request, response)
            else:
                self._errors.add(_recorded_key(request))

    def _borrowed(self, key: _Key) -> bool:
        """Whether another set of the source has the answer; it is this set's from now on."""
        case = key.call.case
        if case not in self._elsewhere:
            found = self._elsewhere[case] = defaultdict(list)
            for file in sorted(Path(self._path).parent.glob(f"*/{case}.yaml")):
                if file.parent.name != Path(self._path).name:
                    # Where several sets have an answer, the first one's counts.
                    before = frozenset(found)
                    for request, response in filter(lambda pair: _answers(pair[1]), _interactions(file)):
                        if (key_of := _recorded_key(request)) not in before:
                            found[key_of].append((request, response))
        pairs = self._elsewhere[case].pop(key, [])
        for request, response in pairs:
            self._put(request, response)
        return bool(pairs)

    def _put(self, request: Request, response: dict[str, Any]) -> None:
        key = _recorded_key(request)
        self._index[key].append(response)
        self._requests[key] = request
        self._recorded_steps.add((key.call, key.step))

    def orphaned(self, call: Call) -> Counter[str]:
        """How many recorded answers of each step this call did not ask for."""
        self._read_case(call.case)
        return Counter(key.step for key in self._index if key.call == call and self._dropped(key))

    def has(self, call: Call, step: str) -> bool:
        """Whether anything of this step was recorded for the call, fresh or not."""
        return self.errors(call)[step] > 0 or (call, step) in self._recorded_steps

    def _dropped(self, key: _Key) -> bool:
        """Whether a call that ran did not ask for this answer."""
        return not self._played[key] and (key.step != JUDGE or key.call in self.judging)

    def write(self, case: str) -> None:
        """Write the case's file anew, without the answers nobody asked for in the repeats that ran."""
        self._read_case(case)
        ran = {call for call in [*self.states, *(k.call for k in self._played)] if call.case == case}
        keys = [k for k in self._index if k.call.case == case and not (k.call in ran and self._dropped(k))]
        keys.sort(key=lambda k: (k.call.repeat, STEPS.index(k.step) if k.step in STEPS else len(STEPS), k.sha))
        interactions = [
            {"request": self._readable(self._requests[key]), "response": _plain(response)}
            for key in keys
            for response in self._index[key]
        ]
        file = Path(self._path) / f"{case}.yaml"
        text = yaml.dump({"version": 1, "interactions": interactions}, Dumper=_Readable, sort_keys=False, **_YAML)
        part = file.with_suffix(".part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, "utf-8")
            os.replace(part, file)
        except OSError as error:
            raise OutputError(f"The recording {file.name} cannot be written ({error.strerror}).") from error


def stamp(path: Path) -> tuple[int, int]:
    """What changes with a file: when it was written, and its size; zeros where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _interactions(file: Path) -> list[tuple[Request, dict[str, Any]]]:
    """Requests and answers of a case's file; none where there is no file."""
    return _interactions_of(file, stamp(file)) if file.is_file() else []


@lru_cache(maxsize=512)
def _interactions_of(file: Path, _: tuple[int, int]) -> list[tuple[Request, dict[str, Any]]]:
    read = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["interactions"]
    for interaction in read:
        interaction["response"]["body"]["string"] = interaction["response"]["body"]["string"].encode()
    return [(Request._from_dict(i["request"]), i["response"]) for i in read]


def recorded_calls(file: Path) -> set[tuple[Call, str]]:
    """Calls and steps that a case's file has answers for."""
    keys = (_recorded_key(request) for request, _ in _interactions(file))
    return {(key.call, key.step) for key in keys}


def _recorded_key(request: Request) -> _Key:
    call = Call(request.headers[_CASE], int(request.headers[_REPEAT]))
    return _Key(call, request.headers[_STEP], request.headers.get(_SHA) or digest(request.body))


def _answers(response: Mapping[str, Any]) -> bool:
    return 200 <= int(response["status"]["code"]) < 300


def _refusal(way: str) -> dict[str, Any]:
    """What an endpoint answers that does not take this way of asking."""
    body = json.dumps({"error": {"message": f"{way} is not supported"}}).encode()
    return {**_NOT_RECORDED, "status": {"code": 400, "message": "Bad Request"}, "body": {"string": body}}


def _scrubbed(body: bytes | str) -> bytes:
    """A body without the configured key and without anything that looks like one; servers repeat it in what they say."""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if len(key) >= _SHORTEST_SECRET:
        text = text.replace(key, _REMOVED)
    return _SECRETS.sub(_REMOVED, text).encode()


_YAML: dict[str, Any] = {"allow_unicode": True, "width": 100_000}


class _Readable(yaml.SafeDumper):
    """Long texts as blocks, line by line."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _block)


def _as_asked(request: bytes | str, reply: bytes) -> bytes:
    """The reply with the model under the name that was asked for: the server's own may be a path of its machine."""
    try:
        asked, answered = json.loads(request), json.loads(reply)
        answered["model"] = asked["model"]
    except (ValueError, TypeError, KeyError):
        return reply
    return json.dumps(answered, ensure_ascii=False).encode()


def _pretty(body: bytes | str) -> str:
    """JSON with a line for each property; other text as it is."""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"
    except ValueError:
        return text


def _plain(response: Mapping[str, Any]) -> dict[str, Any]:
    return {**response, "body": {"string": _pretty(response["body"]["string"])}}


# vcrpy patches the client for the whole process: a second ledger would stand in front of the first.
_one_at_a_time = threading.Lock()
_MODES = {"none": RecordMode.NONE, "new": RecordMode.NEW_EPISODES, "all": RecordMode.ALL}


@contextmanager
def recorded(name: str, prompt_set: str, mode: Mode = "none", root: Path = RECORDINGS) -> Iterator[Ledger]:
    """Replay, or record, every request to a model while the context is open."""
    folder = root / name / prompt_set
    with _one_at_a_time, Ledger.use(path=str(folder), record_mode=_MODES[mode]) as ledger:
        yield ledger
