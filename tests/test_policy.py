"""The policy is read with clear messages, and says from whom a span is withheld."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from reviewer import policy
from reviewer.errors import ConfigError
from reviewer.types import Culture, Recipient, Role, Sensitivity, Severity, Side, Stage, Stakeholder, Topic
from tests.build import CLAIRE, KARIM, ODILE, PEOPLE, SANDRINE, THOMAS, case, flag, golden, person

PATH = Path(__file__).parents[1] / "prompts" / "default" / "policy.yaml"
DEFAULT = policy.load(PATH)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("technical_spec:    {", "technical:    {", "'technical' is no topic; did you mean 'technical_spec'?"),
        ("[technical_evaluator]", "[techncal_evaluator]", "did you mean 'technical_evaluator'?"),
        ("group: never,   roles: [champion, executive_sponsor]}", "group: sometimes, roles: []}", "'settled'"),
        ("credential:        {readers: [], severity: error}", "", "sensitivities: credential is missing"),
        ("large: 4 ", "large: many ", "group.large"),
        ("topics:", "topics: [", "not valid YAML"),
        ("  unknown: {}", "  strange: {}", "'strange' is no culture"),
    ],
)
def test_a_wrong_entry_is_named_with_what_to_write(old: str, new: str, message: str) -> None:
    """A slip in the policy gives one sentence that names the entry."""
    text = PATH.read_text("utf-8")
    assert old in text
    with pytest.raises(ConfigError) as caught:
        policy.parse(text.replace(old, new))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_policy_that_is_no_table_is_refused() -> None:
    """A list, an empty file or a word is no policy."""
    for text in ("", "- a\n- b", "hello"):
        with pytest.raises(ConfigError, match="a table of settings"):
            policy.parse(text)


def names(addresses: tuple[str, ...]) -> set[str]:
    """The part before the @."""
    return {a.split("@")[0] for a in addresses}


def test_a_price_position_is_for_procurement_only() -> None:
    """Everybody but procurement is withheld from (rule 11)."""
    withheld = policy.withheld_from(DEFAULT, Sensitivity.CONTRACT_PRICE, PEOPLE)
    assert names(withheld) == {"claire", "karim", "thomas", "odile"}


def test_a_confidence_never_reaches_whom_it_is_about() -> None:
    """Even the champion, who may read politics, is withheld from where they are the subject (rule 4)."""
    assert "claire" not in names(policy.withheld_from(DEFAULT, Sensitivity.INTERNAL_POLITICS, PEOPLE))
    about = policy.withheld_from(DEFAULT, Sensitivity.INTERNAL_POLITICS, PEOPLE, about=[CLAIRE.address])
    assert names(about) == {"claire", "karim", "sandrine", "thomas", "odile"}


def test_a_technical_leads_budget_constraint_never_reaches_finance() -> None:
    """Finance is withheld from even when the passage speaks to finance by name (rule 5)."""
    withheld = policy.withheld_from(DEFAULT, Sensitivity.BUDGET, PEOPLE, addressed=[ODILE.address])
    assert "odile" in names(withheld)
    assert "karim" in names(withheld)


def test_whom_a_passage_addresses_may_read_it() -> None:
    """A price said to the technical lead by name is meant for him; a password is for nobody."""
    withheld = policy.withheld_from(DEFAULT, Sensitivity.CONTRACT_PRICE, PEOPLE, addressed=[KARIM.address])
    assert "karim" not in names(withheld)
    assert names(policy.withheld_from(DEFAULT, Sensitivity.CREDENTIAL, PEOPLE, addressed=[KARIM.address])) == {
        p.name.split()[0].lower() for p in PEOPLE
    }


def test_partners_read_nothing_sensitive_and_colleagues_everything() -> None:
    """A partner with the right role is withheld from all the same; the seller's colleague is not."""
    partner = person("Paula Costa", Role.PROCUREMENT, side=Side.PARTNER)
    colleague = person("Olaf Berg", side=Side.OWN)
    withheld = policy.withheld_from(DEFAULT, Sensitivity.CONTRACT_PRICE, [partner, colleague])
    assert names(withheld) == {"paula"}


def test_roles_come_in_the_order_of_precedence() -> None:
    """A price in a technical sentence goes to procurement first."""
    roles = DEFAULT.roles_for([Topic.TECHNICAL_SPEC, Topic.BUDGET_PRICE], Culture.UNKNOWN)
    assert roles[0] is Role.PROCUREMENT
    assert Role.TECHNICAL_EVALUATOR in roles


