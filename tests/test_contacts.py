"""The people of a deal from address books and sales tools, and who of them is asked about."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from reviewer import terminal
from reviewer.cli import app
from reviewer.contacts import (
    Answer,
    Likeness,
    bring_in,
    close_address,
    close_domain,
    close_name,
    company,
    contacts_of,
    match,
    question,
    read_contacts,
    updated,
)
from reviewer.errors import InputError
from reviewer.limits import Limits
from reviewer.parse import read_draft
from reviewer.store import Store
from reviewer.types import Recipient, Role, Side, Stakeholder
from tests.build import CLAIRE, KARIM, PEOPLE, SANDRINE
from tests.test_deal import FIRST, START

run = CliRunner()
OUTLOOK_21 = """BEGIN:VCARD
VERSION:2.1
N;LANGUAGE=fr;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:L=E9vy;Ren=E9e
FN;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:Ren=E9e L=E9vy
ORG:Client SA;Achats
TITLE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Acheteuse=
 confirm=C3=A9e
TEL;WORK;VOICE:+33 1 00 00 00 00
EMAIL;INTERNET:renee@maison.example
EMAIL;PREF;INTERNET:Renee.Levy@Client.example
PHOTO;TYPE=JPEG;ENCODING=BASE64:
 /9j/4AAQSkZJRgABAQAAAQABAAD

REV:20260101T000000Z
END:VCARD
"""
APPLE_30 = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//macOS 14.4//EN
N:Benali;Karim;;;
FN:Karim Benali
ORG:Client SA;
TITLE:DSI
EMAIL;type=INTERNET;type=HOME:karim@maison.example
item1.EMAIL;type=INTERNET;type=pref:k.benali@client.example
item1.X-ABLabel:_$!<Work>!$_
NOTE:Vu\\, au salon\\nen mars
END:VCARD
"""
GOOGLE_30 = """BEGIN:VCARD
VERSION:3.0
FN:Jürgen Groß
N:Groß;Jürgen;;Dr.;
EMAIL;TYPE=INTERNET;TYPE=WORK:juergen.gross@klient
 .example
ORG:Klient GmbH
TITLE:Einkaufsleiter
CATEGORIES:myContacts
END:VCARD
"""
RFC_40 = """BEGIN:VCARD
VERSION:4.0
UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
FN;PID=1.1:José Núñez
N:Núñez;José;;;
EMAIL;TYPE=home;PREF=2:jose@casa.example
EMAIL;TYPE=work;PREF=1:jose.nunez@cliente.example
ORG;TYPE=work:Cliente;Compras
ROLE:Responsable de compras
TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+34-600-000-000
KEY;VALUE=uri:data:application/pgp-keys;base64,MIICajCCAdOgAwIBAgICBEUwDQ
END:VCARD
"""


def one(raw: bytes | str) -> Stakeholder:
    """The only person of a file."""
    (person,) = read_contacts(raw)
    return person


def somebody(name: str, address: str) -> Stakeholder:
    """A person of whom nothing else is known."""
    return Stakeholder(name=name, address=address)


# --- vCard ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "name", "address", "organisation", "roles", "note"),
    [
        (OUTLOOK_21, "Renée Lévy", "renee.levy@client.example", "Client SA", (Role.PROCUREMENT,),
         "Acheteuse confirmée - renee@maison.example"),
        (APPLE_30, "Karim Benali", "k.benali@client.example", "Client SA", (Role.TECHNICAL_EVALUATOR,),
         "DSI - Vu, au salon en mars - karim@maison.example"),
        (GOOGLE_30, "Jürgen Groß", "juergen.gross@klient.example", "Klient GmbH", (Role.PROCUREMENT,), "Einkaufsleiter"),
        (RFC_40, "José Núñez", "jose.nunez@cliente.example", "Cliente", (Role.PROCUREMENT,),
         "Responsable de compras - jose@casa.example"),
    ],
    ids=["2.1 Outlook", "3.0 Apple", "3.0 Google", "4.0"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["text", "crlf", "utf-8-sig", "utf-16"])
