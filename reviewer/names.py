"""Who is meant by a name in a text, and whether the text speaks to that person or about them.

"Paul, can you confirm?" speaks to Paul; "Paul told me" and "Paul, our CTO, told me" speak about him.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from reviewer.types import Stakeholder

TITLE = (
    r"(?:M\.|Mr\.?|Mrs\.?|Ms\.?|Mme\.?|Mlle|Monsieur|Madame|Herrn?|Frau|Sr\.?|Sra\.?|Señora?|Sig\.(?:ra)?|Signora?|Dott\.(?:ssa)?"
    r"|Ing\.|Geom\.|Dhr\.?|Mevr\.?|Mevrouw|Meneer|Mijnheer|Mw\.?|Dra?\.?|Lic\.|Arq\.|Arch\.|Avv\.|Rag\.|Drs\."
    r"|Prof\.?|Doña|Don|Dña\.|Maître|Me|Dottor(?:e|essa)?|Ingegnere?|Avvocat[oa]|Architetto|Geometra|Ragionier[ea]?"
    r"|Doctora?|Doktor(?:in)?|Ingenier[oa]|Licenciad[oa]|Arquitect[oa]|Profesora?|Professor(?:in|e|essa)?|Magist(?:er|ra)|Dipl\.-Ing\.)"
)
# The same within a sentence; "me" and "m." are other words when they are small.
_SMALL_TITLE = (
    r"(?:mrs?\.|ms\.|mme\.?|mlle|monsieur|madame|herrn?|frau|sra?\.|señora?|sig\.(?:ra)?|signora?|dott\.(?:ssa)?|ing\.|geom\.|dhr\.?|mevr\.?"
    r"|mevrouw|meneer|mijnheer|mw\.|[Dd]e heer|dra?\.|lic\.|arq\.|arch\.|avv\.|rag\.|prof\.|doña|don|dña\.|maître|dottor(?:e|essa)?"
    r"|ingegnere?|avvocat[oa]|architetto|geometra|ragionier[ea]?|doctora?|ingenier[oa]|licenciad[oa]|arquitect[oa]|profesora?"
    r"|professor(?:e|essa)?)"
)
# Somebody by a title, whoever it is: "M. Gaillard", "Frau Dr. Vogel".
TITLED_NAME = re.compile(rf"(?<![\w.])(?:{TITLE}\s+)+(?-i:[A-ZÀ-ÖØ-Þ])[a-zß-ÿ]")
HONOURS = ("Sir", "Dame")  # "Sir Robert Aldous" is called Sir Robert
_TITLES = rf"(?:{TITLE}\s+)*"  # "Frau Prof. Dr. "
_TITLES_BEFORE = re.compile(rf"(?<!\w)(?:(?:{TITLE}|{_SMALL_TITLE})\s+)+$")
# What stands before a title where somebody is spoken of: "la señora Ibáñez", "l'ingegner Ferri".
_ARTICLE = re.compile(r"(?<!\w)(?:el |la |il |l['’]|der |die |den )$", re.IGNORECASE)
# By which a sentence begins that is for one reader alone.
_CONFIDING = (
    r"(?:(?:strictement )?entre nous|entre toi et moi|en confidence|between (?:us|ourselves)|between you and me|in confidence"
    r"|unter uns|unter vier augen"
    r"|im vertrauen|zwischen (?:dir|ihnen) und mir|(?:que quede )?entre nosotros|entre (?:tú|usted) y yo|en confianza"
    r"|(?:detto |resti |che resti )?tra (?:di )?noi|tra (?:me e (?:te|lei)|(?:te|lei) e me)|in confidenza|onder ons|onder vier ogen"
    r"|tussen (?:ons|(?:jou|u) en mij)|in vertrouwen|off the record)"
)
# A comma, or what only somebody who is spoken to can follow: "qu'on en parle toi et moi Sylvie".
_SET_OFF = re.compile(
    rf"(?:,|\b(?:toi et moi|vous et moi|you and (?:me|i)|du und ich|sie und ich|tú y yo|tu ed? io|jij en ik))\s*{_TITLES}$",
    re.IGNORECASE,
)
_BEFORE_NAME = re.compile(rf"^(?:{TITLE}\s+)+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# What may stand between a name at the start of a sentence and a second person: "Claire peux-tu", "Anna können Sie"; a small "sie"
# is "you" in a question alone: "Anna haben sie gestern informiert".
_SECOND_PERSON = re.compile(
    r"\s*(?:[,:–—-]\s*)?(?:tu\b|(?:est-ce que|would|could|can|will|do|did|are|have|may)\s+(?:tu|vous|you)\b"
    r"|[\w']+-(?:tu|vous)\b|(?:peux|pouvez|pourrais|pourriez|merci de|merci d'|please|bitte|por favor|per favore|graag)\b"
    r"|(?:kannst|könntest|hast|bist|würdest)\s+du\b|(?:können|könnten|haben|sind|würden)\s+(?:(?-i:Sie)\b|sie\b(?=[^.!\n]*\?))"
    r"|(?:puedes|podrías|puoi|potresti|kun|kunt)\b)"
    # Without a comma no verb of the name's own: "Régis vous me confirmez", and not "Régis vous confirme".
    r"|\s+(?:vous (?:(?:me|m['’]|nous|le|la|les|y|en|ne|n['’]) ?)*(?:\w+ez|êtes|faites)\b|(?:votre|vos|ton|ta|tes)\s+\w"
    r"|il (?:(?:me|nous|te|vous) |m['’]en |nous en )?fau(?:t|dra|drait)\b)",
    re.IGNORECASE,
)
# These are said of somebody as well: "Anna può inviarci la lista" tells it of her, and asks her where it is a question.
_EITHER_PERSON = re.compile(r"\s*(?:[,:–—-]\s*)?(?:puede|podría|può|potrebbe|kan|zou)\b[^.!\n]*\?", re.IGNORECASE)
_APPOSITION = re.compile(
    r",\s*(?P<inner>(?:(?P<article>le|la|l['’]|un|une|the|a|der|die|das|ein\w*|el|il|lo|het|een"
    r"|de(?! (?:votre|vos|ton|ta|tes|notre|nos|mon|ma|mes)\b))"
    r"|notre|votre|leur|qui|our|your|their|who|unser\w*|Ihr\w*|euer|nuestr\w+|vuestr\w+|su|quien|que|che|onze|uw|jullie"
    r"|nostr\w+|vostr\w+)\b(?:[^,;.!?]|(?<=\d)[.,](?=\d)){1,50}),(?!\d)",
    re.IGNORECASE,
)
# "Cleo, the replica is late, can you look?" goes on speaking to Cleo: a clause of its own has a verb, or is long.
_THANKS = re.compile(
    r"(?:(?:un|many|einen|un) )?(?:(?:grand|great|big|herzlichen|großen|enorme|gran|mille|grote) )?"
    r"(?:merci|thanks|thank you|dank|danke|gracias|grazie|bedankt)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:est|sont|a|ont|va|sera|is|are|was|were|has|have|will|ist|sind|hat|haben|wird|está|están|es|son|tiene|è|sono|ha|hanno"
    r"|heeft|hebben|zijn|wordt|\w+-(?:t-)?(?:ils?|elles?|on)|suffi(?:t|ra)|would|can|won['’]t|isn['’]t|doesn['’]t|reicht|basta|volstaat"
    r"|reste|manque|coûte|needs|costs|liegt|liegen|kostet|fehlt|fehlen|bleibt|müssen|queda|falta|cuesta|piden|resta|manca|costa|ligt|kost"
    r"|blijft|moeten)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\s*(?:merci d['’e]|please\b|bitte\b|por favor|per favore|graag\b|alsjeblieft|(?:could|can|would|will|do|are|have|did) you\b"
    r"|[\w']+-(?:tu|vous)\b|tu\b|vous\b|\w{2,}st du\b|(?-i:(?:können|könnten|haben|sind) Sie)\b"
    # Italian, Spanish and Dutch by the ending of the second person, in a question alone: "mi mandi i dati?", "stuur je mij de lijst?".
    r"|(?:(?:mi|ci) \w{3,}i|(?:me|nos) \w{2,}[ae]s|\w{3,} (?:je|jij))\b(?=[^.!]*\?))",
    re.IGNORECASE,
)
_VERB_LAST = re.compile(
    r"^(?:der|die|das|den|dem|dat)\b.*\b(?:ist|sind|war|hat|haben|hatte|wird|kann|will|muss|soll|is|was|heeft|had|wordt|kan|wil|moet|zal"
    r"|liegt|fehlt|bleibt|müssen|ligt|blijft|moeten)$",
    re.IGNORECASE,
)
_VERB = r"(?:est|sont|a|ont|va|sera|veut|is|are|was|has|will|wants|may|ist|hat|wird|está|es|tiene|quiere|è|ha|vuole|heeft|wordt|wil)"
# "Karim, your CTO, you know it, is worn out": behind an aside the sentence goes on about whom it names.
_ASIDE = re.compile(rf"[^,;.!?]{{1,60}},\s*(?:{_VERB}|ne|n['’]\w+)\b", re.IGNORECASE)
_TELLS_OF = re.compile(r"\b(?:qui|who|quien)\b.|^(?:jullie|uw|onze)\b.*\bdie\b", re.IGNORECASE)
_RELATIVE = re.compile(r"(?:qui|who|quien|que|che)\b", re.IGNORECASE)
# "Gareth I'd like ten minutes with you": nobody is called "Gareth I", and it speaks to a second person.
_FIRST_PERSON = re.compile(r"\s+(?:I|je|j['’]|ich|yo|io|ik)(?:\b|(?<=['’]))(?P<rest>[^.!?\n]*)")
# The Italian "Le" is the French article too, and so counts before some verbs alone.
_YOU = re.compile(
    r"\b(?:vous|tu|te|toi|you|your|Sie|Ihnen|du|dir|usted|tú|ti|Lei|u|je|jij"
    r"|Le (?:ho|(?:conferm|invi|mand|chied|ricord|comunic|segnal|alleg|anticip|scriv|propon|propong)(?:h?iamo|o)|farò|invierò|manderò))\b"
)
_LONGEST_NAME = 5  # words
_OPENING_WORDS = 6  # in which a name may open a sentence, behind "Pour" or "Entre nous Madame"
_ELISION = re.compile(r"(?:[dl]|qu|jusqu|lorsqu|puisqu|dell|all|nell|dall|sull)['’](?=(?-i:[A-ZÀ-Þ]))", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[\n!?;]|\.(?!\w)")
_TITLED = re.compile(rf"(?<![\w.])(?:{TITLE}\s+)+$", re.IGNORECASE)
_ELIDED = re.compile(r"[^\W\d_]{1,4}['’](?=[^\W\d_])(?![a-zß-ÿ])")
_LONGEST_TITLES = 80  # characters before a name in which its titles stand
_SHORTEST_SLIP = 6  # letters of a name from which on one of them may be wrong
_LONG_APPOSITION = 5  # words behind an article ("the head of the network team")
_JOIN = re.compile(rf"\s*(?:,|&|/|\b(?:et|and|und|y|e|en|ou|or|oder|o|of)\b)\s*@?{_TITLES}", re.IGNORECASE)
_COMMA_ALONE = re.compile(rf"\s*,\s*{_TITLES}")
_BEFORE_CALL = re.compile(rf"@?{_TITLES}", re.IGNORECASE)
# "Pour Karim : ..." calls him, "Pour Karim, ..." may not; the Italian "per" is an English one too ("per Ravi: ...").
_FOR = re.compile(r"(?:pour|for|für|para|voor)\s+", re.IGNORECASE)
_LEAD = re.compile(
    r"^\W*(?:(?:p\.?-?\s?[sd]\.?|enfin|sinon|par ailleurs|ach ja|übrigens|außerdem|also|finally|lastly|otherwise|infine|además"
    r"|por último|trouwens|tot slot)(?!\w)\s*[,:–—-]?\s*)?"
    rf"(?:{_CONFIDING},?\s+)?"
    r"(?:(?:(?:pour|for|für|para|per|voor)(?:\s+(?:el|la|il|lo|le|die|den|the)|\s+l['’])?"
    r"|(?:merci(?: beaucoup)?|thanks|thank you|danke|gracias|grazie|dank(?: je| u)?|cher|chère"
    rf"|dear|liebe[rs]?|beste|caro|cara|querid[oa]|et|and|und|y|e|en|@))\s*)?{_TITLES}$",
    re.IGNORECASE,
)


_CONFIDES = re.compile(_CONFIDING, re.IGNORECASE)
_BOTH = re.compile(
    r"\b(?:both|each of you|the two of you|tous (?:les )?deux|toutes (?:les )?deux|chacune?|l'un et l'autre|beide|ihr zwei"
    r"|jeder von|ambos|ambas|los dos|las dos|cada un[oa]|entrambi|entrambe|tutt[ie] e due|ciascun[oa]?|allebei|jullie twee"
    r"|ieder van|(?:one|either|which) of you|between you(?! and (?:me|us|i)\b)|(?:l['’]une?|qui|lequel|laquelle) (?:de|d['’]entre) vous"
    r"|entre vous(?! et (?:moi|nous)\b)|(?:einer?|wer) von (?:euch|ihnen)|euch (?:bitte )?abstimmen|(?:ihr|euch) beiden?"
    r"|un[oa] de (?:vosotr[oa]s|ustedes)|un[oa] di voi|(?:een|één|wie) van jullie)\b",
    re.IGNORECASE,
)
_BEHIND_CALL = re.compile(r"(?:\s*[,:–—]|\s+-(?=\s))\s*(?=[\w¿¡])")
# What can only go on behind a name that is called, where a comma is missing: "karl il faudrait", "Anna could you".
_BEHIND_AT = re.compile(r"\s+(?=\w)")  # "@Anna we agree"
_BEHIND_BARE_CALL = re.compile(
    r"\s+(?=(?:je|j['’]|tu|il fau(?:t|drait)|i|we|you|ich|wir|ik|yo|io|please|bitte|merci de|graag|[\w']+-(?:tu|vous)|kun je|kunt u"
    r"|(?:est-ce que|would|could|can|will|do|did|are|have|may)\s+(?:tu|vous|you)|(?:kannst|könntest|hast|bist|würdest)\s+du)(?!\w))",
    re.IGNORECASE,
)
# "Anna - your connector is old", not "Anna - our CTO - told me" and not "Karim - DSI".
_DASH = re.compile(r"\s+-\s+(?!.*\s-\s)(?:\S+\s+){3}")


class Mention(NamedTuple):
    """A name in a text: whom it may mean (several addresses where it is ambiguous), and where it stands."""

    addresses: tuple[str, ...]
    start: int
    end: int
    to: bool
    """True where the text speaks to the person, False where it speaks about them."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without accents, for comparing names; keeps the number of letters only for composed text."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'")


