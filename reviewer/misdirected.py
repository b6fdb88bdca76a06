"""Before a mail leaves: is it addressed to the people it is meant for, and does it carry what it announces?

Every caution is for the seller to look at; nothing is blocked. A false alarm on every mail would soon be read by nobody, so each
rule keeps silent where it cannot tell.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from reviewer.contacts import close_address, close_domain, company
from reviewer.names import TITLE, first_name, fold, mentions
from reviewer.roles import roles_of
from reviewer.texts import Lang, data, listed, say
from reviewer.types import Case, Caution, CautionKind, Passage, Side, Stakeholder, Zone

_CLEAR = 3  # people from whose common domain it is clear where the customer is
_ALIKE = 75  # of 100, by rapidfuzz: spellings of a first name ("Sofie", "Sophie")
_LONG = 3  # letters from which a word inside a name may be a short form of it ("Beth", "Sandra")

_JOINS = frozenset(("et", "and", "und", "y", "e", "en"))
# Words of a greeting that are nobody's name, folded: they greet, are a title, or mean everybody.
_NO_NAMES = frozenset(
    """
    re bonjour bonsoir bjr bsr slt salut coucou cher chere chers cheres tous toutes tout toute le la les monde equipe equipes
    madame monsieur mesdames messieurs mademoiselle mme mlle maitre docteur collegue collegues confreres amis amies partenaires
    hello hi hey dear greetings good morning afternoon evening day all everyone everybody team folks guys ladies gentlemen there
    both sir sirs madam mr mrs ms miss dr prof colleague colleagues friends partners
    guten tag morgen abend hallo sehr geehrte geehrter geehrtes geehrten verehrte liebe lieber liebes moin servus gruss gruess
    gott zusammen alle allen allerseits damen herren herr herrn frau kollege kollegin kollegen kolleginnen freunde runde leute
    hola buenos buenas dias dia tardes noches estimado estimada estimados estimadas apreciado apreciada apreciados apreciadas
    querido querida queridos queridas todos todas equipo companero companera companeros companeras colegas amigos senor senora
    senores senoras sr sra don dona
    buongiorno buonasera buon pomeriggio giorno salve ciao gentile gentili gentilissimo gentilissima gentilissimi egregio egregia
    egregi caro cara cari care spettabile spett tutti tutte colleghi colleghe amici signor signora signori signore sig dott dottor
    dottore dottoressa ing avv
    beste geachte hoi dag goede goedemorgen goedemiddag goedenavond goedendag allemaal iedereen collega heer heren dame dames
    mevrouw meneer mevr dhr
    """.split()
)
_CIRCLE = re.compile(
    r"(?:team|gruppe|kreis|runde|abteilung|leitung|ausschuss|beirat|kollegium|groep|comite|committee|board)$"
)
# First names that are one, where neither begins the other.
_SHORT_FORMS = tuple(
    frozenset(line.split())
    for line in """
    william bill billy will
    robert bob bobby rob
    richard dick rick rich
    john jack johnny jon
    james jim jimmy
    michael mike mick micha
    anthony tony antonio toni toine
    edward ted ed eddie ned
    elizabeth liz beth betty lisa lise
    margaret peggy meg maggie greta
    katherine catherine kate cathy kathy katja
    lawrence larry laurence
    charles chuck charlie
    henry hank harry henri
    thomas tom tommy
    david dave
    stephen steven steve stefan
    andrew andy drew
    joseph joe jose pepe sepp josef giuseppe beppe
    francisco paco pancho francesco
    ignacio nacho
    dolores lola
    luigi gigi
    johannes hans hannes
    friedrich fritz
    cornelis kees
    willem wim
    enrique quique
    guadalupe lupe
    alexander alexandre alexandra sasha sascha
    emmanuel emmanuelle manu
    susan susanne sue suzy
    patrick patricia pat patsy
    deborah debbie
    """.strip().splitlines()
)
_REPLY = re.compile(r"\s*(?:re|aw|rép?|rif|r|antw|sv|tr|fwd?|wg|rv|i)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
# A line by which a mail client says whose words follow, or who read them.
_ATTRIBUTION = re.compile(
    r"[>*_\s]*(?:from|to|cc|de|à|von|an|da|a|para|van|aan)\s*[*_]*:|(?:wrote|écrit|schrieb|escribi[óo]|scritto|schreef)\b",
    re.IGNORECASE,
)
# Words that announce a file with this mail, in six languages.
_ANNOUNCED = re.compile(
    r"\bci[- ]?(?:joint|annex[ée])e?s?\b|\b(?:en |ma |la |les )pi[èe]ces? jointes?\b|\ben PJ\b|\((?:cf\.? |voir )?PJ\)|\bPJ\s*:"
    r"|\b[Jj]e (?:vous |te |t'|t’)?joins\b|\b[Nn]ous (?:vous )?joignons\b|\bjoint(?:e|s|es)? (?:à|au) (?:ce|cet|présent) (?:mail|e-mail|courriel|message)\b"
    r"|\b(?:find|see|finding|have|I've|we've|is|are|as|per) (?:the )?(?:enclosed|attached)\b|(?:^|[(–-]\s*)(?:attached|enclosed)\b(?! to\b)"
    r"|\b(?:I|we)(?:'m|’m| am|'re|’re| are) (?:also )?(?:attaching|enclosing)\b|\b[Ii] (?:attach|enclose)\b"
    r"|\battached (?:you|please|herewith|is|are|file|document|pdf|spreadsheet|deck|slides|version|draft|proposal|quote)\b"
    r"|\b(?:in|see) the attachment\b|\bsee attachment\b"
    r"|\banbei\b|\bim Anhang\b|\bin der Anlage\b|\bals (?:Anlage|Anhang)\b|\bbeigefügt\w*|\bbeiliegend\w*|\bangehängt\w*|\bhänge (?:ich )?.{0,40}\ban\b"
    r"|\b(?:le|les|te|os|se|lo|la) adjunt(?:o|a|amos|an)\b|(?:^|[(–-]\s*)adjunt(?:o|a|os|as|amos)\b|\b(?:archivo|documento|fichero)s? adjuntos?\b"
    r"|\ben (?:el |los )?(?:archivo |documento |fichero )?adjuntos?\b|\bencontrar\w* adjunt[oa]s?\b"
    r"|\bin allegato\b|\b(?:vi |le |ti )?alleg(?:o|hiamo)\b|\btrov\w+ (?:qui )?allegat[oaie]\b|\b(?:file|documento|documenti) allegat[oi]\b"
    r"|\bin (?:de )?bijlagen?\b|\bals bijlage\b|\bbijgevoegd\w*|\bbijgaande?\b",
    re.IGNORECASE,
)
# A part of another document ("annexe 2", "Anhang B des Vertrags"), a file that went elsewhere, or none at all.
_NO_FILE = re.compile(
    r"\b(?:pas de|sans|aucune?|ni) (?:pi[èe]ces? jointes?|PJ)\b|\b(?:no|without|any) attachments?\b|\b(?:not|n't|nothing|isn’t) (?:yet )?(?:attached|enclosed)\b"
    r"|\b(?:ohne|kein\w*|nicht) (?:Anhang|Anlage|angehängt|beigefügt)|\bsin (?:archivos? |documentos? )?adjunt|\bno (?:le |les |te |se )?adjunt|\bsenza allegat|\bnon (?:vi |le |ti )?alleg"
    r"|\b(?:zonder|geen) bijlage|\bniet bijgevoegd|\bn(?:e|['’]).{0,12}joins pas\b|\bne sont? pas (?:ci-)?joint"
    r"|\b(?:hier|avant-hier|yesterday|gestern|ayer|ieri|gisteren|already|déjà|bereits|schon|ya|già|reeds)\b"
    r"|\b(?:mon|notre|votre|ton|dernier|précédent) (?:dernier |précédent )?(?:mail|e-mail|courriel|message)\b|\b(?:mail|courriel|message) (?:du|de (?:lundi|mardi|mercredi|jeudi|vendredi))\b"
    r"|\b(?:my|our|your|last|previous|earlier|first) (?:last |previous |earlier )?(?:mail|e-mail|email|message|note)\b|\b(?:previously|earlier|last (?:week|month|time))\b|\b(?:was|were|had) (?:been )?(?:attached|enclosed)"
    r"|\b(?:meiner|unserer|Ihrer|deiner|letzten|vorigen) (?:letzten |vorigen )?(?:E-?Mail|Mail|Nachricht)\b|\bletzte Woche\b"
    r"|\b(?:mi|nuestro|su|tu) (?:último |anterior )?(?:correo|mensaje|mail)\b|\b(?:correo|mensaje|mail) (?:anterior|del)\b"
    r"|\b(?:mia|nostra|Sua|tua|precedente) (?:ultima |precedente )?(?:mail|e-mail|email)\b|\b(?:mail|messaggio) (?:del|di|precedente)\b"
    r"|\b(?:mijn|onze|uw|vorige|laatste) (?:vorige |laatste )?(?:mail|e-mail|bericht)\b|\bvorige week\b"
    r"|\b(?:you|vous|tu|Sie|du|usted|u|jij|je) (?:have |had |avez |as |aviez )?(?:attached|enclosed|joint|angehängt|beigefügt)"
    r"|\b(?:will|would|shall|can|could|to) (?:be )?(?:attach|enclos)|\bser(?:a|ont) (?:ci-)?joint"
    r"|\b(?:attached|enclosed) to (?!this\b)|\b(?:im Anhang|als Anlage|in der Anlage|in (?:de )?bijlage|in allegato|als bijlage|als Anhang) (?:\d|[A-Z]\b|zum|des|der|van|bij|al|a[li]l|à)"
    r"|\b(?:if|si|wenn|falls|se|als|whether) .{0,40}(?:attached|joint|angehängt|beigefügt|adjunt|allegat|bijgevoegd)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


class Look(NamedTuple):
    """All that a rule may look at."""

    case: Case
    known: tuple[Stakeholder, ...]
    """The deal's people, readers of this mail or not."""
    before: frozenset[str]
    """Addresses of those who had the mail that this one answers."""
    attachments: int | None

    @property
    def readers(self) -> tuple[Stakeholder, ...]:
        return self.case.draft.stakeholders

    @property
    def absent(self) -> tuple[Stakeholder, ...]:
        """The deal's people who would not read this mail."""
        reading = {p.address.casefold() for p in self.readers}
        return tuple(p for p in self.known if p.address.casefold() not in reading)

    @property
    def lang(self) -> Lang:
        return self.case.situation.explain_in

    def is_known(self, person: Stakeholder) -> bool:
        return person.address.casefold() in {p.address.casefold() for p in self.known}

    def is_own(self, person: Stakeholder) -> bool:
        """Whether somebody works on the seller's side, by the list or by the domain of the sender."""
        sender = self.case.draft.sender
        return person.side is Side.OWN or (sender is not None and company(sender.address) == company(person.address))

    def passages(self, *zones: Zone) -> tuple[Passage, ...]:
        return tuple(p for p in self.case.passages if p.zone in zones)

    def caution(
        self,
        kind: CautionKind,
        people: Sequence[Stakeholder],
        quote: str,
        keys: tuple[str, str] = ("explanation", "suggestion"),
        **values: object,
    ) -> Caution:
        """A caution in the seller's language."""
        explanation, suggestion = (say(self.lang, f"caution.{kind}.{key}", quote=quote, **values) for key in keys)
        addresses = tuple(dict.fromkeys(p.address for p in people))
        return Caution(kind=kind, people=addresses, quote=quote, explanation=explanation, suggestion=suggestion)


