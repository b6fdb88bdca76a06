"""What is said before a mail leaves to the wrong people, or without its file; and what is not said of a mail that is right."""

import asyncio
import io
import json
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from evals import misdirected as seeds
from evals.cases import load
from reviewer import present
from reviewer.chain import Setup, review
from reviewer.cli import app
from reviewer.local.engine import local_engine
from reviewer.mail import RawMail
from reviewer.misdirected import cautions
from reviewer.parse import any_mail, envelope_of, make_draft
from reviewer.people import people_from_headers, read_people
from reviewer.store import Store
from reviewer.texts import say
from reviewer.types import (
    Case,
    Caution,
    CautionKind,
    Envelope,
    Recipient,
    Review,
    Side,
    Situation,
    Stakeholder,
)
from tests.build import CLAIRE, KARIM, PEOPLE, SANDRINE, THOMAS, TODAY
from tests.test_deal import POLICY

run = CliRunner()
BODY = "Le périmètre du lot 1 est validé.\n"


def somebody(name: str, address: str, side: Side = Side.CUSTOMER) -> Stakeholder:
    """A person of whom nothing else is said."""
    return Stakeholder(name=name, address=address, side=side)


def told(
    people: Sequence[Stakeholder],
    body: str = BODY,
    envelope: Envelope = Envelope(),  # noqa: B008 - a frozen value
    subject: str = "Projet Atlas",
    sender: Stakeholder | None = None,
    lang: str = "en",
) -> tuple[Caution, ...]:
    """The cautions about a draft."""
    draft, passages = make_draft(RawMail(subject, sender, (), body), tuple(people))
    situation = Situation(today=TODAY, explain_in="fr" if lang == "fr" else "en")
    return cautions(Case(draft=draft, passages=passages, situation=situation), envelope)


def kinds(*args: object, **values: object) -> list[CautionKind]:
    """Of the cautions about a draft."""
    return [caution.kind for caution in told(*args, **values)]  # type: ignore[arg-type]


DEAL = Envelope(known=PEOPLE)


# --- addresses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "clarie@client.example", "clare@client.example", "clairee@client.example", "claire@cleint.example",
        "claire@clent.example", "claire@clientt.example", "CLAIRE@cliemt.example",
    ],
)  # fmt: skip
def test_an_address_that_is_nearly_one_of_the_deal_is_told(address: str) -> None:
    """Two letters swapped, one lost, doubled or wrong, before or behind the sign."""
    (caution,) = told([somebody("Claire Leroy", address.lower()), KARIM], envelope=DEAL)
    assert caution.kind is CautionKind.CLOSE_ADDRESS
    assert caution.people == (address.lower(), CLAIRE.address)
    assert CLAIRE.address in caution.suggestion


def test_a_mistyped_address_without_a_name_is_told() -> None:
    """A header that names addresses alone."""
    known = somebody("Claire Leroy", "c.leroy@client.example")
    (caution,) = told([*read_people("To: c.leory@client.example"), KARIM], envelope=Envelope(known=(known, KARIM)))
    assert (caution.kind, caution.people) == (CautionKind.CLOSE_ADDRESS, ("c.leory@client.example", known.address))


@pytest.mark.parametrize(
    "reader",
    [
        CLAIRE,
        somebody("Clara Leduc", "clara@client.example"),
        somebody("Achats", "achats@client.example"),
        somebody("Marie Roux", "m.roux@client.example"),
    ],
)
def test_colleagues_and_the_deal_itself_are_no_near_miss(reader: Stakeholder) -> None:
    """Somebody new at the customer has an address of their own."""
    assert kinds([reader, KARIM], envelope=DEAL) == []


def test_a_domain_like_the_others_is_told_without_a_deal() -> None:
    """The one of two that more readers have, or that stands first, is taken to be right; or the seller's own."""
    slipped = somebody("Thomas Vidal", "thomas@clinet.example")
    (caution,) = told([CLAIRE, KARIM, slipped])
    assert (caution.kind, caution.people) == (CautionKind.CLOSE_ADDRESS, (slipped.address,))
    assert "client.example" in caution.explanation
    own = somebody("Tom Ellis", "tom@kaysoft.example", Side.OWN)
    assert kinds([CLAIRE, KARIM, somebody("Bo Li", "bo@kaysfot.example", Side.OWN)], sender=own) == [
        CautionKind.CLOSE_ADDRESS
    ]


@pytest.mark.parametrize("address", ["c.leroy@client.example", "claire.leroy@gmail.com", "claire@ancien.example"])
def test_another_address_of_somebody_of_the_deal_is_told(address: str) -> None:
    """An old or private one that the mail client filled in; beside the right one nothing is said."""
    reader = somebody("Claire LEROY", address)
    (caution,) = told([reader, KARIM, SANDRINE, THOMAS], "Bonjour Claire,\n\nLe périmètre est validé.\n", DEAL)
    assert (caution.kind, caution.people) == (CautionKind.CLOSE_ADDRESS, (address, CLAIRE.address))
    assert CLAIRE.address in caution.explanation
    assert kinds([reader, *PEOPLE], "Bonjour Claire,\n\nLe périmètre est validé.\n", DEAL) == []


def test_subsidiaries_are_no_slip() -> None:
    """The same name under another ending, or within a longer one."""
    people = [
        CLAIRE,
        KARIM,
        SANDRINE,
        somebody("Jan Bos", "j@client.invalid"),
        somebody("Ann Day", "a@client-uk.example"),
    ]
    assert CautionKind.CLOSE_ADDRESS not in kinds(people)


