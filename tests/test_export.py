"""Drafts for mail clients: correct headers whatever a draft carries, whole files or none."""

import email
import email.policy
import os
import re
import threading
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import getaddresses
from pathlib import Path

import pytest

from reviewer.errors import OutputError
from reviewer.export import eml, file_names, other_drafts, rich_text, write_folder, write_whole
from reviewer.mail import read_mail
from reviewer.parse import make_draft, plain_mail
from reviewer.types import Draft, Message, Review, Side, Stakeholder
from tests.build import CLAIRE, KARIM, case
from tests.headers import Reader, orders
from tests.test_chain import MAIL, local


def with_message(**changes: object) -> tuple[Message, Review]:
    """A direct message to Karim and a review that knows its people."""
    review = local(MAIL)
    message = Message(to=(KARIM.address,), subject="Sujet", body="Bonjour Karim,\n\nVoilà.\n", kind="direct")
    return message.model_copy(update=changes), review


def test_headers_are_what_the_message_says() -> None:
    """Readers with their names, the sender, and the mark that opens it unsent."""
    message, review = with_message(cc=(CLAIRE.address,), subject="Projet Atlas – points techniques")
    sender = Stakeholder(name="Zoé Morel", address="zoe@nordalys.example", side=Side.OWN)
    review = review.model_copy(update={"draft": review.draft.model_copy(update={"sender": sender})})
    parsed = email.message_from_bytes(eml(message, review.draft), policy=email.policy.default)
    assert parsed["To"].addresses[0].display_name == "Karim Benali"
    assert parsed["Cc"].addresses[0].addr_spec == CLAIRE.address
    assert str(parsed["From"]) == "Zoé Morel <zoe@nordalys.example>"
    assert parsed["Subject"] == "Projet Atlas – points techniques"
    assert parsed["X-Unsent"] == "1"
    assert parsed.get_content().replace("\r\n", "\n") == message.body


@pytest.mark.parametrize("subject", ["a\r\nBcc: evil@x.example", "a\nTo: evil@x.example", "a\u2028Cc: e@x.example"])
def test_no_header_can_be_smuggled_in(subject: str) -> None:
    """Line ends in a subject are spaces."""
    message, review = with_message(subject=subject)
    parsed = email.message_from_bytes(eml(message, review.draft), policy=email.policy.default)
    assert parsed["Bcc"] is None
    assert parsed["Cc"] is None
    assert [a.addr_spec for a in parsed["To"].addresses] == [KARIM.address]


def test_a_name_cannot_smuggle_a_reader_in() -> None:
    """A list of people is untrusted too."""
    message, review = with_message()
    people = tuple(
        p.model_copy(update={"name": 'Karim" <evil@x.example>,\r\nBcc: f@x.example'}) if p == KARIM else p
        for p in review.draft.stakeholders
    )
    review = review.model_copy(update={"draft": review.draft.model_copy(update={"stakeholders": people})})
    parsed = email.message_from_bytes(eml(message, review.draft), policy=email.policy.default)
    assert [a.addr_spec for a in parsed["To"].addresses] == [KARIM.address]
    assert parsed["Bcc"] is None


def in_thread(review: Review, in_reply_to: str, *references: str) -> Draft:
    """The review's draft, as one that is an answer."""
    thread = {"in_reply_to": in_reply_to, "references": references}
    return review.draft.model_copy(update=thread)