def test_a_hierarchy_gives_decisions_to_its_head() -> None:
    """The chain of validation comes first for decisions (rule 21)."""
    assert DEFAULT.roles_for([Topic.DECISION], Culture.HIERARCHICAL)[0] is Role.ECONOMIC_BUYER
    assert DEFAULT.roles_for([Topic.DECISION], Culture.UNKNOWN)[0] is Role.CHAMPION


def test_a_transparent_customer_reads_more_in_the_group() -> None:
    """Technical matters go to the group there, and nowhere else."""
    assert DEFAULT.group_rule(Topic.TECHNICAL_SPEC, Culture.TRANSPARENT) == "always"
    assert DEFAULT.group_rule(Topic.TECHNICAL_SPEC, Culture.UNKNOWN) == "never"


def test_a_confidence_beside_a_budget_gets_no_neutral_line() -> None:
    """A line about the budget would tell the group that somebody confided something."""
    of = case("Le budget est court.")
    budget = flag(of, 1, Sensitivity.BUDGET, [THOMAS])
    secret = flag(of, 1, Sensitivity.CONFIDENTIAL, [THOMAS])
    assert policy.recap_of(DEFAULT, [budget]) == "budget"
    assert policy.recap_of(DEFAULT, [budget, secret]) is None
    assert policy.recap_of(DEFAULT, [budget.model_copy(update={"severity": Severity.NOTE})]) is None
    assert policy.recap_of(DEFAULT, [flag(of, 1, Sensitivity.CONTRACT_PRICE, [SANDRINE])]) == "budget"


BROKEN = {
    "an unknown topic": ("  decision:  ", "  decison:  "),
    "a topic left out": ("  logistics:         {group: always,  roles: [project_manager, champion]}\n", ""),
    "an unknown role": ("roles: [technical_evaluator]", "roles: [techical_evaluator]"),
    "a role as a number": ("roles: [technical_evaluator]", "roles: [12]"),
    "an unknown rule for the group": (
        "{group: never,   roles: [legal_compliance",
        "{group: nevr,   roles: [legal_compliance",
    ),
    "two things wrong": ("group: settled, roles: [project_manager", "group: sometimes, roles: [projekt_manager"),
    "a sensitivity left out": ("  credential:        {readers: [], severity: error}\n", ""),
    "an unknown severity": (
        "credential:        {readers: [], severity: error}",
        "credential:        {readers: [], severity: dire}",
    ),
    "a number that is none": ("large: 4 ", "large: four "),
    "a limit below one": ("large: 4 ", "large: 0 "),
    "an unknown setting": ("doubt_readers:", "doubtful_readers:"),
    "an unknown culture": ("  mixed: {}", "  mixd: {}"),
    "a culture left out": ("  mixed: {}\n", ""),
    "a topic missing from the precedence": (
        "milestone, next_date, logistics, other]",
        "milestone, next_date, logistics]",
    ),
    "no YAML": ("topics:", "topics: ["),
    "a tab": ("  decision:", "\tdecision:"),
    "no table": (None, "just words"),
    "nothing": (None, ""),
}


def test_what_is_said_of_each_broken_policy() -> None:
    """One sentence for somebody who does not program: where, what, and what to write."""
    text = PATH.read_text("utf-8")
    lines = []
    for name, (old, new) in BROKEN.items():
        broken = new if old is None else text.replace(old, new, 1)
        assert broken != text, name
        with pytest.raises(ConfigError) as caught:
            policy.parse(broken)
        assert "\n" not in str(caught.value)
        lines.append(f"{name}: {caught.value}")
    golden("policy", "\n".join(lines) + "\n")


