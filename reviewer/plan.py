"""From audiences to messages: what each outgoing message carries, whom it greets, and in which order to send.

`reconcile` puts any engine's assignments under the policy and the flags; `needs_split` says whether the draft may
leave as it is; `briefs` gives each writer what it may see, and nothing else.
"""

import re
from collections.abc import Sequence
from typing import Literal

from reviewer import compare, details
from reviewer.cues import (
    greets_several,
    hushes,
    insists_on_copy,
    is_familiar,
    names_a_matter,
    speaks_to_several,
)
from reviewer.forms import tells
from reviewer.frame import is_courtly, is_informal
from reviewer.names import (
    HONOURS,
    Mention,
    addressed,
    bare,
    end_of_call,
    first_name,
    mentions,
    spoken_of,
    surname,
    with_titles,
)
from reviewer.policy import Policy, holders, recap_of
from reviewer.texts import data, listed, pattern, say
from reviewer.types import (
    Act,
    Assignment,
    Audience,
    Brief,
    Case,
    Classification,
    Culture,
    Flag,
    Item,
    Language,
    Passage,
    Recipient,
    Role,
    Severity,
    Side,
    Stage,
    Stakeholder,
    Tone,
    Topic,
    Voice,
    Zone,
)
from reviewer.withhold import by_passage, given_away, refers_to, visible_text, withheld_flags

_DEGREES = re.compile(r"(?:(?:Prof|Dr)\.\s+)+")
_LONG_TITLES = {
    "M.": "Monsieur",
    "Mme": "Madame",
    "Mme.": "Madame",
    "Herrn": "Herr",
    "herrn": "Herr",
    "herr": "Herr",
    "frau": "Frau",
}
# What a Spanish or Dutch sentence, and a greeting, has in small letters: "Buenos días, señora Ibáñez"; an Italian one may have capitals.
_SMALL_WITHIN = re.compile(
    r"(?:señora?|don|doña|doctora?|ingenier[oa]|licenciad[oa]|arquitect[oa]|profesora?|professor|mevrouw|meneer|mijnheer)",
    re.IGNORECASE,
)
# What mail clients leave of a picture in a text: Lotus Notes, Outlook, Gmail (in French with a blank), Apple Mail.
_PICTURES = re.compile(
    r"\(embedded image moved to file:[^()]*\)|\[cid:[^\[\]]*\]|\[image ?:[^\[\]]*\]|<image\d+\.\w{3,4}>", re.IGNORECASE
)
_PIECES = re.compile(r"\s+[-–—|/]\s+|\s*[:,;]\s+|\s+(?:et|and|und|y|e|en)\s+")
_OF_SOMEBODY = re.compile(r"(?:\b(?:de|of|von|di|van)\s+|\bd['’])[A-ZÀ-ÖØ-Þ]")
_TERSE = 7  # words a sentence on average; "Console delivered, tests done."
_SPONSORS = (Role.CHAMPION, Role.EXECUTIVE_SPONSOR, Role.DECISION_MAKER, Role.ECONOMIC_BUYER)

Mentioned = Sequence[tuple[Passage, Mention]]


