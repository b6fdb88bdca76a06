"""The Deals page in process, and the deal on the review page."""

import base64
import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reviewer.dashboard import note_line
from reviewer.deal import (
    Agreement,
    AgreementState,
    Ending,
    EndState,
    Insistence,
    Note,
    Observation,
    Outcome,
    known_to_one,
)
from reviewer.export import mailto
from reviewer.store import FILE, Store
from reviewer.texts import dated, say
from reviewer.types import Audience, Culture, Side, Stakeholder
from reviewer.ui.deals import _alone_picture, _picture
from tests.build import CLAIRE, PEOPLE, SANDRINE, THOMAS
from tests.test_deal import FIRST, THEIRS
from tests.test_mail import outlook
from tests.ui import test_workshop
from tests.ui.test_page import BODY, page, pictures

TODAY = date.today()
AGO = TODAY - timedelta(9)


def words(at: AppTest) -> str:
    """What the page says, without the signs that keep it from being read as Markdown."""
    return test_workshop.words(at).replace("\\", "")


def deals(lang: str = "en") -> AppTest:
    """The page, run once."""
    at = AppTest.from_string("from reviewer.ui.deals import deals_page\ndeals_page()", default_timeout=30)
    at.session_state["lang"] = lang
    return at.run()


@pytest.fixture
def store() -> Store:
    """A deal in which an outcome was told to one person nine days ago."""
    found = Store()
    found.create("Atlas", "Régie", PEOPLE, None, AGO)
    for review in (FIRST, THEIRS):
        kept = found.add_review("Atlas", review, AGO)
        found.mark_sent("Atlas", [m.id for m in kept if m.message.kind != "engagement"], AGO)
    return found


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_speaks_both_languages_and_makes_nothing(lang: str, data_folder: Path) -> None:
    """With no deal there is only the form for a new one, and no file."""
    at = deals(lang)
    assert not at.exception
    assert at.title[0].value in {"Affaires", "Deals"}
    assert not data_folder.exists()


def test_a_deal_is_created_and_what_is_wrong_is_said() -> None:
    """Nothing typed is lost by an error."""
    at = deals()
    at.text_input(key="new_deal_name").set_value("Atlas")
    at.text_area(key="new_deal_people").set_value("Ada Roy, no address")
    at = at.button(key="new_deal").click().run()
    assert "mail address" in words(at)
    assert at.text_area(key="new_deal_people").value == "Ada Roy, no address"
    at.text_area(key="new_deal_people").set_value("Ada Roy <ada@client.example> - CTO")
    at = at.button(key="new_deal").click().run()
    assert not at.exception
    assert at.selectbox(key="deal").value == "Atlas"
    assert [p.name for p in Store().history("Atlas").deal.people] == ["Ada Roy"]
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nEND:VCARD\n"
    at.text_input(key="new_deal_name").set_value("Harbour")
    at.text_area(key="new_deal_people").set_value(
        card.format("Bo Li") + card.format("Ada Roy").replace("END", "EMAIL:ada@client.example\nEND")
    )
    at = at.button(key="new_deal").click().run()
    assert not at.exception
    assert "1 contact without an address was left out: Bo Li" in words(at)


def test_how_a_deal_stands(store: Store) -> None:
    """What is owed, the rhythm, and a picture of who was written to."""
    at = deals()
    assert not at.exception
    said = words(at)
    assert "Schedule: settled, not recapped to the group for 9 days." in said
    assert "Budget: open for 9 days" in said
    assert f"Last message to the group: {dated('en', AGO)}" in said


def test_of_a_ring_and_a_dot_of_one_day_both_are_seen(store: Store) -> None:
    """The dot stands in the ring, and is drawn after it."""
    drawn = _picture("en", store.history("Atlas"), TODAY)
    row = drawn.split("<text")[drawn.split("<text").index(next(t for t in drawn.split("<text") if "Karim" in t))]
    assert re.findall(r' r="(\d)"', row) == ["7", "4"]


