"""A sale of six weeks on the command line, as `examples/sale/play.sh` has it: every command works, and the story comes out."""

import asyncio
import email
import email.policy
import re
import shlex
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reviewer import deal_cli
from reviewer.chain import Setup, review
from reviewer.cli import app
from reviewer.contacts import Answer
from reviewer.local.engine import local_engine
from reviewer.parse import any_mail, make_draft, sender_of
from reviewer.people import read_people
from reviewer.store import Store
from reviewer.types import Situation
from tests.build import PEOPLE, person
from tests.test_deal import POLICY
from tests.test_mail import outlook

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "examples" / "sale" / "play.sh"


def commands(folder: Path) -> list[list[str]]:
    """The script's commands."""
    text = SCRIPT.read_text("utf-8").replace("$REVIEWER_DATA", str(folder))
    return [shlex.split(line)[1:] for line in text.split("\n") if line.startswith("reviewer ")]


def test_a_sale_from_the_first_meeting_to_the_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engagement message comes once; the group is written to weekly; the debts are paid; the record answers."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("REVIEWER_DATA", str(tmp_path))
    said: list[tuple[str, str]] = []
    for arguments in commands(tmp_path):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, (arguments, result.output)
        said.append((" ".join(arguments), result.output))
    output = [(line, text) for line, text in said]

    def of(start: str) -> list[str]:
        return [text for line, text in output if line.startswith(start)]

    reviews = of("review ")
    # A mail to one reader that may leave as it is.
    assert "─ Message à Julien Tessier ─" in reviews[3]
    assert "│ À : Julien Tessier <" in reviews[3]
    # The meeting of 9 January is over: from the first weekly message on, the subject is who it is about.
    for text in (*of("deal recap"), *of("deal summary")):
        assert re.search(r"^Objet : Norvalis – (Point hebdomadaire|Synthèse de la semaine)$", text, re.MULTILINE)
        assert "\nBien cordialement,\nCamille Marchand\n" in text
    assert ["D'abord : demander l'accord" in text for text in reviews] == [True] + [False] * 5
    assert "Rythme du groupe (règle 14)" in reviews[1]
    assert "Veut tout voir" not in reviews[2]
    recaps = of("deal recap")
    assert "- Le scénario B est retenu pour l'hébergement." in recaps[0]
    assert "- Le nouveau planning de la recette est arrêté : du 16 au 27 mars." in recaps[1]
    assert "- L'enveloppe budgétaire est confirmée." in recaps[3]
    for text in recaps:
        assert not any(secret in text for secret in ("42", "40 k€", "plancher", "redoute", "décaler"))
    drafts = {p.name: email.message_from_bytes(p.read_bytes()) for p in (tmp_path / "drafts").iterdir()}
    assert {name for name in drafts if name.endswith(".eml")} >= {"9-group.eml", "15-helene-castel.eml"}
    # The weekly message answers the message to the group of the first week, whose draft was made here.
    first, weekly = drafts["2-group.eml"], drafts["9-group.eml"]
    assert (weekly["In-Reply-To"], weekly["References"]) == (first["Message-ID"], first["Message-ID"])
    assert drafts["15-helene-castel.eml"]["In-Reply-To"] is None
    shown = of("deal show")
    assert "Planning : réglé, sans récapitulatif au groupe depuis 1 jour." in shown[0]
    assert "Budget : réglé, sans récapitulatif au groupe depuis 8 jours." in shown[1]
    assert "Une semaine sans message au groupe." in shown[1]
    assert "Récapitulatifs dus" not in shown[2]
    assert "à revoir depuis le 20 février 2026" in shown[2]
    # Three months later a deal that was won reminds of nothing.
    assert "Gagnée le 27 février 2026" in shown[3]
    assert "Dernier message au groupe : 26 février 2026." in shown[3]
    assert not any(
        word in shown[3] for word in ("sans message au groupe", "le prochain", "Récapitulatifs dus", "à revoir")
    )
    [listed] = of("deal list")
    assert listed == "Norvalis · Gagnée le 27 février 2026\nNorvalis (copy) · Gagnée le 27 février 2026\n"
    [asked] = of("deal log Norvalis --person")
    assert "## 29 janvier 2026 · " in asked
    # A table keeps the day as programs read it.
    [table] = of("deal log Norvalis --topic")
    assert "2026-01-29," in table
    assert "Norvalis: 1 sent on 12 January 2026.\n" in of("deal sent")
    assert "arrêté : du 16 au 27 mars" in asked
    assert (tmp_path / "record.html").read_text("utf-8").count("<article>") == len(
        [m for m in Store(tmp_path).history("Norvalis").messages if m.sent]
    )
    assert Store(tmp_path).names() == ("Norvalis", "Norvalis (copy)")
    assert Store(tmp_path).history("Norvalis (copy)").messages[-1].sent is not None