@pytest.mark.parametrize("envelope", [Envelope(), DEAL])
@pytest.mark.parametrize(
    ("address", "word"), [("robin@nordkap.example", "nordkap"), ("robin.sachs@gmail.com", "private")]
)
def test_one_stranger_among_the_customer_is_told(envelope: Envelope, address: str, word: str) -> None:
    """By another company's domain, or a private mailbox."""
    (caution,) = told([*PEOPLE, somebody("Robin Sachs", address)], envelope=envelope)
    assert (caution.kind, caution.people) == (CautionKind.OUTSIDER, (address,))
    assert word in caution.explanation


@pytest.mark.parametrize(
    "readers",
    [
        [*PEOPLE, somebody("Robin Sachs", "robin@nordkap.example", Side.PARTNER)],
        [*PEOPLE, somebody("Robin Sachs", "robin@nordkap.example", Side.OWN)],
        [*PEOPLE, somebody("Robin Sachs", "robin@nordkap.example").model_copy(update={"note": "intégrateur"})],
        [*PEOPLE, somebody("Robin Sachs", "robin@kaysoft.example")],
        [*PEOPLE, *(somebody(f"Robin {n}", f"r@{n}.example") for n in ("northern", "southern", "western"))],
        [*PEOPLE, *(somebody(f"Robin {n}", f"{n}@one{n[0]}.example") for n in ("aa", "ab", "ba", "bb"))],
        [*PEOPLE[:3], somebody("Robin Sachs", "r@one.example"), somebody("Bo Li", "b@two.example")],
        [
            *PEOPLE,
            *(somebody(f"Robin {n}", f"r@{n}") for n in ("client.invalid", "client-uk.example", "clientgroup.example")),
        ],
        [*PEOPLE, somebody("Ann Day", "ann@one.example", Side.PARTNER), somebody("Bo Li", "b@one.example")],
        [CLAIRE, KARIM, somebody("Robin Sachs", "robin@nordkap.example")],
        [somebody("Ada Roy", "ada@gmail.com"), somebody("Bo Li", "bo@gmail.com"), somebody("Cy Oz", "cy@web.de")],
    ],
    ids=[
        "partner",
        "own side",
        "something is said of them",
        "the seller's colleague",
        "several firms",
        "several of two firms",
        "too few for two",
        "the customer's other domains",
        "a partner's colleague",
        "too few",
        "all private",
    ],
)
def test_whoever_is_meant_is_no_outsider(readers: list[Stakeholder]) -> None:
    """And where most have no company in common, nobody stands out."""
    assert kinds(readers, sender=somebody("Tom Ellis", "tom@kaysoft.example", Side.OWN)) == []


@pytest.mark.parametrize(
    ("envelope", "firms"),
    [(Envelope(), 2), (DEAL, 2), (DEAL, 3)],
)
def test_strangers_of_several_firms_are_told_in_one_sentence(envelope: Envelope, firms: int) -> None:
    """Two among twice as many of the customer; more only where it is known who belongs to the deal."""
    domains = ("nordkap.example", "brandt.example", "vestland.example")[:firms]
    found = told([*PEOPLE, *(somebody(f"Robin {d}", f"robin@{d}") for d in domains)], envelope=envelope)
    assert [(c.kind, c.people, c.quote) for c in found] == [
        (CautionKind.OUTSIDER, tuple(f"robin@{d}" for d in domains), ", ".join(domains))
    ]
    mixed = [*PEOPLE, somebody("Robin Sachs", "robin@nordkap.example"), somebody("Bo Li", "bo.li@gmail.com")]
    assert [c.quote for c in told(mixed, envelope=envelope)] == ["gmail.com", "nordkap.example"]


def test_whoever_the_deal_has_met_is_no_stranger() -> None:
    """By a message that left, or as a colleague of one of its people."""
    two = [somebody("Robin Sachs", "robin@nordkap.example"), somebody("Bo Li", "bo@brandt.example")]
    partner = somebody("Ann Day", "ann@brandt.example", Side.PARTNER)
    assert kinds([*PEOPLE, *two], envelope=Envelope(known=PEOPLE, reached=tuple(two))) == []
    assert kinds([*PEOPLE, *two], envelope=Envelope(known=(*PEOPLE, partner), reached=tuple(two[:1]))) == []
    (caution,) = told([*PEOPLE, *two], envelope=Envelope(known=(*PEOPLE, partner)))
    assert caution.people == ("robin@nordkap.example",)


def test_whoever_the_mail_names_is_meant() -> None:
    """By name or by the firm; so is whoever the deal has."""
    stranger = somebody("Robin Sachs", "robin@nordkap.example")
    assert kinds([*PEOPLE, stranger], "Bonjour,\n\nRobin Sachs nous rejoint pour les essais.\n") == []
    assert kinds([*PEOPLE, stranger], "Bonjour,\n\nNordkap fera les essais.\n") == []
    assert kinds([*PEOPLE, stranger], envelope=Envelope(known=(*PEOPLE, stranger))) == []


# --- names ---------------------------------------------------------------------------------------------------------

HELLO = ("Bonjour {},", "Chère {},", "Hello {},", "Dear {},", "Hallo {},", "Liebe {},", "Hola {}:", "Estimada {}:",
         "Ciao {},", "Gentile {},", "Dag {},", "Beste {},")  # fmt: skip
NEXT = {"Bonjour": BODY, "Chère": BODY, "Hello": "The scope of lot 1 is approved.\n", "Dear": "The scope is approved.\n",
        "Hallo": "Der Umfang von Los 1 ist freigegeben.\n", "Liebe": "Der Umfang ist freigegeben.\n",
        "Hola": "El alcance del lote 1 está aprobado.\n", "Estimada": "El alcance está aprobado.\n",
        "Ciao": "Il perimetro del lotto 1 è approvato.\n", "Gentile": "Il perimetro è approvato.\n",
        "Dag": "De omvang van kavel 1 is goedgekeurd.\n", "Beste": "De omvang is goedgekeurd.\n"}  # fmt: skip