def test_what_one_person_alone_knows_is_drawn(store: Store) -> None:
    """A square a sentence, whoever has most first, with the number; nobody is drawn who knows nothing alone."""
    history = store.history("Atlas")
    drawn = _alone_picture("en", history)
    alone: Counter[str] = Counter(
        name for t in known_to_one(history) for a in t.readers for name in [history.names()[a]]
    )
    rows = [part.split("</text>") for part in drawn.split('<text x="0"')[1:]]
    assert [row[0].split(">")[1] for row in rows] == [name for name, _ in alone.most_common()]
    assert [row[1].count("<rect") for row in rows] == [many for _, many in alone.most_common()]
    assert "42 k€" in drawn
    assert "Le périmètre du lot 1" not in drawn
    assert any(say("en", "deal.alone_picture") in html for html in pictures(deals()))


def test_the_recap_is_kept_and_marked_as_sent(store: Store) -> None:
    """Then the debt is paid."""
    at = deals()
    at = at.button(key="take-weekly").click().run()
    waiting = store.history("Atlas").waiting(TODAY)
    assert len(waiting) == 1
    assert "arrêté : du 16 au 27 mars" in waiting[0].message.body
    at = at.button(key=f"sent-{waiting[0].id}").click().run()
    assert store.history("Atlas").last_group_message() == TODAY
    assert "Schedule" not in words(at)
    names = ", ".join(p.name for p in PEOPLE[:-1])
    day = dated("en", TODAY)
    sure = f'"Projet Atlas – Point hebdomadaire", to {names}, will no longer count as sent on {day}'
    assert sure in words(at)
    at = at.button(key=f"undo-{waiting[0].id}").click().run()
    assert "Schedule: settled" in words(at)


def test_a_message_of_a_deal_leaves_as_one_of_a_review(store: Store) -> None:
    """Once it is kept: a file, a link for the mail client and a copy. What is only shown leaves by no way."""
    at = deals()

    def offered() -> tuple[list[str], list[str], int]:
        files = [str(b.key).removeprefix("eml-") for b in at.button if str(b.key).startswith("eml-")]
        copies = [p for p in at.get("popover") if p.proto.popover.label == "Copy"]
        return files, [b.proto.url for b in at.get("link_button")], len(copies)

    assert offered() == ([], [], 0)
    at = at.button(key="take-weekly").click().run()
    assert not at.exception
    [waiting] = store.history("Atlas").waiting(TODAY)
    assert offered() == ([str(waiting.id)], [mailto(waiting.message)], 1)
    assert "take-weekly" not in [b.key for b in at.button]


def test_a_file_is_not_kept_longer_than_its_deal(store: Store) -> None:
    """Nor for more than the moment in which a browser takes it."""
    at = deals().button(key="export").click().run()
    [(_, file)] = at.session_state["files"]
    assert json.loads(base64.b64decode(file["content"]))["deal"]["name"] == "Atlas"
    at = at.button(key="forget_deal").click().run()
    assert at.session_state["files"] == []


def test_an_emptied_message_leaves_by_no_way(store: Store) -> None:
    """The old text is kept, and no file has it."""
    at = deals().button(key="take-weekly").click().run()
    at.text_area(key=field(at, "body")).set_value(" ")
    [waiting] = store.history("Atlas").waiting(TODAY)
    at = at.button(key=f"eml-{waiting.id}").click().run()
    assert "does not leave" in words(at)
    assert "files" not in at.session_state
    assert store.history("Atlas").waiting(TODAY)[0].mail_id == ""


def field(at: AppTest, kind: str) -> str:
    """The key of the only field of this kind for a message that waits."""
    [key] = [e.key for e in (*at.text_area, *at.text_input) if re.fullmatch(rf"{kind}-\d+-[0-9a-f]{{8}}", str(e.key))]
    return str(key)