def cautions(
    case: Case, known: Sequence[Stakeholder] = (), before: Sequence[str] = (), attachments: int | None = None
) -> tuple[Caution, ...]:
    """What to look at before this draft leaves; empty where nothing is odd.

    `known` are the deal's people, whether they read this mail or not. `before` are the addresses of those who had the mail that
    this one answers: its author and its readers. `attachments` is the number of files on the draft, None where it is not known.
    """
    look = Look(case, tuple(known), frozenset(address.casefold() for address in before), attachments)
    return tuple(caution for rule in RULES for caution in rule(look))


# --- addresses -----------------------------------------------------------------------------------------------------


def close_addresses(look: Look) -> Iterator[Caution]:
    """A reader whom the deal does not know, at an address that looks like one of the deal's, or like another reader's domain."""
    kind = CautionKind.CLOSE_ADDRESS
    for reader in look.readers:
        if look.is_known(reader):
            continue
        twin = next((p for p in look.known if close_address(reader, p)), None)
        if twin is not None:
            yield look.caution(
                kind, (reader, twin), reader.address, address=reader.address, other=twin.address, name=twin.name
            )
        elif (domain := _like_domain(look, company(reader.address))) is not None:
            keys = ("domain", "domain_suggestion")
            yield look.caution(kind, (reader,), reader.address, keys, address=reader.address, domain=domain)