def first_name(person: Stakeholder) -> str:
    """The given name, without a title; the whole name where it is a single word."""
    words = bare(person.name).split()
    words = words[1:] if len(words) > 2 and words[0] in HONOURS else words
    return words[0] if words and _is_capital(words[0]) else bare(person.name) or person.name


def surname(person: Stakeholder) -> str:
    """The last name with its particles ("van den Berg"); the last word where it has none."""
    words = bare(person.name).split()
    first = next((n for n, word in enumerate(words) if not _is_capital(word)), len(words) - 1)
    return " ".join(words[first:])


def _is_capital(word: str) -> bool:
    """Whether a word begins as names do: "Graaf", "d'Angelo"."""
    return word[:1].isupper() or (not word.isalpha() and bool(_ELIDED.match(word)))


@lru_cache(maxsize=4096)
def bare(name: str) -> str:
    """The name without the titles before it."""
    return _BEFORE_NAME.sub("", name).strip()


def mentions(text: str, people: Sequence[Stakeholder]) -> list[Mention]:
    """Every name of these people in the text, in order, with whom it may mean.

    A full name or a last name alone decides between two people of one first name. Names match without regard to
    accents, and with one slip of the pen from six letters on.
    """
    return list(_mentions(text, tuple(people)))


def without_names(text: str, people: Sequence[Stakeholder]) -> str:
    """The text with the names of these people cut out."""
    for mention in reversed(mentions(text, people)):
        text = text[: mention.start] + text[mention.end :]
    return text


