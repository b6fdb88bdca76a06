"""How something is said, by the patterns of `cues.yaml`: asks, pointing back, tu and vous, insisting on copy, plain invoices."""

import re
from functools import lru_cache

from reviewer import details
from reviewer.texts import data, guarded, pattern
from reviewer.types import Language, Stakeholder

_MAY_BE_ONE = re.compile(  # "... must be changed to sunshine"
    r"\d|[:=«»\"“”„`/]|\b(?:to|en|par|auf|in|por|a|naar)\s+\S+\W*$|\bauf [A-ZÄÖÜ]\S* (?:geändert|zurückgesetzt)\b",
    re.IGNORECASE,
)
_AND = re.compile(r"\b(?:and|et|und|y|e|en)\s+(?:\S+\s+){0,4}$", re.IGNORECASE)
_SHORT = 16  # words
_LINE = 60  # characters, the most that such a closing has
_CLAUSE = 5  # words, from which what stands before a comma says something of its own


@lru_cache(maxsize=4096)
def asks(text: str) -> bool:
    """Whether the passage asks the readers for something, by a question mark or by its words."""
    if invites(text):
        return False
    return bool(re.search(r"\?[\s)»\"”]*$", text) or guarded("asks").search(text))


@lru_cache(maxsize=4096)
def invites(text: str) -> bool:
    """Whether it asks who comes to something, and nothing else: everybody answers for themselves, nobody waits for another."""
    found = guarded("invites").search(text)
    if not found:
        return False
    # "Can you send the list and confirm your attendance?" asks for the list.
    after = text[found.end() :]
    return not _AND.search(text[: found.start()]) and not guarded("asks").search(after)


def points_back(text: str) -> bool:
    """Whether a short question or request means something just said ("Does that fit?", "Cela rentre-t-il ?")."""
    short = len(text.split()) <= _SHORT
    found = (pattern("points_back", any_case=False).search(text) or _hush(text)) if short else None
    if found is None:
        return False
    # "The test is booked for Tuesday at 10, does that work?" means its own first half, not the sentence before.
    clauses = re.split(r"[,;:]\s", text[: found.start()])[:-1]
    return not any(len(clause.split()) >= _CLAUSE for clause in clauses)


def hushes(text: str) -> bool:
    """Whether a short sentence asks to keep what was just said ("Please keep that to yourself")."""
    return bool(_hush(text)) and points_back(text)


def _hush(text: str) -> re.Match[str] | None:
    found = guarded("hushes").search(text)
    # "Keep this to yourself, Anna: Boris is leaving" says itself what is to be kept.
    return found if found and ":" not in text[found.end() :] else None


def goes_on_addressing(text: str, language: Language) -> bool:
    """Whether a sentence speaks to one reader, or points back to the sentence before it."""
    return leans_back(text, language) or speaks_to_one(text, language)


def speaks_to_one(text: str, language: Language) -> bool:
    """Whether the words speak to one reader: by a second person, or by saying that it is between two."""
    person = pattern(f"second_person.{language}", any_case=False)
    # A "rendez-vous" is a date.
    return bool(person.search(re.sub("[Rr]endez-vous", "", text)) or pattern("private").search(text))


def speaks_familiarly(text: str, language: Language) -> bool:
    """Whether the words speak to one reader as "tu"; in English nothing tells."""
    return bool(pattern(f"familiar.{language}", any_case=False).search(text))


def leans_back(text: str, language: Language) -> bool:
    """Whether the sentence points back to the one before it ("That is why ..."): "Il" does in French, and is an article in Italian."""
    return bool(pattern(f"leans_back.{language}", any_case=False).match(text))


def leans_on(text: str, language: Language) -> bool:
    """Whether the sentence limits the one before it, or follows from it, by other words ("In that case we would ...")."""
    return bool(pattern(f"leans_on.{language}", any_case=False).match(text))


def adds_on(text: str, language: Language) -> bool:
    """Whether the sentence adds something to the one before it ("Also, ..."), be it about another matter."""
    return bool(pattern(f"adds_on.{language}", any_case=False).match(text))


def means_somebody(text: str, language: Language) -> bool:
    """Whether the sentence speaks of somebody who was named before it ("she", "him"), or leans on the sentence before."""
    return leans_back(text, language) or bool(pattern(f"third_person.{language}", any_case=False).search(text))


def excuse_of_length(text: str, language: Language) -> str | None:
    """The words that excuse the length of a mail ("apologies for the length"), where there are any."""
    found = guarded(f"excuses_length.{language}").search(text)
    return found.group() if found else None


@lru_cache(maxsize=4096)
def is_courtesy(text: str, language: Language) -> bool:
    """Whether a sentence is courtesy about the mail itself, for whoever reads it: its announcement, an excuse of its length, an offer to
    help.
    """
    if len(text.split()) > _SHORT or re.search(r"\d", text):
        return False
    if pattern(f"announces_mail.{language}", any_case=False).fullmatch(text.strip().rstrip(" .!…")):
        return True
    return bool(excuse_of_length(text, language) or pattern(f"offers_help.{language}").search(text))


