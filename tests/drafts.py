"""Whole drafts as nobody would dare to write them by hand: strategies of people, texts, flags, audiences and models for the properties.

The texts are made of sentences of six languages, in paragraphs, lists and threads, wrapped or not, with odd characters anywhere.
"""

import json
import random
import textwrap
from typing import NamedTuple
from xml.sax.saxutils import unescape

import httpx2
from hypothesis import assume
from hypothesis import strategies as st

from evals.invariants import at_random
from reviewer import prompts
from reviewer.chain import Setup, review
from reviewer.endpoint import Endpoint
from reviewer.errors import InputError
from reviewer.llm.engine import llm_engine
from reviewer.local.engine import local_engine
from reviewer.mail import RawMail
from reviewer.model import Model
from reviewer.names import first_name, surname
from reviewer.parse import make_draft
from reviewer.testing import Reply, Request, Script, completion, honest, passages_in, people_in, step_of
from reviewer.types import (
    Assignment,
    Audience,
    Case,
    Culture,
    Flag,
    Recipient,
    Review,
    Role,
    Sensitivity,
    Severity,
    Side,
    Situation,
    Stakeholder,
)
from reviewer.withhold import make_flag
from tests.build import TODAY

LOADED = prompts.load("default")
POLICY = LOADED.policy
SELLER = Stakeholder(name="Zoé Morel", address="zoe@kaysoft.example", side=Side.OWN)


class Words(NamedTuple):
    """What a mail of one language is made of; {name} calls or names somebody."""

    greetings: tuple[str, ...]
    sentences: tuple[str, ...]
    lead_in: str
    closings: tuple[str, ...]
    quoted: str


