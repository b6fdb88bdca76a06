"""Who wrote what in a quoted thread, when and to whom, in the forms of the usual mail clients and in six languages."""

from datetime import date

import pytest

from reviewer.passages import passages
from reviewer.thread import day_of, quoted_mails
from reviewer.types import Correspondent, Earlier

DAY = date(2026, 3, 12)
KARIM = Correspondent("Karim Benali", "karim@client.example")
NAMED = Correspondent("Karim Benali", "")


def thread(text: str) -> tuple[Earlier, ...]:
    """The mails quoted below a line of the author's own."""
    body = f"The plan stands as we said.\n\n{text}\n"
    return quoted_mails(body, passages(body))


@pytest.mark.parametrize(
    ("line", "writer"),
    [
        ("Le jeu. 12 mars 2026 à 10:04, Karim Benali <karim@client.example> a écrit :", KARIM),
        ("Le 12 mars 2026 à 10:04, Karim Benali a écrit :", NAMED),
        ("Le 12/03/2026 10:04, Karim Benali a écrit :", NAMED),
        ("On Thu, Mar 12, 2026 at 10:04 AM Karim Benali <karim@client.example> wrote:", KARIM),
        ("On 12 Mar 2026, at 10:04, Karim Benali <karim@client.example> wrote:", KARIM),
        ("On 3/12/2026 10:04 AM, Karim Benali wrote:", NAMED),
        ("Am Do., 12. März 2026 um 10:04 Uhr schrieb Karim Benali <karim@client.example>:", KARIM),
        ("Am 12.03.2026 um 10:04 schrieb Karim Benali:", NAMED),
        ("Am Donnerstag, 12. März 2026, 10:04 hat Karim Benali <karim@client.example> geschrieben:", KARIM),
        ("Karim Benali <karim@client.example> schrieb am Do., 12. März 2026, 10:04:", KARIM),
        ("El jue, 12 mar 2026 a las 10:04, Karim Benali (<karim@client.example>) escribió:", KARIM),
        ("Il giorno gio 12 mar 2026 alle ore 10:04 Karim Benali <karim@client.example> ha scritto:", KARIM),
        ("Il 12/03/26 10:04, Karim Benali ha scritto:", NAMED),
        ("Op do 12 mrt 2026 om 10:04 schreef Karim Benali <karim@client.example>:", KARIM),
        ("Op 12 mrt. 2026, om 10:04 heeft Karim Benali <karim@client.example> het volgende geschreven:", KARIM),
    ],
)
def test_a_line_that_opens_a_reply_names_writer_and_day(line: str, writer: Correspondent) -> None:
    """Gmail, Apple Mail and Thunderbird; who else read the mail it does not tell."""
    assert thread(f"{line}\n> Lot 1 is done.") == (Earlier("Lot 1 is done.", writer, DAY),)


@pytest.mark.parametrize(
    "fields",
    [
        ("De :", "Envoyé : jeudi 12 mars 2026 10:04", "À :", "Cc :", "Objet :"),
        ("From:", "Sent: Thursday, March 12, 2026 10:04 AM", "To:", "Cc:", "Subject:"),
        ("Von:", "Gesendet: Donnerstag, 12. März 2026 10:04", "An:", "Cc:", "Betreff:"),
        ("De:", "Enviado: jueves, 12 de marzo de 2026 10:04", "Para:", "CC:", "Asunto:"),
        ("Da:", "Inviato: giovedì 12 marzo 2026 10:04", "A:", "Cc:", "Oggetto:"),
        ("Van:", "Verzonden: donderdag 12 maart 2026 10:04", "Aan:", "CC:", "Onderwerp:"),
        ("De :", "Date : 12/03/2026 10:04", "À :", "Copie à :", "Objet :"),
        ("Expéditeur :", "Date : 12 mars 2026 à 10:04:00 UTC+1", "Destinataire :", "Cc :", "Objet :"),
        ("Mittente:", "Data: 12/03/2026 10:04", "Destinatario:", "Cc:", "Oggetto:"),
        ("*De :*", "*Envoyé :* jeudi 12 mars 2026 10:04", "*À :*", "*Cc :*", "*Objet :*"),
    ],
)
@pytest.mark.parametrize("above", ["", "________________________________\n", "-----Original Message-----\n"])
def test_a_block_of_fields_names_the_readers_too(fields: tuple[str, ...], above: str) -> None:
    """Outlook, with and without a rule above; a list of readers may go on in the next line."""
    writer, day, to, cc, subject = fields
    text = (
        f"{above}{writer} Karim Benali <karim@client.example>\n{day}\n{to} Claire Leroy <claire@client.example>;\n"
        f" Thomas Vidal\n{cc} odile@client.example\n{subject} RE: Atlas\n\nLot 1 is done."
    )
    readers = (
        Correspondent("Claire Leroy", "claire@client.example"),
        Correspondent("Thomas Vidal", ""),
        Correspondent("", "odile@client.example"),
    )
    assert thread(text) == (Earlier("Lot 1 is done.", KARIM, DAY, readers),)


def test_a_block_made_from_html_may_have_blank_lines_between_its_fields() -> None:
    """And a name in which a comma stands."""
    found = thread("From: Karim Benali\nSent: 12 March 2026\n\nTo: Leroy, Claire\n\nSubject: Atlas\n\nDone.")
    assert found == (Earlier("Done.", NAMED, DAY, (Correspondent("Claire Leroy", ""),)),)


def test_each_line_of_a_nested_thread_is_its_own_writers() -> None:
    """What goes on below a deeper quotation is the outer mail's; a head may be wrapped onto two lines."""
    found = thread(
        "Le 12 mars 2026 à 10:04, Karim Benali a écrit :\n> Lot 1 is done.\n>\n"
        "> On Mon, Mar 9, 2026 at 8:00 AM Claire Leroy\n> <claire@client.example> wrote:\n>> When is lot 1 done?\n"
        "> And lot 2 begins."
    )
    assert [(m.by.name if m.by else "", m.day, " ".join(m.text.split())) for m in found] == [
        ("Karim Benali", DAY, "Lot 1 is done. And lot 2 begins."),
        ("Claire Leroy", date(2026, 3, 9), "When is lot 1 done?"),
    ]


def test_marks_without_a_head_name_nobody() -> None:
    """What the author writes between them is no part of the thread."""
    body = "> Lot 1 is done.\n\nGood news.\n\n> Lot 2 begins.\n"
    assert quoted_mails(body, passages(body)) == (Earlier("Lot 1 is done.\n\n\n\nLot 2 begins."),)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-12 10:04", DAY),
        ("12.3.26, 10:04", DAY),
        ("03/12/2026 10:04 PM", DAY),
        ("03/25/2026 10:04", date(2026, 3, 25)),
        ("12 mars à 10:04", None),
        ("31/02/2026", None),
        ("31 febrero 2026", None),
        ("hier", None),
    ],
)
def test_a_day_is_told_only_with_its_year(text: str, day: date | None) -> None:
    """And only where there is such a day."""
    assert day_of(text) == day