@pytest.mark.parametrize("readers", orders(40), ids=lambda readers: str(len(readers)))
def test_a_draft_has_every_reader_for_any_mail_client(readers: tuple[Reader, ...]) -> None:
    """A comma between two readers is never encoded, whatever stands beside the end of a line: no client would part them."""
    people = tuple(Stakeholder(name=r.written or r.address, address=r.address) for r in readers)
    message, review = with_message(to=tuple(r.address for r in readers[:1]), cc=tuple(r.address for r in readers[1:]))
    raw = eml(message, review.draft.model_copy(update={"stakeholders": people}))
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    assert max(map(len, head.split("\r\n"))) < 200
    values = [line.partition(": ")[2] for line in head.replace("\r\n ", " ").split("\r\n") if line[:2] in ("To", "Cc")]
    entries = getaddresses(values)  # as no encoded word is read before, a strict reader of what is written here
    assert [address for _, address in entries] == [r.address for r in readers]
    assert [str(make_header(decode_header(name))) for name, _ in entries] == [p.name for p in people]
    found = read_mail(raw)
    assert [p.address for p in found.people] == [r.address for r in readers]


@pytest.mark.parametrize(
    ("name", "address", "line"),
    [
        ("=?utf-8?q?Bo_=3Cb=40x.example=3E=2C?= Li", "a@x.example", r"=\?utf-8\?[bq]\?\S+\?= <a@x\.example>"),
        (
            "Ada Roy",
            "a@café.example",
            r"=\?utf-8\?q\?Ada_Roy\?= <a@xn--caf-dma\.example>|Ada Roy <a@xn--caf-dma\.example>",
        ),
        ("Ada " * 40 + "Roy", "a@x.example", r"=\?utf-8\?\S+\?="),
    ],
)
def test_a_name_in_a_header_is_only_a_name(name: str, address: str, line: str) -> None:
    """What looks encoded is encoded once more, a domain has the letters that servers know, a long name is folded."""
    message, review = with_message(to=(address,))
    person = Stakeholder(name=name, address=address)
    raw = eml(message, review.draft.model_copy(update={"stakeholders": (person,)}))
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    assert re.search(rf"^To: (?:{line})", head, re.M)
    assert [p.address.partition("@")[0] for p in read_mail(raw).people] == ["a"]


def test_an_answer_stays_in_its_thread() -> None:
    """Both headers as they were, also with ids longer than a line, which are never encoded; our own reader finds them."""
    ids = ("<first@client.example>", f"<{'x' * 120}@{'y' * 60}.prod.outlook.example>", "<third@client.example>")
    message, review = with_message()
    raw = eml(message, in_thread(review, ids[2], *ids))
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed["In-Reply-To"] == ids[2]
    assert str(parsed["References"]).split() == list(ids)
    assert (read_mail(raw).in_reply_to, read_mail(raw).references) == (ids[2], ids)
    assert parsed["X-Unsent"] == "1"
    assert parsed["To"].addresses[0].addr_spec == KARIM.address
    assert not parsed.defects
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_an_answer_without_references_refers_to_what_it_answers() -> None:
    """Some clients thread by References alone."""
    message, review = with_message()
    parsed = email.message_from_bytes(eml(message, in_thread(review, "<a@client.example>")))
    assert (parsed["In-Reply-To"], parsed["References"]) == ("<a@client.example>", "<a@client.example>")


def test_what_begins_a_thread_has_no_place_in_one() -> None:
    """A new mail, and the message that asks the sponsor to agree, which is a matter of its own."""
    message, review = with_message()
    engagement = message.model_copy(update={"kind": "engagement"})
    for raw in (eml(message, review.draft), eml(engagement, in_thread(review, "<a@client.example>"))):
        parsed = email.message_from_bytes(raw)
        assert parsed["In-Reply-To"] is None
        assert parsed["References"] is None


def test_a_message_id_cannot_smuggle_a_header_in() -> None:
    """A review is read from files too; what is no message id is left out."""
    message, review = with_message()
    evil = "<a@x.example>\r\nBcc: evil@x.example", "<b\r\nBcc: evil@x.example>"
    parsed = email.message_from_bytes(eml(message, in_thread(review, evil[1], *evil)))
    assert parsed["Bcc"] is None
    assert (parsed["In-Reply-To"], parsed["References"]) == (None, "<a@x.example>")


