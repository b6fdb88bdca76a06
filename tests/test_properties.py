"""What holds for any draft and any model: nothing lost in parsing or composing, audiences only get narrower, every leak is found.

The drafts are those of `tests.drafts`; how many are tried is said by HYPOTHESIS_PROFILE (`tests/conftest.py`).
"""

import asyncio
import email.policy
import re
import unicodedata
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formataddr
from typing import NamedTuple

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from evals.fuzz import hold
from evals.invariants import broken
from reviewer import compare, details
from reviewer.check import check_message, is_kept
from reviewer.errors import ReviewerError
from reviewer.llm.request import tag
from reviewer.local.classify import classify_passages
from reviewer.local.split import assign
from reviewer.local.write import compose, worded
from reviewer.names import bare
from reviewer.parse import any_mail, make_draft
from reviewer.plan import briefs, keep_informed, reconcile, settle_group
from reviewer.redact import Vault
from reviewer.types import (
    Act,
    Assignment,
    Audience,
    Author,
    Case,
    Classification,
    Draft,
    Finding,
    FindingKind,
    Flag,
    Message,
    Review,
    Sensitivity,
    Stage,
    Topic,
)
from reviewer.withhold import given_away, visible_text
from tests.drafts import (
    POLICY,
    SELLER,
    WORDS,
    assignments_of,
    at_random_from,
    by_number,
    cases,
    circles,
    flags_of,
    reviewed,
    texts,
)