def test_a_card_is_read_in_every_version_and_encoding(
    card: str, name: str, address: str, organisation: str, roles: tuple[Role, ...], note: str, form: str
) -> None:
    """The preferred address, the firm without its department, roles by the title; other addresses are in the note."""
    crlf = card.replace("\n", "\r\n")
    person = one({"text": card, "crlf": crlf}.get(form) or crlf.encode(form))
    assert (person.name, person.address, person.organisation) == (name, address, organisation)
    assert (person.roles, person.note) == (roles, note)


def test_cards_in_one_file_are_one_person_each() -> None:
    """In its order, of whatever versions."""
    people = read_contacts(OUTLOOK_21 + RFC_40 + "\n" + APPLE_30)
    assert [p.name for p in people] == ["Renée Lévy", "José Núñez", "Karim Benali"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("N:Rossi;Giulia;;;", "Giulia Rossi"),
        ("FN:Rossi\\, Giulia", "Giulia Rossi"),
        ("FN:GIULIA ROSSI", "Giulia Rossi"),
        ("N:van der Berg;Anna;;;", "Anna van der Berg"),
        ("FN:Anna van der\n  Berg", "Anna van der Berg"),
        ("FN:\u202eGiulia Rossi", "Giulia Rossi"),
        ("ORG:Cliente", "G Rossi"),
    ],
)
def test_the_name_of_a_card(lines: str, name: str) -> None:
    """Full name, else first and last name, else what the address tells; turned, folded, in capitals."""
    assert one(f"BEGIN:VCARD\nVERSION:3.0\n{lines}\nEMAIL:g.rossi@cliente.example\nEND:VCARD\n").name == name


def test_a_card_in_latin_1_is_read() -> None:
    """As old telephones write it."""
    card = "BEGIN:VCARD\nVERSION:2.1\nN:Léger;Éva\nFN:Éva Léger\nEMAIL;INTERNET:e@x.example\nEND:VCARD"
    assert one(card.encode("cp1252")).name == "Éva Léger"


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ("BEGIN:VCARD\nVERSION:3.0\nFN:Ada Roy\nEND:VCARD", "Card 1 (Ada Roy) has no mail address"),
        ("BEGIN:VCARD\nVERSION:3.0\nFN:Ada Roy\nEMAIL:ada at x\nEND:VCARD", "Card 1 (Ada Roy) has no mail address"),
        (GOOGLE_30 + "BEGIN:VCARD\nVERSION:3.0\nFN:Ada Roy\nEMAIL:a@x.example\n", "Card 2 (Ada Roy) is damaged"),
        (RFC_40 + RFC_40.replace("José", "Pepe"), "Card 2: José Núñez and Pepe Núñez have one address"),
        (RFC_40 * (Limits().people + 1), f"at most {Limits().people}"),
    ],
)
def test_what_is_wrong_with_a_card_is_one_sentence(card: str, words: str) -> None:
    """It says which card, and what to do."""
    with pytest.raises(InputError) as caught:
        read_contacts(card)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_list_that_speaks_of_cards_is_a_list() -> None:
    """Only what opens as a card is one."""
    assert one("Ada Roy <a@x.example> - asked for BEGIN:VCARD").name == "Ada Roy"


# --- sales tools ---------------------------------------------------------------------------------------------------

HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Associated Company,Job Title,Buying Role,Lifecycle Stage\n"
    '101,Ada,Roy,ADA@client.example,+44 20 0000,Tom Ellis,Client Ltd,Head of IT,"CHAMPION;DECISION_MAKER",Opportunity\n'
    "102,Bo,Li,bo@client.example,,Tom Ellis,Client Ltd,,Budget Holder,Lead\n"
)
SALESFORCE = (
    '"Opportunity Name","Account Name","First Name","Last Name","Title","Email","Role","Primary"\n'
    '"Harbour","Client Ltd","Ada","Roy","Head of IT","ada@client.example","Economic Buyer","1"\n'
    '"Harbour","Client Ltd","Ada","Roy","Head of IT","ada@client.example","Technical Buyer","1"\n'
    '"Harbour","Client Ltd","Bo","Li","","bo@client.example","Evaluator","0"\n'
)


