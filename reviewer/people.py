"""Read the list of people: CSV with a header, pasted lines, or a pasted To / Cc header.

Whatever the seller wrote about a person stays in the note. A title that maps to no role leaves the role unknown.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reviewer.addressees import ADDRESS, Addressee, addressees
from reviewer.errors import FieldError, InputError
from reviewer.limits import within
from reviewer.names import fold
from reviewer.roles import roles_of
from reviewer.types import Recipient, Role, Side, Stakeholder

_NAMES = 3  # words of first names, or of a last name
_NAME_WORD = re.compile(r"[^\W\d_][\w.'’-]*")
_ACRONYM = 4  # letters of a title in capitals that is no first name ("RSE")
# The headers of HubSpot's contact export are the labels or internal names of its properties, in the language of the account
# (https://knowledge.hubspot.com/contacts/hubspots-default-contact-properties); those of Salesforce the labels of Contact and
# OpportunityContactRole, "Contact: ..." in joined reports (object reference, sforce_api_objects_opportunitycontactrole).
_COLUMNS: Mapping[str, str] = {
    "name": "name nom nom_complet full_name contact personne person nombre nome naam contact_name nom_du_contact",
    "first": "first_name firstname prenom vorname given_name voornaam",
    "last": "last_name lastname nom_de_famille nachname surname family_name apellido apellidos cognome achternaam",
    "address": "address email e_mail mail adresse courriel adresse_mail adresse_e_mail email_address mail_address correo "
    "correo_electronico e_mail_adresse e_mailadres indirizzo_e_mail primary_email",
    "roles": "roles role fonction title titre poste job job_title jobtitle position funktion cargo ruolo functie "
    "intitule_du_poste intitule_de_poste role_de_contact contact_role puesto rol titolo qualifica titel jobtitel rolle rol_del_contacto "
    "posizione_lavorativa functietitel",
    "buying": "buying_role buying_roles hs_buying_role role_d_achat roles_d_achat role_dans_l_achat",
    "organisation": "organisation organization company societe entreprise compte account firma empresa azienda bedrijf "
    "company_name nom_de_l_entreprise associated_company primary_associated_company entreprise_associee "
    "account_name nom_du_compte accountname unternehmen unternehmensname nombre_de_la_empresa nombre_de_la_cuenta nome_azienda "
    "nome_account bedrijfsnaam accountnaam",
    "side": "side cote camp",
    "recipient": "recipient destinataire to_cc a_cc champ",
    "note": "note notes remarque remarques commentaire comment comments",
    "primary": "primary is_primary isprimary primary_contact principal contact_principal primar primario principale primair",
}
# What the two name somebody's part in a purchase: HubSpot's options of hs_buying_role (as labels or in capitals) and the roles
# that Salesforce is delivered with (https://docs.snapforce.com lists the same nine), and the French for them.
_BUYING: Mapping[str, tuple[Role, ...]] = {
    **dict.fromkeys(("blocker", "bloqueur", "opposant"), (Role.BLOCKER,)),
    **dict.fromkeys(
        ("budget holder", "detenteur du budget", "economic buyer", "acheteur economique"), (Role.ECONOMIC_BUYER,)
    ),
    **dict.fromkeys(("champion",), (Role.CHAMPION,)),
    **dict.fromkeys(("decision maker", "decideur", "decisionnaire"), (Role.DECISION_MAKER,)),
    **dict.fromkeys(("economic decision maker", "decideur economique"), (Role.ECONOMIC_BUYER, Role.DECISION_MAKER)),
    **dict.fromkeys(
        ("end user", "utilisateur final", "business user", "utilisateur metier", "utilisateur"), (Role.END_USER,)
    ),
    **dict.fromkeys(("executive sponsor", "sponsor executif"), (Role.EXECUTIVE_SPONSOR,)),
    **dict.fromkeys(("influencer", "influenceur", "prescripteur"), (Role.INFLUENCER,)),
    **dict.fromkeys(("legal and compliance", "legal compliance", "juridique et conformite"), (Role.LEGAL_COMPLIANCE,)),
    **dict.fromkeys(("evaluator", "evaluateur", "technical buyer", "acheteur technique"), (Role.TECHNICAL_EVALUATOR,)),
}
_SIDES: Mapping[str, Side] = {
    **dict.fromkeys(("customer", "client", "cliente", "kunde", "klant", "prospect"), Side.CUSTOMER),
    **dict.fromkeys(("partner", "partenaire", "integrateur", "integrator", "socio"), Side.PARTNER),
    **dict.fromkeys(
        ("own", "nous", "interne", "internal", "us", "our side", "notre equipe", "chez nous", "intern"), Side.OWN
    ),
}
_RECIPIENTS: Mapping[str, Recipient] = {
    **dict.fromkeys(("to", "a", "an", "aan", "para", "destinataire"), Recipient.TO),
    **dict.fromkeys(
        ("cc", "copie", "en copie", "in copy", "copy", "in cc", "kopie", "en copia", "in copia"), Recipient.CC
    ),
}
_YES = frozenset({"1", "true", "yes", "oui", "vrai", "x", "wahr", "ja", "verdadero", "si", "vero", "waar"})
_FIELD = re.compile(
    r"^\s*(?:(?P<copied>cc|cci|bcc|(?:en |in )?(?:copie|copia|copy)(?: à| a| to)?|(?:in )?kopie(?: an| aan)?)"
    r"|to|à|a|an|aan|para|per|destinataires?|recipients?|empfänger|destinatarios?|destinatari|ontvangers?)\s*:\s*(?P<rest>.*)$",
    re.IGNORECASE,
)


class Row(NamedTuple):
    """One person as written, before anything is made of it."""

    line: int
    name: str
    address: str
    about: tuple[str, ...]
    """Titles, roles and remarks, in the order written."""
    organisation: str = ""
    side: Side | None = None
    recipient: Recipient | None = None
    note: str = ""


def read_people(text: str) -> tuple[Stakeholder, ...]:
    """The people of a list, in its order. InputError says which line is wrong and what to do."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise InputError("The list of people is empty: write one person a line, such as Ada Roy <ada@client.example>.")
    if has_csv_header(lines[0]):
        rows = _joined(_from_csv(text))
    elif _FIELD.match(lines[0]) and (any(map(_is_folded, lines)) or not any(map(_says_more, lines))):
        rows = list(_from_header(lines))
    else:
        rows = list(_from_lines(text.split("\n")))
    return _people(rows)


