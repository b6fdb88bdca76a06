"""Hold the scores above thresholds that a file gives: `reviewer eval gate`."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from evals.report import lines, stale_judgements, stale_sentence
from evals.run import NOT_FRESH, Run
from evals.scorers import JUDGED
from reviewer.errors import ConfigError
from reviewer.types import Value

FILE = Path(__file__).parent / "gate.yaml"
ScoreName = Literal[
    "leak", "coverage", "accounted", "routing", "routing_precision", "routing_f1", "group_has", "group_extra", "right", "invented",
    "asks", "sensitive_recall",
    "sensitive_precision", "rules_recall", "rules_precision", "language", "topics",
    "reads_like_the_seller", "understandable_alone", "coherent", "would_send",
    "reads_like_the_seller_no", "understandable_alone_no", "coherent_no", "would_send_no",
]  # fmt: skip


class Bound(Value):
    """A score must lie between these, as shares of 1."""

    at_least: float = Field(0.0, ge=0, le=1)
    at_most: float = Field(1.0, ge=0, le=1)


class Gate(Value):
    """What is run, and what it has to reach."""

    set: str = "default"
    source: str = "relay"
    engine: Literal["local", "llm"] = "llm"
    split: Literal["dev", "test"] | None = None
    recorded: bool = False
    """Only the cases that the source has recordings of."""
    thresholds: dict[ScoreName, Bound]

    @property
    def judges(self) -> bool:
        """Whether a threshold is on what the judge says. Only then is a judgement that is stale, missing or refused a failure."""
        return any(score.name in self.thresholds for score in JUDGED)


_GATES = TypeAdapter(Annotated[list[Gate], Field(min_length=1)])


def read(path: Path = FILE) -> list[Gate]:
    """The gates of a file; ConfigError says what is wrong with it."""
    try:
        return _GATES.validate_python(yaml.safe_load(path.read_text("utf-8")))
    except FileNotFoundError:
        raise ConfigError(f"There is no file {path}; name the thresholds with --file.") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{path} cannot be read; name a file of thresholds with --file.") from None
    except yaml.YAMLError:
        raise ConfigError(f"{path.name} is not valid YAML; mend it.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "".join(f"{part}: " for part in [".".join(map(str, first["loc"]))] if part)
        raise ConfigError(f"{path.name}: {where}{first['msg']}.") from None


def failures(gate: Gate, run: Run) -> list[str]:
    """Each reason why the run does not pass, in a sentence. What is stale is judged by no threshold: it says nothing new."""
    stale = stale_sentence(run)
    found = [stale] if stale else []
    errors = [r for r in run.results if r.error and r.error != NOT_FRESH]
    found += [f"{r.case}: {r.error}" for r in errors]
    held = {} if stale else dict(gate.thresholds)
    if gate.judges:
        if sentence := stale_judgements(run):
            found.append(sentence)
            held = {name: bound for name, bound in held.items() if name not in {score.name for score in JUDGED}}
        unjudged = [(r.case, r.judgement.error) for r in run.results if r.judgement and r.judgement.error]
        found += [f"{case}: the judge: {error}." for case, error in unjudged if error != NOT_FRESH]
    if all(r.error for r in run.results):
        return found
    values = {line.name: line.interval.value for line in lines(run.results) if line.interval}
    for name, bound in held.items():
        value = values.get(name)
        if value is None:
            found.append(f"{name} could not be judged: no case has it.")
        elif value < bound.at_least:
            found.append(f"{name} is {value:.3f}, below {bound.at_least:g}.")
        elif value > bound.at_most:
            found.append(f"{name} is {value:.3f}, above {bound.at_most:g}.")
    return found
