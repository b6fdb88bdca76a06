"""Whoever has an address in a header comes out as a reader, and nobody else, however a mail client wrote or broke it."""

import pytest

from reviewer.addressees import Addressee, addressees
from reviewer.contacts import read_contacts
from reviewer.mail import read_mail
from reviewer.people import people_from_headers, read_people
from tests.headers import READERS, SPOILED, WRITERS, Reader, b_word, orders, q_word

# A wrong order is rare: one in ten of those that the standard library writes loses somebody to its own parser.
ORDERS = orders(60)


def mail_to(headers: str, charset: str = "utf-8") -> bytes:
    """A mail with these lines in its head."""
    return f"From: zoe@n.example\n{headers}\nSubject: Lot 1\n\nBonjour\n".encode(charset)


def test_a_name_brings_nobody_in() -> None:
    """Not even where the standard library merges somebody into the next one's name: who is lost is named beside it."""
    lost = 0
    for readers in ORDERS:
        field = WRITERS["policy.SMTP"](readers)
        found = read_mail(mail_to(f"To: {field}")).people
        assert {p.address for p in found} <= {r.address for r in readers}
        for address in {r.address for r in readers} - {p.address for p in found}:
            lost += 1
            assert any(address in p.note for p in found), field
    assert lost


@pytest.mark.parametrize("writer", WRITERS)
def test_everybody_is_read_with_their_name_in_any_order(writer: str) -> None:
    """Accented names in six languages with titles and commas, as encoded and folded by each mail client."""
    for readers in ORDERS:
        field = WRITERS[writer](readers)
        if writer in ("policy.SMTP", "policy.default") and any(r.address not in field for r in readers):
            continue  # merged by the standard library
        found = read_mail(mail_to(f"To: {field}")).people
        assert [(p.name, p.address) for p in found] == [(r.name, r.address) for r in readers], field


@pytest.mark.parametrize("writer", WRITERS)
def test_a_raw_header_may_be_pasted_or_opened_as_a_list(writer: str) -> None:
    """The same people come out as from the mail."""
    for readers in ORDERS[:15]:
        field = WRITERS[writer](readers)
        if writer in ("policy.SMTP", "policy.default") and any(r.address not in field for r in readers):
            continue  # merged by the standard library
        expected = [(r.name, r.address) for r in readers]
        for found in (read_people(f"To: {field}"), read_contacts(f"To: {field}".encode()), people_from_headers(field)):
            assert [(p.name, p.address) for p in found] == expected, field


@pytest.mark.parametrize("writer", WRITERS)
def test_a_long_list_is_read_to_its_end(writer: str) -> None:
    """Two hundred readers, among them namesakes."""
    readers = [
        r._replace(address=f"p{n}.{r.address}")
        for n, r in enumerate([*READERS[:-1]] * 20)
    ][:200]  # fmt: skip
    found = read_mail(mail_to(f"To: {WRITERS[writer](readers)}")).people
    assert [p.address for p in found] == [r.address for r in readers]


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
@pytest.mark.parametrize("way", SPOILED)
def test_everybody_is_read_from_a_header_that_is_broken(way: str, charset: str) -> None:
    """What no strict parser reads, also where letters stand in it without any encoding."""
    for readers in ORDERS[:30]:
        headers = SPOILED[way](readers)
        found = read_mail(mail_to(headers, charset)).people
        assert [(p.name, p.address) for p in found] == [(r.name, r.address) for r in readers], headers


@pytest.mark.parametrize(
    "field",
    [
        '"b@x.example" <a@x.example>',
        "'b@x.example' <a@x.example>",
        '"Bo (b@x.example) via Ada" <a@x.example>',
        '"Bo <b@x.example>" <a@x.example>',
        "Bo (b@x.example) <a@x.example>",
        f"{q_word('Bo b@x.example é')} <a@x.example>",
        f"{b_word('Bo (b@x.example), é')}\n <a@x.example>",
        '"Ada <b@x.example>, x" <a@x.example>',
        f"{q_word('Ada <b@x.example>, é')} <a@x.example>",
        "<@b.example,@c.example:a@x.example>",
        "Ada <a(b@x.example)@x.example>",
    ],
)
def test_an_address_in_a_name_is_nobodys(field: str) -> None:
    """Else a message could be addressed to somebody whom the mail would never have reached."""
    assert [entry.address for entry in addressees(field)] == ["a@x.example"]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("a@x.example (Ada Roy)", "Ada Roy"),
        ("a@x.example <a@x.example>", ""),
        ('"a@x.example" <a@x.example>', ""),
        ("Roy, Ada [mailto:a@x.example]", "Roy, Ada"),
        ("Ada Roy[SMTP:a@x.example]", "Ada Roy"),
        ('"Ada \\"Ad\\" Roy" <a@x.example>', 'Ada "Ad" Roy'),
        ("Ada Roy <mailto:a@x.example>", "Ada Roy"),
        ("Ada Roy <a @x . example>", "Ada Roy"),
        ("Ada Roy <a@x.example> (her friend)", "Ada Roy"),
        ("Pete O./HOU/ECT@ECT, a@x.example", ""),
        ("Bo </O=ACME/CN=RECIPIENTS/CN=BO>, Ada Roy <a@x.example>", "Ada Roy"),
        ("Undisclosed, \"Roy, Ada\" <a@x.example>", "Roy, Ada"),
        ("a@x.example@ACME", ""),
        (f"{q_word('Ad')} {q_word('é')} {b_word('Roy', 'iso-8859-1')} <a@x.example>", "Adé Roy"),
        ("=?utf-8?B?QWTD?= =?utf-8?B?qSBSb3k=?= <a@x.example>", "Adé Roy"),
        ("=?utf-8?Q?Ad=E9?= <a@x.example>", "Adé"),
        ("=?zlib?Q?Ad=C3=A9?= <a@x.example>", "Adé"),
        ("\ue03c=?utf-8?Q?Ad=C3=A9=EE=80=BC?= <a@x.example>", "Adé"),
    ],
)  # fmt: skip
def test_the_name_is_what_a_reader_sees(field: str, name: str) -> None:
    """Comments, routes and what other systems add are none of it, nor is an address in place of one."""
    assert addressees(field) == [Addressee(name, "a@x.example")]


def test_several_fields_are_one() -> None:
    """RFC 5322 allows one To and one Cc; a mail with more of them reaches everybody in them."""
    readers = [Reader("", f"p{n}@x.example", "") for n in range(3)]
    found = read_mail(mail_to("\n".join(f"Cc: {r.address}" for r in readers))).people
    assert [p.address for p in found] == [r.address for r in readers]


@pytest.mark.parametrize("text", ["Bonjour,\nAda m'écrit à a@x.example.", "Un fait @ Lyon,\net b@x.example"])
def test_a_text_that_follows_at_once_stays_a_text(text: str) -> None:
    """Only what goes on behind a comma, and looks like an addressee, belongs to the head."""
    found = read_mail(f"From: z@n.example\nTo: c@x.example\n{text}\n".encode())
    assert [p.address for p in found.people] == ["c@x.example"]
    assert "x.example" in found.body


@pytest.mark.parametrize(
    "text", ['"', "<", "(", "=?", "=?q?q?<?= ", "a@", "@", " \n", "'\"", "> ", "()", '"\\', "[mailto:"]
)
def test_a_header_of_a_megabyte_has_an_end(text: str) -> None:
    """No sign makes the reading take more than in proportion to its length; a minute's work would fail the run's own limit."""
    assert addressees(text * (1_000_000 // len(text)) + ", Ada <a@x.example>")[-1].address == "a@x.example"
