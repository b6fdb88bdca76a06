"""The subject line of a message: the draft's own, with what the message is about only where that is sure.

One matter in three is guessed wrong (README.md), and a wrong one ("– scope" above a question about photographs) is the first thing that
its reader sees; none at all is what people write.
"""

from reviewer import compare
from reviewer.frame import is_informal, subject, titled_topics
from reviewer.local.classifier import Prediction, predict, topics_of
from reviewer.texts import data
from reviewer.types import Brief, Topic

_SURE = 0.6
"""From this probability of all that the message says. On the dev mails of the evaluation the matter that was named for 80 messages was
none of theirs 14 times, of the 34 that are still named it is 2 times."""
_VAGUE = {Topic.DECISION, Topic.MILESTONE, Topic.NEXT_DATE, Topic.LOGISTICS}
"""What says too little to stand behind a subject: "– organisation", "– progress"."""


def title(brief: Brief) -> str:
    """The subject line of the message."""
    tells = brief.kind == "group" or (_adds(brief) if brief.subject.strip() else _is_mostly(brief))
    return subject(brief if tells else brief.model_copy(update={"items": ()}))


def _adds(brief: Brief) -> bool:
    """Whether the matter behind the draft's subject is surely that of every sentence, and adds something to it."""
    topic = next(iter(titled_topics(brief.items)), None)
    if topic is None or topic in _VAGUE or any(topic not in item.topics for item in brief.items):
        return False
    words = str(data("phrases")[brief.language]["matters"][topic])
    if _is_terse(brief) or compare.content_stems(words) & compare.content_stems(brief.subject):
        return False
    return _most_likely(brief) is topic and _likelihood(brief, topic) >= _SURE


def _is_mostly(brief: Brief) -> bool:
    """Whether the matter that stands alone on the line, where the draft's subject must not, is that of most of the sentences."""
    topic = next(iter(titled_topics(brief.items)), None)
    if topic is None or topic in _VAGUE or _most_likely(brief) is not topic:
        return False
    return sum(topic in item.topics for item in brief.items) > len(brief.items) / 2


def _most_likely(brief: Brief) -> Topic:
    return topics_of(_read(brief))[0]


def _likelihood(brief: Brief, topic: Topic) -> float:
    return _read(brief).probability[f"topic {topic}"]


def _read(brief: Brief) -> Prediction:
    return predict([" ".join(item.text for item in brief.items)], brief.language)[0]


def _is_terse(brief: Brief) -> bool:
    """Whether the seller types like a telegram, or without stops: "appli vendeurs – volet budgétaire" is nothing they would write."""
    tone = brief.tone
    return tone.unpunctuated or (tone.informal and not is_informal(brief.language, tone.salutation))