def finder(people: Sequence[Stakeholder]) -> Callable[[str], list[tuple[int, int]]]:
    """Where a text names one of these people, without a look at whom it speaks to.

    For many texts and people: their names are looked through once, and the time for a text grows with its length alone.
    """
    index = _index(tuple(people))
    return lambda text: [(start, end) for _, start, end in _named(text, index)]


@lru_cache(maxsize=4096)
def _mentions(text: str, people: tuple[Stakeholder, ...]) -> tuple[Mention, ...]:
    found = _named(text, _index(people))
    spoken_to = _spoken_to(text, [(start, end) for _, start, end in found])
    return tuple(Mention(a, start, end, to) for (a, start, end), to in zip(found, spoken_to, strict=True))


def _named(text: str, index: "_Index") -> list[tuple[tuple[str, ...], int, int]]:
    """Who is named, and where, in order."""
    found: list[tuple[tuple[str, ...], int, int]] = []
    words = [_without_elision(m.group(), m.start(), index) for m in _WORD.finditer(text)]
    capital = [_is_capital(word) for word, _, _ in words]
    position = 0
    while position < len(words):
        ahead = capital[position : position + _LONGEST_NAME]
        # Only a last name begins small, by its particle: "mevrouw de Graaf".
        for length in (n for n in range(len(ahead), 0, -1) if ahead[n - 1]) if True in ahead else ():
            run = words[position : position + length]
            if length > 1 and any(text[a[2] : b[1]].strip(" -\u00a0") for a, b in itertools.pairwise(run)):
                continue
            addresses = _lookup(fold(" ".join(w[0] for w in run)), index)
            if addresses and length > 1 and not capital[position] and not _titled(text, run[0][1]):
                # "la proposta di Marco" may mean Luca di Marco, and any Marco.
                addresses = _unique((*addresses, *_lookup(fold(run[-1][0]), index)))
            if addresses:
                found.append((addresses, run[0][1], run[-1][2]))
                position += length - 1
                break
        position += 1
    return found


