"""What follows from a deal: the next review's situation, who was told what, what is owed, and the rhythm."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from reviewer import prompts
from reviewer.chain import Setup
from reviewer.chain import review as run
from reviewer.dashboard import agreement_line, culture_line, insistence_lines, soon_line
from reviewer.deal import (
    Agreement,
    AgreementState,
    Deal,
    Ending,
    EndState,
    History,
    Insistence,
    KeptReview,
    Observation,
    Outcome,
    Outgoing,
    draft_of,
    ending,
    envelope,
    known_to_one,
    named_readers,
    readers,
    rhythm,
    silences,
    situation,
    strangers,
    told,
)
from reviewer.errors import InputError
from reviewer.local.engine import local_engine
from reviewer.mail import RawMail, Unaddressed
from reviewer.owed import debts
from reviewer.parse import NO_ADDRESS, make_draft
from reviewer.texts import dated
from reviewer.types import Culture, Message, Recipient, Review, Side, Situation, Stakeholder, Topic
from tests.build import CLAIRE, KARIM, ODILE, PEOPLE, SANDRINE, THOMAS, person

POLICY = prompts.load("default").policy
START = date(2026, 3, 2)
MAIL = """Bonjour à tous,

Le périmètre du lot 1 est validé : douze agences.

Karim, le flux passera par une API REST.

Sandrine, nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans.