def test_a_recap_and_a_summary_are_written_as_drafts_that_open_unsent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As printed, from the seller to the group or the sponsor, named by the number in the deal; what cannot be written is kept."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("REVIEWER_IMAP_HOST", raising=False)
    run = CliRunner()
    sender = "Camille Marchand <camille@kaysoft.example>"
    run.invoke(app, ["deal", "new", "Norvalis", "--people", "examples/sale/people.csv", "--sender", sender])
    assert run.invoke(app, ["deal", "recap", "Norvalis", "--out", str(tmp_path / "none")]).exit_code == 0
    assert not (tmp_path / "none").exists()
    run.invoke(app, ["deal", "settle", "Norvalis", "budget", "L'enveloppe budgétaire est confirmée."])
    for number, command, name in ((1, "recap", "group"), (2, "summary", "helene-castel")):
        result = run.invoke(app, ["deal", command, "Norvalis", "--out", str(tmp_path / "drafts")])
        assert result.exit_code == 0, result.output
        path = tmp_path / "drafts" / f"{number}-{name}.eml"
        assert result.stderr.endswith(f"{path}\n")
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = mail.get_content().replace("\r\n", "\n")
        assert (mail["X-Unsent"], str(mail["From"]), mail.defects) == ("1", sender, [])
        assert body in result.stdout
        assert "- L'enveloppe budgétaire est confirmée." in body
        kept = Store().history("Norvalis").messages[-1]
        assert [a.addr_spec for a in mail["To"].addresses] == list(kept.message.to)
        assert mail["Message-ID"] == kept.mail_id
        assert kept.mail_id.endswith("@kaysoft.example>")
    file = tmp_path / "file"
    file.write_text("", "utf-8")
    refused = run.invoke(app, ["deal", "recap", "Norvalis", "--out", str(file), "--drafts", "imap"])
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1].startswith(f"reviewer: {file} cannot be written")
    assert "L'enveloppe budgétaire est confirmée." in refused.stdout
    assert [m.id for m in Store().history("Norvalis").waiting(date.today())] == [2, 3]
    absent = run.invoke(app, ["deal", "summary", "Norvalis", "--drafts", "imap"])
    assert absent.stderr.splitlines()[-1].startswith("reviewer: REVIEWER_IMAP_HOST is not set")


