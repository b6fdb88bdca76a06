"""Every noun of the reviewer, as frozen values. This module imports nothing of ours.

The vocabulary (roles, zones, acts, topics, ...) is explained in docs/method.md and docs/labelling.md.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, computed_field


class Role(StrEnum):
    """What somebody does in the customer's decision (HubSpot buying roles, MEDDICC, Miller Heiman, and the method)."""

    CHAMPION = "champion"
    EXECUTIVE_SPONSOR = "executive_sponsor"
    ECONOMIC_BUYER = "economic_buyer"
    DECISION_MAKER = "decision_maker"
    PROCUREMENT = "procurement"
    TECHNICAL_EVALUATOR = "technical_evaluator"
    PROJECT_MANAGER = "project_manager"
    LEGAL_COMPLIANCE = "legal_compliance"
    FINANCE = "finance"
    END_USER = "end_user"
    INFLUENCER = "influencer"
    COACH = "coach"
    BLOCKER = "blocker"
    UNKNOWN = "unknown"


class Zone(StrEnum):
    """Which part of a mail a passage belongs to (Lampert, Dale & Paris 2009, "Segmenting email message text")."""

    AUTHOR = "author"
    GREETING = "greeting"
    SIGNOFF = "signoff"
    SIGNATURE = "signature"
    QUOTED = "quoted"
    FORWARDED = "forwarded"
    DISCLAIMER = "disclaimer"


THREAD = (Zone.QUOTED, Zone.FORWARDED)
"""The zones of the thread below a draft."""


class Act(StrEnum):
    """What a passage does (after Cohen, Carvalho & Mitchell 2004, "Learning to classify email into speech acts")."""

    INFORM = "inform"
    REQUEST = "request"
    PROPOSE = "propose"
    COMMIT = "commit"
    DELIVER = "deliver"
    DECIDE = "decide"


class Stage(StrEnum):
    """Whether a matter is settled, so that its outcome can be told, or open, so that it is a position."""

    SETTLED = "settled"
    OPEN = "open"


class Topic(StrEnum):
    """What a passage is about."""

    DECISION = "decision"
    MILESTONE = "milestone"
    NEXT_DATE = "next_date"
    SCOPE = "scope"
    TECHNICAL_SPEC = "technical_spec"
    BUDGET_PRICE = "budget_price"
    CONTRACT_LEGAL = "contract_legal"
    PLANNING_CHANGE = "planning_change"
    STRATEGY = "strategy"
    INTERNAL_POLITICS = "internal_politics"
    PERSONAL_CONCERN = "personal_concern"
    LOGISTICS = "logistics"
    OTHER = "other"


class Sensitivity(StrEnum):
    """Why a passage must not be read by everybody."""

    BUDGET = "budget"
    SCOPE = "scope"
    PLANNING = "planning"
    CONTRACT_PRICE = "contract_price"
    INTERNAL_POLITICS = "internal_politics"
    PERSONAL_CONCERN = "personal_concern"
    CONFIDENTIAL = "confidential"
    PERSONAL_DATA = "personal_data"
    CREDENTIAL = "credential"


IN_CONFIDENCE = frozenset({Sensitivity.INTERNAL_POLITICS, Sensitivity.PERSONAL_CONCERN, Sensitivity.CONFIDENTIAL})
"""The kinds of what is only told in confidence (rule 4)."""


class Severity(StrEnum):
    """How much an advice or a flag weighs, from the lightest."""

    NOTE = "note"
    SUGGESTION = "suggestion"
    WARNING = "warning"
    ERROR = "error"


class Culture(StrEnum):
    """How information travels at the customer (rules 21 and 22)."""

    UNKNOWN = "unknown"
    TRANSPARENT = "transparent"
    MIXED = "mixed"
    HIERARCHICAL = "hierarchical"


class Side(StrEnum):
    """On whose side a person works."""

    CUSTOMER = "customer"
    PARTNER = "partner"
    OWN = "own"


class Recipient(StrEnum):
    """The header field in which a person reads the mail."""

    TO = "to"
    CC = "cc"


class FindingKind(StrEnum):
    """What can be wrong with an outgoing message, or with the mail itself."""

    LOST = "lost"
    LEAKED = "leaked"
    INVENTED = "invented"
    WRONG_READER = "wrong_reader"
    WRONG_LANGUAGE = "wrong_language"
    UNOWNED_ASK = "unowned_ask"
    INSTRUCTION = "instruction"