Bien cordialement,
Camille Marchand"""


def reviewed(
    text: str = MAIL, people: Sequence[Stakeholder] = PEOPLE, day: date = START, agreed: bool = True
) -> Review:
    """A review by the local engine."""
    draft, passages = make_draft(RawMail("Projet Atlas", None, (), text), tuple(people))
    setup = Setup(POLICY, local_engine(POLICY))
    return asyncio.run(run(draft, passages, Situation(today=day, agreed=agreed), setup))


def after(days: int) -> date:
    """So many days after the start."""
    return START + timedelta(days)


def sale(*steps: tuple[Review, dict[str, date]], **notes: object) -> History:
    """A deal with these reviews, each with the days on which its messages (by key) were sent."""
    deal = Deal.model_validate({"name": "Atlas", "created": START, "people": PEOPLE, **notes})
    reviews, messages = [], []
    for number, (review, sent) in enumerate(steps, 1):
        reviews.append(KeptReview(number, review.situation.today, review))
        for message in review.proposal.messages:
            messages.append(
                Outgoing(
                    id=len(messages) + 1,
                    review_id=number,
                    made=review.situation.today,
                    message=message,
                    sent=sent.get(message.key),
                )
            )
    return History(deal, tuple(reviews), tuple(messages))


FIRST = reviewed()
SENT = {"group": START, KARIM.address: START, SANDRINE.address: START}
THEIRS = reviewed("Bonjour Thomas,\n\nLe planning de la recette est arrêté : du 16 au 27 mars.\n\nCamille", [THOMAS])


def test_the_situation_is_the_deals() -> None:
    """The last observation, the last step of the agreement, the last message to the group."""
    history = sale(
        (FIRST, SENT),
        observations=[
            Observation(day=after(3), culture=Culture.HIERARCHICAL),
            Observation(day=after(1), culture=Culture.MIXED),
        ],
        agreements=[
            Agreement(day=after(1), state=AgreementState.PROPOSED),
            Agreement(day=after(2), state=AgreementState.AGREED),
        ],
    )
    found = situation(history, after(5), "fr")
    assert (found.culture, found.agreed, found.last_group_message) == (Culture.HIERARCHICAL, True, START)
    empty = situation(sale(), after(5), "fr")
    assert (empty.culture, empty.agreed, empty.last_group_message) == (Culture.UNKNOWN, False, None)


def test_a_recap_stays_in_the_thread_in_which_the_group_was_last_written_to() -> None:
    """The sponsor's summary does not, nor does a message to one person count; a message of a review leaves in its draft's place."""
    answer = FIRST.draft.model_copy(update={"in_reply_to": "<b@client.example>", "references": ("<a@client.example>",)})
    first = FIRST.model_copy(update={"draft": answer})
    history = sale((first, SENT), (THEIRS, {"group": after(2)}))
    weekly = Message(to=(CLAIRE.address, "gone@client.example"), subject="Point", body="Voilà.", kind="group")
    found = draft_of(history, weekly, None)
    assert (found.in_reply_to, found.references) == ("<b@client.example>", ("<a@client.example>",))
    assert [p.name for p in found.stakeholders] == [CLAIRE.name, "gone@client.example"]
    assert draft_of(history, weekly.model_copy(update={"kind": "direct"}), None).in_reply_to == ""
    assert draft_of(sale((first, {})), weekly, None).in_reply_to == ""
    assert draft_of(history, history.messages[0].message, 1) == answer


def known_by(history: History, key: str, mail_id: str) -> History:
    """The deal in which this message was handed over as a draft with this Message-ID."""
    messages = [m.model_copy(update={"mail_id": mail_id}) if m.message.key == key else m for m in history.messages]
    return history._replace(messages=tuple(messages))


def test_a_recap_answers_the_last_message_to_the_group_that_was_handed_over() -> None:
    """In the thread that this one was in; what was only copied out is not known, and the thread goes on without it."""
    weekly = Message(to=tuple(p.address for p in PEOPLE), subject="Point", body="Voilà.", kind="group")
    first = known_by(sale((FIRST, SENT), (THEIRS, {"group": after(2)})), "group", "<g1@own.example>")
    # The second review's only message is to one person, and no message to the group.
    found = draft_of(first, weekly, None)
    assert (found.in_reply_to, found.references) == ("<g1@own.example>", ("<g1@own.example>",))
    answer = FIRST.draft.model_copy(update={"in_reply_to": "<b@client.example>", "references": ("<a@client.example>",)})
    second = FIRST.model_copy(update={"draft": answer})
    answered = known_by(sale((second, SENT)), "group", "<g1@own.example>")
    found = draft_of(answered, weekly, None)
    assert (found.in_reply_to, found.references) == ("<g1@own.example>", ("<a@client.example>", "<g1@own.example>"))
    recap = Outgoing(id=90, made=after(7), message=weekly, sent=after(7), mail_id="<r1@own.example>")
    for mail_id, by in (("<r1@own.example>", "<r1@own.example>"), ("", "<g1@own.example>")):
        later = answered._replace(messages=(*answered.messages, recap.model_copy(update={"mail_id": mail_id})))
        found = draft_of(later, weekly, None)
        assert found.in_reply_to == by
        assert found.references == ("<a@client.example>", "<g1@own.example>", *filter(None, [mail_id]))
    unsent = answered._replace(messages=(*answered.messages, recap.model_copy(update={"sent": None})))
    assert draft_of(unsent, weekly, None).in_reply_to == "<g1@own.example>"


def test_a_recap_is_from_whoever_has_an_address() -> None:
    """Who signs the drafts by name alone has one on record in the deal; whoever wrote the last draft comes first."""
    assert FIRST.draft.sender is not None
    assert FIRST.draft.sender.address.endswith(NO_ADDRESS)
    known, other = (Stakeholder(name=n, address=f"{n}@kaysoft.example", side=Side.OWN) for n in ("camille", "julie"))
    weekly = Message(to=(CLAIRE.address,), subject="Point", body="Voilà.", kind="group")
    assert draft_of(sale((FIRST, SENT), sender=known), weekly, None).sender == known
    assert draft_of(sale((FIRST, SENT)), weekly, None).sender is None
    by_julie = FIRST.model_copy(update={"draft": FIRST.draft.model_copy(update={"sender": other})})
    assert draft_of(sale((by_julie, SENT), sender=known), weekly, None).sender == other


def test_of_two_notes_on_one_day_the_later_counts_and_none_before_its_day() -> None:
    """Proposed and agreed within a day is agreed; what is dated tomorrow is not yet so; who is written to about what is shown."""
    history = sale(
        observations=[Observation(day=START, culture=c) for c in (Culture.MIXED, Culture.TRANSPARENT)]
        + [Observation(day=after(9), culture=Culture.HIERARCHICAL)],
        agreements=[
            Agreement(day=START, state=AgreementState.PROPOSED),
            Agreement(day=START, state=AgreementState.AGREED, what="Karim: technique"),
            Agreement(day=after(9), state=AgreementState.NONE),
        ],
        outcomes=[Outcome(day=after(9), matter="budget", text="Le budget est confirmé.")],
    )
    found = situation(history, after(1), "fr")
    assert (found.culture, found.agreed) == (Culture.TRANSPARENT, True)
    assert agreement_line(history, after(1), "en") == "agreed on 2 March 2026 · Karim: technique"
    assert culture_line(history, after(1), "en").endswith(" · 2 March 2026")
    assert debts(history, POLICY, after(8)) == []
    later = situation(history, after(9), "fr")
    assert (later.culture, later.agreed) == (Culture.HIERARCHICAL, False)
    assert len(debts(history, POLICY, after(9))) == 1


def test_the_deal_knows_its_people_and_the_draft_says_who_reads() -> None:
    """Roles and notes are the deal's, To and Cc the draft's; without a list all of the deal read it; strangers stay strangers."""
    deal = sale().deal
    stranger = person("Yann Kerbrat")
    bare = Stakeholder(name="karim", address=KARIM.address, recipient=Recipient.CC)
    found = readers(deal, [bare, stranger], START, "fr")
    assert found == (KARIM.model_copy(update={"recipient": Recipient.CC}), stranger)
    assert strangers(deal, found) == [stranger]
    assert readers(deal, (), START, "fr") == PEOPLE


@pytest.mark.parametrize(("day", "seen"), [(after(0), False), (after(1), True), (after(27), True), (after(28), False)])
def test_whoever_insists_is_seen_by_the_rules_until_it_is_looked_at_again(day: date, seen: bool) -> None:
    """From the day on which it was noted, up to the day to look again (rule 18)."""
    deal = sale(insistences=[Insistence(address=ODILE.address, since=after(1), until=after(28))]).deal
    odile = next(p for p in readers(deal, (), day, "fr") if p.address == ODILE.address)
    assert bool(odile.note) is seen


def test_the_date_noted_last_is_the_one_to_look_again() -> None:
    """In the review as in the deal; a shorter time takes the place of a longer one (rule 18)."""
    until = [Insistence(address=ODILE.address, since=START, until=after(d)) for d in (28, 18)]
    history = sale(insistences=until)
    known = situation(history, after(2), "en")
    assert known.look_again == {ODILE.address: after(18)}
    draft, passages = make_draft(RawMail("Projet Atlas", None, (), MAIL), readers(history.deal, (), after(2), "en"))
    found = asyncio.run(run(draft, passages, known, Setup(POLICY, local_engine(POLICY))))
    [advice] = [a for a in found.advice if a.rule == 18]
    assert f"look at it again on {dated('en', after(18))}" in advice.suggestion
    assert [bool(readers(history.deal, [ODILE], after(d), "en")[0].note) for d in (17, 18)] == [True, False]
    assert "to be looked at again" in next(insistence_lines(history, after(18), "en"))


def test_only_what_left_was_told_and_only_to_its_readers() -> None:
    """The buyer's price is in the record for the buyer; a message that never left is not in it."""
    history = sale((FIRST, {"group": START, SANDRINE.address: after(1)}))
    found = told(history)
    assert [(t.day, set(t.readers)) for t in found if "42" in t.text] == [(after(1), {SANDRINE.address})]
    assert not any("API" in t.text for t in found)
    assert {p.address for p in PEOPLE} == {a for t in found if "périmètre" in t.text for a in t.readers}
    assert next(t.topics for t in found if "42" in t.text)[0] is Topic.BUDGET_PRICE