def greeting(hello: str, name: str) -> str:
    """A mail with this greeting, in its language."""
    return f"{hello.format(name)}\n\n{NEXT[hello.split()[0]]}"


@pytest.mark.parametrize("hello", HELLO)
@pytest.mark.parametrize("name", ["Margaux", "Madame Okonkwo", "Margaux Tillier"])
def test_a_greeting_of_nobody_is_told(hello: str, name: str) -> None:
    """A first name, a title with a last name, or both, in six languages."""
    (caution,) = told([CLAIRE, KARIM], greeting(hello, name))
    assert caution.kind is CautionKind.GREETING
    assert caution.quote in name


@pytest.mark.parametrize("hello", HELLO)
def test_a_greeting_of_somebody_of_the_deal_who_is_no_reader_says_who(hello: str) -> None:
    """With the address to add."""
    (caution,) = told([CLAIRE, KARIM], greeting(hello, "Sandrine"), DEAL)
    assert (caution.kind, caution.people) == (CautionKind.GREETING, (SANDRINE.address,))
    assert SANDRINE.address in caution.suggestion


@pytest.mark.parametrize(
    "first",
    [
        "Bonjour à tous,", "Bonjour Claire, bonjour Karim,", "Bonjour Madame Leroy,", "Chers collègues,", "Bonsoir Claire et Karim,",
        "Bonjour l'équipe Atlas,", "Mesdames, Messieurs,", "Bonjour Clairette,", "Bjr Claire", "Bonjour,",
        "Messieurs-Dames,", "Bonjour messieurs-dames,", "Mesdames et Messieurs,", "Signore e signori,", "Meine Damen und Herren,",
        "Dames en heren,", "Señoras y señores:", "Damas y caballeros:", "Ladies and Gentlemen,", "Monsieur le Directeur,",
        "Hi all,", "Hi team,", "Dear Ms Leroy,", "Good morning Claire and Karim,", "Dear Sir or Madam,", "Hi both,", "Hi there,",
        "Hallo zusammen,", "Sehr geehrte Frau Leroy, sehr geehrter Herr Benali,", "Liebes Projektteam,", "Guten Tag,", "Moin,",
        "Hola a todos:", "Estimada señora Leroy:", "Buenos días, Claire:", "Buongiorno a tutti,", "Gentile dottoressa Leroy,",
        "Egregi Signori,", "Dag allemaal,", "Beste collega's,", "Geachte mevrouw Leroy,", "Dear Client team,", "Bonjour DSI,",
    ],
)  # fmt: skip
def test_a_greeting_of_the_readers_or_of_everybody_is_not_told(first: str) -> None:
    """Titles, teams, the firm, and how people are called among friends."""
    assert kinds([CLAIRE, KARIM], f"{first}\n\nLe périmètre du lot 1 est validé. The scope is approved.\n") == []


@pytest.mark.parametrize(
    "wish",
    [
        "Thanks", "Many Thanks", "Happy New Year", "Merry Christmas", "Congratulations", "Sorry", "Happy Monday", "Welcome back",
        "Merci", "Bonne année", "Joyeux Noël", "Félicitations", "Désolée", "Bon lundi", "Meilleurs vœux",
        "Danke", "Vielen Dank", "Frohes Neues Jahr", "Frohe Weihnachten", "Herzlichen Glückwunsch", "Entschuldigung", "Schönen Montag",
        "Gracias", "Feliz Año Nuevo", "Feliz Navidad", "Enhorabuena", "Perdona", "Feliz lunes",
        "Grazie", "Buon Anno", "Buon Natale", "Congratulazioni", "Scusa", "Buon lunedì",
        "Bedankt", "Gelukkig Nieuwjaar", "Prettige Kerst", "Gefeliciteerd", "Fijne maandag",
    ],
)  # fmt: skip
def test_whoever_thanks_or_wishes_greets_nobody_called_so(wish: str) -> None:
    """With the name of a reader or without one, in six languages; the name of nobody behind it is told."""
    text = "Le périmètre du lot 1 est validé. The scope is approved.\n"
    for first in (f"{wish} Claire,", f"{wish}, Claire,", f"{wish},"):
        assert kinds([CLAIRE, KARIM], f"{first}\n\n{text}") == []
    if wish.istitle():
        assert [c.quote for c in told([CLAIRE, KARIM], f"{wish} Margaux,\n\n{text}")] == ["Margaux"]


@pytest.mark.parametrize("called", ["Dr. Ursula Frei", "Dr. Frei", "Dr. Keller", "Prof. Dr. Hans Keller", "Camille"])
def test_a_title_makes_nobody_else_of_a_reader(called: str) -> None:
    """With the first name or without; of others it is told by the name."""
    readers = [
        somebody("Dr. Ursula Frei", "u.frei@client.example"), somebody("Hans Keller", "h.keller@client.example"),
        somebody("Camille Ostrowski", "c.ostrowski@client.example"),
    ]  # fmt: skip
    body = f"Hello {called},\n\nThe scope is approved.\n\nCdlt,\n--\nCamille Berger\n"
    assert kinds(readers, body) == []
    if called != "Camille":
        (caution,) = told([CLAIRE, KARIM], body)
        assert (caution.kind, caution.quote) == (
            CautionKind.GREETING,
            called.removeprefix("Prof. ").removeprefix("Dr. "),
        )


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Thomas Ellis", "Tom"), ("Margaret Doyle", "Peggy"), ("Johannes Groß", "Hans"), ("José Núñez", "Pepe"),
        ("Giuseppe Bianchi", "Beppe"), ("Cornelis de Vries", "Kees"), ("Elisabeth Hart", "Beth"), ("Sophie Renard", "Sofie"),
        ("Jean-Pierre Morel", "Pierre"), ("Francisco Gil", "Paco"),
    ],
)  # fmt: skip
def test_short_forms_are_the_readers_own_names(name: str, called: str) -> None:
    """So is another spelling."""
    assert kinds([somebody(name, "x.y@client.example"), KARIM], f"Hello {called},\n\nThe scope is approved.\n") == []