class CautionKind(StrEnum):
    """Why a mail may be about to reach the wrong people."""

    IN_NAME = "in_name"
    CLOSE_ADDRESS = "close_address"
    OUTSIDER = "outsider"
    GREETING = "greeting"
    SAME_FIRST_NAME = "same_first_name"
    GROWN = "grown"
    ATTACHMENT = "attachment"
    SIGNATURE = "signature"
    SUBJECT = "subject"
    CONFIDED = "confided"


class Step(StrEnum):
    """A step of the chain that an engine carries out."""

    CLASSIFY = "classify"
    FLAG = "flag"
    SPLIT = "split"
    WRITE = "write"


Language = Literal["fr", "en", "de", "es", "it", "nl"]
LANGUAGES: tuple[Language, ...] = ("fr", "en", "de", "es", "it", "nl")


class Value(BaseModel):
    """The common base: frozen, strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stakeholder(Value):
    """A person of the sale: somebody who reads the mail, or the seller who sends it."""

    name: str
    """First and last name as given; the local part of the address where no name was given."""
    address: str
    """Mail address, in lower case; unique within a draft."""
    organisation: str = ""
    """Company or department, as given."""
    side: Side = Side.CUSTOMER
    """On whose side the person works."""
    roles: tuple[Role, ...] = (Role.UNKNOWN,)
    """One role or several; `unknown` alone where none is known."""
    recipient: Recipient = Recipient.TO
    """Whether the person is in To or in Cc."""
    note: str = ""
    """What the seller wrote about the person: a title, a wish such as to be in copy of everything."""

    def __hash__(self) -> int:
        """By the address: a review asks for the same people thousands of times."""
        return hash(self.address)


class Draft(Value):
    """The mail that is about to leave, and who would read it."""

    subject: str = ""
    body: str
    """The whole text as typed, with line ends as \\n and letters composed (NFC); the offsets of passages count code points in it."""
    sender: Stakeholder | None = None
    """The seller, where known."""
    stakeholders: tuple[Stakeholder, ...] = ()
    """Everybody who would read the draft, in the order given."""
    language: Language = "en"
    in_reply_to: str = ""
    """Message id of the mail that the draft answers, as `<...@...>`; empty where it begins a thread."""
    references: tuple[str, ...] = ()
    """Message ids of the thread, the oldest first."""
    hidden: str = ""
    """Of an HTML mail, an instruction to an AI that its reader does not see; no model is shown it."""


class Passage(Value):
    """A sentence or a bullet of the draft: `draft.body[start:end] == text`."""

    id: str
    """`s1`, `s2`, ... in the order of the draft."""
    zone: Zone
    text: str
    """The exact text, without the bullet sign and the white space around it."""
    start: int
    """Offset of the first code point in the body."""
    end: int
    """Offset behind the last code point in the body."""
    paragraph: int
    """Number of the paragraph, from 0; a blank line starts a new one."""
    bullet: str = ""
    """The bullet sign or number as typed ("-", "•", "2."), empty where the passage is no bullet."""


class Classification(Value):
    """What a passage is about, and what it does."""

    passage_id: str
    topics: tuple[Topic, ...]
    act: Act
    stage: Stage
    addressed_to: tuple[str, ...] = ()
    """Addresses of the people whom the passage addresses by name."""
    sure: bool = True
    """False where the engine found little to go by: unless sensitive or a request, it stays with everybody."""
    reason: str = ""


class Flag(Value):
    """A span of a passage that some of the readers must not read."""

    passage_id: str
    start: int
    """Offset in the body of the draft."""
    end: int
    quote: str
    """`draft.body[start:end]`."""
    sensitivity: Sensitivity
    severity: Severity = Severity.WARNING
    withhold_from: tuple[str, ...] = ()
    """Addresses of the people who must not read the span."""
    hurts: tuple[str, ...] = ()
    """Of these, addresses that a model named besides the policy's: whom it is about, or from whom it is kept."""
    reason: str = ""