def test_what_only_one_person_knows() -> None:
    """Not what the group read, and not what was told to two."""
    found = known_to_one(sale((FIRST, SENT)))
    assert sorted(t.readers[0] for t in found) == [KARIM.address, SANDRINE.address]


@pytest.mark.parametrize(
    ("told_to_all", "alone"),
    [
        ("Le budget de la première année est validé à 71 k€.", False),
        ("Le budget de la première année est validé.", True),
        ("Le budget de formation est validé à 71 k€, hors déplacements.", True),
    ],
)
def test_what_the_group_has_read_in_other_words_is_known_to_more_than_one(told_to_all: str, alone: bool) -> None:
    """Where it has each figure, and says little that is not in it."""
    text = "Suite à notre échange je vous confirme que le budget est validé à 71 k€ la première année."
    direct = reviewed(f"Bonjour Sandrine,\n\n{text}\n\nCamille", [SANDRINE])
    group = Message(to=tuple(p.address for p in PEOPLE), subject="Point", body=f"- {told_to_all}", kind="group")
    history = sale((direct, {m.key: START for m in direct.proposal.messages}))
    sent = Outgoing(id=9, made=after(1), message=group, sent=after(1))
    found = known_to_one(history._replace(messages=(*history.messages, sent)))
    assert any("71" in t.text for t in found) is alone


