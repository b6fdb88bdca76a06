"""The local engine's topics, act and stage: the classifier, and what a question mark or a vocative makes certain."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviewer.cues import (
    announces_decisions,
    asks,
    gives_a_day,
    invites,
    is_courtesy,
    is_headed,
    money_is_settled,
    states,
    welcomes,
)
from reviewer.local.classifier import UNSURE, Prediction, predict, topics_of
from reviewer.local.department import asked_department
from reviewer.local.second_person import asked_of, told_to
from reviewer.names import addressed
from reviewer.plan import is_lead_in
from reviewer.texts import data, listed, pattern, say, word
from reviewer.types import Act, Case, Classification, Classified, Passage, Stage, Stakeholder, Topic
from reviewer.withhold import still_spoken_to

_DAYS = frozenset({Topic.MILESTONE, Topic.NEXT_DATE, Topic.PLANNING_CHANGE})


def classify_passages(case: Case) -> Classified:
    """One classification for every passage of the author."""
    author = case.author_passages()
    predictions = predict([p.text for p in author], case.draft.language)
    matters = _in_context(author, predictions, case.draft.stakeholders)
    decided = _decided(author)
    result = []
    for i, (passage, prediction) in enumerate(zip(author, predictions, strict=True)):
        following = author[i + 1] if i + 1 < len(author) else None
        made = _classification(case, passage, following, prediction, matters[i])
        if passage.id in decided and made.act is not Act.REQUEST:
            topics = tuple(dict.fromkeys((Topic.DECISION, *made.topics)))[:3]
            made = made.model_copy(update={"topics": topics, "act": Act.DECIDE, "stage": Stage.SETTLED, "sure": True})
        result.append(made)
    return Classified(tuple(result))


def _decided(author: Sequence[Passage]) -> set[str]:
    """Ids of the bullets of a list that is announced as decided ("Decisions:")."""
    result: set[str] = set()
    announced = False
    for passage, following in zip(author, [*author[1:], None], strict=False):
        if passage.bullet:
            result.update([passage.id] if announced else [])
        else:
            announced = is_lead_in(passage, following) and announces_decisions(passage.text)
    return result


class Matter(NamedTuple):
    """What a passage is about, and whether that is more than a guess."""

    topics: tuple[Topic, ...]
    certainty: float
    """Probability, 0 to 1, of the first topic."""

    @property
    def sure(self) -> bool:
        """Whether the topic is likely enough to route the passage by it."""
        return self.certainty >= UNSURE


def _in_context(
    author: Sequence[Passage], predictions: Sequence[Prediction], people: Sequence[Stakeholder]
) -> list[Matter]:
    """The topics of each passage; one that says too little by itself goes on about what its paragraph was about."""
    own = []
    for prediction in predictions:
        topics = topics_of(prediction)
        own.append(Matter(topics, prediction.probability[f"topic {topics[0]}"]))
    for first, last in _lists(author):
        lead_in = author[first - 1] if first and author[first - 1].paragraph == author[first].paragraph else None
        matters = own[first:last]
        if lead_in and _is_one_offer(lead_in, author[first:last], people):
            # A price speaks for what it is the price of.
            money = [m for m in matters if m.topics[0] in (Topic.BUDGET_PRICE, Topic.CONTRACT_LEGAL)]
            matters = money or matters
        elif not _is_one_matter(author[first:last], predictions[first:last], matters):
            continue
        # The bullets of one sentence stay together: the one that says most speaks for all.
        own[first:last] = [max(matters, key=lambda matter: matter.certainty)] * (last - first)
    result: list[Matter] = []
    for i, passage in enumerate(author):
        goes_on = i > 0 and author[i - 1].paragraph == passage.paragraph and not passage.bullet
        # A question opens a matter more often than it goes on with one.
        inherits = goes_on and not own[i].sure and not asks(passage.text) and result[-1].topics != (Topic.OTHER,)
        result.append(result[-1] if inherits else own[i])
    return result


def _lists(author: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    """Runs of bullets that are one sentence: most of them start small or end in a comma or semicolon."""
    first = 0
    while first < len(author):
        last = first
        while last < len(author) and author[last].bullet and author[last].paragraph == author[first].paragraph:
            last += 1
        fragments = sum(p.text[:1].islower() or p.text.rstrip().endswith((",", ";")) for p in author[first:last])
        if last - first > 1 and 2 * fragments >= last - first:
            yield first, last
        first = max(last, first + 1)


def _is_one_offer(lead_in: Passage, bullets: Sequence[Passage], people: Sequence[Stakeholder]) -> bool:
    """Whether the bullets are said to one person, or are the sides of one offer or choice, which none of them tells by itself."""
    return bool(addressed(lead_in.text, people) or pattern("bound.lead").search(lead_in.text)) or any(
        pattern("bound.line").match(bullet.text) for bullet in bullets
    )


def _is_one_matter(bullets: Sequence[Passage], predictions: Sequence[Prediction], own: Sequence[Matter]) -> bool:
    """Whether the bullets only name things ("Could you send us: - the plan, - the list"), none of them sensitive, and no two of
    them surely about different matters.

    A semicolon ends sentences of a list, too: "- variant B is approved; - we could go down to 42 k€".
    """
    return (
        not any(states(bullet.text) for bullet in bullets)
        and not any(label.startswith("sensitivity") for prediction in predictions for label in prediction.given)
        and len({matter.topics[0] for matter in own if matter.sure}) <= 1
    )


def _classification(
    case: Case, passage: Passage, following: Passage | None, prediction: Prediction, matter: Matter
) -> Classification:
    topics = matter.topics
    asked = asked_of(passage.text, case.draft.stakeholders, case.draft.language)
    department = () if asked else asked_department(case, passage)
    act = (
        Act.REQUEST
        if asked or (department and not is_headed(passage.text, case.draft.language))
        else _act(passage, prediction)
    )
    stage = Stage.OPEN if "stage open" in prediction.given or act is Act.REQUEST else Stage.SETTLED
    if act is Act.DELIVER and Topic.BUDGET_PRICE in topics:
        # "The quote is attached": whoever has the mail has the price, however practical the sentence.
        topics = (Topic.BUDGET_PRICE, *(t for t in topics if t is not Topic.BUDGET_PRICE))
    if topics[0] is Topic.BUDGET_PRICE and not money_is_settled(passage.text):
        # "Our day rate is 1,150 euros" settles nothing: an outcome says that it is one.
        stage = Stage.OPEN
    if set(topics) & _DAYS and act is not Act.REQUEST and gives_a_day(passage.text, case.draft.language):
        # "The acceptance is moved to 23 November": the verb says that it is so, however open such sentences often are.
        stage = Stage.SETTLED
    if is_lead_in(passage, following) or is_courtesy(passage.text, case.draft.language):
        topics, act, stage = (Topic.OTHER,), Act.INFORM, Stage.SETTLED
    elif welcomes(passage.text):
        topics, act, stage = (Topic.LOGISTICS,), Act.INFORM, Stage.SETTLED
    explain = case.situation.explain_in
    texts = data("texts")["classify"]
    reason = say(
        explain,
        "classify.model",
        topics=listed(explain, [word(explain, "topic", t) for t in topics]),
        act=texts["act"][act][explain],
        stage=texts["stage"][stage][explain],
    )
    return Classification(
        passage_id=passage.id,
        topics=topics,
        act=act,
        stage=stage,
        addressed_to=addressed(passage.text, case.draft.stakeholders)
        or asked
        or told_to(passage.text, case.draft.stakeholders, case.draft.language)
        or department
        or still_spoken_to(case, passage),
        sure=matter.sure,
        reason=reason,
    )


def _act(passage: Passage, prediction: Prediction) -> Act:
    act = max(Act, key=lambda a: prediction.probability[f"act {a}"])
    if invites(passage.text):
        return Act.INFORM
    return Act.REQUEST if asks(passage.text) else act