class Audience(Value):
    """Who reads a passage: the group, some people, or nobody (held back)."""

    group: bool = False
    """Whether the message to everybody carries it."""
    people: tuple[str, ...] = ()
    """Addresses of those who get it in a direct message of their own."""
    copied: tuple[str, ...] = ()
    """Addresses of those who get it in copy of somebody else's direct message (rule 18)."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def held_back(self) -> bool:
        """True where no outgoing message carries the passage."""
        return not self.group and not self.people


class Assignment(Value):
    """The decision on one passage of the author: who reads it, or that it is held back, and why."""

    passage_id: str
    audience: Audience
    reason: str = ""
    suggestion: str = ""
    """What the seller can do, above all where the passage is held back."""
    held_back_parts: tuple[str, ...] = ()
    """Spans of the passage that none of its readers may read; the rest of it is sent."""
    owner: str | None = None
    """Address of the one person who is asked, where the passage asks for something (rule 2)."""
    recap: Literal["budget", "scope", "planning"] | None = None
    """The matter of which the group reads one neutral line, because the passage itself goes elsewhere (rule 19)."""


Author = Literal["draft", "llm", "local", "seller"]


class Message(Value):
    """An outgoing message. Nothing is ever sent: the seller sends it, or not."""

    to: tuple[str, ...]
    """Addresses in To."""
    cc: tuple[str, ...] = ()
    """Addresses in Cc."""
    subject: str
    body: str
    passage_ids: tuple[str, ...] = ()
    """The passages that the message carries, in the order of the draft."""
    kind: Literal["group", "direct", "engagement"] = "direct"
    written_by: Author = "local"
    """Who worded it: the draft itself (sent as it is), a model, the local engine, or the seller by hand."""

    @property
    def key(self) -> str:
        """`group`, `engagement`, or the address of the reader: names the message within a proposal."""
        return self.to[0] if self.kind == "direct" else self.kind

    @property
    def readers(self) -> tuple[str, ...]:
        """Everybody in To and Cc."""
        return self.to + self.cc


class Proposal(Value):
    """What to send instead of the draft."""

    as_is: bool = False
    """True where the draft needs no split; `group` then holds the draft word for word."""
    group: Message | None = None
    direct: tuple[Message, ...] = ()
    rules_of_engagement: Message | None = None
    """The message that asks the sponsor to agree with this way of writing (rules 6 to 8)."""
    sequence: tuple[str, ...] = ()
    """Keys of the messages in the order in which to send them."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages that carry the draft's passages: the group's first, then the direct ones."""
        return ((self.group,) if self.group else ()) + self.direct


class Finding(Value):
    """Something wrong with an outgoing message."""

    kind: FindingKind
    message: str | None = None
    """Key of the message, where the finding is about one."""
    passage_id: str | None = None
    quote: str = ""
    """The words in the message, or of the passage that is lost."""
    explanation: str


class Caution(Value):
    """Something to look at before the mail leaves: it may be addressed to the wrong people, or lack what it announces."""

    kind: CautionKind
    people: tuple[str, ...] = ()
    """Addresses of the readers whom it is about, and of those who may be meant instead."""
    quote: str = ""
    """The words of the draft, or the address, that give rise to it."""
    explanation: str
    suggestion: str


class Said(Value):
    """Something that the draft tells and that a mail of its thread has told before. A note: it widens no audience."""

    passage_id: str
    quote: str
    """The words of the earlier mail; they stand in no outgoing message."""
    by: str = ""
    """Who wrote them: an address, or the name where the thread gives no address; empty where it names nobody."""
    day: date | None = None
    """When, where the thread gives the day with its year."""
    readers: tuple[str, ...] = ()
    """To whom, as `by`; empty where the thread does not tell, as below "Ada wrote:"."""
    known_to: tuple[str, ...] = ()
    """Of these and the writer, addresses of those from whom the draft's passage is withheld."""
    explanation: str
    suggestion: str = ""
    """What follows for the seller to decide; empty where nothing does."""


class Advice(Value):
    """What a rule of the method says about this mail."""

    rule: int
    """Number of the rule in docs/method.md."""
    severity: Severity
    explanation: str
    suggestion: str
    people: tuple[str, ...] = ()
    """Addresses of the people whom the advice is about."""
    passage_ids: tuple[str, ...] = ()
    matter: Literal["", "hanging"] = ""
    """Which of the matters of its rule it is about, where it has a title of its own."""


class Situation(Value):
    """What the seller knows beside the mail: the customer's culture, the agreement, the rhythm, today's date."""

    today: date
    culture: Culture = Culture.UNKNOWN
    agreed: bool = False
    """Whether the sponsor has agreed to this way of writing (rule 6)."""
    last_group_message: date | None = None
    """When the last message to the whole group left (rule 14)."""
    circle: int = 0
    """How many people of the customer the deal has; 0 outside a deal. A message reaches the group from more than half of them on."""
    look_again: dict[str, date] = {}
    """When to look again at whoever insists on every copy, by address, where that was noted (rule 18)."""
    explain_in: Literal["fr", "en"] = "en"
    """Language of reasons, explanations and suggestions; the messages are in the draft's language."""


