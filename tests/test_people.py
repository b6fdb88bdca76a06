"""Lists of people: CSV, pasted lines, headers, and what is wrong with them."""

import pytest

from reviewer.contacts import read_contacts
from reviewer.errors import InputError
from reviewer.limits import Limits
from reviewer.people import merge, named, people_from_headers, read_people
from reviewer.types import Recipient, Role, Side, Stakeholder


def one(text: str) -> Stakeholder:
    """The only person of a list."""
    (person,) = read_people(text)
    return person


@pytest.mark.parametrize(
    ("line", "name", "roles", "note"),
    [
        (
            "Karim Benali <k@x.example> - DSI, technique - veut être en copie de tout",
            "Karim Benali",
            (Role.TECHNICAL_EVALUATOR,),
            "DSI - technique - veut être en copie de tout",
        ),
        ("Sandrine Roux, k@x.example, acheteuse", "Sandrine Roux", (Role.PROCUREMENT,), "acheteuse"),
        ("k.benali@x.example", "K Benali", (Role.UNKNOWN,), ""),
        ("- Ada Roy (CTO) <k@x.example>", "Ada Roy", (Role.TECHNICAL_EVALUATOR,), "CTO"),
        ("Ada Roy\tk@x.example\tchef de projet", "Ada Roy", (Role.PROJECT_MANAGER,), "chef de projet"),
        ('"ROY, Ada" <k@x.example> – jardinière', "Ada Roy", (Role.UNKNOWN,), "jardinière"),
        ("2. Ada Roy <K@X.example> — champion, CTO", "Ada Roy", (Role.CHAMPION, Role.TECHNICAL_EVALUATOR), "champion - CTO"),
    ],
)  # fmt: skip
def test_a_pasted_line_gives_a_person(line: str, name: str, roles: tuple[Role, ...], note: str) -> None:
    """Name, roles by title, and the note with everything that was said, however the line is punctuated."""
    person = one(line)
    assert person.name == name
    assert person.address in ("k@x.example", "k.benali@x.example")
    assert set(person.roles) == set(roles)
    assert person.note == note