def people_from_objects(items: Sequence[object]) -> tuple[Stakeholder, ...]:
    """The people of objects with the fields of a Stakeholder, of which only `address` is needed; `roles` is a text or a list.

    Roles, sides and recipients may be written as in a list. InputError says which object is wrong, FieldError which field.
    """
    return _people([_object_row(number, item) for number, item in enumerate(items, 1)])


def people_from_headers(to: str, cc: str = "") -> tuple[Stakeholder, ...]:
    """The people of To and Cc fields, decoded or as a mail has them; entries without an address are skipped."""
    rows = [
        _row_of(1, entry, recipient)
        for field, recipient in ((to, Recipient.TO), (cc, Recipient.CC))
        for entry in addressees(field)
    ]
    unique = {row.address.lower(): row for row in reversed(rows)}
    return _people([row for row in rows if unique.get(row.address.lower()) is row])


def merge(listed: Sequence[Stakeholder], found: Iterable[Stakeholder]) -> tuple[Stakeholder, ...]:
    """The listed people, then those found elsewhere (in headers) whose address the list does not have."""
    known = {p.address for p in listed}
    return (*listed, *(p for p in found if p.address not in known))


def _people(rows: Sequence[Row]) -> tuple[Stakeholder, ...]:
    within("The list", len(rows), "people")
    seen: dict[str, Row] = {}
    people = []
    for row in rows:
        person = person_of(row)
        before = seen.get(person.address)
        if before is not None:
            first, second = before.name or before.address, row.name or row.address
            raise InputError(
                f"Line {row.line}: {first} and {second} have one address, {person.address}; keep one of the two lines.",
                f"Line {row.line}: two people have one address; keep one of the two lines.",
            )
        seen[person.address] = row
        people.append(person)
    return tuple(people)