def test_a_contact_export_of_hubspot_is_read() -> None:
    """Buying roles by their internal names or labels; columns that say nothing of the person are left."""
    ada, bo = read_contacts(HUBSPOT.encode("utf-8-sig"))
    assert (ada.name, ada.address, ada.organisation) == ("Ada Roy", "ada@client.example", "Client Ltd")
    assert ada.roles == (Role.CHAMPION, Role.DECISION_MAKER, Role.TECHNICAL_EVALUATOR)
    assert bo.roles == (Role.ECONOMIC_BUYER,)


@pytest.mark.parametrize("header", ["Company Name", "Associated Company", "Primary Associated Company", "Company"])
def test_the_company_has_several_names_in_hubspot(header: str) -> None:
    """By the kind of export."""
    assert read_contacts(HUBSPOT.replace("Associated Company", header))[0].organisation == "Client Ltd"


@pytest.mark.parametrize(
    "footer",
    [
        "",
        '\n\n"Harbour: contact roles"\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n"Confidential"\n',
    ],
)
def test_the_contact_roles_of_salesforce_are_read(footer: str) -> None:
    """One row for each role of a person is one person with both; the report's footer is nobody."""
    ada, bo = read_contacts(SALESFORCE + footer)
    assert set(ada.roles) == {Role.ECONOMIC_BUYER, Role.TECHNICAL_EVALUATOR}
    assert (ada.note.endswith("primary contact"), "primary" in bo.note) == (True, False)
    assert (bo.organisation, bo.roles) == ("Client Ltd", (Role.TECHNICAL_EVALUATOR,))


@pytest.mark.parametrize(
    "above",
    [
        '"Contact Roles: Harbour"\n',
        'Contact Roles\n"As of 2026-01-12 09:14","Filtered by Opportunity equals Harbour"\n\n',
        "\n\nHarbour, contact roles; all, open\n",
    ],
)
@pytest.mark.parametrize(
    "below",
    [
        "",
        '"Grand Totals (3 records)","","","","","","",""\n',
        '\n"Total","3"\n"Confidential Information - Do Not Distribute"\n"Copyright © 2000-2026 salesforce.com, inc."\n',
        '"Gesamtsumme:"\n',
    ],
)
def test_a_report_is_read_as_it_was_downloaded(above: str, below: str) -> None:
    """With its title above the names of the columns and its sums below the rows; who has no address is named, with or without a name."""
    more = '"Harbour","Client Ltd","Cy","Dee","","","",""\n"","Client Ltd","","","","","Evaluator",""\n'
    found = contacts_of(above + SALESFORCE + more + below)
    assert [p.name for p in found.people] == ["Ada Roy", "Bo Li"]
    assert found.without_address == ("Cy Dee", "Client Ltd")
    assert [p.name for p in read_contacts(above + SALESFORCE)] == ["Ada Roy", "Bo Li"]
    with pytest.raises(
        InputError, match=rf"^Line {(above + SALESFORCE).count(chr(10)) + 1}: 'Cy Dee' has no mail address"
    ):
        read_contacts(above + SALESFORCE + more)


def test_a_list_above_the_names_of_columns_is_not_skipped() -> None:
    """Who is written there is somebody."""
    with pytest.raises(InputError, match="Line 2"):
        contacts_of("Ada Roy <ada@client.example>\nName,Email\nBo Li,bo@client.example\n")


