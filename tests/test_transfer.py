"""What is left of quoted-printable is read, and nothing that only looks like it."""

import quopri
from email.message import EmailMessage

import pytest

from reviewer.mail import read_mail
from reviewer.parse import read_draft
from reviewer.transfer import decoded

FRENCH = (
    "Bonjour à tous,\n\nLe périmètre du lot 1 est validé par le comité, et la reprise des données commencera à la date prévue.\n"
    "Voir https://client.example/?id=20&vue=3\n\nCordialement,\nZoé Morel\n"
)
PEOPLE = "Ada Roy <a@x.example> - DSI\nBo Li <b@x.example> - acheteur"


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_the_source_of_a_mail_is_read(charset: str) -> None:
    """Letters of one byte or of two, soft line ends, and an equals sign that was encoded."""
    source = quopri.encodestring(FRENCH.encode(charset)).decode("ascii")
    assert "=\n" in source
    assert "=3D" in source
    assert decoded(source) == FRENCH
    draft, passages = read_draft(source.encode(), PEOPLE)
    assert draft.body == FRENCH.strip("\n")
    assert all(draft.body[p.start : p.end] == p.text for p in passages)


def test_lines_that_were_joined_with_a_blank_are_read() -> None:
    """Behind the sign of a soft line end a blank stands where the line end was, in the middle of a word too."""
    text = (
        "The president, wh= om you met at the gathering, sends his regards and hopes to see the fin= al version of "
        "the plan in =20 March.=20 We would be glad to=  have it by then, whatever may have been dec= ided meanwhile."
    )
    assert decoded(text) == (
        "The president, whom you met at the gathering, sends his regards and hopes to see the final version of "
        "the plan in   March.  We would be glad to have it by then, whatever may have been decided meanwhile."
    )


def test_blanks_and_tabs_at_the_ends_of_lines_are_read() -> None:
    """As old mail programs wrote them before every line end; a word of one letter may stand there."""
    text = "Good news!=20\n=20\n=09Tana Jones\n=0904/23/2001 05:56 PM\nAn opportunity to receive stock in lieu of all or a=20\nportion.\n"
    assert decoded(text) == (
        "Good news! \n \n\tTana Jones\n\t04/23/2001 05:56 PM\nAn opportunity to receive stock in lieu of all or a \nportion.\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "With a=20 and b=30 the pump runs at c=E9, which is d=B4.",
        "https://x.example/?id=20\nhttps://x.example/?id=20\nhttps://x.example/?id=20",
        "Quantity=20\nStock=20\nMinimum=20",
        "The price = weight times rate, total = 5, and x = y.",
        "Lot 1\n=====\nDone.\n=====\nLot 2\n=====",
        "Ref= ab, qty= cd, price= ef, and no more than that",
        "Our exports show =C3=A9 and =C3=A0 instead of é and à.",
        "size=A0, size=B4, len=C8, key=E9",
        "One sign alone, caf=C3=A9, proves nothing.",
    ],
)
def test_what_says_something_as_it_stands_is_left(text: str) -> None:
    """Formulas, addresses of pages, rules, and talk about the signs."""
    assert decoded(text) == text


def test_a_formula_and_an_address_in_the_source_of_a_mail_are_left() -> None:
    """An equals sign of its own says that its line is not encoded; "a=20" is no blank."""
    text = "Le p=C3=A9rim=C3=A8tre est valid=C3=A9, avec a=20 et b.\nVoir https://x.example/?id=20\nprix = 40\n"
    assert decoded(text) == "Le périmètre est validé, avec a=20 et b.\nVoir https://x.example/?id=20\nprix = 40\n"


def test_the_seller_s_own_words_above_an_encoded_thread_are_left() -> None:
    """Only the thread has the signs."""
    above = "Prix = 40 € pour le lot é.\n\n"
    source = quopri.encodestring(FRENCH.encode()).decode("ascii")
    assert decoded(above + source) == above + FRENCH


def test_a_part_that_lost_its_transfer_encoding_is_read() -> None:
    """Plain text and HTML, whose markup is read afterwards."""
    for kind, body in (("plain", FRENCH), ("html", f'<p class="a">{FRENCH}</p>')):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "Zoé <z@own.example>", "Ada <a@x.example>", "Lot 1"
        message.set_content(quopri.encodestring(body.encode()).decode("ascii"), subtype=kind, cte="7bit")
        assert "Le périmètre du lot 1 est validé par le comité, et la reprise" in read_mail(message.as_bytes()).body


def test_no_control_characters_come_of_it() -> None:
    """Old programs wrote their own dashes and apostrophes as such."""
    assert (
        decoded("The program=01,s goal=20\nis met.=20\n=20\n=20\nRead on=01(\n")
        == "The program,s goal \nis met. \n \n \nRead on(\n"
    )