def test_what_was_changed_in_the_mail_client_is_recorded_as_it_left(tmp_path: Path) -> None:
    """Its words without the quoted thread, its readers and its id, which the next weekly message answers; what leaks is said."""
    run, store = CliRunner(), Store()
    people = str(ROOT / "examples" / "sale" / "people.csv")
    run.invoke(app, ["deal", "new", "Norvalis", "--people", people])
    for text in ("L'enveloppe budgétaire est confirmée.", "Le budget de formation est confirmé."):
        run.invoke(app, ["deal", "settle", "Norvalis", "budget", text])
    run.invoke(app, ["deal", "recap", "Norvalis"])
    [kept] = store.history("Norvalis").messages
    mail = EmailMessage()
    mail["Subject"], mail["To"], mail["Cc"] = "Norvalis, semaine 3", ", ".join(kept.message.to[:3]), "x@conseil.example"
    mail["Message-ID"] = "<sent@outlook.example>"
    told = "Bonjour à tous,\n\nL'enveloppe budgétaire est confirmée.\nEntre nous, Karim est très inquiet pour son poste.\n\nCamille\n"
    mail.set_content(
        f"{told}\nLe 12 janvier 2026 à 10:00, Hélène Castel <h.castel@norvalis.example> a écrit :\n> Où en est-on ?\n"
    )
    file = tmp_path / "sent.eml"
    file.write_bytes(mail.as_bytes())
    for wrong in (["1", "2", "--words", str(file)], ["1", "--undo", "--words", str(file)], ["7", "--words", str(file)]):
        assert run.invoke(app, ["deal", "sent", "Norvalis", *wrong]).exit_code == 2
    assert store.history("Norvalis").messages == (kept,)
    done = run.invoke(app, ["deal", "sent", "Norvalis", "1", "--words", str(file)])
    assert done.exit_code == 0, done.output
    assert "Somebody among these readers should not read this" in done.stderr
    [left] = store.history("Norvalis").sent()
    assert (left.message.subject, left.message.body, left.mail_id) == (mail["Subject"], told, "<sent@outlook.example>")
    assert (left.message.to, left.message.cc) == (kept.message.to[:3], ("x@conseil.example",))
    again = run.invoke(app, ["deal", "recap", "Norvalis", "--out", str(tmp_path)])
    # What was taken out of the mail is told now.
    assert "Le budget de formation" in again.stdout
    assert "L'enveloppe" not in again.stdout
    answer = email.message_from_bytes((tmp_path / "2-group.eml").read_bytes())
    assert answer["In-Reply-To"] == "<sent@outlook.example>"
    assert run.invoke(app, ["deal", "sent", "Norvalis", "1", "--words", str(file)]).exit_code == 2


def test_what_is_wrong_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deal that is not there, a day that is none, an address of nobody, a topic that is none, a number of nothing."""
    monkeypatch.setenv("REVIEWER_DATA", str(tmp_path))
    people = str(ROOT / "examples" / "sale" / "people.csv")
    draft = str(ROOT / "examples" / "sale" / "1-meeting.txt")
    run = CliRunner()
    assert run.invoke(app, ["deal", "new", "Atlas", "--people", people]).exit_code == 0
    wrong = (
        ["review", draft, "--deal", "Nowhere"],
        ["deal", "show", "Nowhere"],
        ["deal", "new", "atlas"],
        ["deal", "agree", "Atlas", "--on", "yesterday"],
        ["deal", "insists", "Atlas", "nobody@client.example"],
        ["deal", "insists", "Atlas", "o.vial@norvalis.example", "--on", "2026-03-02", "--until", "2026-03-01"],
        ["deal", "log", "Atlas", "--topic", "weather"],
        ["deal", "log", "Atlas", "--person", "Mallory"],
        ["deal", "sent", "Atlas", "7"],
        ["deal", "settle", "Atlas", "budget", " "],
        ["deal", "close", "Nowhere", "--as", "won"],
        ["deal", "close", "Atlas", "--as", "won", "--on", "2026-02-30"],
        ["deal", "close", "Atlas", "--as", "won", "--on", "1999-01-01"],
        ["deal", "reopen", "Atlas"],
        ["deal", "import", people],
        ["deal", "export", "Atlas", "--out", str(tmp_path / "none" / "x.json")],
    )
    for arguments in wrong:
        result = run.invoke(app, arguments)
        assert result.exit_code == 2, arguments
        assert result.output.startswith("reviewer: ")
        assert result.output.count("\n") == 1
    assert Store(tmp_path).names() == ("Atlas",)


def test_whoever_is_added_while_a_question_waits_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is brought in to what the deal has then, not to what it had before the question."""
    store = Store()
    store.create("Atlas", "", PEOPLE, None, date(2026, 3, 2))
    (tmp_path / "more.txt").write_text("Yann Kerbrat <y@client.example>", "utf-8")

    def meanwhile(*_: object) -> None:
        store.bring_in("Atlas", [person("Nadia Roux")], {"nadia@client.example": Answer()})

    monkeypatch.setattr(deal_cli, "interactive", lambda: True)
    monkeypatch.setattr(deal_cli, "_ask", meanwhile)
    result = CliRunner().invoke(app, ["deal", "people", "Atlas", str(tmp_path / "more.txt")])
    assert result.exit_code == 0, result.output
    names = [p.name for p in store.history("Atlas").deal.people]
    assert names == [*(p.name for p in PEOPLE), "Nadia Roux", "Yann Kerbrat"]


