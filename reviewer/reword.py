"""A message of a deal in the seller's own words, before it leaves: what is wrong with them, and what they still tell (rules 12, 19).

The words of a review's message are held against its draft, those of a recap against every confidence of the deal.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from reviewer.check import check_message
from reviewer.deal import History, Outgoing
from reviewer.frame import recap_lines
from reviewer.owed import carries, given_away_by, matters_of, sentence, withheld
from reviewer.policy import Policy
from reviewer.recap import Line, appended, gathered_case
from reviewer.texts import Lang, data, say, word
from reviewer.types import Case, Finding, FindingKind, Language, Message
from reviewer.withhold import Leak


def findings(
    history: History, policy: Policy, outgoing: Outgoing, today: date, explain_in: Lang
) -> tuple[Finding, ...]:
    """What is wrong with the message as it is worded now."""
    message, kept = outgoing.message, history.review(outgoing.review_id)
    if kept is not None:
        situation = kept.review.situation.model_copy(update={"explain_in": explain_in})
        case = Case(draft=kept.review.draft, passages=kept.review.passages, situation=situation)
        found = check_message(case, kept.review.flags, kept.review.assignments, message)
        # The message that asks for agreement carries nothing of the draft.
        about = (FindingKind.LEAKED, FindingKind.WRONG_READER) if message.kind == "engagement" else tuple(FindingKind)
        return tuple(f for f in found if f.kind in about)
    lines = _lines(history, outgoing)
    case = gathered_case(history, lines, today, explain_in)
    # The title, the greeting and the signature are the seller's; what a recap tells is in `covers`, which no wording leaves behind.
    known = case.draft.model_copy(update={"subject": f"{message.subject}\n{appended(history, case, message.readers)}"})
    case = case.model_copy(update={"draft": known})
    leaked = tuple(_leaked(history, policy, case, message, lines))
    # What is told to be somebody's secret needs no second word that nothing gathers it.
    return leaked + tuple(
        _of_recap(f, explain_in)
        for f in check_message(case, (), (), message)
        if f.kind is not FindingKind.INVENTED or not any(f.quote in leak.quote for leak in leaked)
    )


def _of_recap(finding: Finding, explain_in: Lang) -> Finding:
    """The finding in words that speak of no draft, as a recap has none."""
    if finding.kind is not FindingKind.INVENTED:
        return finding
    return finding.model_copy(update={"explanation": say(explain_in, "deal.not_gathered", quote=finding.quote)})


def reworded(history: History, outgoing: Outgoing, subject: str, body: str) -> Outgoing:
    """The message in these words. Of a recap it covers what these still tell: what was taken out is owed again."""
    message = outgoing.message.model_copy(update={"subject": subject, "body": body, "written_by": "seller"})
    changed = outgoing.model_copy(update={"message": message})
    if outgoing.review_id is not None:
        return changed
    told = [line for line in _lines(history, changed) if tells(message, line.text)]
    covers = tuple(line.place for line in told if line.place)
    matters = tuple(m for m in outgoing.matters if any(line.matter == m for line in told))
    return changed.model_copy(update={"covers": covers, "matters": matters})


def tells(message: Message, text: str) -> bool:
    """Whether a line of the message tells this."""
    return any(carries(line, text) for line in _paragraphs(message))


def _paragraphs(message: Message) -> list[str]:
    return [line for line in (line.strip(" \t-*•–") for line in message.body.split("\n")) if line]


def _lines(history: History, outgoing: Outgoing) -> list[Line]:
    """What a recap was made of: sentences of reviews, and outcomes that the seller noted."""
    lines = []
    for review_id, passage_id in outgoing.covers:
        kept = history.review(review_id)
        if kept is None:
            continue
        label = next((c for c in kept.review.classifications if c.passage_id == passage_id), None)
        topics = label.topics if label else ()
        matter = next(iter(matters_of(history, kept, label)), None) if label else None
        lines.append(Line(sentence(kept, passage_id), "decision", topics, (review_id, passage_id), matter))
    noted = [o for o in history.deal.outcomes if o.text in outgoing.message.body]
    return lines + [Line(o.text, "decision", (), None, o.matter) for o in noted]


def _leaked(history: History, policy: Policy, case: Case, message: Message, lines: Sequence[Line]) -> Iterator[Finding]:
    """What of the seller's words somebody among the readers must not read."""
    explain_in, today = case.situation.explain_in, case.situation.today
    known = {line.text for line in lines} | _phrases(case.draft.language)
    for text in (message.subject, *_paragraphs(message)):
        if text in known:
            continue
        leaks: dict[str, Leak] = {}
        for leak in given_away_by(history, text, message.readers):
            leaks.setdefault(leak.quote, leak)
        for leak in leaks.values():
            label = word(explain_in, "sensitivity", leak.flag.sensitivity)
            explanation = say(explain_in, "deal.leaked", quote=leak.quote, sensitivity=label)
            yield Finding(kind=FindingKind.LEAKED, message=message.key, quote=leak.quote, explanation=explanation)
        # A title, a greeting and a heading are no sentences, and the engine cannot judge them.
        if not leaks and text[-1] in ".!?…" and withheld(history, policy, text, message.readers, today):
            explanation = say(explain_in, "deal.sensitive", quote=text)
            yield Finding(kind=FindingKind.LEAKED, message=message.key, quote=text, explanation=explanation)


def _phrases(language: Language) -> set[str]:
    """What the program itself writes into a recap."""
    phrases = data("phrases")[language]
    return {text for part in ("weekly", "summary") for text in phrases[part].values()} | {*recap_lines(language)}