def checked_address(text: str, line: int) -> str:
    """The mail address in small letters; InputError names the line where it is none."""
    address = text.strip().lower()
    if not ADDRESS.fullmatch(address) or len(address) > 254:
        raise _wrong(line, text, "is no mail address; write it like ada@client.example.")
    return address


def address_in(text: str) -> str:
    """The first mail address of a text, in small letters; empty where there is none."""
    match = ADDRESS.search(text)
    return match.group().lower() if match else ""


def person_of(row: Row) -> Stakeholder:
    """The person of a row, with the roles and the side that are said of them. InputError where the address is none."""
    address = checked_address(row.address, row.line)
    roles: list[Role] = []
    side, recipient, remarks = row.side, row.recipient, []
    for part in row.about:
        word = fold(part).strip(" ().")
        if word in _SIDES:
            side = side or _SIDES[word]
        elif word in _RECIPIENTS and word not in ("a", "to"):
            recipient = recipient or _RECIPIENTS[word]
        else:
            remarks.append(part)
            roles += _BUYING.get(_plain(part)) or roles_of(part)
            side = side or next((s for key, s in _SIDES.items() if f"({key})" in fold(part)), None)
    known = tuple(dict.fromkeys(roles))
    # An address in somebody's name is nobody's: it stands in the note, and the seller is told.
    foreign = [a for a in ADDRESS.findall(row.name) if a.lower() != address]
    name = re.sub(r"[<>()\[\]\"]+", " ", ADDRESS.sub(" ", row.name)) if ADDRESS.search(row.name) else row.name
    # A role is worth naming once: the general sponsor of "directrice des opérations, sponsor exécutif" is the executive.
    return Stakeholder(
        name=_clean(name) or named_by(address),
        address=address,
        organisation=_clean(row.organisation),
        side=side or Side.CUSTOMER,
        roles=known or (Role.UNKNOWN,),
        recipient=recipient or Recipient.TO,
        note=_clean(" - ".join([*remarks, *([row.note] if row.note else []), *foreign])),
    )


def parts_in(note: str) -> Mapping[str, tuple[Role, ...]]:
    """The parts in a purchase that a note names ("Evaluator" of "Head of IT - Evaluator"), as written, with their roles."""
    return {part: roles for part in note.split(" - ") if (roles := _BUYING.get(_plain(part)))}


def _clean(text: str) -> str:
    """One line, without control and direction characters."""
    if text.isascii() and text.isprintable():
        return re.sub(r" +", " ", text).strip(" \"'")
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in composed)
    kept = "".join(c for c in kept if unicodedata.category(c) != "Cf")
    return re.sub(r"\s+", " ", kept).strip(" \"'")


def _wrong(line: int, text: str, what: str) -> InputError:
    return InputError(f"Line {line}: {_shown(text)} {what}", f"Line {line}: the entry {what}")


def _shown(text: str) -> str:
    text = _clean(text)
    return f"{text[:60]!r}" if text else "the empty cell"


def named_by(address: str) -> str:
    """The name of whoever is known by the address alone: "Ada Roy" of ada.roy@client.example."""
    local = re.sub(r"\d+$", "", address.split("@")[0].split("+")[0])
    return " ".join(part.capitalize() for part in re.split(r"[._-]+", local) if part) or address


class _Named(NamedTuple):
    name: str
    titles: tuple[str, ...]