class StepUsage(Value):
    """What one step cost."""

    step: Step
    engine: Literal["llm", "local"]
    model: str = ""
    calls: int = 0
    """Requests sent to a model, retries included."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Those of the prompt tokens that the endpoint read from its cache."""
    completion_tokens: int = 0
    seconds: float = 0.0
    """Wall time of the step."""


class Fallback(Value):
    """A step, or one message of the write step, that the model could not do and the local engine did."""

    step: Step
    message: str | None = None
    """Key of the message, for the write step."""
    reason: str


class Review(Value):
    """The whole result; its JSON is what `reviewer review --format json` prints."""

    draft: Draft
    situation: Situation
    passages: tuple[Passage, ...]
    classifications: tuple[Classification, ...]
    flags: tuple[Flag, ...]
    assignments: tuple[Assignment, ...]
    proposal: Proposal
    findings: tuple[Finding, ...]
    advice: tuple[Advice, ...]
    cautions: tuple[Caution, ...] = ()
    """What to look at before the mail leaves: wrong people, a missing file."""
    said: tuple[Said, ...] = ()
    """What the thread below the draft, or the other mails of its file, have told already, in the order of the draft."""
    engine: Literal["llm", "local"]
    engine_reason: str
    """Why this engine was used."""
    prompt_set: str
    prompt_hash: str
    """SHA-256 over the files of the prompt set, first 12 hexadecimal digits."""
    usage: tuple[StepUsage, ...]
    fallbacks: tuple[Fallback, ...]
    timings: dict[str, float]
    """Wall seconds by part: parse, classify, flag, split, write, check, advise, total."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> bool:
        """True where the checks found nothing wrong with any outgoing message."""
        return not self.findings

    def case(self) -> "Case":
        """What its steps were given."""
        return Case(draft=self.draft, passages=self.passages, situation=self.situation)

    def __repr__(self) -> str:
        """Without a word of the mail: it may end up in a log or an error, and asyncio makes one of every result of `run`."""
        return f"Review(engine={self.engine!r}, {len(self.passages)} passages, {len(self.proposal.messages)} messages)"


class Case(Value):
    """What every step is given: the draft, its passages, and the situation."""

    draft: Draft
    passages: tuple[Passage, ...]
    situation: Situation

    def author_passages(self) -> tuple[Passage, ...]:
        """The passages that are routed."""
        return tuple(p for p in self.passages if p.zone is Zone.AUTHOR)

    def person(self, address: str) -> Stakeholder:
        """The stakeholder with this address; KeyError where nobody has it."""
        for person in self.draft.stakeholders:
            if person.address == address:
                return person
        raise KeyError(address)


class Item(Value):
    """One passage as a writer may see it: what its readers must not read is cut out already."""

    passage_id: str
    text: str
    act: Act
    topics: tuple[Topic, ...]
    paragraph: int
    bullet: str = ""
    owner: str | None = None
    """Name of the one person who is asked, where the passage asks for something."""
    called: int = 0
    """Characters of the text that only call the one reader by name, others perhaps with them ("Claire, ", "Anna/Karim: ")."""
    named: tuple[tuple[int, int], ...] = ()
    """Where the text speaks of the one reader by name, title included, and not to them: start and end of each."""


Matter = Literal["budget", "scope", "planning"]
"""What is followed by a written recap to the group where it moves (rule 19)."""


Voice = Literal["one", "several"]
"""Who speaks: the seller as "I", or as "we"."""


class Tone(Value):
    """How the seller speaks to the people of a draft; what the program writes around the seller's words follows it."""

    salutation: str = ""
    """The draft's own greeting whomever it greets: another greeting opens as it does."""
    familiar: bool = False
    """True where the draft writes tu / du / jij / tú, or greets as one does then and says nothing else."""
    voice: Voice = "one"
    informal: bool = False
    """Whether the draft greets as one does among friends, or is typed like a telegram or without stops."""
    unpunctuated: bool = False
    """Whether no sentence of the draft ends with a stop: a line of ours does without one too."""
    by_first_name: bool = False
    """Whether the seller is on first-name terms with them."""