def test_who_has_heard_nothing_comes_first() -> None:
    """Days since the last message, else since the deal began."""
    history = sale((FIRST, {SANDRINE.address: after(3)}))
    found = {s.person.address: (s.days, s.last) for s in silences(history, after(10))}
    assert found[SANDRINE.address] == (7, after(3))
    assert found[CLAIRE.address] == (10, None)
    assert silences(history, after(10))[-1].person == SANDRINE


def test_a_matter_that_moves_between_a_few_is_owed_to_all() -> None:
    """Open at first, owed from the day on which it is settled, and paid by what the group reads of it (rule 19)."""
    opened = sale((FIRST, SENT))
    [debt] = debts(opened, POLICY, after(9))
    assert (debt.matter, debt.since, debt.days, debt.settled) == ("budget", START, 9, None)

    settled = sale((FIRST, SENT), outcomes=[Outcome(day=after(4), matter="budget", text="Le budget est confirmé.")])
    [debt] = debts(settled, POLICY, after(9))
    assert (debt.days, debt.settled) == (5, after(4))

    recap = Outgoing(
        id=9,
        made=after(7),
        message=FIRST.proposal.messages[0].model_copy(update={"passage_ids": (), "body": "- Le budget est confirmé."}),
        matters=("budget",),
        sent=after(7),
    )
    assert debts(settled._replace(messages=(*settled.messages, recap)), POLICY, after(9)) == []
    unsent = recap.model_copy(update={"sent": None})
    assert len(debts(settled._replace(messages=(*settled.messages, unsent)), POLICY, after(9))) == 1


def test_an_outcome_told_to_one_person_is_owed_to_the_group() -> None:
    """Also where nothing of it was sensitive; a mail to one person that may leave as it is, is no message to the group."""
    assert THEIRS.proposal.as_is
    history = sale((THEIRS, {"group": after(2)}))
    assert history.last_group_message() is None
    [debt] = debts(history, POLICY, after(5))
    assert (debt.matter, debt.settled, debt.days) == ("planning", after(2), 3)
    everybody = reviewed("Bonjour à tous,\n\nLe planning de la recette est arrêté : du 16 au 27 mars.\n\nCamille")
    assert debts(sale((THEIRS, {"group": after(2)}), (everybody, {"group": after(3)})), POLICY, after(5)) == []


def test_the_weekly_rhythm() -> None:
    """When the next message fits, whole weeks without one, and two within a week (rule 14)."""
    once = sale((FIRST, SENT))
    assert rhythm(once, after(2)).next == after(7)
    assert rhythm(once, after(20)).next == after(20)
    assert [rhythm(once, after(d)).missed for d in (6, 13, 14, 20, 21)] == [0, 0, 1, 1, 2]
    assert rhythm(sale(), after(14)) == (None, after(14), 1, ())
    twice = sale((FIRST, SENT), (FIRST, {"group": after(3)}), (FIRST, {"group": after(10)}))
    assert rhythm(twice, after(11)).twice == ((START, after(3)),)