def test_files_are_named_in_the_order_of_sending() -> None:
    """Number, then who; accents and odd characters become plain."""
    names = [name for name, _ in file_names(local(MAIL))]
    assert [name.split("-")[0] for name in names] == [str(n) for n in range(1, len(names) + 1)]
    assert names[0] == "1-engagement.eml"
    assert all(name.isascii() and name == name.lower() and "/" not in name for name in names)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the middle leaves what was there before, and no temporary file."""
    review = local(case("Le pilote est terminé.", "Le lot 1 est validé."))
    written = write_folder(review, tmp_path)
    before = {p: p.read_bytes() for p in written}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_folder(review, tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_in_a_mailbox_the_folder_says_that_it_is_unsent() -> None:
    """No mark that would travel with the mail once it is sent; a date by which mail clients sort."""
    message, review = with_message()
    moment = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
    parsed = email.message_from_bytes(eml(message, review.draft, placed=moment), policy=email.policy.default)
    assert "X-Unsent" not in parsed
    assert parsed["Date"].datetime == moment


def test_a_seller_who_signs_by_name_alone_is_no_address() -> None:
    """The mail client fills the sender in: an address that was made up would bounce every answer."""
    draft, _ = make_draft(plain_mail("Bonjour à tous,\n\nVoilà.\n\nCordialement,\nJulie Morel\n"), (CLAIRE, KARIM))
    assert draft.sender is not None
    assert draft.sender.address == "julie.morel@sender.invalid"
    message, review = with_message()
    review = review.model_copy(update={"draft": review.draft.model_copy(update={"sender": draft.sender})})
    assert b"\nFrom:" not in eml(message, review.draft)


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("Bonjour Karim,\n\nVoilà.\n", "<p>Bonjour Karim,</p><p>Voilà.</p>"),
        ("Cordialement,\nJulie Morel\n", "<p>Cordialement,<br>Julie Morel</p>"),
        ("À voir :\n- le schéma\n- l'annuaire\n", "<p>À voir :</p><ul><li>le schéma</li><li>l&#x27;annuaire</li></ul>"),
        ("a <b>x</b> & <img src=y onerror=z>", "<p>a &lt;b&gt;x&lt;/b&gt; &amp; &lt;img src=y onerror=z&gt;</p>"),
        ("3 - 2 = 1\n-5 °C dehors", "<p>3 - 2 = 1<br>-5 °C dehors</p>"),
        ("a\n \t\n\nb", "<p>a</p><p>b</p>"),
    ],
)
def test_a_clipboard_gets_paragraphs_and_lists(body: str, html: str) -> None:
    """Every character stands for itself: no tag of a draft becomes one of the mail."""
    assert rich_text(body) == html


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """Nor a device: a file in its place would be found by the next program."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"what left", "--sent")
    reader.join(timeout=10)
    assert read == [b"what left"]
    assert pipe.is_fifo()


def test_no_control_character_of_a_draft_reaches_a_mail() -> None:
    """What opens the file may obey it; joined emoji stay."""
    draft, _ = make_draft(plain_mail("Hi Claire,\n\nThe plan is ready.\n"), (CLAIRE,))
    message = Message(
        kind="direct",
        to=(CLAIRE.address,),
        subject="Plan",
        body="Red \x1b[31m\u202e text \U0001f468\u200d\U0001f4bb.\n",
        passage_ids=(),
    )
    written = email.message_from_bytes(eml(message, draft), policy=email.policy.default).get_content()
    assert written.strip() == "Red [31m text \U0001f468\u200d\U0001f4bb."


def test_drafts_of_before_are_named(tmp_path: Path) -> None:
    """Those of another review, and of this mail while somebody's address was another."""
    review = local(MAIL)
    (tmp_path / "9-somebody-else.eml").write_bytes(b"")
    assert other_drafts(tmp_path, write_folder(review, tmp_path)) == ["9-somebody-else.eml"]