def named(text: str, address: str, by_comma: bool = False) -> _Named:
    """A name as "First Last", capitals in ordinary case, and the titles written beside it: "LAST, First, CTO" and "First Last, CTO".

    Where the words do not tell which of the two stands behind the first comma, the address may; else it is a first name, or a
    title where commas separate the name from the address as well (`by_comma`).
    """
    parts = [part.strip() for part in _clean(text).split(",") if part.strip()]
    if not parts:
        return _Named("", ())
    name, *titles = parts
    if titles and roles_of(name) and _is_full_name(titles[0]):
        name, titles = titles[0], [name, *titles[1:]]
    elif titles and _is_first_name(titles[0], name, address, by_comma):
        name, titles = f"{titles[0]} {name}", titles[1:]
    elif titles and _in_two_cells(name, titles[0], address):
        name, titles = f"{name} {titles[0]}", titles[1:]
    name = _turned(name, address)
    words = [w.capitalize() if len(w) > 1 and w.isupper() and "." not in w else w for w in name.split()]
    return _Named(" ".join(words), tuple(titles))


def _turned(name: str, address: str) -> str:
    """A name of which the last name comes first in capitals ("LACAZE Jean-Marc") as "First LAST", as long as the address agrees."""
    words = name.split()
    behind = next((n for n, word in enumerate(words) if not word.isupper()), 0)
    last, first = words[:behind], words[behind:]
    if not last or not first or len(first) > _NAMES or not all(_NAME_WORD.fullmatch(w) for w in words):
        return name
    if any(len(w) == 1 or "." in w for w in last) or not all(w[0].isupper() for w in first) or _is_said(name):
        return name
    if _made_of(words, address) or (sum(map(len, last)) < _ACRONYM and not _made_of([*first, "".join(last)], address)):
        return name
    # "MARIE Colin" and "ACME France" have theirs in the order of their words.
    local = re.sub(r"[^a-z]", "", fold(address.partition("@")[0]))
    theirs, given = (re.sub(r"[^a-z]", "", fold("".join(part))) for part in (last, first[:1]))
    if not given or (local != given and not (theirs in local and local[:1] == given[0])):
        return name
    return " ".join([*first, *last])


def _is_first_name(text: str, before: str, address: str, by_comma: bool) -> bool:
    """Whether what stands behind the first comma is a first name, and what stands before it the last name."""
    words, last = re.sub(r"\s*[(\[].*", "", text).split(), before.split()
    if not 0 < len(words) <= _NAMES or len(last) > _NAMES or not all(_NAME_WORD.fullmatch(w) for w in [*words, *last]):
        return False
    if _is_said(text) or not (before.islower() or all(w[0].isupper() for w in words)):
        return False
    if _in_two_cells(before, text, address):
        return False
    if len(last) == 1 or before.isupper() or last[0].islower():
        return True
    if text.isupper() and len(text) <= _ACRONYM:
        return False
    first, behind = _made_of(last, address), _made_of([*words[:1], last[0]], address)
    return behind if first is not behind else not by_comma


def _in_two_cells(first: str, last: str, address: str) -> bool:
    """Whether the address tells that two words are first and last name in this order: "k.benali", "karim.benali"."""
    words = [first, last]
    if any(not _NAME_WORD.fullmatch(word) for word in words) or _is_said(last):
        return False
    return _made_of(words, address) and not _made_of(words[::-1], address)


def _made_of(words: Sequence[str], address: str) -> bool:
    """Whether an address is made of a first name, or its initial, and a last name in this order."""
    first, last = (re.sub(r"[^a-z]", "", fold(word)) for word in (words[0], words[-1]))
    local = re.sub(r"[^a-z]", "", fold(address.partition("@")[0]))
    return bool(first and last) and local in (first[0], first + last, first[0] + last)


def _is_full_name(text: str) -> bool:
    """Whether this is plainly first and last name of somebody."""
    words = text.split()
    capitals = all(_NAME_WORD.fullmatch(w) for w in words) and words[:1] != [] and words[0][0].isupper()
    return capitals and 1 < len(words) <= _NAMES + 1 and words[-1][0].isupper() and not _is_said(text)


def _is_said(text: str) -> bool:
    """Whether this is a title, a side or a field of the header, and so nobody's name."""
    word = fold(text).strip(" ().")
    return bool(_BUYING.get(_plain(text)) or roles_of(text)) or word in _SIDES or word in _RECIPIENTS


# --- CSV -----------------------------------------------------------------------------------------------------------