# No two sentences of a language share four words in a row, so that what one tells is told by no other.
WORDS = {
    "fr": Words(
        ("Bonjour à tous,", "Bonjour {name},", "{name},"),
        (
            "Le comité a validé le déploiement sur les 12 agences.",
            "{name}, pouvez-vous envoyer la liste des accès avant jeudi ?",
            "Entre nous, {name}, votre collègue redoute de perdre son équipe.",
            "{name}, nous pourrions descendre à 42 k€ par an sur trois ans.",
            "Le planning pourrait glisser de 3 semaines, rien n'est décidé.",
            "{name} m'a confié que la direction financière bloque tout.",
            "Cela rentre-t-il dans votre budget ?",
            "Pouvez-vous tous approuver le périmètre du lot 1 ?",
            "Le mot de passe du serveur est Soleil-2026.",
            "Il l'a dit lundi.",
        ),
        "Les points ouverts :",
        ("Bien à vous,\nZoé Morel", "Cordialement", "Merci à tous,\nZoé Morel\nKaysoft – 01 23 45 67 89"),
        "Le 3 février 2026, {name} a écrit :\n> Le prix de 55 000 € nous paraît élevé.\n> Merci",
    ),
    "en": Words(
        ("Hi all,", "Dear {name},", "{name} -"),
        (
            "The committee approved the rollout to the 12 branches.",
            "{name}, could you send the access list before Thursday?",
            "Between us, {name}, your colleague fears losing his whole team.",
            "{name}, we might go down to $42k a year over three years.",
            "The schedule may slip by 3 weeks, nothing has been decided.",
            "{name} told me in confidence that finance blocks everything.",
            "Does that fit your budget?",
            "Can everybody please sign off the scope of lot 1?",
            "The password of the server is Summer-2026.",
            "She said so on Monday.",
        ),
        "Open points:",
        ("Best regards,\nZoé Morel", "Thanks", "Kind regards,\nZoé Morel\nKaysoft, +44 20 7946 0958"),
        "On 3 February 2026 at 10:12, {name} wrote:\n> The price of 55,000 EUR seems high to us.\n> Regards",
    ),
    "de": Words(
        ("Hallo zusammen,", "Sehr geehrte Frau {name},", "Lieber {name},"),
        (
            "Der Lenkungskreis hat die Einführung in den 12 Filialen freigegeben.",
            "{name}, können Sie die Liste der Zugänge bis Donnerstag schicken?",
            "Unter uns, {name}, Ihr Kollege fürchtet um seine ganze Abteilung.",
            "{name}, wir könnten auf 42 T€ im Jahr heruntergehen.",
            "Der Zeitplan könnte sich um 3 Wochen verschieben, entschieden ist nichts.",
            "{name} sagte mir im Vertrauen, dass die Buchhaltung alles blockiert.",
            "Passt das in Ihr Budget?",
            "Können bitte alle den Umfang von Los 1 freigeben?",
            "Das Passwort des Servers lautet Sommer-2026.",
            "Das sagte er am Montag.",
        ),
        "Die offenen Punkte:",
        ("Mit freundlichen Grüßen\nZoé Morel", "Viele Grüße", "Beste Grüße\nZoé Morel\nKaysoft GmbH, 030 1234567"),
        "Am 3. Februar 2026 um 10:12 schrieb {name}:\n> Der Preis von 55.000 € erscheint uns hoch.\n> Gruß",
    ),
    "es": Words(
        ("Hola a todos:", "Estimada {name}:", "Hola {name},"),
        (
            "El comité aprobó el despliegue en las 12 oficinas.",
            "{name}, ¿puede enviar la lista de accesos antes del jueves?",
            "Entre nosotros, {name}, su compañero teme perder todo el equipo.",
            "{name}, podríamos bajar a 42.000 € al año durante tres años.",
            "El calendario podría retrasarse 3 semanas, nada está decidido.",
            "{name} me dijo en confianza que finanzas bloquea todo.",
            "¿Encaja eso en su presupuesto?",
            "¿Pueden aprobar todos el alcance del lote 1?",
            "La contraseña del servidor es Verano-2026.",
            "Lo dijo el lunes.",
        ),
        "Puntos abiertos:",
        ("Un saludo,\nZoé Morel", "Gracias", "Atentamente,\nZoé Morel\nKaysoft SL, 91 123 45 67"),
        "El 3 de febrero de 2026, {name} escribió:\n> El precio de 55.000 € nos parece alto.\n> Saludos",
    ),
    "it": Words(
        ("Buongiorno a tutti,", "Gentile {name},", "Ciao {name},"),
        (
            "Il comitato ha approvato il rilascio nelle 12 filiali.",
            "{name}, può inviare la lista degli accessi entro giovedì?",
            "Tra noi, {name}, il suo collega teme di perdere la squadra.",
            "{name}, potremmo scendere a 42 mila euro all'anno per tre anni.",
            "Il calendario potrebbe slittare di 3 settimane, niente è deciso.",
            "{name} mi ha detto in confidenza che la contabilità blocca tutto.",
            "Rientra nel vostro budget?",
            "Potete tutti approvare il perimetro del lotto 1?",
            "La password del server è Estate-2026.",
            "Lo ha detto lunedì.",
        ),
        "I punti aperti:",
        ("Cordiali saluti\nZoé Morel", "Grazie", "Un caro saluto,\nZoé Morel\nKaysoft Srl, 02 1234567"),
        "Il 3 febbraio 2026, {name} ha scritto:\n> Il prezzo di 55.000 € ci sembra alto.\n> Saluti",
    ),
    "nl": Words(
        ("Beste allen,", "Geachte mevrouw {name},", "Hoi {name},"),
        (
            "De stuurgroep heeft de uitrol naar de 12 filialen goedgekeurd.",
            "{name}, kunt u de lijst met toegangen voor donderdag sturen?",
            "Onder ons, {name}, uw collega vreest zijn hele team te verliezen.",
            "{name}, we zouden tot 42.000 € per jaar kunnen zakken.",
            "De planning kan 3 weken uitlopen, er is niets besloten.",
            "{name} vertelde mij in vertrouwen dat financiën alles blokkeert.",
            "Past dat in uw budget?",
            "Kunnen jullie allemaal de scope van lot 1 goedkeuren?",
            "Het wachtwoord van de server is Zomer-2026.",
            "Dat zei hij maandag.",
        ),
        "De open punten:",
        ("Met vriendelijke groet,\nZoé Morel", "Groeten", "Hartelijke groet,\nZoé Morel\nKaysoft BV, 020-123 45 67"),
        "Op 3 februari 2026 schreef {name}:\n> De prijs van 55.000 € lijkt ons hoog.\n> Groet",
    ),
}
# Two of one first name, particles, titles, one letter, an apostrophe, letters beyond Latin 1, names that are words, and other scripts.
NAMES = (
    "Anna Vogt", "Anna Berg", "Pieter van den Berg", "Mevrouw De Graaf", "Dott.ssa Giulia Ferrari", "X", "O. Li", "Luca d'Angelo",
    "Jean-Noël O'Brien", "Łukasz Ångström", "Rose Will", "M. Dubois", "Prof. Dr. Keller", "Marco di Marco", "Ana", "Зоя Иванова",
    "李 伟", "Se\u0301bastien Lefe\u0300vre", "Kai (IT)", "BENALI Karim",
)  # fmt: skip
NOTES = (
    "",
    "",
    "veut être en copie de tout",
    "wants to be in copy of everything",
    "CTO",
    "06 12 34 56 78",
    "Friend of Anna",
)
COMPANIES = ("", "Atlas Logistique SA", "Nordia GmbH", "IT")
# Combining, bidirectional, zero width, soft hyphen, other blanks and line ends, a letter outside the basic plane, half of no pair.
ODD = (
    "\u0301\u0308\u202e\u202c\u2066\u2069\u200f\u200b\u200d\u2060\ufeff\u00ad\u00a0\u202f\u2028\u0085\x0b\x0c\x1c\x00"
    "😀𝐀İſ\u0130\ufffd|<>{}[]"
)