def _like_domain(look: Look, domain: str) -> str | None:
    """The domain that this one looks like: the deal's, the seller's, or one that more of the readers have, or that came first."""
    sender = look.case.draft.sender
    trusted = [company(p.address) for p in (*look.known, *([sender] if sender else []))]
    if domain in trusted:
        return None
    counted = [name for name, _ in Counter(company(p.address) for p in look.readers).most_common()]
    return next((d for d in [*trusted, *counted[: counted.index(domain)]] if close_domain(domain, d)), None)


def outsiders(look: Look) -> Iterator[Caution]:
    """Readers listed as the customer's whose addresses are of another company than most, or of a private mailbox."""
    circle = [p for p in look.readers if p.side is Side.CUSTOMER and not look.is_own(p)]
    deal = {p.address.casefold(): p for p in (*look.known, *circle) if p.side is Side.CUSTOMER}
    domains = Counter(company(address) for address in deal if not _is_free(address))
    if not domains:
        return
    house, count = domains.most_common(1)[0]
    clear = count >= _CLEAR and count > len(deal) / 2
    working = count >= 2 and count > len(deal) / 2
    others: dict[str, list[Stakeholder]] = {}
    for reader in circle:
        domain = company(reader.address)
        if domain != house and not look.is_known(reader) and _like_domain(look, domain) is None:
            others.setdefault(domain, []).append(reader)
    for domain, people in others.items():
        free = _is_free(people[0].address)
        if not (working if free else clear):
            continue
        keys = ("free", "free_suggestion") if free else ("explanation", "suggestion")
        yield look.caution(
            CautionKind.OUTSIDER,
            people,
            domain,
            keys,
            count=len(people),
            names=listed(look.lang, [p.name for p in people]),
            addresses=", ".join(p.address for p in people),
            domain=house,
        )