@pytest.mark.parametrize("address", ["info@client.example", "m.tillier@client.example"])
def test_nothing_is_said_where_a_reader_may_bear_any_name(address: str) -> None:
    """A mailbox, or an initial."""
    readers = [*read_people(address), CLAIRE]
    assert kinds(readers, "Hello Margaux,\n\nThe scope is approved.\n") == []


TWIN = somebody("Claire Martin", "claire.martin@client.example")


@pytest.mark.parametrize(
    "body",
    [greeting(hello, "Claire") for hello in HELLO]
    + ["Hello,\n\nThe scope is approved. Claire, can you sign it by Friday?\n"],
)
def test_the_wrong_one_of_two_with_a_first_name_is_told(body: str) -> None:
    """Claire reads it, and the deal has another Claire."""
    (caution,) = told([TWIN, KARIM], body, DEAL)
    assert (caution.kind, caution.people) == (CautionKind.SAME_FIRST_NAME, (TWIN.address, CLAIRE.address))
    assert "Claire Martin" in caution.explanation
    assert "Claire Leroy" in caution.explanation


@pytest.mark.parametrize(
    ("readers", "body", "envelope"),
    [
        ([TWIN, CLAIRE], "Hello Claire,\n\nThe scope is approved.\n", DEAL),
        ([TWIN, KARIM], "Hello Claire Martin,\n\nThe scope is approved.\n", DEAL),
        ([TWIN, KARIM], "Dear Ms Martin,\n\nThe scope is approved.\n", DEAL),
        ([TWIN, KARIM], "Hello all,\n\nThe scope is approved.\n", DEAL),
        ([TWIN, KARIM], "Hello Claire,\n\nThe scope is approved.\n", Envelope()),
        ([TWIN, KARIM], "Hello Claire,\n\nThe scope is approved.\n", Envelope(known=PEOPLE, before=(TWIN,))),
    ],
    ids=["both read", "full name", "last name", "nobody is called", "no deal", "who wrote before"],
)
def test_two_with_a_first_name_are_not_told_where_it_is_clear(
    readers: list[Stakeholder], body: str, envelope: Envelope
) -> None:
    """By the full name, by the thread, or because both read it."""
    assert kinds(readers, body, envelope) == []


# --- the thread ----------------------------------------------------------------------------------------------------

YANN = somebody("Yann Kerbrat", "y.kerbrat@client.example")
HEADS = {
    "fr": "De : Claire Leroy <claire@client.example>\nEnvoyé : lundi 2 mars 2026 10:00\nÀ : {}\nObjet : Point",
    "en": "-----Original Message-----\nFrom: Claire Leroy\nSent: Monday, March 2, 2026 10:00 AM\nTo: {}\nSubject: Point",
    "de": "Von: Claire Leroy\nGesendet: Montag, 2. März 2026 10:00\nAn: {}\nBetreff: Stand",
    "es": "De: Claire Leroy\nEnviado el: lunes, 2 de marzo de 2026 10:00\nPara: {}\nAsunto: Estado",
    "it": "Da: Claire Leroy\nInviato: lunedì 2 marzo 2026 10:00\nA: {}\nOggetto: Stato",
    "nl": "Van: Claire Leroy\nVerzonden: maandag 2 maart 2026 10:00\nAan: {}\nOnderwerp: Stand",
}
SHOWN = [
    "Tom Ellis; Karim Benali",
    "Tom Ellis <tom@kaysoft.example>, Karim Benali <karim@client.example>",
    "Tom Ellis; Karim",
]


@pytest.mark.parametrize("lang", HEADS)
@pytest.mark.parametrize("shown", SHOWN)
def test_a_reply_to_more_people_than_the_mail_had_is_told(lang: str, shown: str) -> None:
    """By the head of the quoted mail, with names or addresses, in six languages."""
    body = f"{NEXT[{'fr': 'Bonjour', 'en': 'Hello', 'de': 'Hallo', 'es': 'Hola', 'it': 'Ciao', 'nl': 'Dag'}[lang]]}\nTom\n\n"
    body += f"{HEADS[lang].format(shown)}\n\nOk.\n"
    (caution,) = told([CLAIRE, KARIM, YANN], body, subject="Re: Point")
    assert (caution.kind, caution.people) == (CautionKind.GROWN, (YANN.address,))
    assert "thread" in caution.explanation
    assert kinds([CLAIRE, KARIM], body, subject="Re: Point") == []


@pytest.mark.parametrize(
    "subject", ["Re: Point", "RE : Point", "AW: Stand", "Antw: Stand", "R: Stato", "Re[2]: Point", "SV: Point"]
)
def test_a_reply_is_known_by_its_subject(subject: str) -> None:
    """Where the thread tells who had the mail."""
    before = Envelope(before=(CLAIRE, KARIM))
    (caution,) = told([CLAIRE, KARIM, YANN], envelope=before, subject=subject)
    assert (caution.kind, caution.people) == (CautionKind.GROWN, (YANN.address,))


@pytest.mark.parametrize(
    "subject", ["TR: Point", "Fwd: Point", "FW: Point", "WG: Stand", "RV: Estado", "I: Stato", "Point"]
)
def test_a_forwarded_or_a_new_mail_may_have_new_readers(subject: str) -> None:
    """They are why it is forwarded."""
    assert kinds([CLAIRE, YANN], envelope=Envelope(before=(CLAIRE, KARIM)), subject=subject) == []