@st.composite
def circles(draw: st.DrawFn) -> tuple[Stakeholder, ...]:
    """Who would read the mail: one to six people, most of them the customer's."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    sides = st.sampled_from([*[Side.CUSTOMER] * 6, Side.PARTNER, Side.OWN])
    return tuple(
        Stakeholder(
            name=name,
            address=f"p{NAMES.index(name)}@client.example",
            organisation=draw(st.sampled_from(COMPANIES)),
            side=draw(sides),
            roles=tuple(draw(st.lists(st.sampled_from(Role), min_size=1, max_size=2, unique=True))),
            recipient=draw(st.sampled_from([Recipient.TO, Recipient.TO, Recipient.CC])),
            note=draw(st.sampled_from(NOTES)),
        )
        for name in names
    )


@st.composite
def texts(draw: st.DrawFn, people: tuple[Stakeholder, ...], odd: bool = True) -> str:
    """The text of a draft in one of six languages; an odd one has sentences of another too, and characters that nobody types."""
    own = WORDS[draw(st.sampled_from(list(WORDS)))]
    calls = st.sampled_from([n for p in people for n in (p.name, first_name(p), surname(p))])
    sentence = st.sampled_from(own.sentences)
    foreign = st.sampled_from([s for words in WORDS.values() for s in words.sentences])
    one = st.one_of(sentence, sentence, sentence, foreign) if odd else sentence
    blocks = [draw(st.sampled_from(("", *own.greetings)))]
    for block in draw(st.lists(st.lists(one, min_size=1, max_size=4), min_size=1, max_size=5)):
        bullet = draw(st.sampled_from(["", "", "", "- ", "• ", "1. ", "  * "]))
        if bullet:
            block = [own.lead_in, *(bullet + item for item in block)]
        blocks.append(("\n" if bullet else draw(st.sampled_from([" ", " ", "\n", "  "]))).join(block))
    blocks += [draw(st.sampled_from(("", *own.closings))), draw(st.sampled_from(("", "", own.quoted)))]
    filled = [block.replace("{name}", draw(calls)) if "{name}" in block else block for block in blocks if block]
    if draw(st.booleans()):
        width = draw(st.sampled_from([34, 72, 76]))
        filled = ["\n".join(textwrap.fill(line, width) for line in block.split("\n")) for block in filled]
    text = draw(st.sampled_from(["\n\n", "\n\n", "\n"])).join(filled)
    if odd:
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3, 8]))):
            at = draw(st.integers(0, len(text)))
            text = text[:at] + draw(st.sampled_from(ODD)) + text[at:]
    return text


SITUATIONS = st.builds(
    Situation,
    today=st.just(TODAY),
    culture=st.sampled_from(Culture),
    agreed=st.booleans(),
    last_group_message=st.sampled_from([None, TODAY]),
    explain_in=st.sampled_from(["fr", "en"]),
)


@st.composite
def cases(draw: st.DrawFn, odd: bool = True) -> Case:
    """A draft as the parser reads it."""
    people = draw(circles())
    subject = draw(st.sampled_from(["", "Projet Atlas", "Atlas: 42 k€ pour Anna", "Re: Entre nous, lot 1"]))
    mail = RawMail(subject, draw(st.sampled_from([None, SELLER])), (), draw(texts(people, odd)))
    try:
        draft, passages = make_draft(mail, people)
    except InputError:
        assume(False)
    return Case(draft=draft, passages=passages, situation=draw(SITUATIONS))


@st.composite
def flags_of(draw: st.DrawFn, case: Case) -> tuple[Flag, ...]:
    """Flags on some of the passages, from any offset to any other; withheld by the policy's reading or from anybody."""
    addresses = [p.address for p in case.draft.stakeholders]
    found = []
    for passage in case.author_passages():
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
            start, end = sorted(
                (draw(st.integers(passage.start, passage.end)), draw(st.integers(passage.start, passage.end)))
            )
            if draw(st.booleans()):
                start, end = passage.start, passage.end
            sensitivity = draw(st.sampled_from(Sensitivity))
            flag = make_flag(case, POLICY, passage, start, end, sensitivity, "-")
            if draw(st.booleans()):
                hidden = draw(st.lists(st.sampled_from(addresses), unique=True))
                flag = flag.model_copy(
                    update={"withhold_from": tuple(hidden), "severity": draw(st.sampled_from(Severity))}
                )
            found.append(flag)
    return tuple(found)


