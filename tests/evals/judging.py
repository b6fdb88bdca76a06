"""Scripted judges: an honest model for the steps, and a judge that grades and quotes as it is told."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import unescape

from evals.judge import CRITERIA
from reviewer.testing import Reply, Request, Script, completion, honest

Answer = dict[str, Any]


def messages_in(request: Request) -> dict[str, tuple[str, str]]:
    """Id to subject and body of the messages that a judge is given."""
    found = re.findall(
        r'<outgoing id="(m\d+)"[^>]*>\n<subject>(.*?)</subject>\n<body>(.*?)</body>', request.user, re.DOTALL
    )
    return {key: (unescape(subject), unescape(body)) for key, subject, body in found}


def graded(key: str, quote: str = "", reason: str = "", **grades: str) -> Answer:
    """The judgement of one message: yes to everything, unless given."""
    return {"id": key, "quote": quote, "reason": reason, **dict.fromkeys(CRITERIA, "yes"), **grades}


def judging(answer: Callable[[Mapping[str, tuple[str, str]]], list[Answer]]) -> Script:
    """A script whose judge answers so for these messages; the steps are done honestly."""

    def script(request: Request) -> Reply:
        if request.step != "judge":
            return honest(request)
        return completion(json.dumps({"messages": answer(messages_in(request))}))

    return script


content = judging(lambda messages: [graded(key) for key in messages])
"""A judge that finds nothing to remark."""


def last_words(messages: Mapping[str, tuple[str, str]]) -> list[Answer]:
    """A judge that points at the last words of each message."""
    return [
        graded(key, " ".join(body.split()[-3:]), "It ends abruptly.", coherent="nearly", would_send="nearly")
        for key, (_, body) in messages.items()
    ]