def test_what_left_is_listed_with_its_numbers_and_no_day_to_come_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day before the deal began is taken, and said."""
    monkeypatch.chdir(ROOT)
    run = CliRunner()
    run.invoke(app, ["deal", "new", "Atlas", "--people", "examples/sale/people.csv", "--on", "2026-01-12"])
    run.invoke(
        app, ["review", "examples/sale/1-meeting.txt", "--deal", "Atlas", "--on", "2026-01-12", "--engine", "local"]
    )
    refused = run.invoke(app, ["deal", "sent", "Atlas", "2", "--on", "2099-01-01"])
    assert (refused.exit_code, "still to come" in refused.output) == (2, True)
    assert "before the deal began" in run.invoke(app, ["deal", "sent", "Atlas", "2", "--on", "2020-01-01"]).output
    assert "began" not in run.invoke(app, ["deal", "sent", "Atlas", "2", "--on", "2026-01-13"]).output
    [line] = run.invoke(app, ["deal", "log", "Atlas", "--sent"]).output.splitlines()
    assert line.startswith("2  2026-01-13  ")


def test_a_deal_is_closed_and_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing says what was still owed; a review in a closed deal is kept, and says so; nothing reminds of it until it is open again."""
    monkeypatch.setenv("REVIEWER_DATA", str(tmp_path))
    monkeypatch.chdir(ROOT)
    run = CliRunner()

    def said(*arguments: str, code: int = 0) -> str:
        result = run.invoke(app, ["deal", *arguments])
        assert result.exit_code == code, result.output
        return result.output

    said("new", "Atlas", "--people", "examples/sale/people.csv", "--on", "2026-01-12")
    assert "must not read" in said("settle", "Atlas", "scope", "Entre nous, Mehdi doute et accepterait 42 k€.")
    assert said("unsay", "Atlas").startswith("Atlas: taken back: ")
    confirmed = said("settle", "Atlas", "budget", "Le budget est confirmé.", "--on", "2026-01-20")
    assert confirmed == "Atlas: budget, 2026-01-20.\n"
    assert said("close", "Atlas", "--as", "paused", "--on", "2026-02-02") == (
        "Atlas: paused, 2026-02-02.\n! Budget: settled, not recapped to the group for 13 days. "
        '"Le budget est confirmé." (20 January 2026)\n'
    )
    review = ["review", "examples/sale/1-meeting.txt", "--deal", "Atlas", "--on", "2026-03-02", "--engine", "local"]
    result = run.invoke(app, review)
    assert result.exit_code == 0
    assert "L'affaire Atlas est close (En pause depuis le 2 février 2026)" in result.output
    assert len(Store(tmp_path).history("Atlas").reviews) == 1
    assert "2026-03-02  group" in said("log", "Atlas", "--unsent")
    for command in ("recap", "summary"):
        assert "Atlas · En pause depuis le 2 février 2026" in said(command, "Atlas", "--on", "2026-03-03")
    assert "has ended" in said("remind", "Atlas", "--on", "2026-03-03", "--out", str(tmp_path / "x.ics"), code=2)
    assert "closed or opened again on 2026-02-02" in said("close", "Atlas", "--as", "won", "--on", "2026-02-01", code=2)
    assert said("close", "Atlas", "--as", "lost", "--on", "2026-03-04") == "Atlas: lost, 2026-03-04.\n"
    assert said("list") == "Atlas · Perdue le 4 mars 2026\n"
    assert said("reopen", "Atlas", "--on", "2026-03-04") == "Atlas: open, 2026-03-04.\n"
    assert said("list") == "Atlas\n"
    shown = said("show", "Atlas", "--on", "2026-03-20")
    assert "Une semaine sans message au groupe." in shown
    assert "Perdue" not in shown
    said("remind", "Atlas", "--on", "2026-03-20", "--out", str(tmp_path / "x.ics"))


