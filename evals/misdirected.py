"""Whether a misdirected mail is caught, and how often a mail that is right is called odd: `python -m evals.misdirected`.

The labelled mails are addressed to whom they are meant for, so every caution about them as they stand is a false alarm. Then a
mistake of each kind is made in each of them, in several forms, and counted as caught where a caution of that kind is given.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from evals.cases import LabelledMail, load
from reviewer.mail import RawMail
from reviewer.misdirected import cautions
from reviewer.names import first_name
from reviewer.parse import make_draft
from reviewer.types import Case, CautionKind, Envelope, Language, Side, Situation, Stakeholder, Zone

STRANGER = Stakeholder(name="Robin Sachs", address="robin.sachs@nordkap-consult.example")
OTHERS = (STRANGER, Stakeholder(name="Ute Falk", address="ute.falk@brandtkopp-recht.example"))
HELLO: dict[Language, str] = {"fr": "Bonjour", "en": "Hello", "de": "Hallo", "es": "Hola", "it": "Ciao", "nl": "Dag"}
NOBODY: dict[Language, str] = {
    "fr": "Ysaline",
    "en": "Gwendolyn",
    "de": "Waltraud",
    "es": "Itziar",
    "it": "Ornella",
    "nl": "Fenna",
}
HEADS: dict[Language, tuple[str, str, str, str]] = {
    "fr": ("De", "Envoyé", "À", "Objet"),
    "en": ("From", "Sent", "To", "Subject"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "es": ("De", "Enviado", "Para", "Asunto"),
    "it": ("Da", "Inviato", "A", "Oggetto"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp"),
}
ANNOUNCED: dict[Language, tuple[str, ...]] = {
    "fr": (
        "Vous trouverez ci-joint le planning.",
        "Le compte rendu est en pièce jointe.",
        "Je vous joins la dernière version du plan.",
        "Le document en PJ reprend tout.",
    ),
    "en": (
        "Please find attached the schedule.",
        "I have attached the latest plan.",
        "The minutes are attached.",
        "See the attachment for the details.",
    ),
    "de": (
        "Anbei der Zeitplan.",
        "Im Anhang finden Sie das Protokoll.",
        "Das Protokoll ist beigefügt.",
        "Ich hänge den Plan an.",
    ),
    "es": (
        "Adjunto el calendario.",
        "Le adjunto el acta de la reunión.",
        "En el archivo adjunto está el plan.",
        "El acta va adjunta a este correo.",
    ),
    "it": (
        "In allegato il calendario.",
        "Allego il verbale della riunione.",
        "Trova allegato il piano.",
        "Il verbale è allegato a questa mail.",
    ),
    "nl": (
        "In de bijlage vind je de planning.",
        "Bijgevoegd het verslag.",
        "Bijgaand stuur ik u het plan.",
        "Het verslag zit in de bijlage.",
    ),
}


class Seeded(NamedTuple):
    """A mail with a mistake in it."""

    kind: CautionKind | None
    """None where there is no mistake."""
    form: str
    mail: LabelledMail
    case: Case
    envelope: Envelope


def right(mail: LabelledMail) -> Iterator[Seeded]:
    """The mail as it stands: by itself, in a deal of its readers, and with the files that it announces."""
    people = mail.stakeholders()
    yield _seeded(None, "as labelled", mail, people, Envelope())
    yield _seeded(None, "in its deal", mail, people, Envelope(known=people, attachments=3))
    unsaid = [p.model_copy(update={"side": Side.CUSTOMER}) for p in people]
    yield _seeded(None, "side not said", mail, unsaid, Envelope())
    bare = [Stakeholder(name=p.name, address=p.address, recipient=p.recipient) for p in people]
    yield _seeded(None, "names and addresses alone", mail, bare, Envelope())
    firms = [p.model_copy(update={"side": Side.PARTNER}) for p in OTHERS]
    yield _seeded(None, "two partners", mail, [*people, *firms], Envelope(known=people))
    names = sorted({p.address.split("@")[1].partition(".")[0] for p in people if p.side is Side.CUSTOMER})
    for name in names[:1]:
        offices = [
            Stakeholder(name="Robin Sachs", address=f"robin.sachs@{name}{end}") for end in (".invalid", "-uk.example")
        ]
        yield _seeded(None, "other domains of the customer", mail, [*people, *offices], Envelope(known=people))


def wrong(mail: LabelledMail) -> Iterator[Seeded]:
    """A mistake of every kind in every form that the mail allows."""
    people = mail.stakeholders()
    deal = Envelope(known=people)
    customers = [p for p in people if p.side is Side.CUSTOMER]
    if not customers:
        return
    victim, hello = max(customers, key=lambda p: len(p.address)), HELLO[mail.language]
    for form, address in slips(victim.address):
        slipped = [victim.model_copy(update={"address": address}) if p == victim else p for p in people]
        yield _seeded(CautionKind.CLOSE_ADDRESS, form, mail, slipped, deal)
        if form.startswith("domain") and len(customers) > 1:
            yield _seeded(CautionKind.CLOSE_ADDRESS, f"{form}, no deal", mail, slipped, Envelope())
    for form, address in (("outsider", STRANGER.address), ("private mailbox", "robin.sachs@gmail.com")):
        stranger = STRANGER.model_copy(update={"address": address})
        yield _seeded(CautionKind.OUTSIDER, form, mail, [*people, stranger], deal)
        yield _seeded(CautionKind.OUTSIDER, f"{form}, no deal", mail, [*people, stranger], Envelope())
    yield _seeded(CautionKind.OUTSIDER, "two outsiders", mail, [*people, *OTHERS], deal)
    yield _seeded(CautionKind.OUTSIDER, "two outsiders, no deal", mail, [*people, *OTHERS], Envelope())
    yield _seeded(CautionKind.GREETING, "nobody", mail, people, deal, f"{hello} {NOBODY[mail.language]},")
    called = f"{hello} {first_name(victim)},"
    others = [p for p in people if p != victim]
    if others and not any(first_name(p) == first_name(victim) for p in others):
        yield _seeded(CautionKind.GREETING, "of the deal", mail, others, deal, called)
    twin = victim.model_copy(
        update={"name": f"{first_name(victim)} Quisthoudt", "address": f"quisthoudt@{victim.address.split('@')[1]}"}
    )
    wrong_one = Envelope(known=(*people, twin))
    yield _seeded(CautionKind.SAME_FIRST_NAME, "twin in place", mail, [*others, twin], wrong_one, called)
    # A mail that quotes another already says by that one whom it answers.
    alone = not any(p.zone is Zone.QUOTED for p in mail.case().passages)
    for form, shown in (("addresses", "{name} <{address}>"), ("names", "{name}")):
        readers = "; ".join(shown.format(name=p.name, address=p.address) for p in people[1:])
        who, when, to, about = HEADS[mail.language]
        head = f"{who}: {people[0].name}\n{when}: 2 March 2026 10:00\n{to}: {readers}\n{about}: {mail.subject}\n\nOk.\n"
        reply = mail.model_copy(update={"subject": f"Re: {mail.subject}", "body": f"{mail.body.rstrip()}\n\n{head}"})
        if alone:
            yield _seeded(CautionKind.GROWN, f"head with {form}", reply, [*people, STRANGER], Envelope())
    before = Envelope(known=people, before=people)
    yield _seeded(
        CautionKind.GROWN, "thread of a file", mail.model_copy(update={"subject": f"Re: {mail.subject}"}),
        [*people, STRANGER], before,
    )  # fmt: skip
    for number, sentence in enumerate(ANNOUNCED[mail.language], 1):
        body = re.sub(r"\n\n", f"\n\n{sentence}\n\n", mail.body, count=1)
        announcing = mail.model_copy(update={"body": body})
        yield _seeded(CautionKind.ATTACHMENT, f"sentence {number}", announcing, people, Envelope(attachments=0))


def slips(address: str) -> Iterator[tuple[str, str]]:
    """The address with one slip of the pen, by its form."""
    local, _, domain = address.partition("@")
    name, _, ending = domain.partition(".")
    middle = len(local) // 2
    swapped = next((i for i in range(middle, len(local) - 1) if local[i].isalpha() and local[i] != local[i + 1]), None)
    if len(local) > 5 and swapped is not None:
        yield "local, swapped", f"{local[:swapped]}{local[swapped + 1]}{local[swapped]}{local[swapped + 2 :]}@{domain}"
        yield "local, one left out", f"{local[:-1]}@{domain}"
    if len(name) > 5:
        yield "domain, one left out", f"{local}@{name[:3]}{name[4:]}.{ending}"
        yield "domain, doubled", f"{local}@{name[:4]}{name[3]}{name[4:]}.{ending}"


def _seeded(
    kind: CautionKind | None, form: str, mail: LabelledMail, people: "list[Stakeholder] | tuple[Stakeholder, ...]",
    envelope: Envelope, greeting: str = "",
) -> Seeded:  # fmt: skip
    body = mail.body
    if greeting:
        # A greeting of one line stands before the first blank one.
        body = f"{greeting}\n\n{body.split(chr(10) + chr(10), 1)[-1]}"
    draft, passages = make_draft(RawMail(mail.subject, None, (), body), tuple(people))
    case = Case(draft=draft, passages=passages, situation=Situation(today=mail.today, explain_in="en"))
    return Seeded(kind, form, mail, case, envelope)


def given(seeded: Seeded) -> set[CautionKind]:
    """The kinds of caution about it."""
    return {caution.kind for caution in cautions(seeded.case, seeded.envelope)}


def main() -> None:
    """Print false alarms and mistakes caught, by kind and form."""
    mails = load()
    alarms, said = Counter[str](), Counter[str]()
    for seeded in (s for mail in mails for s in right(mail)):
        kinds = given(seeded)
        alarms[seeded.form] += bool(kinds)
        said.update(f"{seeded.mail.id}, {seeded.form}: {kind}" for kind in kinds)
    for form, count in alarms.items():
        print(f"right, {form}: {count} of {len(mails)} mails with a caution")
    for line in said:
        print(f"    {line}")
    caught, made = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for seeded in (s for mail in mails for s in wrong(mail)):
        key = (str(seeded.kind), seeded.form)
        made[key] += 1
        caught[key] += seeded.kind in given(seeded)
    for (kind, form), count in sorted(made.items()):
        print(f"{kind:16} {form:30} {caught[kind, form]:3} of {count:3}")
    print(f"all: {caught.total()} of {made.total()} ({caught.total() / made.total():.1%})")


if __name__ == "__main__":
    main()