@st.composite
def assignments_of(draw: st.DrawFn, case: Case) -> tuple[Assignment, ...]:
    """Any audience for each passage, as a model might propose; some passages forgotten."""
    addresses = [p.address for p in case.draft.stakeholders]
    readers = st.lists(st.sampled_from(addresses), unique=True, max_size=4).map(tuple)
    return tuple(
        Assignment(
            passage_id=p.id,
            audience=Audience(group=draw(st.booleans()), people=draw(readers)),
            reason="-",
            owner=draw(st.sampled_from([None, *addresses])),
        )
        for p in case.author_passages()
        if draw(st.integers(0, 9))
    )


def at_random_from(seed: str, thorough: bool) -> Script:
    """A model that answers within the schema, whatever comes."""
    return lambda request: at_random(request, seed, thorough)


def by_number(seed: str) -> Script:
    """A model that goes by the ids alone: it answers the same whatever words stand in the mail, and repeats what it is given."""

    def answer(request: Request) -> Reply:
        told = [(i, unescape(text)) for i, text in passages_in(request)]
        draw = random.Random(f"{seed} {request.step} {[i for i, _ in told]}")
        people = people_in(request)

        def some() -> list[str]:
            return [p for p in people if draw.random() < 0.3]

        match request.step:
            case "flag":
                given: object = {
                    "flags": [
                        {
                            "id": i,
                            "quote": text,
                            "sensitivity": draw.choice(list(Sensitivity)),
                            "hurts": some(),
                            "reason": "-",
                        }
                        for i, text in told
                        if draw.random() < 0.4
                    ]
                }
            case "split":
                given = {
                    "assignments": [
                        {
                            "id": i,
                            "group": draw.random() < 0.5,
                            "people": some(),
                            "owner": draw.choice(people),
                            "reason": "-",
                            "suggestion": "-",
                        }
                        for i, _ in told
                    ]
                }
            case _:
                return honest(request)
        return completion(json.dumps(given))

    return answer


async def reviewed(case: Case, script: Script | None = None, redact: bool = False) -> Review:
    """A review by a scripted model, without a network; by the local engine where there is none."""
    if script is None:
        setup = Setup(POLICY, local_engine(POLICY), redact=redact)
        return await review(case.draft, case.passages, case.situation, setup)

    async def answer(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        reply = script(Request(step_of(body), 0, body, {}))
        return httpx2.Response(reply.status, content=reply.body, headers=dict(reply.headers))

    model = Model(Endpoint("random", "http://127.0.0.1:1/v1", "none", 20.0, 0), transport=httpx2.MockTransport(answer))
    try:
        setup = Setup(POLICY, llm_engine(model, LOADED), redact=redact)
        return await review(case.draft, case.passages, case.situation, setup)
    finally:
        await model.aclose()