def test_forget_removes_a_deal_and_then_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks first, and what is gone is gone."""
    monkeypatch.setenv("REVIEWER_DATA", str(tmp_path))
    run = CliRunner()
    for name in ("Atlas", "Harbour"):
        run.invoke(app, ["deal", "new", name])
    assert run.invoke(app, ["deal", "forget", "Atlas"], input="n\n").exit_code == 1
    assert run.invoke(app, ["deal", "forget", "Atlas", "--yes"]).output == "Removed Atlas.\n"
    assert run.invoke(app, ["deal", "list"]).output == "Harbour\n"


RECEIVED = "From: {by}\nTo: {to}\nDate: Mon, 2 Mar 2026 10:00:00 +0000\nSubject: Re: Plan\n\nThe scope of lot 1 is approved by us.\n"
TOM, CLAIRE, KARIM = (
    "Tom Ellis <tom@kaysoft.example>",
    "Claire Leroy <claire@client.example>",
    "Karim Benali <karim@client.example>",
)


def begun(sender: str | None, reviewed: bool = False) -> None:
    """A deal of Claire and Karim; with an earlier draft by Tom in it."""
    store = Store()
    store.create("Atlas", "Client", read_people(f"{CLAIRE}\n{KARIM}"), sender_of(sender or ""), date(2026, 2, 2))
    if reviewed:
        draft, passages = make_draft(any_mail(RECEIVED.format(by=TOM, to=CLAIRE).encode()), ())
        situation = Situation(today=date(2026, 2, 2))
        made = asyncio.run(review(draft, passages, situation, Setup(POLICY, local_engine(POLICY))))
        store.add_review("Atlas", made, date(2026, 2, 2))


@pytest.mark.parametrize(("sender", "reviewed"), [(TOM, False), (None, True)], ids=["recorded", "by the drafts"])
@pytest.mark.parametrize(
    ("by", "to", "words"),
    [
        (CLAIRE, TOM, "The newest mail is by Claire Leroy, who is a reader, not the seller"),
        ("Yann Kerbrat <yann@other.example>", f"{TOM}, {KARIM}", "The newest mail is by Yann Kerbrat"),
        (CLAIRE, "Bo Li <bo@kaysoft.example>", "The newest mail is by Claire Leroy"),
        (CLAIRE, KARIM, "The newest mail is by Claire Leroy"),
        (TOM, f"{CLAIRE}, {KARIM}", ""),
        ("Bo Li <bo@kaysoft.example>", f"{CLAIRE}, {TOM}", ""),
        ("Tom Ellis <tom.ellis@gmail.com>", f"{CLAIRE}, {TOM}", ""),
        ("Robin Sachs <robin@partner.example>", CLAIRE, ""),
    ],
    ids=[
        "to the seller", "by a stranger", "to a colleague", "between customers",
        "by the seller", "by a colleague", "by the seller from elsewhere", "by a third to the customer",
    ],
)  # fmt: skip
def test_in_a_deal_the_seller_tells_whether_the_newest_mail_is_a_draft(
    tmp_path: Path, sender: str | None, reviewed: bool, by: str, to: str, words: str
) -> None:
    """By the deal's seller, or by who wrote the drafts before; the mail's writer need not be among its readers."""
    begun(sender, reviewed)
    path = tmp_path / "thread.eml"
    path.write_text(RECEIVED.format(by=by, to=to), "utf-8")
    done = CliRunner().invoke(app, ["review", str(path), "--deal", "Atlas", "--engine", "local"])
    assert done.exit_code == (2 if words else 0), done.output
    assert words in done.stderr
    if words:
        named = CliRunner().invoke(app, ["review", str(path), "--deal", "Atlas", "--engine", "local", "--sender", by])
        assert named.exit_code == 0, named.output


def test_whoever_sells_may_stand_among_the_deals_people(tmp_path: Path) -> None:
    """Their own mail is a draft; without anybody who sells the list alone tells."""
    people = read_people(f"{TOM}\n{CLAIRE}")
    Store().create("Atlas", "", people, sender_of(TOM), date(2026, 2, 2))
    Store().create("Bare", "", read_people(f"{CLAIRE}\n{KARIM}"), None, date(2026, 2, 2))
    path = tmp_path / "thread.eml"
    path.write_text(RECEIVED.format(by=TOM, to=CLAIRE), "utf-8")
    for name in ("Atlas", "Bare"):
        done = CliRunner().invoke(app, ["review", str(path), "--deal", name, "--engine", "local"])
        assert done.exit_code == 0, done.output


def test_an_outlook_file_that_has_names_alone_reaches_just_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the deal has their addresses, which is said; nobody else of the deal reads along. Without a deal they are left out."""
    monkeypatch.setenv("REVIEWER_DATA", str(tmp_path))
    monkeypatch.chdir(ROOT)
    run = CliRunner()
    run.invoke(app, ["deal", "new", "Atlas", "--people", "examples/sale/people.csv", "--on", "2026-01-12"])
    body = (ROOT / "examples" / "sale" / "2-connector.txt").read_text("utf-8").partition("\n\n")[2]
    to = "Castel, Hélène; Mehdi Aubry <m.aubry@norvalis.example>; Paul Neuf"
    (tmp_path / "draft.msg").write_bytes(outlook({"0037": "Suite", "1000": body, "0E04": to, "0E03": "Julien Tessier"}))
    command = ["review", str(tmp_path / "draft.msg"), "--engine", "local", "--on", "2026-01-15"]
    result = run.invoke(app, [*command, "--deal", "Atlas"])
    assert result.exit_code == 0, result.output
    assert (
        "! Sans adresse dans le mail, repris de l'affaire : Hélène Castel <h.castel@norvalis.example>, Julien"
        in result.stderr
    )
    assert "! Un contact sans adresse est laissé de côté : Paul Neuf\n" in result.stderr
    [kept] = Store(tmp_path).history("Atlas").reviews
    readers = {p.name: str(p.recipient) for p in kept.review.draft.stakeholders}
    assert readers == {"Mehdi Aubry": "to", "Hélène Castel": "to", "Julien Tessier": "cc"}
    result = run.invoke(app, command)
    assert (
        "! 3 contacts sans adresse sont laissés de côté : Hélène Castel, Paul Neuf et Julien Tessier\n" in result.stderr
    )