def test_a_colleague_may_join_a_reply_and_a_quote_without_readers_tells_nothing() -> None:
    """Nor does the head of an older mail further down."""
    own = somebody("Tom Ellis", "tom@kaysoft.example", Side.OWN)
    colleague = somebody("Bo Li", "bo@kaysoft.example")
    assert kinds([CLAIRE, colleague], envelope=Envelope(before=(CLAIRE,)), subject="Re: Point", sender=own) == []
    home = somebody("Tom", "tom.ellis@gmail.com")
    assert kinds([CLAIRE, home], envelope=Envelope(before=(CLAIRE,)), subject="Re: Point", sender=own) == []
    quote = f"{BODY}\nTom\n\nOn Mon, Mar 2, 2026 at 10:00 AM Claire Leroy <claire@client.example> wrote:\n> Ok.\n"
    assert kinds([CLAIRE, YANN], quote, subject="Re: Point") == []
    older = f"{quote}>\n> Regards\n> Claire\n\n{HEADS['en'].format('Tom Ellis')}\n\nOk.\n"
    assert kinds([CLAIRE, YANN], older, subject="Re: Point") == []


@pytest.mark.parametrize("lang", HEADS)
def test_copies_of_the_mail_that_is_answered_are_readers_of_it(lang: str) -> None:
    """In the head's Cc, also where blank lines stand between its fields."""
    head = HEADS[lang].format("Tom Ellis")
    copy = "CC" if lang in ("es", "nl") else "Cc"
    about = head.split("\n")[-1]
    copied = head.replace(about, f"{copy} : Karim Benali <karim@client.example>\n{about}")
    for shown in (copied, copied.replace("\n", "\n\n")):
        body = f"{NEXT['Hello']}\nTom\n\n{shown}\n\nOk.\n"
        assert kinds([CLAIRE, KARIM], body, subject="Re: Point") == []
        assert kinds([CLAIRE, KARIM, YANN], body, subject="Re: Point") == [CautionKind.GROWN]


WROTE = {
    "fr": "Le lun. 2 mars 2026 à 10:00, Claire Leroy <claire@client.example> a écrit :",
    "en": "On Mon, Mar 2, 2026 at 10:00 AM Claire Leroy <claire@client.example> wrote:",
    "de": "Am Mo., 2. März 2026 um 10:00 Uhr schrieb Claire Leroy <claire@client.example>:",
    "es": "El lun, 2 mar 2026 a las 10:00, Claire Leroy (<claire@client.example>) escribió:",
    "it": "Il giorno lun 2 mar 2026 alle ore 10:00 Claire Leroy <claire@client.example> ha scritto:",
    "nl": "Op ma 2 mrt 2026 om 10:00 schreef Claire Leroy <claire@client.example>:",
}
GREETS = {"fr": "Bonjour", "en": "Hello", "de": "Hallo", "es": "Hola", "it": "Ciao", "nl": "Dag"}


