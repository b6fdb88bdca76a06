"""From files to drafts."""

import unicodedata
from email.message import EmailMessage

import pytest

from reviewer.errors import InputError
from reviewer.mail import RawMail
from reviewer.names import mentions
from reviewer.parse import any_mail, make_draft, read_draft
from reviewer.people import read_people
from reviewer.types import Role, Side, Zone

PEOPLE = "Ada Roy <a@x.example> - DSI\nBo Li <b@x.example> - acheteur"
TEXT = "Bonjour,\n\nLe périmètre du lot 1 est validé par le comité.\n\nCordialement,\nZoé Morel\n"


def test_a_text_file_with_a_list_of_people() -> None:
    """Body, people, language and the sender's name from the signature."""
    draft, passages = read_draft(TEXT.encode(), PEOPLE)
    assert draft.language == "fr"
    assert [p.address for p in draft.stakeholders] == ["a@x.example", "b@x.example"]
    assert draft.sender is not None
    assert (draft.sender.name, draft.sender.side) == ("Zoé Morel", Side.OWN)
    assert [p.zone for p in passages] == [Zone.GREETING, Zone.AUTHOR, Zone.SIGNOFF, Zone.SIGNATURE]


@pytest.mark.parametrize(
    "line", ["Objet : Lot 1", "Subject: Lot 1", "Betreff: Lot 1", "Asunto: Lot 1", "Onderwerp: Lot 1"]
)
def test_a_subject_line_at_the_top_is_the_subject(line: str) -> None:
    """It leaves the body."""
    draft, _ = read_draft(f"{line}\n\n{TEXT}".encode(), PEOPLE)
    assert draft.subject == "Lot 1"
    assert draft.body == TEXT.strip("\n")


def test_options_stand_above_the_file() -> None:
    """A subject and a sender that are given replace those of the file."""
    draft, _ = read_draft(f"Subject: old\n\n{TEXT}".encode(), PEOPLE, subject="new", sender="Max Ott <m@own.example>")
    assert draft.subject == "new"
    assert draft.sender is not None
    assert draft.sender.address == "m@own.example"


def mail() -> bytes:
    """A mail file."""
    message = EmailMessage()
    message["From"] = "Zoé Morel <zoe@nordalys.example>"
    message["To"] = "Ada Roy <a@x.example>, Zoé Morel <zoe@nordalys.example>"
    message["Cc"] = "Cy Oz <c@x.example>"
    message["Subject"] = "Lot 1"
    message.set_content(TEXT)
    return message.as_bytes()


def test_a_mail_file_brings_its_readers() -> None:
    """Without a list the headers say who reads it; the sender is no reader."""
    draft, _ = read_draft(mail())
    assert [p.address for p in draft.stakeholders] == ["a@x.example", "c@x.example"]
    assert draft.subject == "Lot 1"


def test_a_list_replaces_the_readers_of_a_mail_file() -> None:
    """A list that is given is the list."""
    draft, _ = read_draft(mail(), PEOPLE)
    assert [p.address for p in draft.stakeholders] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le périmètre du lot 1 est validé par le comité de pilotage.", "fr"),
        ("The scope of lot 1 was approved by the steering committee.", "en"),
        ("Der Umfang von Los 1 wurde vom Lenkungsausschuss freigegeben.", "de"),
        ("El alcance del lote 1 fue aprobado por el comité de dirección.", "es"),
        ("Il perimetro del lotto 1 è stato approvato dal comitato direttivo.", "it"),
        ("De scope van kavel 1 is door de stuurgroep goedgekeurd.", "nl"),
    ],
)
def test_the_language_is_that_of_the_authors_words(text: str, language: str) -> None:
    """Whatever language the quoted thread is in."""
    thread = "\n\nOn Mon, May 3, 2026 Ada <a@x.example> wrote:\n" + "> We are looking forward to your proposal.\n" * 9
    draft, _ = read_draft((text + thread).encode(), PEOPLE)
    assert draft.language == language


@pytest.mark.parametrize(
    ("raw", "people", "words"),
    [
        (b"", PEOPLE, "The draft is empty"),
        (b" \n\t\n", PEOPLE, "The draft is empty"),
        (b"Subject: x\n", PEOPLE, "The draft is empty"),
        (TEXT.encode(), None, "Nobody would read this mail"),
        (b"> only quoted\n> lines here\n", PEOPLE, "no text of its own"),
        (b"\x00\x01\x02", PEOPLE, "binary"),
        (b"We meet on Monday.\n" * 3100, PEOPLE, "at most"),
        (b"x" * 5_000_000, PEOPLE, "at most"),
    ],
)
def test_bad_input_is_one_sentence(raw: bytes, people: str | None, words: str) -> None:
    """What, which, what to do."""
    with pytest.raises(InputError) as caught:
        read_draft(raw, people)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