def is_to_group(reached: int, circle: int) -> bool:
    """Whether a message that reaches so many of the customer's people is one to the group: more than half of them, and two at least."""
    return reached >= max(2, circle // 2 + 1)


def customers(case: Case) -> list[Stakeholder]:
    """The readers on the customer's side, people in To first."""
    people = [p for p in case.draft.stakeholders if p.side is Side.CUSTOMER]
    return sorted(people, key=lambda p: p.recipient is Recipient.CC)


def sponsor(case: Case) -> Stakeholder | None:
    """Whom to ask for agreement (rule 6): the champion, else who stands highest."""
    for role in _SPONSORS:
        held = holders(role, case.draft.stakeholders)
        if held:
            return held[0]
    return None


def is_lead_in(passage: Passage, following: Passage | None) -> bool:
    """Whether the passage only announces the bullets or sentences behind it ("The open points:")."""
    return bool(
        following
        and passage.text.rstrip().endswith(":")
        and following.zone is Zone.AUTHOR
        and (following.bullet or len(compare.words(passage.text)) <= 12)
    )


# --- needs_split ---------------------------------------------------------------------------------------------------


def needs_split(
    case: Case,
    policy: Policy,
    classifications: Sequence[Classification],
    flags: Sequence[Flag],
    assignments: Sequence[Assignment],
) -> bool:
    """Whether the draft should not leave as it is.

    It may, where every reader may read every span, every ask has one owner, and either the circle is small (below
    `group.large` on the customer's side) or nothing in it is meant for one person only.
    """
    readers = {p.address for p in case.draft.stakeholders}
    if any(set(flag.withhold_from) & readers for flag in flags):
        return True
    circle = customers(case)
    if len(circle) <= 1:
        return False
    in_to = [p for p in circle if p.recipient is Recipient.TO]
    author = {p.id: p for p in case.author_passages()}
    for classification in classifications:
        if classification.act is Act.REQUEST and classification.passage_id in author:
            named = addressed(author[classification.passage_id].text, case.draft.stakeholders)
            if len(named) != 1 and len(in_to) != 1:
                return True
    if len(circle) < policy.group.large:
        return False
    return any(not a.audience.group for a in assignments)


# --- reconcile -----------------------------------------------------------------------------------------------------


def reconcile(
    case: Case,
    policy: Policy,
    classifications: Sequence[Classification],
    flags: Sequence[Flag],
    proposed: Sequence[Assignment],
    default: Sequence[Assignment],
) -> tuple[Assignment, ...]:
    """Put proposed audiences under the policy and the flags; one assignment for every passage of the author.

    A reader who may not see anything of the passage is taken out, and the group where one of its readers may not; a
    passage that the engine forgot, or left without anybody, takes the default's audience; an ask keeps one owner.
    Nobody is added whom neither the engine nor the default named. `default` is the local engine's split.
    """
    fallback = {a.passage_id: a for a in default}
    given = {a.passage_id: a for a in proposed}
    by_id = {c.passage_id: c for c in classifications}
    flagged = by_passage(flags)
    result: list[Assignment] = []
    previous: Passage | None = None
    for passage in case.author_passages():
        own = flagged.get(passage.id, ())
        default_one = fallback[passage.id]
        assignment = given.get(passage.id, default_one)
        label = by_id.get(passage.id)
        if label and not _may_stand(case, policy, passage, label, own, assignment):
            assignment = default_one
        audience = _narrow(case, passage, own, assignment.audience)
        if audience.held_back and not assignment.audience.held_back:
            # Everybody the engine named is forbidden; the policy knows who is not, or why nobody is.
            assignment = default_one
            audience = _narrow(case, passage, own, assignment.audience)
        audience = _with_readers_of_the_rest(case, passage, own, audience, default_one)
        asked = label is not None and label.act is Act.REQUEST and not audience.held_back
        owner = _owner(case, passage, assignment, default_one, audience) if asked else None
        if owner:
            # The one who is asked reads it; the others need not (rule 2).
            audience = audience.model_copy(update={"group": False, "people": (owner,)})
        reason = assignment.reason
        suggestion = assignment.suggestion
        before = flagged.get(previous.id, ()) if previous else ()
        if (
            owner
            and previous
            and refers_to(previous, passage)
            and not visible_text(previous, before, [owner], case.draft.language)
        ):
            # "Does that fit?" without the sentence it means is no question.
            name = case.person(owner).name
            audience, owner = Audience(), None
            reason = say(case.situation.explain_in, "held.left_alone", name=name)
            suggestion = say(case.situation.explain_in, "held.left_alone_suggest", name=name)
        elif owner and previous and refers_to(previous, passage):
            result[-1] = _beside(case, before, previous, result[-1], owner)
        elif previous and refers_to(previous, passage) and hushes(passage.text):
            # "Please keep that to yourself" alone tells that there is a secret.
            alone = audience
            audience = _among(result[-1].audience, audience, named=label is not None and bool(label.addressed_to))
            audience = _narrow(case, passage, own, audience)
            if audience.held_back:
                readers = alone.people or tuple(p.address for p in customers(case))
                names = listed(case.situation.explain_in, [case.person(a).name for a in readers])
                reason = say(case.situation.explain_in, "held.left_alone", name=names)
        previous = passage
        if not reason and audience == default_one.audience:
            # Else the policy's reason would name readers who are not these.
            reason = default_one.reason
        reason = reason or say(
            case.situation.explain_in, "held.forbidden" if audience.held_back else "split.unexplained"
        )
        # Of an open matter that the policy's split cuts out for the group it is told that it is open.
        is_open = assignment == default_one and label is not None and label.stage is Stage.OPEN
        read_by_all = audience.group and not (is_open and withheld_flags(own, [p.address for p in customers(case)]))
        if audience.held_back:
            suggestion = suggestion or say(case.situation.explain_in, "held.suggest")
        result.append(
            assignment.model_copy(
                update={
                    "audience": audience,
                    "owner": owner,
                    "reason": reason,
                    "suggestion": suggestion,
                    # Held back, it is handled with nobody, and the group is not told that it were.
                    "recap": None if read_by_all or audience.held_back else recap_of(policy, own),
                    "held_back_parts": _unread_parts(case, own, audience),
                }
            )
        )
    return tuple(result)


def _with_readers_of_the_rest(
    case: Case, passage: Passage, flags: Sequence[Flag], audience: Audience, default: Assignment
) -> Audience:
    """The audience with whom the policy gives a part to that would otherwise be cut out for everybody (rule 13).

    "The price is confirmed, but we could go lower" to the group alone loses its second half: the buyer reads it too.
    """
    if audience.held_back or not _unread_parts(case, flags, audience):
        return audience
    more = [a for a in default.audience.people if not _withheld(flags, a)]
    return audience.model_copy(update={"people": tuple(dict.fromkeys((*audience.people, *more)))})


def _among(before: Audience, audience: Audience, named: bool) -> Audience:
    """An audience without whom the sentence before does not reach; where that is nobody, and nobody is named, who reads that one."""
    if before.group:
        return audience
    both = tuple(a for a in audience.people if a in before.people)
    return Audience(people=both or (() if named else before.people))


def _beside(case: Case, flags: Sequence[Flag], previous: Passage, before: Assignment, owner: str) -> Assignment:
    """The sentence that a question means, read also by the one who is asked, if nothing of it is withheld from them."""
    if owner in before.audience.people or _withheld(flags, owner):
        return before
    audience = before.audience.model_copy(update={"people": (*before.audience.people, owner)})
    update: dict[str, object] = {"audience": audience}
    if before.audience.held_back:
        name = case.person(owner).name
        reason = say(case.situation.explain_in, "split.asked_about", name=name)
        update |= {"reason": reason, "suggestion": ""}
    return before.model_copy(update=update)


def _may_stand(
    case: Case,
    policy: Policy,
    passage: Passage,
    label: Classification,
    flags: Sequence[Flag],
    assignment: Assignment,
) -> bool:
    """Whether an engine's audience is one that the policy could allow; else the policy's own is taken."""
    audience = assignment.audience
    if audience.held_back:
        # Where nothing is sensitive, holding back is a slip, not a judgement (rule 13).
        return bool(flags)
    if label.addressed_to:
        # What speaks to somebody by name goes to them; an outcome told that way ("Damien, variant B is chosen") may go to all.
        outcome = label.act is not Act.REQUEST and label.stage is Stage.SETTLED and not flags
        if audience.group:
            return outcome and policy.group_reads(label.topics, label.stage, case.situation.culture)
        return set(audience.people) <= set(label.addressed_to)
    if label.act is Act.REQUEST:
        return True
    circle = {p.address for p in customers(case)}
    everybody = len(circle) > 1 and circle <= set(audience.people)
    if not audience.group and not everybody:
        # Told to several one by one, what the group may read belongs into its message.
        several = len(circle & set(audience.people)) > 1 and not flags
        return not (several and policy.group_reads(label.topics, label.stage, case.situation.culture))
    # Everybody, one by one, is the group by another name; what the group may read is the policy's to say (rule 10).
    return not everybody and (bool(flags) or policy.group_reads(label.topics, label.stage, case.situation.culture))


def _narrow(case: Case, passage: Passage, flags: Sequence[Flag], audience: Audience) -> Audience:
    everybody = [p.address for p in case.draft.stakeholders]

    def sees(*readers: str) -> bool:
        return bool(visible_text(passage, flags, readers, case.draft.language))

    return Audience(
        group=audience.group and sees(*everybody),
        people=tuple(dict.fromkeys(a for a in audience.people if a in everybody and sees(a))),
        copied=tuple(a for a in audience.copied if a in everybody and not _withheld(flags, a)),
    )


def _withheld(flags: Sequence[Flag], address: str) -> bool:
    return any(address in f.withhold_from for f in flags)


def _owner(case: Case, passage: Passage, assignment: Assignment, default: Assignment, audience: Audience) -> str | None:
    """The one who is asked: whom the passage names, of several the one the engine proposes; else its or the policy's choice."""
    named = addressed(passage.text, case.draft.stakeholders)
    candidates = [
        *(a for a in named if a == assignment.owner),
        *named,
        assignment.owner,
        *audience.people,
        default.owner,
    ]
    allowed = set(audience.people) or {p.address for p in case.draft.stakeholders}
    return next((a for a in candidates if a and a in allowed), None)


def _unread_parts(case: Case, flags: Sequence[Flag], audience: Audience) -> tuple[str, ...]:
    if audience.held_back:
        return ()
    everybody = {p.address for p in case.draft.stakeholders}
    circles = [{a} for a in audience.people] + ([everybody] if audience.group else [])
    return tuple(f.quote for f in flags if all(set(f.withhold_from) & readers for readers in circles))


# --- the plan ------------------------------------------------------------------------------------------------------


def keep_informed(
    case: Case,
    policy: Policy,
    classifications: Sequence[Classification],
    flags: Sequence[Flag],
    assignments: Sequence[Assignment],
) -> tuple[Assignment, ...]:
    """Put whoever insists on every copy in copy of the harmless direct messages, for a time (rule 18)."""
    insisting = [p for p in customers(case) if insists_on_copy(p)]
    if not insisting:
        return tuple(assignments)
    topics = {c.passage_id: set(c.topics) for c in classifications}
    flagged = by_passage(flags)
    harmless = {
        a.passage_id
        for a in assignments
        if topics.get(a.passage_id, set()) <= set(policy.keep_informed) and a.passage_id not in flagged
    }
    result = list(assignments)
    for person in insisting:
        for reader in {a for x in assignments for a in x.audience.people} - {person.address}:
            bundle = [a for a in assignments if reader in a.audience.people]
            if not all(a.passage_id in harmless for a in bundle):
                continue
            ids = {a.passage_id for a in bundle}
            for i, assignment in enumerate(result):
                audience = assignment.audience
                if assignment.passage_id in ids and person.address not in audience.people + audience.copied:
                    copied = (*audience.copied, person.address)
                    result[i] = assignment.model_copy(
                        update={"audience": audience.model_copy(update={"copied": copied})}
                    )
    return tuple(result)


def settle_group(
    case: Case, classifications: Sequence[Classification], assignments: Sequence[Assignment]
) -> tuple[Assignment, ...]:
    """Drop a group message with nothing to say: courtesy alone goes into the first direct message instead (rule 10).

    Whoever is the mail's only reader reads one message: what is theirs to answer, and all the rest.
    """
    if len(case.draft.stakeholders) == 1:
        return tuple(map(_in_one, assignments))
    topics = {c.passage_id: set(c.topics) for c in classifications}
    author = case.author_passages()
    following = dict(zip([p.id for p in author], [*author[1:], None], strict=True))
    by_id = {p.id: p for p in author}
    in_group = [a for a in assignments if a.audience.group]
    substance = [
        a
        for a in in_group
        if topics.get(a.passage_id, {Topic.OTHER}) - {Topic.OTHER}
        and not is_lead_in(by_id[a.passage_id], following[a.passage_id])
    ]
    if substance or not in_group:
        return tuple(assignments)
    readers = [a.audience.people[0] for a in assignments if a.audience.people]
    result = []
    for a in assignments:
        if not a.audience.group:
            result.append(a)
        elif a.audience.people:
            result.append(a.model_copy(update={"audience": a.audience.model_copy(update={"group": False})}))
        elif readers:
            result.append(a.model_copy(update={"audience": Audience(people=(readers[0],))}))
        else:
            result.append(a)
    if readers:
        return tuple(result)
    return tuple(assignments)


def _in_one(assignment: Assignment) -> Assignment:
    """The assignment in the message to the only reader, whose ask stays theirs; of what they read no line says that it is still open."""
    audience = assignment.audience
    if audience.group or not audience.people:
        return assignment
    return assignment.model_copy(update={"audience": Audience(group=True), "recap": None})


def briefs(
    case: Case,
    classifications: Sequence[Classification],
    flags: Sequence[Flag],
    assignments: Sequence[Assignment],
) -> tuple[Brief, ...]:
    """One brief per outgoing message: the group's first, then the direct ones in the order of the list of people.

    Two people who would read exactly the same, none of it an ask, share one message.
    """
    result = []
    found = mentioned(case)
    tone = tone_of(case, found)
    group = [a for a in assignments if a.audience.group]
    if group:
        everybody = case.draft.stakeholders
        to = tuple(p for p in everybody if p.recipient is Recipient.TO) or everybody
        cc = tuple(p for p in everybody if p not in to)
        result.append(_brief(case, "group", flags, classifications, assignments, group, to, cc, tone, found))
    bundles: list[tuple[Stakeholder, tuple[Assignment, ...]]] = []
    for person in case.draft.stakeholders:
        bundle = tuple(a for a in assignments if person.address in a.audience.people)
        if bundle:
            bundles.append((person, bundle))
    taken: set[str] = set()
    for person, bundle in bundles:
        if person.address in taken:
            continue
        together = [person]
        if not any(a.owner for a in bundle):
            together = [
                p
                for p, other in bundles
                if other == bundle
                and p.address not in taken
                and _hidden(flags, bundle, p) == _hidden(flags, bundle, person)
            ]
        taken |= {p.address for p in together}
        copied = tuple(
            p
            for p in case.draft.stakeholders
            if p not in together and all(p.address in a.audience.copied for a in bundle)
        )
        result.append(
            _brief(case, "direct", flags, classifications, assignments, bundle, tuple(together), copied, tone, found)
        )
    return tuple(result)


def _hidden(flags: Sequence[Flag], bundle: Sequence[Assignment], person: Stakeholder) -> list[Flag]:
    """What of the bundle this person must not read: those who share a message must have it in common."""
    ids = {a.passage_id for a in bundle}
    return [f for f in withheld_flags(flags, [person.address]) if f.passage_id in ids]


def _brief(
    case: Case,
    kind: Literal["group", "direct"],
    flags: Sequence[Flag],
    classifications: Sequence[Classification],
    assignments: Sequence[Assignment],
    bundle: Sequence[Assignment],
    to: tuple[Stakeholder, ...],
    cc: tuple[Stakeholder, ...],
    tone: Tone,
    found: Mentioned,
) -> Brief:
    readers = [p.address for p in to + cc]
    by_id = {p.id: p for p in case.passages}
    label = {c.passage_id: c for c in classifications}
    private = {f.passage_id for f in flags if f.severity is Severity.ERROR}
    flagged = by_passage(flags)
    items = []
    for assignment in bundle:
        passage = by_id[assignment.passage_id]
        text = visible_text(passage, flagged.get(passage.id, ()), readers, case.draft.language)
        if not text:
            continue
        classification = label.get(passage.id)
        owner = next((p.name for p in case.draft.stakeholders if p.address == assignment.owner), None)
        items.append(
            Item(
                passage_id=passage.id,
                text=text,
                act=classification.act if classification else Act.INFORM,
                # A confidence is not announced by its matter: "... – scope" on the subject line would tell too much.
                topics=classification.topics if classification and passage.id not in private else (Topic.OTHER,),
                paragraph=passage.paragraph,
                bullet=passage.bullet,
                owner=owner,
                called=end_of_call(text, case.draft.stakeholders, to[0]) if len(to) == 1 else 0,
                named=spoken_of(text, case.draft.stakeholders, to[0].address) if len(to) == 1 and not cc else (),
            )
        )
    recaps = dict.fromkeys(a.recap for a in assignments if a.recap) if kind == "group" else {}
    texts = " ".join(item.text for item in items)
    return Brief(
        kind=kind,
        language=case.draft.language,
        familiar=is_familiar(case.draft.language, texts, own_words(case)),
        to=to,
        cc=cc,
        called=tuple(called(person, case, found) for person in to),
        sender=case.draft.sender,
        subject=case.draft.subject if subject_is_clean(case, flags, readers) else "",
        greeting=_own_greeting(case, to + cc, kind == "group"),
        closing=own_closing(case, kind == "group"),
        tone=tone,
        items=tuple(items),
        recaps=tuple(recaps),
    )


def own_words(case: Case) -> str:
    """All that the author wrote."""
    return " ".join(p.text for p in case.author_passages())


def mentioned(case: Case) -> Mentioned:
    """Every name that the author's own words and greeting say, with where they say it."""
    people = case.draft.stakeholders
    return [
        (passage, mention)
        for passage in case.passages
        if passage.zone in (Zone.AUTHOR, Zone.GREETING)
        for mention in mentions(passage.text, people)
    ]


def called(person: Stakeholder, case: Case, found: Mentioned | None = None) -> str:
    """How the seller calls this person in the draft: with title and last name, by first name, else the full name.

    In a draft that calls others by title, a job that only a woman bears ("Einkaufsleiterin") gives the title of whom it does not name.

    `found` is what `mentioned` gives for the case, where many people are asked for.
    """
    names = []
    found = mentioned(case) if found is None else found
    for passage, mention in found:
        if mention.addresses == (person.address,):
            titles = passage.text[with_titles(passage.text, mention.start) : mention.start]
            name = passage.text[mention.start : mention.end]
            names.append(f"{_title_within(titles, case.draft.language)} {name}".strip())
    first = first_name(person)
    if person.name.split()[0] in HONOURS:
        return f"{person.name.split()[0]} {first}"
    for name in names:
        if bare(name) != name:
            return name
    on_first_name_terms = any(
        m.to
        and passage.text[m.start : m.end] == first_name(case.person(m.addresses[0]))
        and with_titles(passage.text, m.start) == m.start  # "Estimado don Ernesto"
        for passage, m in found
    )
    if first in names or on_first_name_terms:
        return first
    if person.name == bare(person.name) and _titles(found):
        feminine = data("cues")["feminine"].get(case.draft.language)
        # As what she is, not whose assistant: "Einkaufsleiterin", "Technische Leiterin", but not "Assistent der Einkaufsleiterin".
        said = rf"(?:^|[,;]\s*|\s[-–]\s)(?:stellv\w*\.? |\w+e )?{feminine['jobs']}(?!/)" if feminine else ""
        if feminine and re.search(said, person.note, re.IGNORECASE):
            return f"{feminine['title']} {surname(person)}"
    # "Dr. König", whom a German seller would not call "Dr. Petra König".
    degrees = _DEGREES.match(person.name) if case.draft.language == "de" else None
    return f"{degrees.group()}{surname(person)}" if degrees else person.name


def _title_within(titles: str, language: Language) -> str:
    """The titles before a name as a greeting and a sentence have them."""
    if language == "nl":
        titles = re.sub(r"\b[Dd]e heer\b", "meneer", titles)
    small = language in ("es", "nl")
    spelled = (t.lower() if small and _SMALL_WITHIN.fullmatch(t) else _LONG_TITLES.get(t, t) for t in titles.split())
    return " ".join(spelled)


def subject_is_clean(case: Case, flags: Sequence[Flag], readers: Sequence[str]) -> bool:
    """Whether the draft's subject may stand before these readers: of what is withheld from them it repeats the matter's name at most."""
    subject = case.draft.subject
    if tells(subject):
        return False
    hidden = withheld_flags(flags, readers)
    if not hidden:
        return True
    closed = {f.passage_id for f in hidden}
    open_stems = compare.all_stems(p.text for p in case.author_passages() if p.id not in closed)
    # The name of what is sold or planned gives nothing away, whatever is said of it; a person's in it may.
    telling = [piece for piece in _PIECES.split(subject) if not (names_a_matter(piece) and not _owned(case, piece))]
    own_stems = compare.content_stems(" ".join(telling)) - open_stems
    own_values = {d.value for d in details.find(subject)}
    for flag in hidden:
        if own_stems & compare.content_stems(flag.quote) or own_values & {d.value for d in details.find(flag.quote)}:
            return False
    return not any(leak.how != "rare" or telling for leak in given_away(case, flags, readers, subject))


def _owned(case: Case, piece: str) -> bool:
    """Whether a piece of a subject names a person: a reader, or whoever may be one behind an "of"."""
    return bool(mentions(piece, case.draft.stakeholders)) or bool(_OF_SOMEBODY.search(piece))


def salutation(case: Case) -> str:
    """The draft's own greeting, as typed; empty where it has none, or one over several lines."""
    greeting = " ".join(p.text for p in case.passages if p.zone is Zone.GREETING)
    return "" if "\n" in greeting else greeting


def tone_of(case: Case, found: Mentioned) -> Tone:
    """How the seller speaks to these people: by the greeting, the form of address, and how some of them are called."""
    language, words, greets = case.draft.language, own_words(case), salutation(case)
    informal = is_informal(language, greets)
    # Where nothing says "tu" or "vous" the greeting does: "Ciao a tutti".
    familiar = is_familiar(language, words, undecided=informal)
    ours, mine = (pattern(f"first_person.{language}.{who}").search(words) for who in ("several", "one"))
    voice: Voice = "several" if ours and not mine else "one"
    first_names = informal or familiar or _some_by_first_name(case, found)
    sentences = [p.text for p in case.author_passages() if not p.bullet]
    stopped = [text.endswith((".", "!", "…")) for text in sentences]
    unpunctuated = len(sentences) > 1 and not any(stopped) and any(text[-1].isalnum() for text in sentences)
    short = len(sentences) > 2 and len(words.split()) <= _TERSE * len(sentences)
    terse = short and not is_courtly(language, greets) and not _titles(found)
    return Tone(
        salutation=greets,
        familiar=familiar,
        voice=voice,
        informal=informal or unpunctuated or terse,
        unpunctuated=unpunctuated,
        by_first_name=first_names,
    )


def _titles(found: Mentioned) -> bool:
    """Whether the seller calls anybody by a title."""
    return any(with_titles(passage.text, mention.start) < mention.start for passage, mention in found)


def _some_by_first_name(case: Case, found: Mentioned) -> bool:
    """Whether the seller calls somebody by the first name and nobody by a title."""
    names = [(called(p, case, found), p) for p in customers(case)]
    if any(bare(name) != name for name, _ in names):
        return False
    return any(name == first_name(p) and name != p.name for name, p in names)


def _own_greeting(case: Case, readers: Sequence[Stakeholder], group: bool) -> str:
    """The draft's greeting where it greets just these readers, or everybody in a message to everybody."""
    greeting = salutation(case)
    if not greeting:
        return ""
    named = {a for m in mentions(greeting, case.draft.stakeholders) for a in m.addresses}
    addresses = {p.address for p in readers}
    # "Dear Margaret, dear team" speaks to more than her, and to all where she is one of them.
    several = greets_several(greeting, names_one=bool(named))
    if group:
        return greeting if named <= addresses and (not named or named == addresses or several) else ""
    return greeting if named and named == addresses and not several else ""


def own_closing(case: Case, group: bool) -> str:
    """Sign-off and signature as typed; where the sign-off speaks to everybody, a message to one has what is left of it."""
    parts = [p for p in case.passages if p.zone in (Zone.SIGNOFF, Zone.SIGNATURE)]
    body, lines, previous = case.draft.body, "", None
    for part in parts:
        if previous is not None:
            between = body[previous.end : part.start]
            lines += between if not between.strip() and between.count("\n") < 4 else "\n"
        to_all = not group and part.zone is Zone.SIGNOFF and speaks_to_several(part.text)
        lines += _to_one(part.text, case.draft.language) if to_all else part.text
        previous = part
    return "\n".join(line for line in map(_without_pictures, lines.split("\n")) if line is not None)


def _to_one(text: str, language: Language) -> str:
    """A sign-off without whom it speaks to ("Bonne semaine à tous,"), or one of the language's where that cannot be left out."""
    left = pattern("to_everybody").sub("", text)
    return left if left != text and not speaks_to_several(left) else str(data("phrases")[language]["closing"])


def _without_pictures(line: str) -> str | None:
    """A line of a signature without what stands for its pictures; None where nothing else stood in it."""
    left = _PICTURES.sub("", line)
    return line if left == line else left.strip() or None


def sequence(case: Case, policy: Policy, keys: Sequence[str]) -> tuple[str, ...]:
    """In which order to send: the agreement first; in a hierarchy the chain before the group (rule 21)."""
    if case.situation.culture is not Culture.HIERARCHICAL:
        order = {"engagement": 0, "group": 1}
        return tuple(sorted(keys, key=lambda key: order.get(key, 2)))
    chain = policy.cultures[Culture.HIERARCHICAL].chain

    def rank(key: str) -> tuple[int, int]:
        if key in ("engagement", "group"):
            return (0, 0) if key == "engagement" else (2, 0)
        roles = case.person(key).roles
        return (1, min((chain.index(role) for role in roles if role in chain), default=len(chain)))

    return tuple(sorted(keys, key=rank))