def test_a_query_export_of_salesforce_names_its_fields_by_their_path() -> None:
    """ "Contact.FirstName", "Contact.Account.Name", "IsPrimary"."""
    person = one(
        "Contact.FirstName,Contact.LastName,Contact.Email,Contact.Title,Contact.Account.Name,Role,IsPrimary\n"
        "Ada,Roy,ada@client.example,CTO,Client Ltd,Executive Sponsor,true\n"
    )
    assert (person.name, person.organisation) == ("Ada Roy", "Client Ltd")
    assert set(person.roles) == {
        Role.EXECUTIVE_SPONSOR, Role.TECHNICAL_EVALUATOR,
    }  # fmt: skip
    assert person.note.endswith("primary contact")


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("Prénom;Nom;E-mail;Intitulé du poste;Nom de l'entreprise;Principal", "acheteuse"),
        ("First Name;Last Name;Email;Job Title;Company Name;Primary", "buyer"),
        ("Vorname;Nachname;E-Mail-Adresse;Titel;Unternehmensname;Primär", "Einkäuferin"),
        ("Nombre;Apellidos;Correo electrónico;Cargo;Nombre de la empresa;Principal", "compradora"),
        ("Nome;Cognome;Email;Posizione lavorativa;Nome azienda;Principale", "buyer"),
        ("Voornaam;Achternaam;E-mailadres;Functietitel;Bedrijfsnaam;Primair", "inkoper"),
    ],
)
def test_columns_are_known_in_six_languages(header: str, title: str) -> None:
    """First and last name apart, title, company, and who is the primary contact."""
    person = one(f"{header}\nAda;Roy;ada@client.example;{title};Client;1\n")
    assert (person.name, person.address, person.organisation) == ("Ada Roy", "ada@client.example", "Client")
    assert person.roles == (Role.PROCUREMENT,)
    assert person.note == f"{title} - primary contact"


@pytest.mark.parametrize("raw", [HUBSPOT.replace("bo@client.example", ""), HUBSPOT.replace("bo@client.example", "n/a"),
                                 GOOGLE_30 + "BEGIN:VCARD\nVERSION:3.0\nFN:Bo Li\nEND:VCARD\n"])  # fmt: skip
def test_whoever_has_no_address_is_left_out_by_name(raw: str) -> None:
    """The others of the file are read; where nobody could say so, it is refused."""
    found = contacts_of(raw)
    assert (len(found.people), found.without_address) == (1, ("Bo Li",))
    with pytest.raises(InputError):
        read_contacts(raw)


def test_one_person_under_two_spellings_of_the_firm_is_one() -> None:
    """With the roles of both rows and the fuller name; two names that are two people's are refused with their line."""
    row = '103,A.,Roy,ada@client.example,,Tom Ellis,CLIENT Limited,,"INFLUENCER",Lead\n'
    ada, _ = contacts_of(HUBSPOT + row).people
    assert (ada.name, ada.organisation) == ("Ada Roy", "Client Ltd")
    assert {Role.CHAMPION, Role.INFLUENCER} < set(ada.roles)
    with pytest.raises(InputError, match="Line 4: Ada Roy and Cy Roy have one address"):
        contacts_of(HUBSPOT + row.replace("A.", "Cy"))
    with pytest.raises(InputError, match="Line 4: 'a@b@c' is no mail address"):
        contacts_of(HUBSPOT + row.replace("ada@client.example", "a@b@c"))
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:J. Groß\nEMAIL:juergen.gross@klient.example\nEND:VCARD\n"
    assert [p.name for p in contacts_of(card + GOOGLE_30).people] == ["Jürgen Groß"]


# --- who is who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "address", "likeness"),
    [
        ("Claire Leroy", "c.leroy@client.example", Likeness.SAME_NAME),
        ("claire LEROY", "claire.leroy@autre.example", Likeness.SAME_NAME),
        ("Leroy Claire", "leroy@autre.example", Likeness.CLOSE_NAME),
        ("Claire Leory", "c@autre.example", Likeness.CLOSE_NAME),
        ("C. Leroy", "c@autre.example", Likeness.CLOSE_NAME),
        ("Claire Leroy-Martin", "c@autre.example", Likeness.CLOSE_NAME),
        ("Claire", "c@autre.example", Likeness.CLOSE_NAME),
        ("Service courrier", "clairre@client.example", Likeness.CLOSE_ADDRESS),
        ("Service courrier", "claire@cleint.example", Likeness.CLOSE_ADDRESS),
        ("Claire Dupont", "c.dupont@client.example", None),
        ("Marie Leroy", "m.leroy@client.example", None),
        ("Service courrier", "claire@client.invalid", None),
        ("Clara Lambert", "clara@client.example", None),
    ],
)
def test_whoever_is_nearly_somebody_known_is_asked_about(name: str, address: str, likeness: Likeness | None) -> None:
    """By the name, or by an address as it comes of a slip of the pen; a namesake by first or last name alone is new."""
    matched = match([CLAIRE], [somebody(name, address)])
    assert [near.likeness for near in matched.near] == ([likeness] if likeness else [])
    assert [p.name for p in matched.new] == ([] if likeness else [name])