def test_a_policy_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Not there, or not UTF-8."""
    path = tmp_path / "policy.yaml"
    with pytest.raises(ConfigError, match=re.escape(f"{path} is missing: copy it from prompts/default/policy.yaml.")):
        policy.load(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=re.escape(f"{path} cannot be read: save it as a UTF-8 text file.")):
        policy.load(path)


def test_people_in_to_come_before_people_in_copy() -> None:
    """Among those who hold a role at the customer; partners and colleagues hold none."""
    copied = person("Ana Cc", Role.LEGAL_COMPLIANCE, recipient=Recipient.CC)
    direct = person("Ben To", Role.LEGAL_COMPLIANCE)
    partner = person("Cy Partner", Role.LEGAL_COMPLIANCE, side=Side.PARTNER)
    assert policy.holders(Role.LEGAL_COMPLIANCE, [copied, partner, direct]) == [direct, copied]


def test_a_wrong_entry_is_named_with_its_file(tmp_path: Path) -> None:
    """Whoever edits several prompt sets reads which policy is meant."""
    path = tmp_path / "policy.yaml"
    path.write_text(PATH.read_text("utf-8").replace("large: 4 ", "large: four "), "utf-8")
    with pytest.raises(ConfigError, match=re.escape(f"{path}: group.large")):
        policy.load(path)


@pytest.mark.parametrize(
    ("topics", "stage", "reads"),
    [
        ([Topic.DECISION], Stage.SETTLED, True),
        ([Topic.DECISION], Stage.OPEN, False),
        ([Topic.MILESTONE, Topic.TECHNICAL_SPEC], Stage.SETTLED, True),
        ([Topic.DECISION, Topic.CONTRACT_LEGAL], Stage.SETTLED, True),
        ([Topic.DECISION, Topic.CONTRACT_LEGAL], Stage.OPEN, False),
        ([Topic.DECISION, Topic.STRATEGY], Stage.SETTLED, False),
        ([Topic.MILESTONE, Topic.INTERNAL_POLITICS], Stage.SETTLED, False),
        ([Topic.DECISION, Topic.PERSONAL_CONCERN], Stage.SETTLED, False),
        ([Topic.TECHNICAL_SPEC], Stage.SETTLED, False),
        ([Topic.SCOPE], Stage.SETTLED, True),
        ([Topic.SCOPE], Stage.OPEN, False),
        ([Topic.SCOPE, Topic.TECHNICAL_SPEC], Stage.SETTLED, False),
        ([Topic.LOGISTICS], Stage.OPEN, True),
        ([Topic.LOGISTICS, Topic.BUDGET_PRICE], Stage.OPEN, False),
    ],
)
def test_what_the_group_reads(topics: list[Topic], stage: Stage, reads: bool) -> None:
    """A settled decision or milestone, unless a private matter is in it; else only what is all for the group (rule 10)."""
    assert DEFAULT.group_reads(topics, stage, Culture.UNKNOWN) is reads


def test_thresholds_have_defaults_and_a_lowest_value() -> None:
    """Those of the default policy, where a policy leaves them out; a large group is of two at least."""
    assert policy.GroupLimits() == DEFAULT.group
    assert policy.GroupLimits().model_dump() == {
        "large": 4,
        "weekly_days": 7,
        "reminder_days": 10,
        "review_weeks": 4,
    }
    lowest = {"large": 2, "weekly_days": 1, "reminder_days": 1, "review_weeks": 1}
    assert policy.GroupLimits(**lowest).model_dump() == lowest
    for name, value in lowest.items():
        with pytest.raises(ValueError, match="greater than or equal"):
            policy.GroupLimits(**{name: value - 1})


@pytest.mark.parametrize(("wrong", "tail"), [(1, "."), (2, " (and 1 more)."), (4, " (and 3 more).")])
def test_how_much_more_is_wrong_is_counted(wrong: int, tail: str) -> None:
    """One entry is named, the others are counted."""
    text = PATH.read_text("utf-8")
    for name in ("large: 4 ", "weekly_days: 7 ", "reminder_days: 10 ", "review_weeks: 4 ")[:wrong]:
        text = text.replace(name, f"{name.split(':')[0]}: many ")
    with pytest.raises(ConfigError) as caught:
        policy.parse(text)
    assert str(caught.value).endswith(f"must be a whole number{tail}")


@pytest.mark.parametrize(
    ("people", "known"),
    [
        ((), False),
        ((person("Ada Roy", Role.UNKNOWN),), False),
        ((person("Ada Roy", Role.UNKNOWN), person("Bob Ray", Role.CHAMPION)), True),
        ((person("Ada Roy", Role.CHAMPION),), True),
        ((person("Ada Roy", Role.CHAMPION, Role.UNKNOWN),), True),
        ((person("Ada Roy", Role.CHAMPION, side=Side.OWN),), False),
        ((person("Ada Roy", Role.CHAMPION, side=Side.PARTNER),), True),
    ],
)
def test_roles_are_known_where_a_reader_outside_the_sellers_firm_has_one(
    people: tuple[Stakeholder, ...], known: bool
) -> None:
    """One is enough; "unknown" is none, and the seller's own people do not count."""
    assert policy.roles_known(people) == known


def test_a_policy_does_not_change() -> None:
    """It is read once for many reviews."""
    with pytest.raises(ValidationError):
        DEFAULT.group.large = 9  # type: ignore[misc]