def test_a_message_of_a_deal_is_recorded_in_the_words_in_which_it_left(store: Store) -> None:
    """Edited on the page: its ways out and the record have these words, what was taken out is owed on, and a leak is said."""
    at = deals().button(key="take-weekly").click().run()
    [waiting] = store.history("Atlas").waiting(TODAY)
    secret = "Sandrine sait que 42 k€ par an suffiraient si l'engagement passe à trois ans."
    at.text_area(key=field(at, "body")).set_value(f"{waiting.message.body}\n{secret}\n")
    at = at.run()
    assert "42 k€" in " ".join(str(e.value) for e in at.error)
    assert store.history("Atlas").waiting(TODAY)[0].message.body.endswith(f"{secret}\n")
    told = "Bonjour à tous,\n\nRien de neuf cette semaine.\n\nCamille\n"
    at.text_area(key=field(at, "body")).set_value(told)
    at.text_input(key=field(at, "subject")).set_value("Régie, semaine 4")
    # One run for the words and the click, as where somebody is quick.
    at = at.button(key=f"sent-{waiting.id}").click().run()
    assert not at.exception
    assert not at.error
    [left] = [m for m in store.history("Atlas").sent() if m.id == waiting.id]
    assert (left.message.subject, left.message.body, left.covers, left.matters) == ("Régie, semaine 4", told, (), ())
    assert "Schedule: settled, not recapped to the group for 9 days." in words(at)
    assert "Edited by you" not in words(at)


def test_a_message_without_words_does_not_leave(store: Store) -> None:
    """The words before are kept, and stand in the field again; so it is where another process has marked it as sent."""
    at = deals().button(key="take-weekly").click().run()
    [waiting] = store.history("Atlas").waiting(TODAY)
    at.text_area(key=field(at, "body")).set_value(" \n")
    at = at.button(key=f"sent-{waiting.id}").click().run()
    assert "without a text does not leave" in words(at)
    assert store.history("Atlas").waiting(TODAY) == [waiting]
    assert at.text_area(key=field(at, "body")).value == waiting.message.body
    at.text_area(key=field(at, "body")).set_value("Trop tard.")
    store.mark_sent("Atlas", [waiting.id], TODAY)
    at = at.run()
    assert f"Message {waiting.id} of Atlas waits no longer" in words(at)
    assert store.history("Atlas").sent()[-1].message == waiting.message


def test_what_came_up_since_is_offered_beside_the_message_that_waits(store: Store) -> None:
    """And gathered again, if the seller wants."""
    at = deals().button(key="take-weekly").click().run()
    assert "This message waits under" in words(at)
    store.note("Atlas", Outcome(day=TODAY, matter="scope", text="Le lot 1 est clos."))
    at = deals()
    assert "Gathered today it would say as well:\n- Le lot 1 est clos." in words(at)
    at = at.button(key="take-weekly").click().run()
    [waiting] = store.history("Atlas").waiting(TODAY)
    assert "Le lot 1 est clos." in waiting.message.body
    assert "Gathered today" not in words(at)


def test_the_page_reads_the_deal_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one transaction, whatever it shows of it."""
    opened = []
    reading = Store._reading
    monkeypatch.setattr(Store, "_reading", lambda self: opened.append(self) or reading(self))
    assert not deals().exception
    assert len(opened) == 1


def test_the_last_note_is_taken_back_on_the_page(store: Store) -> None:
    """It says which; where another process has noted something since, nothing is taken back unseen."""
    assert "unsay" not in [b.key for b in deals().button]
    store.note("Atlas", Outcome(day=AGO, matter="scope", text="Le lot 1 est clos."))
    store.note("Atlas", Outcome(day=AGO, matter="budget", text="Le budget est confirmé."))
    at = deals()
    assert f"This note is removed from the deal: Budget: Le budget est confirmé. · {dated('en', AGO)}" in words(at)
    store.note("Atlas", Observation(day=AGO, culture=Culture.MIXED, note="Peu de hiérarchie"))
    at = at.button(key="unsay").click().run()
    assert "The last note of Atlas is another one by now" in words(at)
    assert f"The customer's culture: mixed · {dated('en', AGO)} · Peu de hiérarchie" in words(at)
    at = at.button(key="unsay").click().run()
    assert not at.exception
    assert store.history("Atlas").deal.observations == ()
    assert [o.matter for o in store.history("Atlas").deal.outcomes] == ["scope", "budget"]
    at = at.button(key="unsay").click().run().button(key="unsay").click().run()
    assert store.history("Atlas").deal.outcomes == ()
    assert "unsay" not in [b.key for b in at.button]


@pytest.mark.parametrize(
    ("note", "line"),
    [
        (
            Agreement(day=AGO, state=AgreementState.AGREED, what="Karim : technique"),
            f"Accord du sponsor sur la façon d'écrire : convenu le {dated('fr', AGO)} · Karim : technique",
        ),
        (
            Insistence(address=SANDRINE.address, since=AGO, until=TODAY, note="Veut tout voir"),
            f"Sandrine Roux insiste pour être en copie : à informer jusqu'au {dated('fr', TODAY)}. · Veut tout voir",
        ),
        (Ending(day=AGO, state=EndState.WON), f"Gagnée le {dated('fr', AGO)}"),
        (Ending(day=AGO, state=EndState.OPEN), f"Rouverte le {dated('fr', AGO)}"),
    ],
)
def test_every_note_is_one_line(store: Store, note: Note, line: str) -> None:
    """In the seller's language, with what was seen or said."""
    assert note_line(note, store.history("Atlas"), "fr") == line