@pytest.mark.parametrize(
    ("one_name", "other_name", "close"),
    [
        ("Thomas Ellis", "Tom Ellis", True), ("Margaret Doyle", "Peggy Doyle", True), ("Elizabeth Hart", "Liz Hart", True),
        ("Johannes Groß", "Hans Groß", True), ("José Núñez", "Pepe Nunez", True), ("Giuseppe Bianchi", "Beppe Bianchi", True),
        ("Cornelis de Vries", "Kees de Vries", True), ("Alexandre Petit", "Alex Petit", True),
        ("Jürgen Groß", "Jurgen Gross", True), ("María García López", "María García", True),
        ("Marie Dubois", "Marc Dubois", False), ("Hans Groß", "Horst Groß", False), ("Pepe Núñez", "Paco Núñez", False),
        ("Jan de Vries", "Piet de Vries", False), ("Luca Rossi", "Lucio Russo", False), ("Ada Roy", "Bo Li", False),
    ],
)  # fmt: skip
def test_names_that_may_be_one_persons(one_name: str, other_name: str, close: bool) -> None:
    """Short forms, accents, a left out name; not two people of one family."""
    first, second = somebody(one_name, "a@x.example"), somebody(other_name, "b@x.example")
    assert close_name(first, second) is close
    assert close_name(second, first) is close


@pytest.mark.parametrize(
    ("one_address", "other_address", "close"),
    [
        ("claire@client.example", "claire@clinet.example", True),
        ("claire@client.example", "clarie@client.example", True),
        ("claire@client.example", "claire@cllient.example", True),
        ("claire@client.co.uk", "claire@clent.co.uk", True),
        ("claire@mail.client.example", "claire@clent.example", True),
        ("claire@client.example", "claire@client.invalid", False),
        ("team1@client.example", "team2@client.example", False),
        ("anna@abc.example", "anna@abd.example", False),
        ("it@client.example", "ot@client.example", False),
        ("claire@client.example", "claire@other.example", False),
    ],
)
def test_addresses_that_look_like_one_another_mistyped(one_address: str, other_address: str, close: bool) -> None:
    """One letter, in words that are long enough for it to be a slip; a number and an ending are no slip."""
    first, second = somebody("X", one_address), somebody("Y", other_address)
    assert close_address(first, second) is close
    assert close_address(second, first) is close


SLIPS = [
    ("Claire Leroy", "c.leroy", "c.leory"), ("Karim Benali", "k.benali", "k.benail"), ("Odile Perrin", "o.perrin", "o.perin"),
    ("Nadia Roux", "n.roux", "n.rouxx"), ("Thomas Vidal", "t.vidal", "t.vidla"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "right", "wrong"), SLIPS)
def test_a_mistyped_address_without_a_name_is_asked_about(name: str, right: str, wrong: str) -> None:
    """Its name was made of it; somebody with a name of their own that fits it is another person."""
    known = somebody(name, f"{right}@client.example")
    (near,) = match([known], read_contacts(f"To: {wrong}@client.example")).near
    assert (near.known, near.likeness) == (known, Likeness.CLOSE_ADDRESS)
    fitting = {
        "c.leory": "Carl Leory",
        "k.benail": "Kurt Benail",
        "o.perin": "Otto Perin",
        "n.rouxx": "Nils Rouxx",
        "t.vidla": "Tea Vidla",
    }
    assert match([known], [somebody(fitting[wrong], f"{wrong}@client.example")]).near == ()


def test_a_new_deal_asks_about_two_of_its_list(tmp_path: Path) -> None:
    """Both are taken in; how to mend it is said."""
    path = tmp_path / "people.txt"
    path.write_text("Claire Leroy <c.leroy@client.example>\nc.leory@client.example\nKarim Benali <k@client.example>\n")
    done = run.invoke(app, ["deal", "new", "Atlas", "--people", str(path)])
    assert done.exit_code == 0
    assert done.stderr.startswith("? The address of C Leory, c.leory@client.example, looks like that of Claire Leroy")
    assert "--replace" in done.stderr