def _column(header: str) -> str | None:
    """The column of a header; "Contact: Email" of a joined report is "Email"."""
    key = re.sub(r"[^a-z0-9]+", "_", fold(re.sub(r"^\s*contact\s*[:.]", "", header, flags=re.IGNORECASE))).strip("_")
    return next((column for column, names in _COLUMNS.items() if key in names.split()), None)


def _delimiter(header: str) -> str:
    return max(",;\t|", key=header.count)


def has_csv_header(line: str) -> bool:
    """Whether a line names the columns of a CSV, one of them the address."""
    cells = [cell.strip().strip('"') for cell in line.split(_delimiter(line))]
    columns = [_column(cell) for cell in cells]
    return "@" not in line and "address" in columns and sum(c is not None for c in columns) >= min(2, len(cells))


def _from_csv(text: str) -> Iterator[Row]:
    header = next(line for line in text.split("\n") if line.strip())
    above = len(text) - len(text.lstrip("\n"))
    reader = csv.reader(io.StringIO(text[above:]), delimiter=_delimiter(header))
    columns: list[str | None] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [_column(cell) for cell in cells]
                # "prénom; nom", "nombre; apellidos": here "nom" is the last name, and "nombre" the first.
                if ("first" in columns) is not ("last" in columns):
                    other = "first" if "last" in columns else "last"
                    columns = [other if c == "name" else c for c in columns]
                continue
            yield _csv_row(above + reader.line_num, _cells(columns, cells))
    except csv.Error as error:
        raise InputError(
            f"Line {above + reader.line_num}: the CSV cannot be read ({error}); check its quotes."
        ) from error


def _cells(columns: Sequence[str | None], cells: Sequence[str]) -> dict[str, str]:
    """The cells by column. Of two columns for one thing ("Title" and "Role") the roles add up; else the first filled one counts."""
    found: dict[str, str] = {}
    for column, text in zip(columns, cells, strict=False):
        if column and text.strip():
            before = found.get(column)
            if before is None:
                found[column] = text.strip()
            elif column == "roles":
                found[column] = f"{before} / {text.strip()}"
    return found


def _joined(rows: Iterable[Row]) -> list[Row]:
    """A report has one row for each role of a person: rows that tell of one person alike, but for roles and notes, are one."""
    joined: dict[Row, Row] = {}
    for row in rows:
        key = row._replace(line=0, address=row.address.lower(), about=(), note="")
        first = joined.setdefault(key, row)
        if first is not row:
            notes = dict.fromkeys(note for note in (first.note, row.note) if note)
            about = tuple(dict.fromkeys(first.about + row.about))
            joined[key] = first._replace(about=about, note=" - ".join(notes))
    return list(joined.values())


def _csv_row(line: int, cells: Mapping[str, str]) -> Row:
    name = _clean(cells.get("name", "")) or _clean(f"{cells.get('first', '')} {cells.get('last', '')}")
    address = cells.get("address", "")
    if not address:
        raise _wrong(line, name, "has no mail address; add it, or take the line out.")
    entries = addressees(address)
    more: tuple[str, ...] = ()
    if "<" in address and entries:
        name, address = name or entries[0].name, entries[0].address
    elif len(entries) > 1:
        # A contact with several addresses in one cell ("a@x.de;b@x.de"): the first is the one that is written to.
        address, more = entries[0].address, tuple(e.address for e in entries[1:])
    side, recipient = fold(cells.get("side", "")), fold(cells.get("recipient", "")).strip(" :.")
    if side and side not in _SIDES:
        raise _wrong(line, cells["side"], "is no side; write customer, partner or own.")
    if recipient and recipient not in _RECIPIENTS:
        raise _wrong(line, cells["recipient"], "is no recipient; write to or cc.")
    cell = f"{cells.get('buying', '')}/{cells.get('roles', '')}"
    name, titles = named(name, address)
    about = (*titles, *(part.strip() for part in re.split(r"[/|+;,]", cell) if part.strip()))
    note = " - ".join(filter(None, (cells.get("note", ""), *more)))
    if fold(cells.get("primary", "")) in _YES:
        note = " - ".join(filter(None, (note, "primary contact")))
    return Row(
        line,
        name,
        address,
        about,
        cells.get("organisation", ""),
        _SIDES.get(side),
        _RECIPIENTS.get(recipient),
        note,
    )