def test_what_is_noted_counts(store: Store) -> None:
    """The outcome of a matter, the agreement, the culture, and who insists."""
    at = deals()
    at.text_input(key="note_outcome").set_value("Le budget est confirmé.")
    at = at.run()
    for key in ("keep_outcome", "keep_agreement", "keep_culture", "keep_insists"):
        at = at.button(key=key).click().run()
        assert not at.exception
    deal = store.history("Atlas").deal
    assert [o.text for o in deal.outcomes] == ["Le budget est confirmé."]
    assert len(deal.agreements) == len(deal.observations) == len(deal.insistences) == 1
    assert "Budget: settled" in words(at)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Le budget est confirmé.", ""),
        ("La formation gratuite est accordée.", "as it stands"),
        ("Sandrine descend à 42 k€.", "must not read"),
    ],
)
def test_an_outcome_is_judged_when_it_is_noted(store: Store, text: str, told: str) -> None:
    """Nothing is said of a plain one."""
    at = deals()
    at.text_input(key="note_outcome").set_value(text)
    at = at.button(key="keep_outcome").click().run()
    assert not at.exception
    assert [o.text for o in store.history("Atlas").deal.outcomes] == [text]
    said = [str(w.value) for w in at.warning if "outcome" in str(w.value) and "group" in str(w.value)]
    assert any(told in line for line in said) if told else not said


def test_the_record_is_searched_on_the_page(store: Store) -> None:
    """By person and by words."""
    at = deals()
    at.selectbox(key="log_who").set_value(SANDRINE.name)
    at.text_input(key="log_words").set_value("engagement")
    at = at.run()
    assert any("42 k€" in str(c.value) for c in at.code)
    at.text_input(key="log_words").set_value("nothing of the kind")
    assert "Nothing matches" in words(at.run())


def test_people_are_added_and_a_deal_is_forgotten(store: Store) -> None:
    """By address: who is there already is brought up to date."""
    at = deals()
    at.text_area(key="more_people").set_value(
        f"Sandrine Roux-Petit <{SANDRINE.address}> - achats\nYann Kerbrat <y@client.example>"
    )
    at = at.run().button(key="add_people").click().run()
    names = [p.name for p in store.history("Atlas").deal.people]
    assert names == [*(p.name if p != SANDRINE else "Sandrine Roux-Petit" for p in PEOPLE), "Yann Kerbrat"]
    at = at.button(key="forget_deal").click().run()
    assert not at.exception
    assert store.names() == ()


def test_a_broken_file_is_said(data_folder: Path) -> None:
    """On both pages, which go on working."""
    data_folder.mkdir()
    (data_folder / FILE).write_bytes(b"no database at all, but long enough to look like something" * 30)
    assert "no file of this program" in words(deals())
    at = page()
    assert not at.exception