def test_two_addresses_that_follow_from_two_names_are_no_mistake() -> None:
    """John Smith and Jane Smyth are two; "jsmyth" for John Smith is a slip."""
    assert not close_address(somebody("John Smith", "jsmith@x.example"), somebody("Jane Smyth", "jsmyth@x.example"))
    assert close_address(somebody("John Smith", "jsmith@x.example"), somebody("John Smith", "jsmyth@x.example"))
    assert not close_address(somebody("Martin Roux", "martin@x.example"), somebody("Martina Roy", "martina@x.example"))
    assert close_address(
        somebody("Martin Roux", "martin.roux@x.example"), somebody("Martin Roux", "martin.rouxx@x.example")
    )


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("a@client.example", "client.example"), ("a@mail.eu.client.example", "client.example"), ("a@x.co.uk", "x.co.uk"),
        ("a@mail.x.co.uk", "x.co.uk"), ("a@x.com.es", "x.com.es"), ("a@co.uk", "co.uk"), ("a@localhost", "localhost"),
    ],
)  # fmt: skip
def test_the_company_of_an_address(address: str, name: str) -> None:
    """Without what stands before the registered name."""
    assert company(address) == name
    assert not close_domain(name, name)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", ["Claire Leroy", "Claire Leory", "Courrier"])
def test_the_question_names_both(lang: str, name: str) -> None:
    """With both addresses, and ends as a question."""
    found = somebody(name, "clairre@client.example")
    (near,) = match([CLAIRE], [found]).near
    asked = question(near, "fr" if lang == "fr" else "en")
    assert all(part in asked for part in (CLAIRE.name, CLAIRE.address, name, found.address))
    assert asked.endswith("?")


# --- bringing them in ----------------------------------------------------------------------------------------------

TWIN = somebody("Claire Leroy", "c.leroy@client.example")
NEW = somebody("Yann Kerbrat", "yann@client.example")


def test_nobody_is_guessed() -> None:
    """Who may be somebody known stays out until it is said; the others are taken in."""
    brought = bring_in(PEOPLE, [TWIN, NEW], {})
    assert brought.people == (*PEOPLE, NEW)
    assert [near.found for near in brought.asked] == [TWIN]
    assert brought.moved == {}


def test_somebody_else_is_new() -> None:
    """Where the seller says so."""
    brought = bring_in(PEOPLE, [TWIN, NEW], {TWIN.address: Answer()})
    assert brought.people == (*PEOPLE, TWIN, NEW)
    assert brought.asked == ()


def test_the_same_person_keeps_the_address_or_moves() -> None:
    """One person, in the place where they stood; what is known of them stays."""
    kept = bring_in(PEOPLE, [TWIN], {TWIN.address: Answer(CLAIRE.address)})
    assert (kept.people, kept.moved) == (PEOPLE, {})
    moved = bring_in(PEOPLE, [TWIN], {TWIN.address: Answer(CLAIRE.address, moved=True)})
    assert moved.people == (CLAIRE.model_copy(update={"address": TWIN.address}), *PEOPLE[1:])
    assert moved.moved == {CLAIRE.address: TWIN.address}


def test_whoever_is_not_in_the_file_leaves_only_where_nothing_is_open() -> None:
    """With `replace` somebody known who may be in the file stays."""
    assert bring_in([CLAIRE, KARIM], [TWIN], {}, replace=True).people == (CLAIRE,)
    assert bring_in([CLAIRE, KARIM], [TWIN], {TWIN.address: Answer()}, replace=True).people == (TWIN,)


@pytest.mark.parametrize(
    "answers",
    [
        {"nobody@x.example": Answer()},
        {TWIN.address: Answer("nobody@x.example")},
        {TWIN.address: Answer(CLAIRE.address, moved=True), NEW.address: Answer(CLAIRE.address, moved=True)},
    ],
)
def test_an_answer_is_about_people_who_are_there(answers: dict[str, Answer]) -> None:
    """And nobody gets two addresses."""
    with pytest.raises(InputError):
        bring_in(PEOPLE, [TWIN, NEW], answers)