class Brief(Value):
    """All that a writer is given for one message. What is not in it cannot leak."""

    kind: Literal["group", "direct"]
    language: Language
    familiar: bool
    """True where the seller writes tu / du / jij / tú to these readers."""
    to: tuple[Stakeholder, ...]
    cc: tuple[Stakeholder, ...]
    called: tuple[str, ...]
    """How the seller calls each reader in To: "Claire", "Madame Leroy", else the full name."""
    sender: Stakeholder | None
    subject: str
    """The draft's subject, empty where these readers must not see it."""
    greeting: str
    """The draft's own greeting, where it suits these readers; else empty."""
    tone: Tone
    """How the seller speaks to these people in the draft."""
    closing: str
    """The draft's own sign-off and signature, as typed."""
    items: tuple[Item, ...]
    recaps: tuple[Matter, ...] = ()
    """Matters of which the group reads one neutral line (rule 19)."""
    findings: tuple[str, ...] = ()
    """What was wrong with the first attempt, where this is the second."""

    @property
    def key(self) -> str:
        """The key of the message that comes of it."""
        return self.kind if self.kind == "group" else self.to[0].address

    def worded(self, wording: "Wording", author: Author) -> Message:
        """The message in these words."""
        return Message(
            to=tuple(p.address for p in self.to),
            cc=tuple(p.address for p in self.cc),
            subject=wording.subject,
            body=wording.body,
            passage_ids=tuple(item.passage_id for item in self.items),
            kind=self.kind,
            written_by=author,
        )


class Wording(Value):
    """A writer's answer."""

    subject: str
    body: str


class Correspondent(NamedTuple):
    """Somebody as the head of an earlier mail names them; one of the two is empty where the head leaves it out."""

    name: str
    address: str
    """In lower case."""


class Earlier(NamedTuple):
    """A mail of the thread before the draft, as far as its head is known."""

    text: str
    by: Correspondent | None = None
    day: date | None = None
    readers: tuple[Correspondent, ...] = ()
    """To and Cc."""


class Envelope(NamedTuple):
    """What is known around a draft, beside its words: it decides nothing, and is looked at before the mail leaves."""

    known: tuple[Stakeholder, ...] = ()
    """The deal's people, or those of a list beside a mail file; readers of this mail or not. Empty where nobody is known."""
    addressed: tuple[Stakeholder, ...] = ()
    """To and Cc of the mail file."""
    before: tuple[Stakeholder, ...] = ()
    """Those who had the other mails of the thread, where the file has them."""
    sent: tuple[Stakeholder, ...] = ()
    """Those who had the last message that left in this thread, where a deal has kept it."""
    reached: tuple[Stakeholder, ...] = ()
    """Those to whom a message of the deal has left."""
    attachments: int | None = None
    """Files on the draft; None where it is not known, as with pasted text."""
    earlier: tuple[Earlier, ...] = ()
    """The other mails of the thread, where the file has them, the newest first."""
    named: tuple[Correspondent, ...] = ()
    """Whom the head of the mail file names besides, or without an address."""
    customer: str = ""
    """The deal's customer."""
    reviews: tuple[tuple[date, Review], ...] = ()
    """The deal's reviews of earlier mails, with their days."""
    left: tuple[Message, ...] = ()
    """The messages of the deal that left."""


class Usage(Value):
    """Tokens and calls of one step, before it is known how long the step took."""

    model: str = ""
    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


class Classified(NamedTuple):
    """The answer of a classify step."""

    classifications: tuple[Classification, ...]
    usage: Usage = Usage()


class Flagged(NamedTuple):
    """The answer of a flag step."""

    flags: tuple[Flag, ...]
    usage: Usage = Usage()


class Assigned(NamedTuple):
    """The answer of a split step."""

    assignments: tuple[Assignment, ...]
    usage: Usage = Usage()


class Written(NamedTuple):
    """The answer of a write step."""

    wording: Wording
    usage: Usage = Usage()


class Engine(NamedTuple):
    """Four async functions. They raise ModelError where they cannot answer; the chain then asks the fallback."""

    name: Literal["llm", "local"]
    classify: Callable[[Case], Awaitable[Classified]]
    flag: Callable[[Case], Awaitable[Flagged]]
    split: Callable[[Case, tuple[Classification, ...], tuple[Flag, ...]], Awaitable[Assigned]]
    write: Callable[[Brief], Awaitable[Written]]