def test_a_draft_is_reviewed_in_its_deal(store: Store) -> None:
    """Its people and its agreement need not be typed; a click on a card notes that it left, in the words that stand there."""
    at = page()
    at = at.selectbox(key="review_deal").select("Atlas").run()
    assert not at.exception
    assert at.session_state.last == AGO
    assert [r["name"] for r in at.session_state.rows] == [p.name for p in PEOPLE]
    at.text_area(key="body").set_value(BODY)
    at = at.run().button(key="go").click().run()
    assert not at.exception
    before = len(store.history("Atlas").reviews)
    number = at.session_state.round
    at.text_area(key=f"body-{number}-group").set_value("Bonjour à tous,\n\nTrès court.\n")
    at = at.run().button(key="left-group").click().run()
    assert not at.exception
    history = store.history("Atlas")
    assert len(history.reviews) == before + 1
    assert history.last_group_message() == TODAY
    assert history.sent()[-1].message.body == "Bonjour à tous,\n\nTrès court.\n"
    assert at.button(key="left-group").disabled
    other = next(b.key for b in at.button if b.key and b.key.startswith("left-") and b.key != "left-group")
    at = at.button(key=other).click().run()
    assert len(store.history("Atlas").reviews) == before + 1
    assert len([m for m in store.history("Atlas").sent() if m.sent == TODAY]) == 2


def test_what_left_as_a_draft_is_known_again_in_its_deal(store: Store) -> None:
    """By the Message-ID of the file that was taken; a message of which none was taken has none. One that came up later is kept too."""
    at = page().selectbox(key="review_deal").select("Atlas").run()
    at.text_area(key="body").set_value(BODY)
    at = at.run().button(key="go").click().run()
    number = at.session_state.round
    given = dict(at.session_state.kept["Atlas", number].mail_ids)
    in_deal_handed = at.session_state.kept["Atlas", number].handed
    in_deal_handed["group"] = given["group"]
    direct = [key for key in given if "@" in key]
    for key in ("group", *direct):
        at = at.button(key=f"left-{key}").click().run()
    assert not at.exception
    left = {m.message.key: m.mail_id for m in store.history("Atlas").sent() if m.sent == TODAY}
    assert left == {"group": given["group"], **dict.fromkeys(direct, "")}
    # The seller gives a passage to somebody else, who had no message so far.
    at.session_state.decisions = at.session_state.decisions.model_copy(
        update={"audiences": {"s2": Audience(people=(THOMAS.address,))}}
    )
    at = at.run().button(key=f"left-{THOMAS.address}").click().run()
    assert not at.exception
    last = store.history("Atlas").messages[-1]
    assert (last.message.to, last.review_id, last.sent) == ((THOMAS.address,), 3, TODAY)


def near(store: Store) -> AppTest:
    """The page with a namesake of somebody known, and somebody new, pasted."""
    at = deals()
    at.text_area(key="more_people").set_value(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Sandrine Roux\nEMAIL:s.roux@client.example\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:3.0\nFN:Yann Kerbrat\nEMAIL:y@client.example\nEND:VCARD"
    )
    return at.run()


@pytest.mark.parametrize(
    ("choice", "added", "gone"),
    [(0, "", ""), (1, "s.roux@client.example", ""), (2, "", ""), (3, "s.roux@client.example", SANDRINE.address)],
)
def test_whoever_may_be_somebody_known_is_asked_about(store: Store, choice: int, added: str, gone: str) -> None:
    """Left out where nothing is answered; else somebody new, or the same person at the old or the new address."""
    at = near(store)
    assert "is Sandrine Roux (s.roux@client.example) the same person?" in words(at)
    at = at.selectbox(key="near-s.roux@client.example").select_index(choice).run()
    at = at.button(key="add_people").click().run()
    assert not at.exception
    found = {p.address for p in store.history("Atlas").deal.people}
    assert found == {*(p.address for p in PEOPLE), "y@client.example", added} - {gone, ""}
    # Whoever waits for an answer can still be answered for.
    assert bool(at.text_area(key="more_people").value) is (choice == 0)


def test_a_reader_who_is_nearly_one_of_the_deal_is_told_on_the_review_page(store: Store) -> None:
    """By the address that the deal has."""
    at = page("en", BODY, f"Claire Leroy <clarie@client.example>\nSandrine Roux <{SANDRINE.address}>")
    at = at.selectbox(key="review_deal").set_value("Atlas").run()
    at.session_state["rows"] = [
        {**row, "address": row["address"].replace("claire@", "clarie@")} for row in at.session_state["rows"]
    ]
    at.session_state["table"] = 77
    at = at.run().button(key="go").click().run()
    assert not at.exception
    assert ["claire@client.example" in str(w.value).replace("\\", "") for w in at.warning] == [True]