def test_a_bare_header_takes_nothing_away() -> None:
    """Roles, organisation, side and note stay as known; what the file says is taken."""
    known = CLAIRE.model_copy(update={"organisation": "Client", "note": "DG", "side": Side.PARTNER})
    (bare,) = read_contacts(f"Cc: {CLAIRE.address}")
    assert updated(known, bare) == known.model_copy(update={"recipient": Recipient.CC})
    told = read_contacts(f"name,address,roles,organisation\nClaire Petit,{CLAIRE.address},DSI,Autre")[0]
    assert updated(known, told).roles == (Role.CHAMPION, Role.TECHNICAL_EVALUATOR)
    assert (updated(known, told).name, updated(known, told).organisation) == ("Claire Petit", "Autre")


def test_a_card_takes_no_buying_role_and_no_name_away() -> None:
    """A title is added to the part in the sale, which stands first; a shorter name says nothing new."""
    known = read_contacts("Email,Name,Buying Role\nk.benali@client.example,Karim Benali,DECISION_MAKER\n")[0]
    now = updated(known, one(APPLE_30.replace("FN:Karim", "FN:K.")))
    assert (now.name, now.roles) == ("Karim Benali", (Role.DECISION_MAKER, Role.TECHNICAL_EVALUATOR))
    assert updated(known, somebody("Karima Benali", known.address)).name == "Karima Benali"


def test_the_command_says_who_was_left_out(deal: Path) -> None:
    """Nobody of the file is lost unsaid."""
    with deal.open("a") as file:
        file.write("BEGIN:VCARD\nVERSION:3.0\nFN:Bo Li\nEND:VCARD\n")
    done = run.invoke(app, ["deal", "people", "Atlas", str(deal), "--new", TWIN.address])
    assert (done.exit_code, done.stderr) == (0, "! 1 contact without an address was left out: Bo Li\n")


def test_whoever_moved_was_written_to_before() -> None:
    """The messages and notes of the deal know them by the new address."""
    store = Store()
    store.create("Atlas", "Régie", PEOPLE, None, START)
    store.add_review("Atlas", FIRST, START)
    before = store.export("Atlas")
    assert f'"{SANDRINE.address}"' in before
    moved = SANDRINE.model_copy(update={"address": "sandrine.roux@client.example"})
    people = tuple(moved if p == SANDRINE else p for p in PEOPLE)
    store.bring_in("Atlas", [moved], {moved.address: Answer(SANDRINE.address, moved=True)})
    assert store.export("Atlas") == before.replace(f'"{SANDRINE.address}"', f'"{moved.address}"')
    assert store.history("Atlas").deal.people == people


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def deal(tmp_path: Path) -> Path:
    """A deal with its people, and a file that has a namesake, somebody known and somebody new."""
    Store().create("Atlas", "Régie", PEOPLE, None, START)
    path = tmp_path / "people.vcf"
    cards = [("Claire Leroy", TWIN.address), ("Karim Benali", KARIM.address), ("Yann Kerbrat", NEW.address)]
    path.write_text("".join(f"BEGIN:VCARD\nVERSION:3.0\nFN:{n}\nEMAIL:{a}\nEND:VCARD\n" for n, a in cards), "utf-8")
    return path


def addresses() -> set[str]:
    """Of the deal's people."""
    return {p.address for p in Store().history("Atlas").deal.people}


def test_without_a_terminal_nothing_is_guessed(deal: Path) -> None:
    """They are listed with the question, and left out."""
    done = run.invoke(app, ["deal", "people", "Atlas", str(deal)])
    assert done.exit_code == 0
    assert done.stdout == "Atlas: 6 people, 1 new.\n"
    assert "is Claire Leroy (c.leroy@client.example) the same person?" in done.stderr
    assert "1 left out" in done.stderr
    assert "--same" in done.stderr
    assert addresses() == {*(p.address for p in PEOPLE), NEW.address}


@pytest.mark.parametrize(
    ("options", "gone", "there"),
    [
        (["--new", TWIN.address], None, TWIN.address),
        (["--same", f"{CLAIRE.address}={TWIN.address}"], CLAIRE.address, TWIN.address),
        (["--same", f"{TWIN.address.upper()} = {CLAIRE.address}"], TWIN.address, CLAIRE.address),
    ],
)
def test_what_is_near_is_answered_beforehand(deal: Path, options: list[str], gone: str | None, there: str) -> None:
    """The address that stands last counts from now on."""
    done = run.invoke(app, ["deal", "people", "Atlas", str(deal), *options])
    assert (done.exit_code, done.stderr) == (0, "")
    assert there in addresses()
    assert gone not in addresses()