def test_a_name_without_an_address_is_somebody_of_the_deal_where_only_one_bears_it() -> None:
    """In any order and spelling, as To or Cc says; a half of a name, and the name of two, are nobody's."""
    twin = THOMAS.model_copy(update={"address": "t.vidal@other.example"})
    deal = Deal(name="Atlas", created=START, people=(*PEOPLE, twin))
    names = (
        ("Leroy, Claire", "to"),
        ("KARIM BENALI", "cc"),
        ("Sandrine", "to"),
        ("Thomas Vidal", "to"),
        ("Karim Benali", "to"),
    )
    mail = RawMail("", None, (), "", unaddressed=tuple(Unaddressed(n, Recipient(r)) for n, r in names))
    found, unknown = named_readers(deal, mail)
    assert [(p.name, p.recipient) for p in found] == [(CLAIRE.name, Recipient.TO), (KARIM.name, Recipient.CC)]
    assert unknown == ("Sandrine", "Thomas Vidal")
    # Whoever is a reader already is no second one.
    assert [p.name for p in named_readers(deal, mail._replace(people=(CLAIRE,)))[0]] == [KARIM.name]


def test_a_message_to_one_reader_is_direct_and_too_early_is_said() -> None:
    """It is no second message to the group, in the deal or in the rules (rule 14)."""
    history = sale((FIRST, SENT), (THEIRS, {}))
    assert history.kind(history.messages[-1]) == "direct"
    draft, passages = make_draft(
        RawMail("x", None, (), "Bonjour Thomas,\n\nLe jalon 2 est atteint.\n\nCamille"), (THOMAS,)
    )
    alone = asyncio.run(run(draft, passages, situation(history, after(3), "en"), Setup(POLICY, local_engine(POLICY))))
    assert 14 not in [a.rule for a in alone.advice]
    for day, said in ((3, "left 3 days ago"), (6, "from 9 March 2026 on")):
        assert said in str(soon_line(history, POLICY, after(day), "en"))
    assert soon_line(history, POLICY, after(7), "en") is None


def closed(state: EndState, day: int, *more: Ending, **notes: object) -> History:
    """The deal in which a matter is settled and owed, with its end."""
    return sale(
        (FIRST, SENT),
        (THEIRS, {THOMAS.address: after(1)}),
        endings=(Ending(day=after(day), state=state), *more),
        **notes,
    )


@pytest.mark.parametrize("state", [EndState.WON, EndState.LOST, EndState.PAUSED])
def test_a_deal_that_has_ended_owes_and_misses_nothing(state: EndState) -> None:
    """From the day of its end on; up to the day before all is as it was."""
    history = closed(state, 20, insistences=(Insistence(address=ODILE.address, since=START, until=after(9)),))
    before, end = after(19), after(20)
    assert history.deal.ended(before) is None
    assert debts(history, POLICY, before)
    assert rhythm(history, before)[1:3] == (before, 1)
    assert history.waiting(before)
    assert situation(history, before, "en").last_group_message == START
    for day in (end, after(200)):
        assert history.deal.ended(day) == Ending(day=end, state=state)
        assert debts(history, POLICY, day) == []
        assert rhythm(history, day) == (START, None, 0, ())
        assert history.waiting(day) == []
        assert situation(history, day, "en").last_group_message is None
        assert {s.person.address: s.days for s in silences(history, day)}[THOMAS.address] == 20


def test_what_is_written_after_the_end_waits_and_is_no_silence() -> None:
    """A review in a closed deal goes on as ever."""
    history = closed(EndState.WON, 1)
    late = history.messages[0].model_copy(update={"id": 99, "made": after(5), "sent": None})
    history = history._replace(messages=(*history.messages, late))
    assert [m.id for m in history.waiting(after(6))] == [99]
    sent = history._replace(messages=(*history.messages[:-1], late.model_copy(update={"sent": after(5)})))
    assert min(s.days for s in silences(sent, after(6))) == 0


def test_a_deal_that_is_opened_again_counts_from_there() -> None:
    """Its debts are back, the weeks in between are not; the step noted last counts where two are of one day."""
    again = closed(EndState.PAUSED, 5, Ending(day=after(50), state=EndState.OPEN))
    assert again.deal.ended(after(49)) == Ending(day=after(5), state=EndState.PAUSED)
    assert again.deal.ended(after(50)) is None
    assert [rhythm(again, after(d)).missed for d in (50, 63, 64)] == [0, 0, 1]
    assert debts(again, POLICY, after(50))
    assert closed(EndState.WON, 5, Ending(day=after(5), state=EndState.OPEN)).deal.ended(after(5)) is None