@pytest.mark.parametrize("lang", WROTE)
@pytest.mark.parametrize("source", ["before", "sent"])
def test_a_quote_that_names_its_writer_alone_is_told_by_what_else_is_known(lang: str, source: str) -> None:
    """As Gmail and Apple Mail quote; by the other mails of the file, or by what left in the deal's thread."""
    body = f"{NEXT[GREETS[lang]]}\nTom\n\n{WROTE[lang]}\n> Ok.\n"
    known = Envelope(known=(*PEOPLE, YANN), **{source: (KARIM,)})
    (caution,) = told([CLAIRE, KARIM, YANN], body, known, subject="Re: Point")
    # Claire wrote what is quoted, so she had the thread.
    assert (caution.kind, caution.people) == (CautionKind.GROWN, (YANN.address,))
    assert "quoted below" in caution.explanation
    assert ("last message that left" in caution.explanation) is (source == "sent")
    assert kinds([CLAIRE, KARIM], body, known, subject="Re: Point") == []


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        (f"Bonjour Claire, bonjour Yann,\n\n{BODY}", "Re: Point"),
        (f"{BODY}\nJ'ajoute Yann Kerbrat à cet échange.\n", "Re: Point"),
        (BODY, "Point"),
        (BODY, "TR: Point"),
        (f"{BODY}\nTom\n\n{HEADS['fr'].format('Tom Ellis; Yann Kerbrat')}\n\nOk.\n", "Re: Point"),
        (f"{BODY}\nTom\n\n{WROTE['fr'].replace('Claire Leroy <claire@', 'Yann Kerbrat <y.kerbrat@')}\n> Ok.\n", "Re: Point"),
    ],
    ids=["greeted", "introduced", "no reply", "handed on", "the head has them", "who wrote it"],
)  # fmt: skip
def test_whoever_joined_the_thread_since_the_deals_last_message_may_read(body: str, subject: str) -> None:
    """The customer may have answered to more people: where the mail or its quote says so, nothing is said."""
    assert kinds([CLAIRE, YANN], body, Envelope(known=(*PEOPLE, YANN), sent=(CLAIRE,)), subject=subject) == []


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        *(sentence for sentences in seeds.ANNOUNCED.values() for sentence in sentences),
        "Voir la proposition (PJ).", "Les pièces jointes détaillent le planning.", "Ci-annexé le compte rendu.", "Nous joignons le plan.",
        "Attached is the plan.", "Enclosed please find the offer.", "We are attaching the minutes.", "The plan is also attached.",
        "Please review the attached contract.", "As per the attached offer, we start in May.",
        "Als Anlage das Protokoll.", "In der Anlage erhalten Sie das Angebot.", "Beiliegend das Angebot.", "Das Protokoll hängt an.",
        "Encontrará adjunto el plan.", "Os adjuntamos el acta.", "Documento adjunto para su firma.",
        "Please find the proposal attached.", "Quote attached.", "Le devis est en annexe.", "Document joint.", "Cf. PJ.",
        "Le fichier est attaché.", "Angebot anbei.", "Siehe Anhang.", "Ver archivo adjunto.", "Oferta adjunta.", "Vedi allegato.",
        "Offerta allegata.", "Zie bijlage.", "Offerte bijgesloten.",
        "Alleghiamo il piano.", "I documenti allegati riportano tutto.", "Als bijlage het plan.", "Het bijgevoegde plan is definitief.",
        "You'll find the slides below as an attachment.", "The plan comes as an attachment.", "PFA the minutes.", "PFA.",
        "Please find the minutes in the attachment.", "Ik voeg de offerte toe.", "Wij voegen het contract als bestand toe.",
        "Hierbij voeg ik de planning toe.", "Merci de trouver la pièce jointe.", "Thanks for your time; attached is the plan.",
        "Gracias por todo, le adjunto la oferta.", "Merci pour votre aide, je vous joins le plan.",
    ],
)  # fmt: skip
def test_a_file_that_is_announced_and_missing_is_told(sentence: str) -> None:
    """In six languages; not where there is a file, and not where nobody knows."""
    body = f"{sentence}\n\nTom\n"
    (caution,) = told([CLAIRE, KARIM], body, Envelope(attachments=0))
    assert caution.kind is CautionKind.ATTACHMENT
    assert caution.quote in sentence
    assert kinds([CLAIRE, KARIM], body, Envelope(attachments=1)) == []
    assert kinds([CLAIRE, KARIM], body) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Le contrat joint à mon dernier mail est signé.", "Il n'y a pas de pièce jointe.", "Vous avez joint le plan hier.",
        "Le point 3 de l'annexe 2 est validé.", "L'équipe est attachée à ce projet.",
        "The plan attached to my last mail is approved.", "You attached the wrong file.", "I will attach it tomorrow.",
        "Nothing is attached yet.", "We are very attached to this project.", "If the file is attached, say so.",
        "Das Protokoll war gestern beigefügt.", "Der Anhang B des Vertrags gilt.", "Ohne Anhang geht es nicht.",
        "El plan adjunto a su correo anterior está bien.", "No adjunto nada.", "Senza allegati non si parte.",
        "Je vous enverrai la pièce jointe demain.", "I'll send the attached file tomorrow.", "Ich werde Ihnen den Plan im Anhang senden.",
        "Le enviaré el archivo adjunto mañana.", "Le invierò il documento allegato domani.", "Ik zal de offerte in de bijlage sturen.",
        "Les détails figurent en annexe 2.",
        "Merci pour la pièce jointe.", "Merci beaucoup pour votre pièce jointe.", "J'ai bien reçu la pièce jointe.",
        "Gracias por el archivo adjunto.", "Muchas gracias por los documentos adjuntos.", "Recibí el archivo adjunto.",
        "Thanks for the attached file.", "Thank you for the attached slides, they help.", "I have read the attached file that you sent.",
        "Danke für die Datei im Anhang.", "Vielen Dank für das Protokoll im Anhang.", "Grazie per il file allegato.",
        "Bedankt voor de bijgevoegde offerte.", "Dank voor het plan in de bijlage.", "We voegen een module toe.",
        "Het plan zat in de bijlage van mijn vorige mail.", "Zonder bijlage is het niet geldig.",
    ],
)  # fmt: skip
def test_what_is_no_announcement_is_not_told(sentence: str) -> None:
    """Another mail's file, a part of a contract, a file to come, none at all."""
    assert kinds([CLAIRE, KARIM], f"{sentence}\n\nTom\n", Envelope(attachments=0)) == []


def mail(to: str, files: int = 0, text: str = BODY, **headers: str) -> bytes:
    """A draft as a mail client saves it."""
    made = EmailMessage()
    made["From"], made["To"], made["Date"] = "Tom Ellis <tom@kaysoft.example>", to, "Mon, 2 Mar 2026 10:00:00 +0000"
    for name, value in headers.items():
        made[name] = value
    made.set_content(text)
    for number in range(files):
        made.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename=f"{number}.pdf")
    return made.as_bytes()


def test_the_files_of_a_mail_are_counted() -> None:
    """A mail attached is one, a picture within the text is none; of a text nobody knows."""
    assert any_mail(mail("claire@client.example")).attachments == 0
    assert any_mail(mail("claire@client.example", files=2)).attachments == 2
    assert any_mail(BODY.encode()).attachments is None
    made = EmailMessage()
    made["From"], made["To"], made["Date"] = "a@x.example", "b@x.example", "Mon, 2 Mar 2026 10:00:00 +0000"
    made.set_content("Hello.")
    made.add_alternative("<p>Hello. <img src='cid:1'></p>", subtype="html")
    made.get_payload()[1].add_related(b"GIF89a", "image", "gif", cid="<1>", disposition="inline")
    assert any_mail(made.as_bytes()).attachments == 0
    other = EmailMessage()
    other.set_content("Older.")
    made.make_mixed()
    made.add_attachment(other)
    assert any_mail(made.as_bytes()).attachments == 1


# --- the whole way -------------------------------------------------------------------------------------------------


def test_a_list_beside_a_mail_file_tells_whom_its_header_should_name() -> None:
    """The header of the draft has a slip that the list has not."""
    raw = any_mail(mail("Claire Leroy <clarie@client.example>, karim@client.example"))
    draft, passages = make_draft(raw, (CLAIRE, KARIM))
    case = Case(draft=draft, passages=passages, situation=Situation(today=TODAY))
    (caution,) = cautions(case, envelope_of(raw, (CLAIRE, KARIM)))
    assert (caution.kind, caution.people) == (CautionKind.CLOSE_ADDRESS, ("clarie@client.example", CLAIRE.address))


