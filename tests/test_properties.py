"""What holds for any input: audiences only get narrower, and a withheld word in a message is always found."""

from hypothesis import given, settings
from hypothesis import strategies as st

from evals.invariants import broken
from reviewer import prompts
from reviewer.check import check_message
from reviewer.local.classify import classify_passages
from reviewer.local.flag import flag_passages
from reviewer.local.split import assign
from reviewer.plan import reconcile
from reviewer.types import Assignment, Audience, Case, Flag, Message, Sensitivity
from reviewer.withhold import make_flag
from tests.build import PEOPLE, case

POLICY = prompts.load("default").policy
ADDRESSES = [p.address for p in PEOPLE]
SENTENCES = (
    "Le comité a validé le déploiement sur les 12 agences.",
    "Karim, pouvez-vous envoyer la liste des accès avant jeudi ?",
    "Sandrine, nous pourrions descendre à 42 k€ par an sur trois ans.",
    "Entre nous, Claire, Karim redoute de perdre son équipe.",
    "Le prochain atelier a lieu le 14 mars à Lyon.",
    "Le planning pourrait glisser de trois semaines, rien n'est décidé.",
    "Odile, cela rentre-t-il dans votre budget ?",
    "Une licence coûte 12 $ par poste.",
    "La reprise coûterait 12 € par dossier.",
)
mails = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6, unique=True).map(lambda texts: case(*texts))
audiences = st.builds(
    Audience, group=st.booleans(), people=st.lists(st.sampled_from(ADDRESSES), unique=True, max_size=4).map(tuple)
)


@st.composite
def proposals(draw: st.DrawFn) -> tuple[Case, list[Flag], list[Assignment]]:
    """A mail, flags on some of its passages, and any audience for each."""
    mail = draw(mails)
    flags = [
        make_flag(mail, POLICY, p, p.start, p.end, draw(st.sampled_from(list(Sensitivity))), "-")
        for p in mail.author_passages()
        if draw(st.booleans())
    ]
    given_ = [
        Assignment(
            passage_id=p.id, audience=draw(audiences), reason="-", owner=draw(st.sampled_from([None, *ADDRESSES]))
        )
        for p in mail.author_passages()
    ]
    return mail, flags, given_


@given(proposals())
@settings(max_examples=150, deadline=None)
def test_reconciling_lets_nobody_read_what_is_withheld_from_them(
    proposal: tuple[Case, list[Flag], list[Assignment]],
) -> None:
    """Whatever the engine proposed; every passage keeps exactly one decision."""
    mail, flags, proposed = proposal
    labels = classify_passages(mail).classifications
    default = assign(mail, POLICY, labels, flags).assignments
    result = reconcile(mail, POLICY, labels, flags, proposed, default)
    assert [a.passage_id for a in result] == [p.id for p in mail.author_passages()]
    for decided in result:
        own = [f for f in flags if f.passage_id == decided.passage_id]
        readers = set(decided.audience.people) | (set(ADDRESSES) if decided.audience.group else set())
        # The flags above cover whole passages: whoever one of them is withheld from has nothing of it to read.
        assert not any(readers & set(f.withhold_from) for f in own)


@given(proposals())
@settings(max_examples=150, deadline=None)
def test_reconciling_adds_nobody_whom_neither_engine_named(proposal: tuple[Case, list[Flag], list[Assignment]]) -> None:
    """But the one who is asked, beside a sentence that the question means."""
    mail, flags, proposed = proposal
    labels = classify_passages(mail).classifications
    default = assign(mail, POLICY, labels, flags).assignments
    owners = {a.owner for a in (*proposed, *default)}
    for before, local, after in zip(
        proposed, default, reconcile(mail, POLICY, labels, flags, proposed, default), strict=True
    ):
        named = {*before.audience.people, *local.audience.people, *(o for o in owners if o)}
        if before.audience.group or local.audience.group:
            named |= set(ADDRESSES)
        assert set(after.audience.people) <= named
        assert not after.audience.group or before.audience.group or local.audience.group


def message(mail: Case, *texts: str) -> Message:
    """A message to everybody of these sentences."""
    ids = tuple(p.id for p in mail.author_passages() if p.text in texts)
    return Message(
        to=tuple(ADDRESSES),
        cc=(),
        subject="Projet Atlas",
        body="\n\n".join(["Bonjour à tous,", *texts, "Bien à vous,"]),
        passage_ids=ids,
        kind="group",
        written_by="llm",
    )


@given(st.lists(st.sampled_from(SENTENCES), unique=True, max_size=8), st.sampled_from(SENTENCES))
@settings(max_examples=100, deadline=None)
def test_a_withheld_sentence_is_always_found_and_taking_it_out_finds_no_more(told: list[str], secret: str) -> None:
    """Adding a withheld span adds a leak; removing it never adds one."""
    mail = case(*SENTENCES)
    passage = next(p for p in mail.author_passages() if p.text == secret)
    flag = make_flag(mail, POLICY, passage, passage.start, passage.end, Sensitivity.CONFIDENTIAL, "-").model_copy(
        update={"withhold_from": tuple(ADDRESSES)}
    )
    everybody = [Assignment(passage_id=p.id, audience=Audience(group=True), reason="-") for p in mail.author_passages()]
    harmless = [t for t in told if t != secret]
    without = {f.quote for f in check_message(mail, [flag], everybody, message(mail, *harmless)) if f.kind == "leaked"}
    with_it = {
        f.quote for f in check_message(mail, [flag], everybody, message(mail, *harmless, secret)) if f.kind == "leaked"
    }
    assert not without
    assert with_it


@given(mails)
@settings(max_examples=40, deadline=None)
def test_the_local_engine_gives_a_valid_review(mail: Case) -> None:
    """Of any of these mails, all that must hold does."""
    import asyncio

    from reviewer.chain import Setup, review
    from reviewer.local.engine import local_engine

    made = asyncio.run(review(mail.draft, mail.passages, mail.situation, Setup(POLICY, local_engine(POLICY))))
    assert list(broken(made)) == []
    assert flag_passages(mail, POLICY).flags == made.flags