@lru_cache(maxsize=1)
def _planned() -> re.Pattern[str]:
    nouns = "|".join(f"(?:{noun})" for noun in data("cues")["planned"]["noun"])
    return re.compile(rf"(?:\w+['’]?\s?)?(?:{nouns})\b", re.IGNORECASE)


def gives_a_day(text: str, language: Language) -> bool:
    """Whether a sentence says that something planned was moved to, or set on, a day of the year, without doubt, denial or a contrast."""
    if not _planned().match(text):
        return False
    dated = any(d.kind == "date" and "/" in d.value for d in details.find(text))
    if not dated or asks(text) or contrasts(text) or says_more(text) or re.search(r"[€$£%?]", text):
        return False
    doubt = any(pattern(path).search(text) for path in ("outcome.perhaps", "money_unsettled"))
    return not doubt and bool(pattern(f"outcome.settled.{language}").search(text))


def names_a_matter(title: str) -> bool:
    """Whether a title, or a part of one, only names what is sold or planned, and where: "Déploiement à Nantes", "Schulung der Pflege".

    A noun of the matter, no word in front of it, with at most three others joined to it, none of which says how it is with it.
    """
    found = _matter().fullmatch(title.strip())
    says = pattern("planned.says", any_case=False)
    return bool(found) and not any(says.fullmatch(word) for word in re.findall(r"[^\W\d_]+", title)[1:])


@lru_cache(maxsize=1)
def _matter() -> re.Pattern[str]:
    cue = data("cues")
    nouns = (
        *cue["planned"]["noun"],
        *cue["outcome"]["sold"],
        *(n for each in cue["outcome"]["noun"].values() for n in each),
    )
    joint, article = ("".join(cue["planned"][key].split()) for key in ("joint", "article"))
    word = r"[^\W\d_]+(?:-[^\W\d_]+)*(?: \d{1,4})?"
    gap = r"(?:\s+|(?<=['’]))"
    joined = rf"\s+(?:(?:{joint}|à|au|aux|in|at|for|im|für|bei|en|para|per|voor|op){gap}(?:(?:{article}){gap})?|(?:{article}){gap})?{word}"
    return re.compile(
        rf"(?:(?:{article}){gap})?(?:{'|'.join(f'(?:{n})' for n in nouns)})(?: \d{{1,4}})?(?:{joined}){{0,3}}",
        re.IGNORECASE,
    )


def welcomes(text: str) -> bool:
    """Whether a sentence welcomes somebody who joins the project, asks nothing, has no figure, and does not say why they come."""
    if not pattern("welcomes").match(text) or asks(text) or re.search(r"\d", text):
        return False
    return not says_more(text) and "ill" not in affairs(text)


def invoices(text: str) -> bool:
    """Whether the passage is about an invoice or its order, and nothing in it says that the money is not settled."""
    return bool(pattern("invoice").search(text)) and not pattern("money_unsettled").search(text)


def asks_of_budget(text: str) -> bool:
    """Whether a sentence asks if something fits a budget, and tells nothing of that budget ("Does this fit your budget?")."""
    return bool(pattern("asks_of_budget", any_case=False).fullmatch(text.strip()))


def money_is_settled(text: str) -> bool:
    """Whether a sentence about money tells an outcome ("has been approved"), not an offer or a price."""
    agreed = pattern("money_agreed").search(text) and not pattern("money_doubted").search(text)
    return bool(agreed or pattern("money_settled").search(text))


def announces_decisions(text: str) -> bool:
    """Whether a line that announces a list says that it was decided ("Decisions:", "Beschlossen wurde:")."""
    return bool(pattern("decisions").search(text))


def states(text: str) -> bool:
    """Whether a line of a list says something of its own, by its verb ("variant B is approved"), and does not only name a thing."""
    return bool(pattern("states").search(text))


def tells_outcome(text: str) -> bool:
    """Whether a sentence says that something is decided or agreed, with no but ("we agreed to leave the folder for next year"), and
    neither why nor who has not heard of it.
    """
    return bool(guarded("agreed").search(text)) and not (contrasts(text) or says_more(text))


def says_more(text: str) -> bool:
    """Whether a sentence says of its news why it is so, or that somebody does not know it yet: that is not for whoever reads the news."""
    return bool(guarded("explains").search(text)) or keeps_dark(text)


def keeps_dark(text: str) -> bool:
    """Whether a sentence says that somebody has not heard of it yet, or that it is a secret."""
    return bool(guarded("unaware").search(text))


def replaces(text: str) -> bool:
    """Whether a sentence says that something, or whoever is named beside it, makes room for another."""
    return bool(guarded("replaces").search(text))


@lru_cache(maxsize=4096)
def affairs(text: str) -> frozenset[str]:
    """What becomes of somebody or something by the words of a text, as the kinds of `cues.yaml` ("leaves", "ill", "ends")."""
    return frozenset(kind for kind in data("cues")["affair"] if pattern(f"affair.{kind}").search(text))