@pytest.mark.parametrize("pair", ["a@x.example", "a@x.example=b@x.example", f"{CLAIRE.address}={KARIM.address}"])
def test_a_pair_is_one_of_the_deal_and_one_of_the_file(deal: Path, pair: str) -> None:
    """Else one sentence, and nothing is changed."""
    done = run.invoke(app, ["deal", "people", "Atlas", str(deal), "--same", pair])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert addresses() == {p.address for p in PEOPLE}


@pytest.mark.parametrize(
    ("typed", "gone", "there"),
    [("n\n", None, TWIN.address), ("y\ny\n", CLAIRE.address, TWIN.address), ("y\nn\n", TWIN.address, CLAIRE.address)],
)
def test_on_a_terminal_it_is_asked(
    deal: Path, typed: str, gone: str | None, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same person or not, and if so which address counts."""
    monkeypatch.setattr("reviewer.deal_cli.interactive", lambda: True)
    done = run.invoke(app, ["deal", "people", "Atlas", str(deal)], input=typed)
    assert done.exit_code == 0
    assert "left out" not in done.stderr
    assert there in addresses()
    assert gone not in addresses()


def test_whoever_was_answered_for_is_not_asked_again(deal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option and the terminal together."""
    monkeypatch.setattr("reviewer.deal_cli.interactive", lambda: True)
    done = run.invoke(app, ["deal", "people", "Atlas", str(deal), "--new", TWIN.address], input="")
    assert (done.exit_code, "?" in done.output) == (0, False)


def test_a_test_runner_is_no_terminal() -> None:
    """Nobody could answer."""
    assert not terminal.interactive()


def test_a_draft_is_reviewed_for_the_people_of_a_card() -> None:
    """`--people` takes cards as it takes lists."""
    draft, _ = read_draft("Bonjour Renée,\n\nLe périmètre est validé.\n".encode(), people=OUTLOOK_21)
    assert [p.name for p in draft.stakeholders] == ["Renée Lévy"]


def test_a_part_in_the_sale_stays_whatever_another_list_says() -> None:
    """A plain line takes none away, another tool adds its own, and neither takes the job; `replace` is what the file says alone."""
    first = one("Name,Email,Job Title,Role\nGareth Pugh,g.pugh@client.example,Head of IT,Evaluator\n")
    line = one("Gareth Pugh <g.pugh@client.example> - Legal Counsel")
    again = one("Gareth Pugh <g.pugh@client.example> - General Counsel")
    now = updated(updated(first, line), again)
    assert set(now.roles) == {Role.TECHNICAL_EVALUATOR, Role.LEGAL_COMPLIANCE}
    assert now.note == "General Counsel - Evaluator"
    hubspot = one("Name,Email,Job Title,Buying Role\nHelen Marsh,h.marsh@client.example,COO,Champion\n")
    salesforce = one("Name,Email,Role\nHelen Marsh,h.marsh@client.example,Executive Sponsor\n")
    jobs = {r for r in hubspot.roles if r is not Role.CHAMPION}
    assert set(updated(hubspot, salesforce).roles) == {Role.CHAMPION, Role.EXECUTIVE_SPONSOR} | jobs
    (alone,) = bring_in([hubspot], [salesforce], {}, replace=True).people
    assert set(alone.roles) == {Role.EXECUTIVE_SPONSOR} | jobs


def test_somebody_of_a_firm_called_total_is_told_to_have_no_address() -> None:
    """A row of sums has figures beside its word, and nobody's name."""
    text = (
        "Account Name,Last Name,First Name,Email\nTotal,Dupont,Marc,\nKay,Roy,Ada,ada@kay.example\nGrand Totals,2,,\n"
    )
    found = contacts_of(text)
    assert len(found.without_address) == 1
    assert "Dupont" in found.without_address[0]