def test_which_mail_of_an_mbox_is_reviewed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of sent mails may have a newer one of another affair."""
    monkeypatch.setenv("REVIEWER_DATA", str(tmp_path))
    monkeypatch.chdir(ROOT)
    run = CliRunner()
    run.invoke(app, ["deal", "new", "Atlas", "--people", "examples/sale/people.csv", "--on", "2026-01-12"])
    mails = b""
    for day, subject, to in (
        (12, "Connecteur", "h.castel@norvalis.example"),
        (16, "Autre affaire", "paul@autre.example"),
    ):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Camille Marchand <camille@kaysoft.example>", to, subject
        mail["Date"] = f"Mon, {day} Jan 2026 09:00:00 +0100"
        mail.set_content("Bonjour,\n\nLe contrat est signé.\n\nCamille Marchand\n")
        mails += b"From camille Mon Jan 12 09:00:00 2026\n" + mail.as_bytes() + b"\n"
    (tmp_path / "sent.mbox").write_bytes(mails)
    result = run.invoke(app, ["review", str(tmp_path / "sent.mbox"), "--deal", "Atlas", "--engine", "local"])
    assert result.exit_code == 0, result.output
    assert "! Le fichier contient 2 mails ; le plus récent est relu : « Autre affaire »." in result.stderr