@pytest.mark.parametrize(
    ("line", "name", "role"),
    [
        # A title between name and address, in six languages.
        ("Hélène Aubry, DRH, h@c.example", "Hélène Aubry", Role.INFLUENCER),
        ("Marc Pinel, DSI <m@c.example>", "Marc Pinel", Role.TECHNICAL_EVALUATOR),
        ("Tomas Berg, OT engineer, tomas@nw.example", "Tomas Berg", Role.TECHNICAL_EVALUATOR),
        ("Joan Mertens, PhD, Project Manager, j@x.example", "Joan Mertens", Role.PROJECT_MANAGER),
        ("Uwe Lang, Projektleiter, u@x.example", "Uwe Lang", Role.PROJECT_MANAGER),
        ("Ines Soto, jefa de compras, i@x.example", "Ines Soto", Role.PROCUREMENT),
        ("Luca Riva, ufficio acquisti <l@x.example>", "Luca Riva", Role.PROCUREMENT),
        ("Jan Bos, hoofd inkoop – j@x.example", "Jan Bos", Role.PROCUREMENT),
        ("Karim, DSI, k@x.example", "Karim", Role.TECHNICAL_EVALUATOR),
        ("Karim Benali, Acme, DSI, k@x.example", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        # Titles that map to no role, and what tells them from a first name.
        ("Hélène Aubry, jardinière <h@x.example>", "Hélène Aubry", Role.UNKNOWN),
        ("Hélène Aubry, Jardinière, contact@x.example", "Hélène Aubry", Role.UNKNOWN),
        ("Hélène Aubry, Jardinière <h.aubry@x.example>", "Hélène Aubry", Role.UNKNOWN),
        ("Hélène Aubry, RSE <contact@x.example>", "Hélène Aubry", Role.UNKNOWN),
        # Last name first.
        ("BENALI, Karim <k@x.example>", "Karim Benali", Role.UNKNOWN),
        ("Benali, Karim, DSI, k@x.example", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("Berg, Tomas, t@x.example", "Tomas Berg", Role.UNKNOWN),
        ("de Boer, Ingrid, CFO, i@x.example", "Ingrid de Boer", Role.FINANCE),
        ("GARCÍA LÓPEZ, Ana, info@x.example", "Ana García López", Role.UNKNOWN),
        ("García López, Ana, ana.garcia@x.example", "Ana García López", Role.UNKNOWN),
        ("García López, Ana <info@x.example>", "Ana García López", Role.UNKNOWN),
        # Other separators, other orders, and CSV with no line of headers.
        ("Karim Benali | DSI | k@x.example", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("Karim Benali|DSI|k@x.example", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("Karim Benali – DSI – k@x.example", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("Karim Benali\tDSI\tk@x.example", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("Karim Benali;DSI;k@x.example", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("DSI - Karim Benali <k@x.example>", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("DSI: Karim Benali <k@x.example>", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("DSI, Karim Benali, k@x.example", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("k@x.example, Karim Benali, DSI", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("k@x.example, Benali, Karim, DSI", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("k@x.example - Karim Benali - DSI", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("<k@x.example> Karim Benali (DSI)", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ("karim@x.example, Karim, DSI", "Karim", Role.TECHNICAL_EVALUATOR),
        ("k.benali@x.example, DSI, Lyon", "K Benali", Role.TECHNICAL_EVALUATOR),
        ("k.benali@x.example - Groupe Acme", "K Benali", Role.UNKNOWN),
        ("Karim,Benali,k.benali@x.example,DSI", "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ('"Benali, Karim","k@x.example","DSI, Lyon"', "Karim Benali", Role.TECHNICAL_EVALUATOR),
        ('"Karim Benali";"DSI";"k@x.example"', "Karim Benali", Role.TECHNICAL_EVALUATOR),
    ],
)  # fmt: skip
def test_name_and_title_are_told_apart(line: str, name: str, role: Role) -> None:
    """A title beside a name is no first name, on whichever side of the address the two stand, and whatever separates them."""
    person = one(line)
    assert person.name == name
    assert role in person.roles
    assert '"' not in person.note


def test_a_quote_that_never_ends_is_no_csv() -> None:
    """The module that reads CSV takes no cell beyond 128 KiB: such a line is read as any other."""
    assert one(f'Ada Roy <a@x.example> "{"x" * 140_000}').address == "a@x.example"


def test_a_title_beside_a_name_is_told_wherever_people_are_read() -> None:
    """Headers, cells of a CSV and cards may have it as well."""
    (header,) = people_from_headers('"Marc Pinel, DSI" <m@c.example>')
    (card,) = read_contacts("BEGIN:VCARD\nVERSION:3.0\nFN:Marc Pinel\\, DSI\nEMAIL:m@c.example\nEND:VCARD\n")
    line, row = one("To: Marc Pinel, DSI <m@c.example>"), one('name,email\n"Marc Pinel, DSI",m@c.example')
    for person in (header, card, line, row):
        assert (person.name, person.roles, person.note) == ("Marc Pinel", (Role.TECHNICAL_EVALUATOR,), "DSI")


def test_copy_and_side_are_read_from_a_line() -> None:
    """ "en copie" sets the header field, "partenaire" and "notre équipe" the side; a wish for every copy stays a note."""
    people = read_people(
        "Ada Roy <a@x.example> - DAF - en copie\n"
        "Bo Li <b@x.example> - partenaire - intégrateur\n"
        "Cy Oz <c@x.example> - notre équipe\n"
        "Di Fo <d@x.example> - veut être en copie de tout\n"
    )
    assert [p.recipient for p in people] == [Recipient.CC, Recipient.TO, Recipient.TO, Recipient.TO]
    assert [p.side for p in people] == [Side.CUSTOMER, Side.PARTNER, Side.OWN, Side.CUSTOMER]
    assert people[3].note == "veut être en copie de tout"


@pytest.mark.parametrize(
    "text",
    [
        "name,address,roles,organisation,side,recipient,note\nAda Roy,a@x.example,DSI,Acme,customer,cc,insists",
        "note;nom;destinataire;adresse;fonction;société;côté\ninsists;Ada Roy;cc;a@x.example;DSI;Acme;client",
        "\ufeffPrénom;Nom;Courriel;Rôle;Entreprise;Destinataire;Remarque\r\nAda;Roy;a@x.example;DSI;Acme;Cc;insists\r\n",
        'E-mail\tFull name\tJob title\tCompany\tRecipient\tNote\na@x.example\t"Roy, Ada"\tDSI\tAcme\tcc\tinsists',
    ],
)
def test_csv_columns_come_in_any_order_and_two_languages(text: str) -> None:
    """English and French headers, three delimiters, a byte order mark and CRLF give the same person."""
    person = one(text)
    assert person == Stakeholder(
        name="Ada Roy",
        address="a@x.example",
        organisation="Acme",
        roles=(Role.TECHNICAL_EVALUATOR,),
        recipient=Recipient.CC,
        note="DSI - insists",
    )


@pytest.mark.parametrize(
    "text",
    [
        '"ada@client.example" <ada@client.example>, Ben <ben@client.example>',
        "ada@client.example <mailto:ada@client.example>; ben@client.example <mailto:ben@client.example>",
        '"mallory@evil.example" <ada@client.example>, Ben <ben@client.example>',
    ],
)
def test_nobody_is_lost_in_a_line_of_several(text: str) -> None:
    """Where an address stands as the name, too: the one in angle brackets is who reads."""
    assert [p.address for p in read_people(text)] == ["ada@client.example", "ben@client.example"]


def test_a_line_with_several_people_and_titles_is_refused() -> None:
    """Rather than read as the first of them."""
    with pytest.raises(InputError, match="names several people; write one person a line"):
        read_people("Ada <ada@client.example> - CTO, Ben <ben@client.example> - buyer")


def test_an_address_in_a_name_stands_in_the_note() -> None:
    """The name goes into a greeting."""
    (ada,) = read_people('"Ada <mallory@evil.example>" <ada@client.example>')
    assert (ada.name, ada.address, ada.note) == ("Ada", "ada@client.example", "mallory@evil.example")


def test_an_address_linked_to_itself_has_no_name() -> None:
    """As Outlook pastes it."""
    (doyle,) = read_people("m.doyle@maasport.example<mailto:m.doyle@maasport.example>")
    assert (doyle.name, doyle.address, doyle.note) == ("M Doyle", "m.doyle@maasport.example", "")


def test_a_cell_with_several_addresses_is_the_first() -> None:
    """As a contact of a customer database has them; the others stand in the note."""
    (ada,) = read_people("name,email,job title\nAda Roy,ada@client.example;a.roy@client.example,CTO")
    assert (ada.address, ada.note) == ("ada@client.example", "CTO - a.roy@client.example")


def test_a_csv_cell_may_hold_several_roles_and_any_text() -> None:
    """Roles are separated within the cell; a formula is text like any other."""
    person = one('name,address,roles,note\nAda,a@x.example,champion / project_manager,"=HYPERLINK(""x"")"')
    assert person.roles == (Role.CHAMPION, Role.PROJECT_MANAGER)
    assert person.note.endswith('=HYPERLINK("x")')


@pytest.mark.parametrize(
    "text",
    [
        'To: Ada Roy <a@x.example>, "Li, Bo" <b@x.example>\nCc: c@x.example',
        "À : Ada Roy <a@x.example>; Li, Bo <b@x.example>\nCopie : c@x.example",
        "To: Ada Roy <a@x.example>,\n  Bo Li <b@x.example>\nCC: c@x.example;",
    ],
)
def test_a_pasted_header_gives_to_and_cc(text: str) -> None:
    """Commas and semicolons, folded lines, turned names, and French field names."""
    people = read_people(text)
    assert [(p.name, p.recipient) for p in people] == [
        ("Ada Roy", Recipient.TO),
        ("Bo Li", Recipient.TO),
        ("C", Recipient.CC),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The list of people is empty"),
        ("  \n\t\n", "The list of people is empty"),
        ("Ada Roy\nBo Li", "Line 1: 'Ada Roy' has no mail address"),
        ("Ada <a@x.example>\nBo Li", "Line 2: 'Bo Li' has no mail address"),
        ("Ada <a@x.example>\nBo <A@x.example>", "Ada and Bo have one address, a@x.example"),
        ("name,address\nAda,", "Line 2: 'Ada' has no mail address"),
        ("name,address\nAda,ada at x", "is no mail address"),
        ("name,address,side\nAda,a@x.example,enemy", "'enemy' is no side"),
        ("name,address,recipient\nAda,a@x.example,maybe", "'maybe' is no recipient"),
        ("\n".join(f"p{n}@x.example" for n in range(Limits().people + 1)), f"at most {Limits().people}"),
    ],
)
def test_what_is_wrong_with_a_list_is_one_sentence(text: str, words: str) -> None:
    """The sentence names the line and what to do."""
    with pytest.raises(InputError) as caught:
        read_people(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ada Roy <ada@x.example> - sponsor\nCc: Bob Ray <bob@x.example> - CFO",
            ["Ada Roy to champion", "Bob Ray cc economic_buyer"],
        ),
        (
            "To: Ada Roy <ada@x.example> - sponsor\nCc: Bob Ray <bob@x.example> - CFO",
            ["Ada Roy to champion", "Bob Ray cc economic_buyer"],
        ),
        (
            "À : Ada Roy <ada@x.example> - sponsor\nEn copie : Bob Ray <bob@x.example> - DAF",
            ["Ada Roy to champion", "Bob Ray cc economic_buyer"],
        ),
        (
            "Ada Roy <ada@x.example>\nCc:\nBob Ray <bob@x.example> - CFO",
            ["Ada Roy to unknown", "Bob Ray cc economic_buyer"],
        ),
        (
            "Ada Roy <ada@x.example> - sponsor\nCc: Bob Ray <bob@x.example>, cy@x.example",
            ["Ada Roy to champion", "Bob Ray cc unknown", "Cy cc unknown"],
        ),
        (
            "Ada Roy <ada@x.example>, Bob Ray <bob@x.example>; cy@x.example",
            ["Ada Roy to unknown", "Bob Ray to unknown", "Cy to unknown"],
        ),
        ("Ada Roy <ada@x.example> - sponsor, not bob@x.example", ["Ada Roy to champion"]),
        ("Ada Roy <ada@x.example> (also roy@x.example)", ["Ada Roy to unknown"]),
    ],
)
def test_a_line_may_begin_with_its_field_or_hold_several_addresses(text: str, expected: list[str]) -> None:
    """As a mail program copies them, with or without what each person does; a word about somebody is no reader."""
    assert [f"{p.name} {p.recipient} {p.roles[0]}" for p in read_people(text)] == expected


def test_control_and_direction_characters_leave_a_name() -> None:
    """A line break or an override character in a name cannot reach a header or a terminal."""
    person = one('name,address\n"Ada\u202e\r\n Roy\x1b[31m",a@x.example')
    assert person.name == "Ada Roy [31m"


def test_headers_skip_what_has_no_address_and_doubles() -> None:
    """Exchange names without an address are left out; who stands in To and Cc counts once."""
    people = people_from_headers("Ada Roy <a@x.example>, Undisclosed, Bo Li <b@x.example>", "Ada Roy <a@x.example>")
    assert [p.address for p in people] == ["a@x.example", "b@x.example"]
    assert people[0].recipient is Recipient.TO


def test_a_given_list_wins_over_headers() -> None:
    """Whoever is in both is taken as listed; whoever is only in the headers is added."""
    listed = read_people("Ada Roy <a@x.example> - DSI")
    merged = merge(listed, people_from_headers("A <a@x.example>, Bo <b@x.example>"))
    assert [p.name for p in merged] == ["Ada Roy", "Bo"]


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("LACAZE Jean-Marc", "jm.lacaze@client.example", "Jean-Marc Lacaze"),
        ("LE GOFF Yann", "y.legoff@client.example", "Yann Le Goff"),
        ("LI Wei", "w.li@client.example", "Wei Li"),
        ("Jean DUPONT", "j.dupont@client.example", "Jean Dupont"),
        ("IBM Support", "ibm.support@client.example", "Ibm Support"),
        ("SAP Team", "desk@client.example", "Sap Team"),
        ("J. Smith", "j@client.example", "J. Smith"),
    ],
)
def test_a_last_name_in_capitals_comes_first_in_no_greeting(text: str, address: str, name: str) -> None:
    """Directories have "LAST First"; where the address is made of the words in their order, or they are few letters, they stay."""
    assert named(text, address).name == name