def _is_free(address: str) -> bool:
    # "example" stands in that list for the domains that documents use, which are nobody's mailbox.
    providers = set(data("cues")["redact"]["providers"].split()) - {"example"}
    return company(address).split(".")[0] in providers


# --- names ---------------------------------------------------------------------------------------------------------


def greeted(look: Look) -> Iterator[Caution]:
    """The greeting names somebody who is no reader."""
    for passage in look.passages(Zone.GREETING):
        text = passage.text
        spoken = mentions(text, (*look.readers, *look.absent))
        readers = {p.address for p in look.readers}
        by_address = {p.address: p for p in look.absent}
        for mention in spoken:
            if not readers & set(mention.addresses):
                people = [by_address[a] for a in mention.addresses]
                yield look.caution(
                    CautionKind.GREETING,
                    people,
                    text[mention.start : mention.end],
                    ("explanation", "known"),
                    name=listed(look.lang, [p.name for p in people]),
                    address=", ".join(p.address for p in people),
                )
        for mention in reversed(spoken):
            text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
        for name in _names(text):
            if not _may_mean(look, name):
                yield look.caution(CautionKind.GREETING, (), name)


def _names(greeting: str) -> list[str]:
    """What can only be names in a greeting; nothing where it holds words that are neither names nor a way to greet."""
    names: list[str] = []
    end = None
    for word in _WORD.finditer(greeting):
        plain = fold(word.group())
        if plain in _NO_NAMES or (plain in _JOINS and word.group().islower()):
            end = None
        elif not word.group()[0].isupper() or word.group().isupper() or _CIRCLE.search(plain) or roles_of(plain):
            return []
        else:
            adjacent = end is not None and not greeting[end : word.start()].strip(" \u00a0")
            if adjacent:
                names[-1] += f" {word.group()}"
            else:
                names.append(word.group())
            end = word.end()
    return names