def _titled(text: str, start: int) -> bool:
    """Whether a title stands before this place; further back than titles are long nothing is looked at."""
    return bool(_TITLED.search(text[max(0, start - _LONGEST_TITLES) : start]))


class _Index(dict[str, tuple[str, ...]]):
    """Addresses by folded name."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        super().__init__((key, _unique(addresses)) for key, addresses in names.items())
        self.by_length: dict[int, list[str]] = {}
        for key in self:
            self.by_length.setdefault(len(key), []).append(key)

    def near(self, name: str) -> list[str]:
        """Names that are this one but for a slip of the pen."""
        return [
            key
            for length in range(max(len(name) - 1, _SHORTEST_SLIP), len(name) + 2)
            for key, *_ in process.extract(
                name, self.by_length.get(length, ()), scorer=fuzz.ratio, score_cutoff=88, limit=None
            )
        ]


@lru_cache(maxsize=256)
def _index(people: tuple[Stakeholder, ...]) -> _Index:
    index: dict[str, list[str]] = {}
    for person in people:
        words = bare(person.name).split()
        keys = {" ".join(words), " ".join(reversed(words)) if len(words) == 2 else ""}
        if words:
            keys |= {words[0], words[-1], " ".join(words[1:]), surname(person)}
        if len(words) > 2:
            keys.add(" ".join(words[:2]))  # "Jean Marc" of Jean Marc Lacaze
        for key in keys:
            if len(key) > 1 and "@" not in key and _is_capital(key.split()[-1]):
                for spelt in {key.replace("-", " ") if " " in key else key, key.replace("-", " ")}:
                    index.setdefault(fold(spelt), []).append(person.address)
    return _Index(index)


def _without_elision(word: str, start: int, index: Mapping[str, tuple[str, ...]]) -> tuple[str, int, int]:
    """A word of a text and where it stands: of "d'Anna" and "Anna's" the name, of "D'Angelo" all where somebody is called so."""
    article = _ELISION.match(word)
    cut = article.end() if article and fold(word) not in index else 0
    end = len(word)
    if word[-2:] in ("'s", "’s") and fold(word[cut:]) not in index:
        end -= 2  # "Karim's team"
    return word[cut:end], start + cut, start + end


def _lookup(name: str, index: _Index) -> tuple[str, ...]:
    if name in index:
        return index[name]
    if (apart := name.replace("-", " ")) in index:
        return index[apart]  # "Jean-Marc" of Jean Marc Lacaze
    if len(name) < _SHORTEST_SLIP or " " in name:
        return ()
    near = index.near(name)
    return index[near[0]] if len(near) == 1 else ()


def _spoken_to(text: str, spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Which of the names are vocatives."""
    result = [False] * len(spans)
    # A run of names joined by commas and "and" is spoken to or about as a whole.
    run: list[int] = []
    for i, (_start, end) in enumerate(spans):
        run.append(i)
        following = spans[i + 1][0] if i + 1 < len(spans) else None
        if following is not None and _JOIN.fullmatch(text[end:following]):
            continue
        first, last = spans[run[0]][0], end
        if len(run) == 2 and _told_in_confidence(text, spans[run[0]], spans[run[1]]):
            result[run[0]] = True
        elif _is_vocative(text, first, last, several=len(run) > 1):
            for j in run:
                result[j] = True
        elif len(run) == 2 and _COMMA_ALONE.fullmatch(text[spans[run[0]][1] : spans[run[1]][0]]):
            # "Claire, Karim told me", "Frau Vogel, Herr Pohl hat": a list of two has an "and"; with a comma alone the first is spoken to.
            result[run[0]] = bool(_LEAD.match(_opening(text[:first])))
        run = []
    return result