seeds = st.integers(0, 10**6).map(str)
# A draft with its reviews takes a hundred times as long as a number or a word.
few = settings(max_examples=settings().max_examples // 4)


# --- parse ---------------------------------------------------------------------------------------------------------


@few
@given(st.data())
def test_a_draft_is_parsed_to_what_it_says_whichever_line_ends_it_has(data: st.DataObject) -> None:
    """Passages stand where they say, nothing is left out, JSON gives the draft back, and CRLF makes no difference."""
    people = data.draw(circles())
    text = data.draw(texts(people))
    assume("\r" not in text and not text.startswith("\ufeff"))
    try:
        mail = any_mail(text.encode())
        draft, passages = make_draft(mail, people)
    except ReviewerError:
        event("refused")
        return
    hold(draft.body, passages)
    assert Draft.model_validate_json(draft.model_dump_json()) == draft
    assert any_mail(text.replace("\n", "\r\n").encode()) == mail
    # What the parser has made of a body, it makes of it again.
    assert make_draft(mail._replace(body=draft.body), people) == (draft, passages)


@few
@given(st.data())
def test_a_mail_file_holds_the_text_that_was_put_into_it(data: st.DataObject) -> None:
    """Subject, sender, readers and body of an .eml are those that were written."""
    people = data.draw(circles())
    text = data.draw(texts(people)).strip()
    assume("\r" not in text and "\0" not in text and text)
    file = EmailMessage(policy=email.policy.SMTP)
    file["Subject"], file["From"] = "Atlas – lot 1", formataddr((SELLER.name, SELLER.address))
    file["To"] = ", ".join(formataddr((p.name, p.address)) for p in people)
    file.set_content(text, cte="base64")
    mail = any_mail(file.as_bytes())
    assert (mail.subject, mail.sender) == ("Atlas – lot 1", SELLER)
    # Letters typed in parts come back composed, and "BENALI Karim" as Karim Benali.
    names = [(sorted(unicodedata.normalize("NFC", p.name).casefold().split()), p.address) for p in people]
    assert [(sorted(p.name.casefold().split()), p.address) for p in mail.people] == names
    assert mail.body.strip() == any_mail(text.encode()).body.strip()


# --- check ---------------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """A message of what its readers may read, paragraph by paragraph, and a span that one of them must not read."""

    case: Case
    flags: tuple[Flag, ...]
    readers: tuple[str, ...]
    paragraphs: tuple[str, ...]
    carried: tuple[str, ...]
    secret: Flag

    def findings(self, paragraphs: Sequence[str], author: Author) -> list[Finding]:
        """What the check says of these paragraphs."""
        everybody = [_to_all(p.id) for p in self.case.author_passages()]
        own = WORDS[self.case.draft.language]
        body = "\n\n".join((own.greetings[0], *paragraphs, own.closings[0]))
        message = Message(
            to=self.readers,
            subject="-",
            body=body,
            passage_ids=self.carried,
            kind="group",
            written_by=author,
        )
        return check_message(self.case, self.flags, everybody, message)


def _to_all(passage_id: str) -> Assignment:
    return Assignment(passage_id=passage_id, audience=Audience(group=True), reason="-")


def leaks(findings: Sequence[Finding]) -> set[str | None]:
    """Passages that are given away."""
    return {f.passage_id for f in findings if f.kind is FindingKind.LEAKED}


def keys(findings: Sequence[Finding]) -> set[tuple[FindingKind, str | None, str]]:
    """What was found, where, in which words."""
    return {(f.kind, f.passage_id, f.quote) for f in findings}


def runs(text: str, length: int = 4) -> set[tuple[str, ...]]:
    """So many words in a row, as anybody would count them."""
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


@st.composite
def told(draw: st.DrawFn) -> Told:
    """A mail with a span that tells something of its own, and a message whose readers must not all know it."""
    case = draw(cases(odd=False))
    readers = tuple(
        draw(st.lists(st.sampled_from([p.address for p in case.draft.stakeholders]), min_size=1, unique=True))
    )
    passage = draw(st.sampled_from(case.author_passages()))
    edges = [m.start() for m in re.finditer(r"\b\w", passage.text)] + [len(passage.text)]
    assume(len(edges) > 5)
    first = draw(st.integers(0, len(edges) - 6))
    last = draw(st.integers(first + 5, len(edges) - 1))
    start, end = passage.start + edges[first], passage.start + edges[last]
    secret = Flag(
        passage_id=passage.id,
        start=start,
        end=end,
        quote=case.draft.body[start:end],
        sensitivity=Sensitivity.CONFIDENTIAL,
        withhold_from=(draw(st.sampled_from(readers)),),
    )
    flags = (*draw(flags_of(case)), secret)
    shown = {
        p.id: visible_text(p, [f for f in flags if f.passage_id == p.id], readers, case.draft.language)
        for p in case.author_passages()
    }
    # What is told elsewhere too is no secret, be it in two passages that stand together.
    assume(not runs(secret.quote) & runs(" ".join(shown.values())))
    assume(len(compare.content_stems(secret.quote)) >= 3)
    carried = tuple(i for i, text in shown.items() if text and draw(st.booleans()))
    return Told(case, flags, readers, tuple(shown[i] for i in carried), carried, secret)


@few
@given(told(), st.data())
def test_adding_a_withheld_span_always_adds_a_leak_and_taking_it_out_adds_nothing(
    of: Told, data: st.DataObject
) -> None:
    """Wherever it is put, in whichever case; what the readers may read is no leak by itself."""
    author = data.draw(st.sampled_from(["llm", "local", "seller"]))
    at = data.draw(st.integers(0, len(of.paragraphs)))
    retyped = data.draw(st.sampled_from([str, str.upper, str.lower, lambda t: "  \n".join(t.split())]))
    spoilt = [*of.paragraphs[:at], retyped(of.secret.quote), *of.paragraphs[at:]]
    without, with_it = of.findings(of.paragraphs, author), of.findings(spoilt, author)
    assert not leaks(without)
    assert leaks(with_it)
    assert keys(without) <= keys(with_it)


@few
@given(told(), st.data())
def test_more_flags_or_more_readers_never_hide_a_leak(of: Told, data: st.DataObject) -> None:
    """Whatever is withheld besides, and whoever reads it as well."""
    text = "\n\n".join([*of.paragraphs, *(f.quote for f in of.flags if data.draw(st.booleans()))])

    def given(flags: Sequence[Flag], readers: Sequence[str]) -> set[tuple[str, int, int]]:
        leaked = [leak.flag for leak in given_away(of.case, flags, readers, text, of.carried)]
        return {(f.passage_id, f.start, f.end) for f in leaked}

    fewer = [f for f in of.flags if data.draw(st.booleans())]
    found = given(of.flags, of.readers)
    assert given(fewer, of.readers) <= found
    assert found <= given(of.flags, [p.address for p in of.case.draft.stakeholders])


TELLING = (
    "42 k€",
    "€ 55,000",
    "17,5 %",
    "14 March",
    "FR7630006000011234567890189",
    "anna@elsewhere.example",
    "06 98 76 54 32",
)


@few
@given(cases(odd=False), st.sampled_from(TELLING), st.data())
def test_a_withheld_detail_is_found_among_other_words(case: Case, detail: str, data: st.DataObject) -> None:
    """An amount, a share, a date, an account, an address or a number gives away the sentence that holds it."""
    passage = data.draw(st.sampled_from(case.author_passages()))
    hidden = Flag(
        passage_id=passage.id,
        start=passage.start,
        end=passage.end,
        quote=f"{passage.text} {detail}",
        sensitivity=Sensitivity.CONFIDENTIAL,
        withhold_from=(case.draft.stakeholders[0].address,),
    )
    assume(not details.values(detail) & details.values(case.draft.body))
    message = Message(to=(case.draft.stakeholders[0].address,), subject="-", body=f"Xyz: {detail}.", written_by="llm")
    assert leaks(check_message(case, [hidden], [], message)) == {passage.id}


# --- policy --------------------------------------------------------------------------------------------------------


class Proposed(NamedTuple):
    """A mail, what is known of its passages, and what a model might propose."""

    case: Case
    labels: tuple[Classification, ...]
    flags: tuple[Flag, ...]
    proposed: tuple[Assignment, ...]

    def default(self) -> tuple[Assignment, ...]:
        """The local engine's split."""
        return assign(self.case, POLICY, self.labels, self.flags).assignments

    def reconciled(self) -> tuple[Assignment, ...]:
        """What policy and flags leave of it."""
        return reconcile(self.case, POLICY, self.labels, self.flags, self.proposed, self.default())

    def planned(self) -> tuple[Assignment, ...]:
        """What is left of it in the end."""
        settled = settle_group(self.case, self.labels, self.reconciled())
        return keep_informed(self.case, POLICY, self.labels, self.flags, settled)

    def sees(self, passage_id: str, readers: Sequence[str]) -> bool:
        """Whether these readers may read anything of a passage."""
        passage = next(p for p in self.case.passages if p.id == passage_id)
        return bool(
            visible_text(
                passage, [f for f in self.flags if f.passage_id == passage_id], readers, self.case.draft.language
            )
        )


@st.composite
def proposals(draw: st.DrawFn) -> Proposed:
    """Labels of the local engine or of any kind, flags anywhere, any audience for each passage."""
    case = draw(cases())
    labels = classify_passages(case).classifications
    addresses = [p.address for p in case.draft.stakeholders]
    if draw(st.booleans()):
        labels = tuple(
            Classification(
                passage_id=c.passage_id,
                topics=tuple(draw(st.lists(st.sampled_from(Topic), min_size=1, max_size=3, unique=True))),
                act=draw(st.sampled_from(Act)),
                stage=draw(st.sampled_from(Stage)),
                addressed_to=tuple(draw(st.lists(st.sampled_from(addresses), unique=True, max_size=2))),
                sure=draw(st.booleans()),
            )
            for c in labels
        )
    return Proposed(case, labels, draw(flags_of(case)), draw(assignments_of(case)))


@few
@given(proposals())
def test_reconciling_lets_nobody_read_what_is_withheld_from_them(of: Proposed) -> None:
    """Whatever was proposed; every passage keeps exactly one decision, and a reason where nobody reads it."""
    everybody = [p.address for p in of.case.draft.stakeholders]
    for decisions in (of.reconciled(), of.planned()):
        assert [a.passage_id for a in decisions] == [p.id for p in of.case.author_passages()]
        for decided in decisions:
            audience = decided.audience
            assert not audience.group or of.sees(decided.passage_id, everybody)
            assert all(of.sees(decided.passage_id, [a]) for a in (*audience.people, *audience.copied))
            assert not audience.held_back or decided.reason.strip()
            # The only reader answers in the one message to them.
            alone = audience.group and everybody == [decided.owner]
            assert decided.owner is None or decided.owner in audience.people or alone


@few
@given(proposals())
def test_reconciling_adds_nobody_whom_neither_engine_named(of: Proposed) -> None:
    """But the one who is asked, beside a sentence that the question means."""
    proposed, default = {a.passage_id: a for a in of.proposed}, {a.passage_id: a for a in of.default()}
    everybody = {p.address for p in of.case.draft.stakeholders}
    owners = {o for a in (*proposed.values(), *default.values()) if (o := a.owner)}
    for after in of.reconciled():
        local = default[after.passage_id]
        before = proposed.get(after.passage_id, local)
        group = before.audience.group or local.audience.group
        named = {*before.audience.people, *local.audience.people, *owners, *(everybody if group else ())}
        assert set(after.audience.people) <= named
        assert not after.audience.group or group
        assert not after.audience.copied


@few
@given(proposals())
def test_a_brief_holds_nothing_that_is_withheld_from_one_of_its_readers(of: Proposed) -> None:
    """Neither in its sentences nor in its subject: a writer cannot tell what it was not given."""
    flat = " ".join(of.case.draft.body.split())
    for brief in briefs(of.case, of.labels, of.flags, of.planned()):
        readers = {p.address for p in (*brief.to, *brief.cc)}
        for flag in of.flags:
            quote = " ".join(flag.quote.split())
            if len(quote) >= 12 and flat.count(quote) == 1 and readers & set(flag.withhold_from):
                assert all(
                    quote not in " ".join(i.text.split()) for i in brief.items if i.passage_id == flag.passage_id
                )
                assert quote not in brief.subject


# --- compose -------------------------------------------------------------------------------------------------------


@few
@given(proposals())
def test_composing_loses_no_passage(of: Proposed) -> None:
    """Each passage that is not held back is in the message of every one of its readers, as far as they may read it, in order."""
    decisions = of.planned()
    people = of.case.draft.stakeholders
    bodies = {brief.key: (brief, compose(brief).body) for brief in briefs(of.case, of.labels, of.flags, decisions)}
    carried = {(i.passage_id, p.address) for brief, _ in bodies.values() for i in brief.items for p in brief.to}
    for decided in decisions:
        assert all((decided.passage_id, a) in carried for a in decided.audience.people)
        group = bodies.get("group")
        assert not decided.audience.group or (group and decided.passage_id in {i.passage_id for i in group[0].items})
    for brief, body in bodies.values():
        position = 0
        around = zip(brief.items, [*(i.text for i in brief.items[1:]), ""], [None, *brief.items[:-1]], strict=True)
        for item, after, before in around:
            assert is_kept(item.text, body, of.case.draft.language, people)
            # Behind a call that is left out the sentence begins with a capital: "¿Puede ..."; a line end inside it is no more.
            rest = worded(brief, item, after, before, small=False)[2:]
            where = re.search(r"\s+".join(map(re.escape, rest.split())), body[position:])
            assert where
            position += where.end()


# --- whole reviews -------------------------------------------------------------------------------------------------


@few
@given(cases())
def test_the_local_engine_gives_a_valid_review(case: Case) -> None:
    """All that must hold of it does."""
    assert list(broken(asyncio.run(reviewed(case)))) == []


@few
@given(cases(), seeds, st.booleans(), st.booleans())
def test_a_model_that_answers_at_random_gives_a_valid_review(
    case: Case, seed: str, thorough: bool, redact: bool
) -> None:
    """Whether or not it leaves passages out, and whether or not it was shown names and amounts."""
    made = asyncio.run(reviewed(case, at_random_from(seed, thorough), redact))
    assert list(broken(made)) == []


# --- redact --------------------------------------------------------------------------------------------------------

# What every mail of `tests.drafts` may hold beside names: amounts, telephone numbers, access data.
PRIVATE = re.compile(
    r"(?<!\w)(?:\$?42[  .]?(?:000|k€|T€|k\b)|55[ .,]000|\w+-2026|7946 0958|45 67(?: 89)?|1234567)(?!\w)"
)


def names_in(case: Case) -> set[str]:
    """Words of the people's names that are theirs: no titles, no particles, no single letters."""
    people = (*case.draft.stakeholders, *([case.draft.sender] if case.draft.sender else []))
    words = {w for p in people for w in re.findall(r"[^\W\d_]{2,}", bare(p.name))}
    return {w for w in words if w[0].isupper() and len(w) > 2}


@few
@given(cases(), st.data())
def test_redacting_and_restoring_gives_any_text_back_the_same_way_each_time(case: Case, data: st.DataObject) -> None:
    """The passages in any order, for any vault of the review: the same words have the same placeholders."""
    texts_ = [tag("p", t) for t in (case.draft.subject, *(p.text for p in case.passages), case.draft.body)]
    first, again = Vault(case), Vault(case)
    hidden = [first.redact(t) for t in texts_]
    assert [first.restore(h, carried) for h, carried in hidden] == texts_
    for at in data.draw(st.permutations(range(len(texts_)))):
        assert again.redact(texts_[at]) == hidden[at]


@few
@given(cases(odd=False))
def test_no_name_amount_number_or_password_is_left_in_what_leaves(case: Case) -> None:
    """Of the whole text as of each passage by itself."""
    vault, names = Vault(case), names_in(case)
    for text in (case.draft.subject, *(p.text for p in case.passages), case.draft.body):
        hidden, _ = vault.redact(tag("p", text))
        assert not PRIVATE.findall(hidden)
        assert not names & set(re.findall(r"[^\W\d_]+", hidden))


def decided(made: Review) -> tuple[object, ...]:
    """What a review comes to."""
    return made.classifications, made.flags, made.assignments, made.proposal, made.findings, made.fallbacks


@few
@given(cases(), seeds)
def test_redaction_changes_no_review(case: Case, seed: str) -> None:
    """Neither the local engine's nor that of a model that goes by the ids."""
    for script in (None, by_number(seed)):
        plain, hidden = (asyncio.run(reviewed(case, script, redact)) for redact in (False, True))
        assert decided(plain) == decided(hidden)
