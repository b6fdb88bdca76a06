"""Who reads what: the table that sales enablement edits, and what it makes of flags and of proposed audiences.

A model may propose any audience; `reconcile` lets it stand only as far as the policy and the flags allow. It narrows,
never widens: nobody is added whom neither the engine nor the policy named.
"""

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from yaml import CSafeLoader

from reviewer.errors import ConfigError
from reviewer.types import (
    IN_CONFIDENCE,
    Culture,
    Flag,
    Matter,
    Recipient,
    Role,
    Sensitivity,
    Severity,
    Side,
    Stage,
    Stakeholder,
    Topic,
)

GroupRule = Literal["settled", "always", "never"]

_VOCABULARY: dict[str, type[Topic] | type[Role] | type[Sensitivity] | type[Culture]] = {
    "topic": Topic,
    "role": Role,
    "sensitivity": Sensitivity,
    "culture": Culture,
}


def _word(kind: str) -> BeforeValidator:
    """A validator that names the nearest known word where a word of the policy is unknown."""

    def check(value: object) -> object:
        known = [str(member) for member in _VOCABULARY[kind]]
        if value in known:
            return value
        near = difflib.get_close_matches(str(value), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        raise ValueError(f"{value!r} is no {kind}; {hint}")

    return BeforeValidator(check)


_OUTCOMES = {Topic.DECISION, Topic.MILESTONE}
_PRIVATE = {Topic.STRATEGY, Topic.INTERNAL_POLITICS, Topic.PERSONAL_CONCERN}
PolicyTopic = Annotated[Topic, _word("topic")]
PolicyRole = Annotated[Role, _word("role")]
PolicySensitivity = Annotated[Sensitivity, _word("sensitivity")]
PolicyCulture = Annotated[Culture, _word("culture")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TopicRule(_Table):
    """Where a topic goes."""

    group: GroupRule
    roles: tuple[PolicyRole, ...]


class SensitivityRule(_Table):
    """Who may read a sensitive span."""

    readers: tuple[PolicyRole, ...]
    never: tuple[PolicyRole, ...] = ()
    recap: Matter | None = None
    severity: Severity = Severity.WARNING


class GroupLimits(_Table):
    """Thresholds of size (people) and rhythm (days, weeks)."""

    large: int = Field(4, ge=2)
    weekly_days: int = Field(7, ge=1)
    reminder_days: int = Field(10, ge=1)
    review_weeks: int = Field(4, ge=1)


class CultureRule(_Table):
    """What a culture changes."""

    group: dict[PolicyTopic, GroupRule] = {}
    chain: tuple[PolicyRole, ...] = ()


class Policy(_Table):
    """The whole table, validated."""

    topics: dict[PolicyTopic, TopicRule]
    precedence: tuple[PolicyTopic, ...]
    sensitivities: dict[PolicySensitivity, SensitivityRule]
    doubt_readers: tuple[PolicyRole, ...]
    addressed_may_read: tuple[PolicySensitivity, ...]
    hidden_from_subject: tuple[PolicySensitivity, ...]
    group: GroupLimits
    keep_informed: tuple[PolicyTopic, ...]
    ask_fallback: tuple[PolicyRole, ...]
    cultures: dict[PolicyCulture, CultureRule]

    @model_validator(mode="after")
    def _complete(self) -> "Policy":
        for name, kind, given in (
            ("topics", Topic, set(self.topics)),
            ("precedence", Topic, set(self.precedence)),
            ("sensitivities", Sensitivity, set(self.sensitivities)),
            ("cultures", Culture, set(self.cultures)),
        ):
            missing = [str(member) for member in kind if member not in given]
            if missing:
                raise ValueError(f"{name}: {', '.join(missing)} is missing")
        return self

    def group_rule(self, topic: Topic, culture: Culture) -> GroupRule:
        """When the message to everybody carries this topic, for a customer of this culture."""
        return self.cultures[culture].group.get(topic, self.topics[topic].group)

    def group_reads(self, topics: Iterable[Topic], stage: Stage, culture: Culture) -> bool:
        """Whether the message to everybody may carry a passage of these topics with nothing sensitive in it (rule 10).

        A decision or a milestone that is settled may, whatever else it is about, unless that is a private matter;
        otherwise each of the topics must be one for the group.
        """
        wanted, settled = set(topics), stage is Stage.SETTLED
        if settled and wanted & _OUTCOMES and not wanted & _PRIVATE:
            return True
        rules = [self.group_rule(topic, culture) for topic in wanted]
        return all(rule == "always" or (rule == "settled" and settled) for rule in rules)

    def roles_for(self, topics: Iterable[Topic], culture: Culture) -> list[Role]:
        """Roles that read these topics directly, the most fitting first.

        Topics are taken in the policy's order of precedence. A culture with a chain of validation puts its
        members first for decisions.
        """
        wanted = set(topics)
        roles: list[Role] = []
        if Topic.DECISION in wanted:
            roles += self.cultures[culture].chain
        for topic in self.precedence:
            if topic in wanted:
                roles += self.topics[topic].roles
        return list(dict.fromkeys(roles))


_PLAIN = {
    "extra_forbidden": "there is no such setting",
    "missing": "is missing",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
}
"""What pydantic's kinds of error are for somebody who does not program."""


@lru_cache(maxsize=16)
def parse(text: str, source: str = "policy.yaml") -> Policy:
    """Read a policy from YAML text; ConfigError says in one sentence which entry is wrong and what to write."""
    try:
        data = yaml.load(text, Loader=CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not readable"
        raise ConfigError(f"{source}{where}: this is not valid YAML ({problem}); mend that line.") from error
    if not isinstance(data, Mapping):
        raise ConfigError(f"{source}: a table of settings is expected; compare it with prompts/default/policy.yaml.")
    try:
        return Policy.model_validate(data)
    except ValidationError as error:
        problem = _first_problem(error)
        raise ConfigError(f"{source}: {problem}{'' if problem.endswith('?') else '.'}") from error


def load(path: Path) -> Policy:
    """Read and validate a policy file."""
    try:
        return parse(path.read_text("utf-8"), str(path))
    except FileNotFoundError as error:
        raise ConfigError(f"{path} is missing: copy it from prompts/default/policy.yaml.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: save it as a UTF-8 text file.") from error


def _first_problem(error: ValidationError) -> str:
    # A setting that is not known says more than the one that is missing because of it.
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in first["loc"] if part != "[key]")
    message = _PLAIN.get(first["type"], first["msg"].removeprefix("Value error, "))
    more = len(error.errors()) - 1
    tail = f" (and {more} more)" if more else ""
    return f"{where + ': ' if where else ''}{message}{tail}"


def holders(role: Role, people: Iterable[Stakeholder]) -> list[Stakeholder]:
    """Those of the customer's people who hold the role, people in To before people in Cc."""
    held = [p for p in people if p.side is Side.CUSTOMER and role in p.roles]
    return sorted(held, key=lambda p: p.recipient is Recipient.CC)


def roles_known(people: Iterable[Stakeholder]) -> bool:
    """Whether any of the readers outside the seller's firm has a role."""
    return any(set(p.roles) - {Role.UNKNOWN} for p in people if p.side is not Side.OWN)


def withheld_from(
    policy: Policy,
    sensitivity: Sensitivity,
    people: Iterable[Stakeholder],
    addressed: Iterable[str] = (),
    about: Iterable[str] = (),
    also: Iterable[Role] = (),
) -> tuple[str, ...]:
    """Addresses of those who must not read a span of this sensitivity.

    `addressed` are the addresses of people whom the passage addresses by name, `about` of those whom it talks about,
    by name or by department (rules 4 and 5), `also` are further roles that may read it. The seller's own colleagues are
    never withheld from.
    """
    rule = policy.sensitivities[sensitivity]
    readers = {*rule.readers, *also}
    spoken_to = set(addressed) if sensitivity in policy.addressed_may_read else set()
    spoken_of = set(about) if sensitivity in policy.hidden_from_subject else set()

    def may_read(person: Stakeholder) -> bool:
        if person.side is Side.OWN:
            return True
        if person.address in spoken_of or set(rule.never) & set(person.roles):
            return False
        if person.address in spoken_to:
            return True
        return person.side is Side.CUSTOMER and bool(readers & set(person.roles))

    return tuple(p.address for p in people if not may_read(p))


def recap_of(policy: Policy, flags: Iterable[Flag]) -> Matter | None:
    """The matter of which the group reads one neutral line for these flags, or None.

    A confidence gets none, even beside a budget: the line itself would tell the group that there is something.
    """
    # What is only perhaps sensitive must not be announced to the group as an open matter.
    kinds = [flag.sensitivity for flag in flags if flag.severity is not Severity.NOTE]
    if IN_CONFIDENCE & set(kinds):
        return None
    return next((rule.recap for kind in kinds if (rule := policy.sensitivities[kind]).recap), None)