def test_a_right_mail_has_no_caution_and_a_wrong_one_is_caught() -> None:
    """Over all labelled mails: false alarms below 5 % in whatever way the people are known, mistakes caught above 95 %."""
    mails = load()
    alarms: dict[str, int] = {}
    for seeded in (s for m in mails for s in seeds.right(m)):
        alarms[seeded.form] = alarms.get(seeded.form, 0) + bool(seeds.given(seeded))
    assert alarms.pop("names and addresses alone") <= 0.07 * len(mails)
    assert max(alarms.values()) == 0
    caught = [seeded.kind in seeds.given(seeded) for m in mails[::4] for seeded in seeds.wrong(m)]
    assert sum(caught) > 0.95 * len(caught)


def reviewed(envelope: Envelope, lang: str = "en") -> Review:
    """A review of a draft to a stranger besides the deal's people."""
    stranger = somebody("Robin Sachs", "robin@nordkap.example")
    draft, passages = make_draft(RawMail("Point", None, (), BODY), (CLAIRE, KARIM, SANDRINE, THOMAS, stranger))
    situation = Situation(today=TODAY, explain_in="fr" if lang == "fr" else "en")
    return asyncio.run(review(draft, passages, situation, Setup(POLICY, local_engine(POLICY)), envelope))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_review_tells_its_cautions_everywhere(lang: str) -> None:
    """In JSON, Markdown and the terminal, in the seller's language; the messages are what they were."""
    made = reviewed(DEAL, lang)
    (caution,) = made.cautions
    assert Review.model_validate_json(made.model_dump_json(round_trip=True)).cautions == (caution,)
    console = Console(width=300, record=True, file=io.StringIO())
    present.terminal(made, console)
    for text in (console.export_text(), present.markdown(made).replace("\\", "")):
        assert caution.explanation in text
        assert caution.suggestion in text
        assert say("fr" if lang == "fr" else "en", "page.cautions") in text
    assert ("autres lecteurs" in caution.explanation) is (lang == "fr")


def test_the_command_looks_at_header_files_and_deal(tmp_path: Path) -> None:
    """A draft in a deal: a slip in its header and a file that is missing; `--strict` exits with 1."""
    Store().create("Atlas", "Régie", PEOPLE, None, TODAY)
    path = tmp_path / "draft.eml"
    path.write_bytes(
        mail("Claire Leroy <clarie@client.example>, karim@client.example", text="Ci-joint le planning validé.\n")
    )
    done = run.invoke(
        app, ["review", str(path), "--deal", "Atlas", "--engine", "local", "--format", "json", "--strict"]
    )
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert [c["kind"] for c in found["cautions"]] == ["close_address", "attachment"]
    assert found["passed"]


def test_readers_in_copy_are_looked_at_as_well() -> None:
    """To or Cc."""
    copied = somebody("Claire Leroy", "clarie@client.example").model_copy(update={"recipient": Recipient.CC})
    assert kinds([KARIM, copied], envelope=DEAL) == [CautionKind.CLOSE_ADDRESS]


ACCOUNT = "FR76 3000 6000 0112 3456 7890 189"
SELLER = somebody("Tom Ellis", "tom@harbour.example", Side.OWN)
SIGNED = "Claire, the plan is ready.\n\nKind regards,\nTom Ellis\nHarbour Ltd\n"


@pytest.mark.parametrize(
    "line",
    [
        f"IBAN: {ACCOUNT}",
        ACCOUNT,
        f"Compte bancaire : {ACCOUNT}",
        f"Bank account: {ACCOUNT} - BIC AGRIFRPP",
        "Bankverbindung: Sparkasse Köln, DE89 3704 0044 0532 0130 00",
        "Cuenta bancaria: ES91 2100 0418 4502 0005 1332",
        "Conto corrente: IT60 X054 2811 1010 0000 0123 456",
        "Rekeningnummer: NL91 ABNA 0417 1643 00",
        "Portable personnel : 06 55 51 20 20",
        "Home phone: +33 1 44 55 66 77",
    ],
)
@pytest.mark.parametrize("sender", [None, SELLER])
def test_the_sellers_own_bank_and_telephone_line_is_no_leak(line: str, sender: Stakeholder | None) -> None:
    """Below their name, of a label and names alone, in six languages; also where their earlier mail below has it."""
    assert kinds([CLAIRE, KARIM], f"{SIGNED}{line}", sender=sender) == []
    quoted = f"\n\nOn Mon, 3 Nov 2025 Tom Ellis wrote:\n> Here is the plan.\n> Tom Ellis\n> {line}\n"
    assert CautionKind.SIGNATURE not in kinds([CLAIRE, KARIM], f"{SIGNED}{line}{quoted}", sender=sender)


@pytest.mark.parametrize(
    ("body", "sender"),
    [
        (f"{SIGNED}Your account: {ACCOUNT}", SELLER),
        (f"{SIGNED}Karim Benali: {ACCOUNT}", SELLER),
        (f"{SIGNED}Karim's account: {ACCOUNT}", None),
        (f"{SIGNED}IBAN of the agency: {ACCOUNT}", None),
        (f"{SIGNED}His mobile: 06 55 51 20 20", None),
        (f"{SIGNED}Card: 4111 1111 1111 1111", SELLER),
        (f"{SIGNED}SSN: 123-45-6789", SELLER),
        # Signed by another than the sender.
        (f"{SIGNED}IBAN: {ACCOUNT}", somebody("Rosa Blum", "rosa@harbour.example", Side.OWN)),
        # Pasted in the body, or told by the customer.
        (f"Claire, pay to {ACCOUNT}, please.\n\nKind regards,\nTom Ellis\nIBAN: {ACCOUNT}", SELLER),
        (f"{SIGNED}IBAN: {ACCOUNT}\n\nOn Mon, 3 Nov 2025 Claire Leroy wrote:\n> We are at {ACCOUNT}.\n", SELLER),
        (f"{SIGNED}IBAN: {ACCOUNT}\n\n> We are at {ACCOUNT}.\n", None),
    ],
)
def test_another_number_in_the_signature_is_told(body: str, sender: Stakeholder | None) -> None:
    """A reader's or a stranger's, a card, an identity number, or one that stands elsewhere in the mail."""
    (caution,) = [c for c in told([CLAIRE, KARIM], body, sender=sender) if c.kind is CautionKind.SIGNATURE]
    assert caution.quote in body
    assert caution.suggestion