@pytest.mark.parametrize(
    ("by", "refused"), [(f"Claire Leroy <{CLAIRE.address}>", True), ("Julie <julie@own.example>", False)]
)
def test_a_mail_that_the_seller_received_is_no_draft(store: Store, by: str, refused: bool) -> None:
    """Dropped in a deal, by the one who wrote its drafts; what was typed stays."""
    (kept, *_) = store.history("Atlas").reviews
    sender = Stakeholder(name="Julie Morel", address="julie@own.example", side=Side.OWN)
    draft = kept.review.draft.model_copy(update={"sender": sender})
    store.add_review("Atlas", kept.review.model_copy(update={"draft": draft}), TODAY)
    at = page("en", BODY, "Karim Benali <karim@client.example>")
    at = at.selectbox(key="review_deal").set_value("Atlas").run()
    raw = f"From: {by}\nTo: julie@own.example\nSubject: Re: Point\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n\nApproved.\n"
    at = at.file_uploader(key="upload").set_value(("thread.eml", raw.encode(), "message/rfc822")).run()
    assert ["The newest mail is by Claire Leroy" in e.value for e in at.error] == [True] * refused
    assert at.text_area(key="body").value.strip() == (BODY.strip() if refused else "Approved.")


def test_a_dropped_outlook_file_with_names_alone_fills_in_the_deals_people(store: Store) -> None:
    """Just those, and the page says whom it took and whom it left out."""
    raw = outlook({"0037": "Suite", "1000": "Bonjour,\n\nLe lot 1 est clos.", "0E04": "Leroy, Claire; Paul Neuf"})
    at = AppTest.from_string("from reviewer.ui.page import review_page\nreview_page()", default_timeout=60)
    at.session_state["lang"] = "en"
    at = at.run().selectbox(key="review_deal").set_value("Atlas").run()
    at = at.file_uploader(key="upload").set_value(("draft.msg", raw, "application/vnd.ms-outlook")).run()
    assert not at.exception
    assert [row["address"] for row in at.session_state["rows"]] == [CLAIRE.address]
    said = " ".join(str(box.value).replace("\\", "") for box in at.warning)
    assert f"taken from the deal: {CLAIRE.name} <{CLAIRE.address}>" in said
    assert "1 contact without an address was left out: Paul Neuf" in said
    assert len(store.history("Atlas").deal.people) > 1


def test_people_come_from_a_file(store: Store) -> None:
    """And the field for it is empty again."""
    card = "BEGIN:VCARD\nVERSION:4.0\nFN:Yann Kerbrat\nEMAIL:y@client.example\nEND:VCARD\n"
    at = deals()
    at = at.file_uploader(key="more_people_file-0").set_value(("people.vcf", card.encode(), "text/vcard")).run()
    at = at.button(key="add_people").click().run()
    assert not at.exception
    assert [p.name for p in store.history("Atlas").deal.people] == [*(p.name for p in PEOPLE), "Yann Kerbrat"]
    assert at.file_uploader(key="more_people_file-1").value is None


def test_a_deal_is_closed_and_opened_again_on_the_page(store: Store) -> None:
    """While it is closed nothing is owed or reminded of; both pages say so, and a draft is reviewed in it all the same."""
    at = deals()
    assert "Schedule: settled" in words(at)
    at = at.button(key="end-won").click().run()
    assert not at.exception
    assert store.history("Atlas").deal.endings == (Ending(day=TODAY, state=EndState.WON),)
    said = words(at)
    assert f"Won on {dated('en', TODAY)}" in said
    assert "Schedule: settled" not in said
    assert at.selectbox(key="deal").options == [f"Atlas · Won on {dated('en', TODAY)}"]
    assert not [b for b in at.button if str(b.key).startswith("sent-")]
    review = page().selectbox(key="review_deal").select("Atlas").run()
    assert not review.exception
    assert "The deal Atlas is closed" in words(review) or "L'affaire Atlas est close" in words(review)
    at = at.button(key="reopen_deal").click().run()
    assert not at.exception
    assert "Schedule: settled" in words(at)
    assert at.selectbox(key="deal").options == ["Atlas"]