def tells_an_affair(text: str) -> bool:
    """Whether a sentence has words for what becomes of somebody: that they leave, or are ill."""
    return bool({"leaves", "ill"} & affairs(text))


def contrasts(text: str) -> bool:
    """Whether a sentence sets something against what it says ("but", "whereas")."""
    return bool(guarded("contrast").search(text))


def insists_on_copy(person: Stakeholder) -> bool:
    """Whether the seller noted that this person wants to be in copy of everything (rule 16)."""
    return bool(pattern("insists_on_copy").search(person.note))


def tells_of_every_copy(text: str) -> bool:
    """Whether a sentence says of somebody that they want to be in copy of everything."""
    return bool(guarded("every_copy").search(text))


def speaks_to_several(text: str) -> bool:
    """Whether a greeting or sign-off speaks to several people."""
    return bool(pattern("collective").search(text))


def greets_several(text: str, names_one: bool = False) -> bool:
    """Whether a greeting speaks to several people, by "colleagues" too, and where it names one of them, by "gentlemen"."""
    several = speaks_to_several(text) or pattern("colleagues").search(text)
    return bool(several or (names_one and pattern("together").search(text)))


def closing_of(text: str, language: Language) -> str:
    """The last line that closes a mail to anybody, "Bien cordialement," for one, as it was written; empty where none does.

    One of another language is none, and neither is what holds for one mail alone, as "Merci d'avance" does: of "Merci et bien
    cordialement," the rest is.
    """
    courtesy = pattern(f"courtesy.{language}")
    lines = (without_thanks(line.strip()) for line in text.split("\n")[::-1])
    return next((line for line in lines if len(line) <= _LINE and courtesy.fullmatch(line.rstrip(" ,.!;"))), "")


def without_thanks(line: str) -> str:
    """A line without the thanks before its closing: "Bien cordialement," of "Merci et bien cordialement,"."""
    thanks = pattern("thanks_and").match(line)
    if not thanks:
        return line
    rest = line[thanks.end() :]
    return rest[:1].upper() + rest[1:]


def names_a_week(subject: str) -> bool:
    """Whether a subject names one week by its number ("Point semaine 4")."""
    return bool(pattern("numbered_week").search(subject))


def follows_up(subject: str) -> bool:
    """Whether a subject follows up on an occasion, such as a meeting, and so is no title for the weeks after."""
    return bool(pattern("follows_up").match(subject.strip()))


def speaks_to_all(text: str) -> bool:
    """Whether a sentence is said to all readers at once ("thanks to you all", "Pouvez-vous tous ...")."""
    return bool(guarded("to_all").search(text))


def asks_anybody(text: str) -> bool:
    """Whether a question is put to whoever can answer it, or to several ("Can somebody send us the files?")."""
    return bool(pattern("anybody").search(text))


def is_headed(text: str, language: Language) -> bool:
    """Whether a line is headed with whom it is for ("Für den Betriebsrat: ...")."""
    return bool(pattern(f"put_to.{language}.heading").match(text))


@lru_cache(maxsize=4096)
def put_to_words(text: str, language: Language) -> str:
    """The words by which an ask is put to a department, or a line headed with it; empty where it is put to nobody so.

    "Could somebody from IT send ...", "we would need your colleagues in operations to ...", "For the works council: ...".
    """
    if headed := pattern(f"put_to.{language}.heading").match(text):
        return headed.group()
    if wished := guarded(f"put_to.{language}.wish").search(text):
        return wished.group()
    found = guarded(f"put_to.{language}.asked").search(text) if asks(text) else None
    return found.group() if found else ""


def reproaches(text: str) -> bool:
    """Whether an ask says why, or to stop something ("Could somebody from IT tell us why they block the project?")."""
    return bool(guarded("reproaches").search(text))


def department_of(text: str, language: Language) -> str:
    """The words for somebody of a department of whom a text says that they come or call; empty where it says so of nobody."""
    found = pattern(f"put_to.{language}.asked").search(text) if guarded("comes").search(text) else None
    return found.group() if found else ""


def rules_access(text: str) -> bool:
    """Whether a text says what must or will be done with a password ("must be changed"), and has nothing that could be one."""
    return bool(pattern("rules_access").search(text)) and not _MAY_BE_ONE.search(text)


def is_familiar(language: Language, *texts: str, undecided: bool = False) -> bool:
    """Whether the seller writes tu, du, tú, je: judged by the first of the texts that says, and as `undecided` says where none does."""
    if language not in data("cues")["address"]:
        return undecided
    tu, vous = (pattern(f"address.{language}.{form}", any_case=False) for form in ("familiar", "formal"))
    for text in texts:
        familiar, formal = len(tu.findall(text)), len(vous.findall(text))
        if familiar != formal:
            return familiar > formal
    return undecided