ANSWER = """From: Zoé Morel <zoe@own.example>
To: Ada Roy <ada@x.example>, Bo Li <bo@x.example>, Cy Ott <cy@x.example>
Subject: Re: Lot 1
Date: Mon, 2 Mar 2026 10:00:00 +0100
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Bonjour,

Le périmètre du lot 1 est validé par le comité. Cy Ott, acheteur, sera là.

Le 1 mars 2026 à 09:00, Ada Roy <ada@x.example> a écrit :
> Bonjour Zoé,
> Voici le compte rendu. Présents :
> - {line}
>
> Ada Roy
> {title}
"""


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("DSI", Role.TECHNICAL_EVALUATOR),
        ("Head of Procurement | X Ltd", Role.PROCUREMENT),
        ("Projektleiterin", Role.PROJECT_MANAGER),
        ("au plaisir de vous lire", Role.UNKNOWN),
        ("ada@x.example, DSI", Role.UNKNOWN),
    ],
)
def test_the_signatures_of_a_thread_tell_who_is_who(title: str, role: Role) -> None:
    """A title below a name is that person's role; a sentence or an address is none."""
    mail = any_mail(ANSWER.format(title=title, line="nous").encode())
    assert {p.name: p.roles for p in mail.people} == {
        "Ada Roy": (role,),
        "Bo Li": (Role.UNKNOWN,),
        "Cy Ott": (Role.UNKNOWN,),  # what the author writes of somebody is no introduction
    }


@pytest.mark.parametrize("line", ["Bo Li, acheteur", "Bo Li – acheteur", "Bo Li | acheteur"])
def test_a_list_of_a_thread_tells_who_is_who(line: str) -> None:
    """Name and title on one line."""
    mail = any_mail(ANSWER.format(title="", line=line).encode())
    bo = next(p for p in mail.people if p.name == "Bo Li")
    assert (bo.roles, bo.note) == ((Role.PROCUREMENT,), "acheteur")


def test_letters_typed_in_parts_are_composed() -> None:
    """A name of the list is found in a text from a PDF or from macOS, and with a soft hyphen in it."""
    body = unicodedata.normalize("NFD", "Bonjour,\n\nBenoît Lefèvre et Lefè\u00advre ont validé.")
    people = read_people("Benoît Lefèvre <b@client.example> - DSI")
    draft, passages = make_draft(RawMail(unicodedata.normalize("NFD", "Accès"), None, (), body), people)
    assert draft.subject == "Accès"
    assert [m.addresses for m in mentions(passages[-1].text, people)] == [("b@client.example",)] * 2
    assert all(draft.body[p.start : p.end] == p.text for p in passages)
    spelled = read_people(unicodedata.normalize("NFD", "Benoît Lefèvre <b@client.example>"))
    assert spelled[0].name == "Benoît Lefèvre"


def test_a_blank_before_every_line_is_none_of_the_sellers() -> None:
    """As some programs print a mail; lines that are set in beside others stay so."""
    draft, _ = read_draft(("\n\n" + "\n".join(f" {line}".rstrip() for line in TEXT.split("\n"))).encode(), PEOPLE)
    assert draft.body == TEXT.strip("\n")
    body = "Bonjour,\n\nLe lot 1 :\n  - validé\n  - livré\n\nZoé"
    assert read_draft(body.encode(), PEOPLE)[0].body == body