def test_the_customers_name_on_a_bank_line_makes_it_theirs() -> None:
    """It is told what kind of number it is."""
    client = CLAIRE.model_copy(update={"organisation": "Atlas Logistique"})
    (caution,) = told([client, KARIM], f"{SIGNED}Atlas Logistique: {ACCOUNT}")
    assert (caution.kind, caution.quote) == (CautionKind.SIGNATURE, ACCOUNT)
    assert "bank account" in caution.explanation


def test_strict_passes_a_bank_line_in_the_signature_and_not_one_in_the_text(tmp_path: Path) -> None:
    """The seller's own is no leak of theirs; one that is pasted is held back, and `--strict` exits with 1."""
    people = tmp_path / "people.txt"
    people.write_text("Claire Leroy <claire@client.example>\nKarim Benali <karim@client.example>\n", "utf-8")
    for text, code in ((f"{SIGNED}IBAN: {ACCOUNT}\n", 0), (SIGNED.replace("ready.", f"ready. IBAN: {ACCOUNT}."), 1)):
        done = run.invoke(app, ["review", "-", "--people", str(people), "--engine", "local", "--strict"], input=text)
        assert done.exit_code == code, done.output


def test_access_data_in_the_sign_off_are_told() -> None:
    """A sign-off is in every message; behind a greeting they are text, which is held back."""
    access = "password: Sunflower9"  # pragma: allowlist secret
    behind = f"Hi all, {access}\n\nThe plan is ready.\n\nKind regards,\nTom Ellis\n"
    assert not [c for c in told([CLAIRE, KARIM], behind) if c.kind is CautionKind.SIGNATURE]
    body = f"Hi all,\n\nThe plan is ready.\n\nLooking forward to it, {access}\nTom Ellis\n"
    (caution,) = [c for c in told([CLAIRE, KARIM], body) if c.kind is CautionKind.SIGNATURE]
    assert caution.quote == "Sunflower9"
    assert "greeting or sign-off" in caution.explanation


@pytest.mark.parametrize(
    ("subject", "quote"),
    [
        ("Portal, password: Sunflower9", "Sunflower9"),  # pragma: allowlist secret
        ("IBAN DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
        ("Between us: Claire is leaving", "Between us: Claire is leaving"),
    ],
)
def test_a_subject_that_gives_something_away_is_told(subject: str, quote: str) -> None:
    """It is read on a locked telephone."""
    (caution,) = [c for c in told([CLAIRE, KARIM], subject=subject) if c.kind is CautionKind.SUBJECT]
    assert caution.quote == quote
    assert not [c for c in told([CLAIRE, KARIM], subject="Projet Atlas") if c.kind is CautionKind.SUBJECT]


def test_an_address_in_a_name_is_told() -> None:
    """It brought nobody in; whoever wrote it may have meant it to."""
    (ada,) = people_from_headers('"Ada <mallory@evil.example>" <ada@client.example>')
    (caution,) = [c for c in told([ada, KARIM]) if c.kind is CautionKind.IN_NAME]
    assert (caution.quote, caution.people) == ("mallory@evil.example", (ada.address,))


def test_an_outsider_with_the_first_name_of_a_greeted_reader_is_one() -> None:
    """ "Hi Sam" means the customer's Sam."""
    sam = somebody("Sam Okoye", "sam.okoye@client.example")
    rival = somebody("Sam Porter", "sam.porter@rival.example")
    body = "Hi Sam,\n\nThe plan is ready.\n\nKind regards,\nTom Ellis\n"
    for deal in (Envelope(), Envelope(known=(*PEOPLE, sam))):
        found = [c for c in told([CLAIRE, KARIM, sam, rival], body, deal) if c.kind is CautionKind.OUTSIDER]
        assert [c.people for c in found] == [(rival.address,)]


def test_another_form_of_the_first_name_is_a_close_address() -> None:
    """In a deal: "k.benali" for "karim.benali"."""
    karim = somebody("Karim Benali", "karim.benali@client.example")
    other = people_from_headers("k.benali@client.example")[0]
    found = told([CLAIRE, other], envelope=Envelope(known=(CLAIRE, karim)))
    assert [(c.kind, c.people) for c in found] == [(CautionKind.CLOSE_ADDRESS, (other.address, karim.address))]
    # Somebody of that name is somebody.
    named = somebody("Kevin Benali", "k.benali@client.example")
    assert not told([CLAIRE, named], envelope=Envelope(known=(CLAIRE, karim)))


@pytest.mark.parametrize("greeting", ["Bonjour Noël,", "Hello Noel,", "Ciao Natale,", "Beste An,", "Hello Belle,"])
def test_a_feast_is_somebody_in_another_greeting(greeting: str) -> None:
    """Names that are words in a wish are names elsewhere."""
    assert CautionKind.GREETING in kinds([CLAIRE, KARIM], f"{greeting}\n\nLe plan est prêt.\n")


@pytest.mark.parametrize(
    "body",
    [
        "Danke für Ihre Anfrage – im Anhang das Angebot.",
        "Danke für die Rückmeldung (im Anhang das Protokoll).",
        "J'ai bien reçu votre accord et voici en pièce jointe le contrat.",
        "He recibido su pedido y le adjunto la confirmación.",
    ],
)
def test_thanks_for_something_else_take_no_file_away(body: str) -> None:
    """What is thanked for is not what is attached."""
    assert CautionKind.ATTACHMENT in kinds([CLAIRE, KARIM], f"Bonjour,\n\n{body}\n", envelope=Envelope(attachments=0))