def _plain(value: str) -> str:
    """ "LEGAL_AND_COMPLIANCE" and "Legal & Compliance" in one spelling."""
    return re.sub(r"[^a-z]+", " ", fold(value).replace("&", " and ")).strip()


def _object_row(number: int, item: object) -> Row:
    if not isinstance(item, Mapping):
        raise FieldError(f'people: entry {number} is no object; write it like {{"address": "ada@client.example"}}.')
    unknown = sorted(str(name) for name in item.keys() - Stakeholder.model_fields.keys())
    if unknown:
        raise FieldError(f"people: entry {number} has an unknown field, {shown_name(unknown[0])}.")
    cells: dict[str, str] = {}
    for name, value in item.items():
        texts = value if name == "roles" and isinstance(value, Sequence) and not isinstance(value, str) else [value]
        if not all(text is None or isinstance(text, str) for text in texts):
            raise FieldError(f"people: {name} of entry {number} must be a text.")
        cells[name] = "/".join(text for text in texts if text)
    return _csv_row(number, cells)


def shown_name(name: str) -> str:
    """The name of a field as a message may show it: not what cannot be the name of one, as that may be text of a draft."""
    return repr(name) if re.fullmatch(r"\w{1,40}", name) else "whose name is no word"


# --- headers and lines ---------------------------------------------------------------------------------------------


def _row_of(number: int, entry: Addressee, recipient: Recipient) -> Row:
    name, titles = named(entry.name, entry.address)
    return Row(number, name, entry.address, titles, recipient=recipient)


def _from_header(lines: Sequence[str]) -> Iterator[Row]:
    """The entries of each field; a line that opens none goes on with the one before."""
    fields: list[tuple[int, Recipient, str]] = []
    for number, line in enumerate(lines, 1):
        if match := _FIELD.match(line):
            fields.append((number, _recipient(match), match.group("rest")))
        else:
            first, recipient, before = fields[-1]
            fields[-1] = (first, recipient, f"{before}\n {line}")
    for number, recipient, field in fields:
        for entry in addressees(field):
            yield _row_of(number, entry, recipient)


def _recipient(field: re.Match[str]) -> Recipient:
    return Recipient.CC if field.group("copied") else Recipient.TO


def _is_folded(line: str) -> bool:
    """Whether a line is part of a field over several lines, or has encoded words, as in the header of a mail."""
    return line[:1] in " \t" or line.rstrip().endswith((",", ";")) or "=?" in line


def _says_more(line: str) -> bool:
    """Whether a line says something of its one person behind the address: "Ada Roy <ada@client.example> - CTO"."""
    found = [*ADDRESS.finditer(line)]
    return len(found) == 1 and bool(re.search(r"\w", line[found[0].end() :]))


def _from_lines(lines: Sequence[str]) -> Iterator[Row]:
    """One person a line; a line may begin with its field ("Cc: Ada Roy <...> - CTO"), stand below it, or hold several addresses."""
    below: Recipient | None = None
    for number, line in enumerate(lines, 1):
        field = _FIELD.match(line)
        rest = field.group("rest") if field else line
        recipient = _recipient(field) if field else below
        if field and not rest.strip():
            below = recipient
        elif entries := _several(rest):
            yield from (_row_of(number, entry, recipient or Recipient.TO) for entry in entries)
        elif rest.strip():
            row = _from_line(number, rest)
            yield row._replace(recipient=recipient) if recipient else row


def _several(text: str) -> Sequence[Addressee]:
    """The entries of a line of several addresses ("Ada Roy <ada@...>, Bob Ray <bob@...>"); none where it says anything else."""
    entries = addressees(text)
    if len(entries) < 2 or re.search(r">\s*[-–—(]", text):
        return ()
    ends = re.split(r"[,;]", text.strip().rstrip(",;"))
    return entries if all(re.search(r"[>\w]\s*$", end) for end in ends) else ()