def _told_in_confidence(text: str, first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether of two names with a comma between them the first is told something in confidence, which may be about the second.

    "Between us, Claire, Karim, as you know, is worn out": only what is said to two of them has an "and".
    """
    opening = _opening(text[: first[0]])
    comma_alone = _COMMA_ALONE.fullmatch(text[first[1] : second[0]])
    return bool(comma_alone and _LEAD.match(opening) and _CONFIDES.search(opening))


def _opening(before: str) -> str:
    """What stands between the start of the sentence and a name."""
    # The full stop of a title ends no sentence: "Sig.ra Rossi", "the report by Dr. Keller".
    untitled = _TITLED.sub("", before)
    return untitled[max((mark.end() for mark in _SENTENCE_END.finditer(untitled)), default=0) :]


def _is_vocative(text: str, start: int, end: int, several: bool) -> bool:
    before, after = text[:start], text[end:]
    opening = _opening(before)
    if _LEAD.match(opening):
        if _SECOND_PERSON.match(after) or (_EITHER_PERSON.match(after) and not _CONFIDES.search(opening)):
            return True
        first = _FIRST_PERSON.match(after)
        if first and _YOU.search(first["rest"]) and not _CLAUSE.search(first["rest"]):
            return True
        if re.match(r"\s*[:–—]", after) or (opening.strip().endswith("@")):
            return True
        if _DASH.match(after):
            return True
        if re.match(r"\s*,", after):
            return several or not _is_apposition(after)
        return bool(re.match(r"\W*(?:merci|thanks|thank you|danke|gracias|grazie|dank)", opening, re.IGNORECASE))
    if re.search(r"[,\s]@$", before):
        return True
    # In the middle or at the end, set off by commas: "Could you, Paul, ..." or "... by Friday, Paul?"
    set_off = _SET_OFF.search(before)
    if set_off and re.match(r"\s*[?!.]*$|\s*[?!]", after):
        return True
    return bool(set_off and re.match(r"\s*,", after) and not _is_apposition(after) and _YOU.search(text))


def _is_apposition(after: str) -> bool:
    """Whether what follows a name tells who that is, set off by commas ("Paul, our CTO, told me")."""
    match = _APPOSITION.match(after)
    if not match:
        return False
    inner = match["inner"]
    if _THANKS.match(inner):
        return False  # "Sylvie, un grand merci pour ton aide, ..."
    if _RELATIVE.match(inner):
        return True
    if _VERB_LAST.search(inner):
        return True  # "Herr Vogel, der ja viel zu tun hat, geht": a relative clause
    if _ASIDE.match(after, match.end()) or _TELLS_OF.search(inner):
        return True
    if _ASKS.match(after, match.end()):
        return False  # "Jean-Marc, la facture part lundi, merci de confirmer"
    short = len(inner.split()) <= _LONG_APPOSITION + 1
    # "Paul, your contact, will call" tells who Paul is; "Paul, your 8k will not be enough, ..." says something to him.
    return (short or not match["article"]) and not _CLAUSE.search(inner)


def addressed(text: str, people: Sequence[Stakeholder]) -> tuple[str, ...]:
    """Addresses of those whom the text speaks to by a name that can mean only one person."""
    return _unique(m.addresses[0] for m in mentions(text, people) if m.to and len(m.addresses) == 1)


def _name_words(person: Stakeholder) -> list[str]:
    """The words of a name without its titles, folded; of "Anne-Marie" both."""
    return re.split(r"[\s-]+", fold(bare(person.name)))


def behind_name(person: Stakeholder, text: str) -> str | None:
    """What follows where a text opens with a name of this person, in any case ("Colin teh viewer"); else None."""
    names = {word for word in _name_words(person) if len(word) > 1}
    for word in itertools.islice(_WORD.finditer(text), _OPENING_WORDS):
        if fold(word.group()) in names:
            return text[word.end() :] if _LEAD.match(text[: word.start()]) else None
    return None


def spoken_of(text: str, people: Sequence[Stakeholder], address: str) -> tuple[tuple[int, int], ...]:
    """Where a text names this person without speaking to them, with the titles before the name and the article before these."""
    named = [(with_titles(text, m.start), m) for m in mentions(text, people) if m.addresses == (address,) and not m.to]
    return tuple((_with_article(text, start) if start < m.start else start, m.end) for start, m in named)


def with_titles(text: str, start: int) -> int:
    """Where a name that starts here begins with the titles before it."""
    titles = _TITLES_BEFORE.search(text[:start])
    return titles.start() if titles else start


def _with_article(text: str, start: int) -> int:
    article = _ARTICLE.search(text[:start])
    return article.start() if article else start


def end_of_call(text: str, people: Sequence[Stakeholder], reader: Stakeholder | None = None) -> int:
    """Where the text goes on behind the names that it calls at its start ("Anna/Karim: "); 0 where it calls nobody.

    With `reader` only where that person is among them, and where it speaks to no two of them at once ("could you both").
    """
    meant_for = _FOR.match(text)
    end = meant_for.end() if meant_for else 0
    called: list[str] = []
    for mention in mentions(text, people):
        before = _JOIN if called else _BEFORE_CALL
        if not mention.to or not before.fullmatch(text, end, mention.start):
            break
        called += mention.addresses
        end = mention.end
    behind = _BEHIND_CALL.match(text, end) if called else None
    if behind is None and called and text[:1] == "@" and not meant_for:
        behind = _BEHIND_AT.match(text, end)
    if behind is None and reader:
        return _end_of_bare_call(text, people, reader)
    if (
        behind is None
        or (meant_for and ":" not in behind.group())
        or (reader and (reader.address not in called or (len(called) > 1 and _BOTH.search(text))))
    ):
        return 0
    return behind.end()


def _end_of_bare_call(text: str, people: Sequence[Stakeholder], reader: Stakeholder) -> int:
    """Where the text goes on behind the reader's name, in any case and without a comma ("martine je peux"); 0 where it does not."""
    word = _WORD.match(text)
    behind = _BEHIND_BARE_CALL.match(text, word.end()) if word else None
    if word is None or behind is None:
        return 0
    meant = [person for person in people if fold(word.group()) in _name_words(person)]
    return behind.end() if meant == [reader] else 0


def without_call(text: str, end: int, capital: bool = True) -> str:
    """What a text says behind the names that it calls up to `end`, as a sentence of its own; as it is where it calls nobody."""
    rest = text[end:]
    at = 1 if rest[:1] in "¿¡" else 0
    return rest[:at] + rest[at : at + 1].upper() + rest[at + 1 :] if end and capital else rest


def ambiguous(text: str, people: Sequence[Stakeholder]) -> tuple[str, ...]:
    """Addresses of those whom a vocative may mean, where it may mean several."""
    return _unique(a for m in mentions(text, people) if m.to and len(m.addresses) > 1 for a in m.addresses)


def talked_about(text: str, people: Sequence[Stakeholder]) -> tuple[str, ...]:
    """Addresses of everybody who may be meant where the text speaks about somebody."""
    found = mentions(text, people)
    spoken_to = {a for m in found if m.to for a in m.addresses}
    return _unique(a for m in found if not m.to for a in m.addresses if a not in spoken_to)


def _unique(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))
