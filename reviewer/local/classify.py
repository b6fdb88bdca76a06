"""The local engine's topics, act and stage: the classifier, and what a question mark or a vocative makes certain."""

from collections.abc import Sequence

from reviewer.cues import asks
from reviewer.local.classifier import Prediction, predict, topics_of
from reviewer.names import addressed
from reviewer.plan import is_lead_in
from reviewer.texts import data, listed, say, word
from reviewer.types import Act, Case, Classification, Classified, Passage, Stage, Topic

UNSURE = 0.4
"""Below this probability the most probable topic is right in one case of three (out of fold, training data)."""


def classify_passages(case: Case) -> Classified:
    """One classification for every passage of the author."""
    author = case.author_passages()
    predictions = predict([p.text for p in author], case.draft.language)
    topics = _in_context(author, predictions)
    result = []
    for i, (passage, prediction) in enumerate(zip(author, predictions, strict=True)):
        following = author[i + 1] if i + 1 < len(author) else None
        result.append(_classification(case, passage, following, prediction, topics[i]))
    return Classified(tuple(result))


def _in_context(author: Sequence[Passage], predictions: Sequence[Prediction]) -> list[tuple[Topic, ...]]:
    """The topics of each passage; one that says too little by itself goes on about what its paragraph was about."""
    result: list[tuple[Topic, ...]] = []
    for i, (passage, prediction) in enumerate(zip(author, predictions, strict=True)):
        own = topics_of(prediction)
        unsure = prediction.probability[f"topic {own[0]}"] < UNSURE
        goes_on = i > 0 and author[i - 1].paragraph == passage.paragraph and not passage.bullet
        # A question opens a matter more often than it goes on with one.
        if unsure and goes_on and not asks(passage.text) and result[-1] != (Topic.OTHER,):
            own = result[-1]
        result.append(own)
    return result


def _classification(
    case: Case, passage: Passage, following: Passage | None, prediction: Prediction, topics: tuple[Topic, ...]
) -> Classification:
    act = _act(passage, prediction)
    stage = Stage.OPEN if "stage open" in prediction.given or act is Act.REQUEST else Stage.SETTLED
    if is_lead_in(passage, following):
        topics, act, stage = (Topic.OTHER,), Act.INFORM, Stage.SETTLED
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
        addressed_to=addressed(passage.text, case.draft.stakeholders),
        reason=reason,
    )


def _act(passage: Passage, prediction: Prediction) -> Act:
    act = max(Act, key=lambda a: prediction.probability[f"act {a}"])
    return Act.REQUEST if asks(passage.text) else act