def _may_mean(look: Look, name: str) -> bool:
    """Whether a name may be a reader's, or their company's, or the matter's, however it is shortened or spelt."""
    words = [fold(w) for w in _WORD.findall(name)]
    if any(word in fold(look.case.draft.subject) for word in words):
        return True
    for person in look.readers:
        theirs = [w for w in re.split(r"[\W\d_]+", fold(re.sub(rf"^(?:{TITLE}\s+)+", "", person.name))) if w]
        # Whoever is known by an initial, a mailbox or a single word may bear any name.
        if len(theirs) < 2 or len(theirs[0]) < 2:
            return True
        firms = [company(person.address).split(".")[0], *re.findall(r"[^\W\d_]+", fold(person.organisation))]
        local = person.address.split("@")[0]
        for word in words:
            if any(_alike(word, other) for other in [*theirs, *firms]) or word in local:
                return True
    return False


def _alike(word: str, other: str) -> bool:
    return (
        word.startswith(other)
        or other.startswith(word)
        or (len(word) >= _LONG and word in other)
        or fuzz.ratio(word, other) >= _ALIKE
        or any(word in forms and other in forms for forms in _SHORT_FORMS)
    )


def same_first_names(look: Look) -> Iterator[Caution]:
    """The draft speaks to a first name that a reader shares with somebody of the deal who is no reader."""
    for reader in look.readers:
        first = fold(first_name(reader))
        twins = [p for p in look.absent if p.side is not Side.OWN and fold(first_name(p)) == first]
        # Whoever had the mail before is the right one; so is whoever is named in full.
        if len(first) < 2 or not twins or reader.address.casefold() in look.before:
            continue
        found = [
            (mention, passage.text[mention.start : mention.end])
            for passage in look.passages(Zone.GREETING, Zone.AUTHOR)
            for mention in mentions(passage.text, (reader, *twins))
            if len(mention.addresses) == 1 or mention.to or passage.zone is Zone.GREETING
        ]
        named = any(mention.addresses == (reader.address,) for mention, _ in found)
        quote = next((text for mention, text in found if len(mention.addresses) > 1 and fold(text) == first), None)
        if quote is not None and not named:
            yield look.caution(
                CautionKind.SAME_FIRST_NAME,
                (reader, *twins),
                quote,
                reader=reader.name,
                address=reader.address,
                name=listed(look.lang, [p.name for p in twins]),
                other=", ".join(p.address for p in twins),
            )


# --- the thread, the files -----------------------------------------------------------------------------------------


def grown(look: Look) -> Iterator[Caution]:
    """A reply has readers whom the mail it answers did not have; with a quoted thread they would read that too."""
    quoted = look.passages(Zone.QUOTED, Zone.FORWARDED)
    if not look.before or not (quoted or _REPLY.match(look.case.draft.subject)):
        return
    lines = [line for passage in quoted for line in passage.text.split("\n") if _ATTRIBUTION.search(line)]
    headers = fold("\n".join(lines))
    people = [
        p
        for p in look.readers
        if p.address.casefold() not in look.before
        and not look.is_own(p)
        and p.address.casefold() not in headers
        and not (len(p.name.split()) > 1 and fold(p.name) in headers)
    ]
    if people:
        keys = ("quoted", "quoted_suggestion") if quoted else ("explanation", "suggestion")
        names = listed(look.lang, [p.name for p in people])
        yield look.caution(CautionKind.GROWN, people, "", keys, count=len(people), names=names)


def missing_attachment(look: Look) -> Iterator[Caution]:
    """The author announces a file, and the draft has none."""
    if look.attachments != 0:
        return
    for passage in look.passages(Zone.AUTHOR):
        announced = _ANNOUNCED.search(passage.text)
        if announced and not _NO_FILE.search(passage.text):
            yield look.caution(CautionKind.ATTACHMENT, (), announced.group().strip(" (–-"))
            return


RULES: tuple[Callable[[Look], Iterator[Caution]], ...] = (
    close_addresses,
    outsiders,
    greeted,
    same_first_names,
    grown,
    missing_attachment,
)