def _from_line(number: int, line: str) -> Row:
    bare = re.sub(r"^\s*(?:[-*•·]|\d{1,3}[.)])\s+", "", line).strip()
    entry = next(iter(addressees(bare)), None)
    if entry is None:
        raise _wrong(number, bare, "has no mail address; write it like Ada Roy <ada@client.example> - CTO.")
    address = entry.address
    # In angle brackets, where it stands there: what stands before them is a name, even one that looks like an address.
    match = re.search(rf"(?<=[<:]){re.escape(address)}", bare) or re.search(re.escape(address), bare)
    if match is None or re.search(r"[,;]\s[^,;]*<[^<>]*@", bare[match.end() :]):
        raise _wrong(number, bare, "names several people; write one person a line.")
    ahead = re.sub(r"<\s*(?:mailto:)?\s*$", "", bare[: match.start()])
    before, after = _cells_of(bare, address) or (_segments(ahead), _segments(bare[match.end() :]))
    name, *said = _unbracketed(before)
    title = re.fullmatch(r"([^:]+):\s+(.+)", name)
    if title and roles_of(title.group(1)):
        name, said = title.group(2), [title.group(1), *said]
    if said and roles_of(name) and _is_full_name(said[0]):
        name, said[0] = said[0], name
    name, titles = named(name, address, by_comma="<" not in bare)
    if not name and (behind := _name_behind(*_unbracketed(after), address=address)):
        name, titles, after = behind.name, behind.titles, []
    about = [*titles, *(part for segment in [*said, *after] for part in _parts(segment))]
    return Row(number, name, address, tuple(about))


def _cells_of(line: str, address: str) -> tuple[list[str], list[str]] | None:
    """The cells before and behind the address, of a line of CSV with quotes; None where it is no such line."""
    if '"' not in line:
        return None
    try:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=_delimiter(line)), [])]
    except csv.Error:  # a cell longer than the module reads
        return None
    if address not in cells:
        return None
    at = cells.index(address)
    return [c for c in cells[:at] if c] or [""], [c for c in cells[at + 1 :] if c] or [""]


def _unbracketed(segments: Sequence[str]) -> list[str]:
    """The segments, with what the first of them has in brackets at its end as the second."""
    bracket = re.fullmatch(r"(.+?)\s*\(([^)]+)\)", segments[0])
    return [bracket.group(1), bracket.group(2), *segments[1:]] if bracket else list(segments)


def _name_behind(first: str, *others: str, address: str) -> _Named | None:
    """The name that stands behind an address with no name before it, with the titles; None where there are titles alone."""
    name, beside = named(first, address, by_comma=True)
    titles = (*beside, *(part for segment in others for part in _parts(segment)))
    words = name.split()
    if not words or _is_said(name):
        return None
    if len(words) == 1:
        told = words[0][0].isupper() and fold(words[0]) in re.split(r"[^a-z]+", fold(address.partition("@")[0]))
    else:
        told = _is_full_name(name) and (_made_of(words, address) or any(roles_of(title) for title in titles[:1]))
    return _Named(name, titles) if told else None


def _segments(text: str) -> list[str]:
    """What stands between dashes, tabs, bars or semicolons, without the brackets and quotes around an address."""
    text = re.sub(r"^[>)\]\s\"']+|[\s<(\"'\[]+$", "", text)
    parts = [part.strip(" ,;:\"'") for part in re.split(r"\s+[-–—]+\s*|[|\t;]+|^[-–—]\s*|\s[–—]", text)]
    return [re.sub(r"^\(([^()]*)\)$", r"\1", part) for part in parts if part] or [""]


def _parts(segment: str) -> list[str]:
    """A segment by its commas where each part is a title of its own ("DSI, technique"), else as one remark."""
    parts = [part.strip() for part in segment.split(",") if part.strip()]
    return parts if all(len(part.split()) <= 5 for part in parts) else [segment]