HEADS = [
    ("De :", "Envoyé : mardi 3 mars 2026 10:12", "À :", "Cc :", "Objet :"),
    ("*De\u00a0:*", "*Date\u00a0:* 3 mars 2026", "*À\u00a0:*", "*Cc\u00a0:*", "*Objet\u00a0:*"),
    ("Expéditeur :", "Date : 3 mars 2026", "Destinataires :", "Cc :", "Sujet :"),
    ("From:\t", "Sent:\tTuesday, March 3, 2026", "To:\t", "Cc:\t", "Subject:\t"),
    ("Von:", "Gesendet: Dienstag, 3. März 2026", "An:", "Cc:", "Betreff:"),
    ("De:", "Enviado el: martes, 3 de marzo", "Para:", "CC:", "Asunto:"),
    ("Da:", "Inviato: martedì 3 marzo 2026", "A:", "Cc:", "Oggetto:"),
    ("Van:", "Verzonden: dinsdag 3 maart 2026", "Aan:", "CC:", "Onderwerp:"),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("head", HEADS)
def test_a_pasted_head_says_who_writes_and_who_reads(head: tuple[str, ...], end: str) -> None:
    """The draft as a mail client shows it, in six languages, with its readers over two lines; nothing of it is text."""
    by, day, to, cc, about = head
    block = [
        f"{by} Zoé Morel <z@own.example>", day, f"{to} Ada Roy <a@x.example>;", "Cy Oz <c@x.example>",
        f"{cc} Bo Li <b@x.example>", f"{about} Lot 1", "", *TEXT.split("\n"),
    ]  # fmt: skip
    raw = end.join(block).encode()
    draft, _ = read_draft(raw)
    assert (draft.subject, draft.body.strip("\n")) == ("Lot 1", TEXT.strip("\n"))
    assert draft.sender is not None
    assert draft.sender.address == "z@own.example"
    assert [(p.address, str(p.recipient)) for p in draft.stakeholders] == [
        ("a@x.example", "to"), ("c@x.example", "to"), ("b@x.example", "cc"),
    ]  # fmt: skip
    assert [p.address for p in read_draft(raw, PEOPLE)[0].stakeholders] == ["a@x.example", "b@x.example"]


def test_a_pasted_head_may_have_names_alone() -> None:
    """Who is named without an address is told; a mail by a reader is refused, whether it has their address or their name."""
    mail = any_mail(f"De : Zoé Morel\nÀ : Ada Roy; Cy Oz\nObjet : Lot 1\n\n{TEXT}".encode())
    assert [who.name for who in mail.unaddressed] == ["Ada Roy", "Cy Oz"]
    assert read_draft(f"À : Ada Roy\nCc : Bo Li\n\n{TEXT}".encode(), PEOPLE)[0].body == TEXT.strip("\n")
    for by in ("Ada Roy", "Ada Roy <a@x.example>"):
        with pytest.raises(InputError, match="is by Ada Roy"):
            read_draft(f"De : {by}\nEnvoyé : mardi\nÀ : Zoé\nObjet : Lot 1\n\n{TEXT}".encode(), PEOPLE)


def test_a_draft_to_the_address_of_a_whole_team_is_the_sellers() -> None:
    """So is every mail of whoever is named as the seller."""
    for to in ("team@x.example", "z@other.example"):
        given = "" if to.endswith("x.example") else "Zoé Morel <z@own.example>"
        head = f"De : Zoé Morel <z@own.example>\nÀ : {to}\nObjet : Lot 1\n\n"
        assert read_draft(f"{head}{TEXT}".encode(), PEOPLE, sender=given)[0].body == TEXT.strip("\n")


@pytest.mark.parametrize(
    "text",
    [
        "A : le lot 1 est validé.\nB : le lot 2 attend.\n\nZoé",
        "De : la part de Karim, le lot 1 est validé.\n\nZoé",
        "Date : mardi 3 mars\nObjet : le comité\n\nLe lot 1 est validé.",
        "Para: validar el lote 1\n\nEl lote 1 está listo.",
        "A: confermare il prezzo\nData: 3 maggio\n\nIl resto segue.",
    ],
)
def test_lines_that_only_look_like_a_head_are_text(text: str) -> None:
    """Answers to choose from, an agenda, and a sentence that begins with such a word."""
    assert read_draft(text.encode(), PEOPLE)[0].body == text


@pytest.mark.parametrize(
    "head",
    [
        "De : Dan Day <d@x.example>\nEnvoyé : mardi\nÀ : Zoé Morel <z@own.example>; Ada Roy <a@x.example>\nObjet : Lot 1",
        "De : Max Ott <m@other.example>\nEnvoyé : mardi\nÀ : Zoé Morel <z@own.example>\nObjet : Lot 1",
    ],
)
def test_a_pasted_mail_by_somebody_else_is_no_draft(head: str) -> None:
    """By a colleague of the readers, or to none of them: nothing was written above it."""
    with pytest.raises(InputError, match="no text of its own"):
        read_draft(f"{head}\n\n{TEXT}".encode(), PEOPLE)