@pytest.mark.parametrize(
    ("steps", "state", "day", "error"),
    [
        ((), EndState.WON, -1, "began on"),
        ((), EndState.OPEN, 3, "is open"),
        (((2, EndState.WON), (3, EndState.OPEN)), EndState.OPEN, 4, "is open"),
        (((5, EndState.WON),), EndState.LOST, 4, "a later one"),
        (((5, EndState.WON),), EndState.OPEN, 4, "a later one"),
    ],
)
def test_an_end_that_would_change_nothing_is_refused(
    steps: Sequence[tuple[int, EndState]], state: EndState, day: int, error: str
) -> None:
    """It is said why."""
    deal = sale(endings=tuple(Ending(day=after(d), state=s) for d, s in steps)).deal
    with pytest.raises(InputError, match=error):
        ending(deal, state, after(day))
    assert ending(deal, EndState.LOST, after(9)) == Ending(day=after(9), state=EndState.LOST)


def test_the_last_message_of_a_thread_is_found_by_its_words_else_by_its_subject() -> None:
    """What left alone counts; where several may be answered, all their readers had it."""
    history = sale((FIRST, {"group": after(0), KARIM.address: after(1)}))
    direct = next(m for m in history.messages if m.message.key == KARIM.address)
    subject = direct.message.subject
    group = next(m for m in history.messages if m.message.key == "group")

    def had(subject: str, thread: str = "") -> set[str]:
        quoted = "".join(f"> {line}\n" for line in thread.split("\n")) if thread else ""
        body = (
            f"Le périmètre est validé.\n\nLe 2 mars 2026 à 10:00, Julie a écrit :\n{quoted}"
            if quoted
            else "Le périmètre est validé.\n"
        )
        mail = RawMail(subject, None, (), body)
        return {p.address for p in envelope(history, mail, *make_draft(mail, PEOPLE)).sent}

    assert had(f"Re: {subject}", direct.message.body) == {KARIM.address}
    assert had(f"RE : Re: {group.message.subject}", group.message.body) == set(group.message.readers)
    assert had(f"Re: {subject}") >= {KARIM.address}
    assert had("Re: Autre chose", direct.message.body) == set()
    assert had("") == set()
    unsent = history._replace(messages=tuple(m.model_copy(update={"sent": None}) for m in history.messages))
    mail = RawMail(f"Re: {subject}", None, (), "Le périmètre est validé.\n")
    known = envelope(unsent, mail, *make_draft(mail, PEOPLE))
    assert (known.known, known.sent, known.reached) == (unsent.deal.people, (), ())
    reached = envelope(history, mail, *make_draft(mail, PEOPLE)).reached
    assert {p.address for p in reached} == {KARIM.address, *group.message.readers}


def test_a_position_of_the_day_of_an_outcome_is_a_debt() -> None:
    """What is open is over with the next outcome: not with one that left before it on its day, nor with another part of its own draft."""
    scope = "Bonjour à tous,\n\nLe périmètre du lot 1 est validé : douze agences.\n\nCamille"
    outcome = reviewed(scope)
    position = reviewed(
        f"{scope[:-9]}\n\nThomas, le lot 2 perdrait deux agences si le périmètre devait être réduit.\n\nCamille",
        day=after(2),
    )
    sent = {m.key: after(2) for m in position.proposal.messages}
    assert THOMAS.address in sent

    def owed(*steps: tuple[Review, dict[str, date]]) -> list[str]:
        return [d.matter for d in debts(sale(*steps), POLICY, after(5))]

    assert owed((outcome, {"group": after(2)}), (position, sent)) == ["scope"]
    assert owed((position, sent)) == ["scope"]
    assert owed((position, sent | {"group": after(3)})) == ["scope"]
    assert owed((position, sent), (outcome, {"group": after(2)})) == []
    assert owed((position, sent), (outcome, {"group": after(3)})) == []
