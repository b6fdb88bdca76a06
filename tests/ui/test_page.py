"""The page in process: controls, languages, errors, and decisions; the browser's part is in test_browser.py."""

import os
from email.message import EmailMessage

import pytest
from streamlit.testing.v1 import AppTest

from reviewer.people import read_people
from reviewer.testing import error, faulty, serving
from reviewer.texts import Lang, say
from reviewer.ui.inputs import rows_of
from tests.test_chain import careful

BODY = """Bonjour à tous,

Le périmètre du lot 1 est validé : 12 agences et le siège.

Prochain comité de pilotage le 14 mars à 10 h.

Karim, pourriez-vous nous envoyer le schéma de l'annuaire avant vendredi ?

Sandrine, nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans.

Entre nous Claire, Karim redoute de perdre son équipe, ça reste entre nous.

Cordialement,
Julie Morel
"""
PEOPLE = """Claire Leroy <claire@client.example> - championne du projet
Karim Benali <karim@client.example> - DSI
Sandrine Roux <sandrine@client.example> - acheteuse
Thomas Vidal <thomas@client.example> - chef de projet"""

PAGE = "from reviewer.ui.page import review_page\nreview_page()"


@pytest.fixture(autouse=True)
def _no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "REVIEWER_")):
            monkeypatch.delenv(name)


def page(lang: str = "en", body: str = BODY, people: str | None = PEOPLE) -> AppTest:
    """The page with a draft typed in."""
    at = AppTest.from_string(PAGE, default_timeout=30)
    at.session_state["lang"] = lang
    at.run()
    at.text_input(key="subject").set_value("Projet Atlas")
    at.text_area(key="body").set_value(body)
    if people is not None:
        at.session_state["rows"] = rows_of(read_people(people))
        at.session_state["table"] = 99
    return at.run()


def reviewed(lang: str = "en", body: str = BODY) -> AppTest:
    """The page after the button."""
    return page(lang, body).button(key="go").click().run()


def opened(at: AppTest, tab: str, lang: Lang = "en") -> AppTest:
    """The page with that tab of the result in front; the others but the messages are not drawn."""
    at.session_state[f"tabs-{lang}"] = say(lang, f"ui.{tab}")
    return at.run()


def words(at: AppTest) -> str:
    """Everything that the page says in its ordinary elements."""
    parts = [*at.subheader, *at.success, *at.error, *at.warning, *at.info, *at.markdown, *at.caption, *at.text]
    return "\n".join([*(str(part.value) for part in parts), *pictures(at)])


def pictures(at: AppTest) -> list[str]:
    """What the page shows as HTML of its own."""
    return [element.proto.body for element in at.get("html")]


def body_key(at: AppTest, reader: str) -> str:
    """The key of a message's text."""
    return next(
        area.key for area in at.text_area if str(area.key).startswith("body-") and str(area.key).endswith(reader)
    )


@pytest.mark.parametrize(
    ("lang", "verdict"), [("en", "To be split: one message to the group"), ("fr", "À répartir : un message")]
)
def test_a_review_shows_the_verdict_first(lang: str, verdict: str) -> None:
    """In both languages, with the checks below it and no exception."""
    at = reviewed(lang)
    assert not at.exception
    assert at.subheader[0].value.startswith(verdict)
    assert len(at.success) == 1


@pytest.mark.parametrize(
    ("body", "people", "words_of_error"),
    [
        ("", PEOPLE, "The draft is empty"),
        (BODY, None, "Nobody would read this mail"),
        ("> only\n> quoted", PEOPLE, "no text of its own"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_typed_is_lost(
    body: str, people: str | None, words_of_error: str
) -> None:
    """The fields keep what they held."""
    at = page(body=body, people=people).button(key="go").click().run()
    assert not at.exception
    assert words_of_error in at.error[0].value
    assert at.text_area(key="body").value == body
    assert at.text_input(key="subject").value == "Projet Atlas"


def test_a_row_with_a_bad_address_is_named() -> None:
    """Which line, and how to write it."""
    at = page()
    at.session_state["rows"] = [{"name": "Ada", "address": "nowhere", "roles": [], "note": ""}]
    at.session_state["table"] = 100
    at.run().button(key="go").click().run()
    assert "Line 1: 'nowhere' is no mail address" in at.error[0].value.replace("\\", "")


@pytest.mark.parametrize("name", ["atlas.fr", "harbour.en", "leitstand.de"])
def test_an_example_is_one_click_away(name: str) -> None:
    """It fills the fields, and reviews without a finding."""
    at = page(body="", people=None)
    at.button(key=f"example-{name}").click().run()
    assert at.text_area(key="body").value.strip()
    at.button(key="go").click().run()
    assert not at.exception
    assert len(at.success) == 1


def test_switching_the_language_keeps_what_was_typed() -> None:
    """Only the page's own words change."""
    at = page("en")
    at.button_group(key="lang_choice").set_value("fr").run()
    assert at.title[0].value == "À qui écrire quoi"
    assert at.text_area(key="body").value == BODY


def test_everything_is_forgotten_at_once() -> None:
    """The fields are empty, the review is gone, and the address of before finds nothing any more."""
    at = reviewed()
    token = at.session_state["token"]
    at.button(key="forget").click().run()
    assert not at.exception
    assert at.text_area(key="body").value == ""
    assert not any(str(area.key).startswith("body-") for area in at.text_area)
    assert at.title[0].value == "Who should read what"
    assert at.session_state["token"] != token
    again = AppTest.from_string(PAGE, default_timeout=30)
    again.query_params["d"] = token
    again.run()
    assert again.text_area(key="body").value == ""


def test_a_pasted_list_replaces_the_table() -> None:
    """And a list that cannot be read is said."""
    at = page()
    at.text_area(key="paste").set_value("Ada Roy <a@x.example> - CTO\nBo Li <b@x.example>").run()
    at.button(key="paste_add").click().run()
    assert [row["name"] for row in at.session_state["rows"]] == ["Ada Roy", "Bo Li"]
    at.text_area(key="paste").set_value("nobody here").run()
    at.button(key="paste_add").click().run()
    assert "has no mail address" in at.error[0].value


def test_an_edit_into_a_leak_raises_the_finding() -> None:
    """Pasting the price into the group message; taking it out again settles it."""
    at = reviewed()
    key = body_key(at, "group")
    before = at.text_area(key=key).value
    at.text_area(key=key).set_value(before + "\nNous pourrions descendre à 42 k€ par an.").run()
    assert "finding" in at.error[0].value
    assert "42 k€" in words(at)
    at.text_area(key=key).set_value(before).run()
    assert len(at.success) == 1


def test_the_seller_moves_a_passage_and_undoes_it() -> None:
    """The messages follow at once, and the proposal comes back."""
    at = opened(reviewed(), "marked")
    before = at.text_area(key=body_key(at, "group")).value
    assert "12 agences" in before
    at.multiselect(key="readers-1-s2").set_value(["thomas@client.example"]).run()
    at.button(key="apply").click().run()
    assert "12 agences" not in at.text_area(key=body_key(at, "group")).value
    assert "12 agences" in at.text_area(key=body_key(at, "thomas@client.example")).value
    at.button(key="undo").click().run()
    assert at.text_area(key=body_key(at, "group")).value == before


def test_what_was_chosen_in_a_tab_is_there_when_it_comes_to_the_front_again() -> None:
    """Another tab, and back: the readers picked and not yet applied, the passage, and whose mail is compared."""
    at = opened(reviewed(), "marked")
    next(box for box in at.selectbox if str(box.key).startswith("pick-")).set_value("s5").run()
    at.multiselect(key="readers-1-s5").set_value(["karim@client.example"]).run()
    at = opened(at, "compare")
    at.selectbox(key="who-1").set_value("thomas@client.example").run()
    at = opened(at, "messages")
    assert not at.multiselect
    at = opened(at, "compare")
    assert at.selectbox(key="who-1").value == "thomas@client.example"
    at = opened(at, "marked")
    assert not at.exception
    assert next(box for box in at.selectbox if str(box.key).startswith("pick-")).value == "s5"
    assert at.multiselect(key="readers-1-s5").value == ["karim@client.example"]


@pytest.mark.parametrize(("tab", "shown"), [("marked", "rv-draft"), ("matrix", "rv-matrix"), ("advice", "rv-head")])
def test_each_tab_is_drawn_when_it_is_looked_at(tab: str, shown: str) -> None:
    """The messages stay, with what was typed into them."""
    at = reviewed()
    key = body_key(at, "group")
    at.text_area(key=key).set_value("Bonjour,\n\nUn mot.").run()
    before = sum(shown in html for html in pictures(at))
    at = opened(at, tab)
    assert not at.exception
    assert sum(shown in html for html in pictures(at)) == before + 1
    assert at.text_area(key=key).value == "Bonjour,\n\nUn mot."


def test_a_corrected_role_follows_through_without_a_new_review() -> None:
    """Thomas, now the buyer too, may read the price; the result is not out of date."""
    at = reviewed()
    rows = rows_of(read_people(PEOPLE))
    rows[3]["roles"] = ["procurement"]
    at.session_state["rows"] = rows
    at.session_state["table"] = 101
    at.run()
    assert not at.warning
    assert not at.exception
    assert len(at.success) == 1


def test_a_flag_can_be_dismissed_with_a_reason() -> None:
    """The price is then no longer sensitive."""
    at = opened(reviewed(), "marked")
    pick = next(box for box in at.selectbox if str(box.key).startswith("pick-"))
    pick.set_value("s5").run()
    at.selectbox(key="dismiss-1-s5").set_value("false_alarm").run()
    at.button(key="apply").click().run()
    assert not at.exception
    assert at.session_state["decisions"].dismissed == {"s5": "false_alarm"}


def test_a_changed_draft_is_said_until_it_is_reviewed_again() -> None:
    """The result on the right belongs to what was typed before."""
    at = reviewed()
    at.text_area(key="body").set_value(BODY + "\nPS : encore un point.").run()
    assert "changed since this review" in at.warning[0].value


def test_with_an_endpoint_the_model_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page names the engine and its cost."""
    with serving(careful) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("REVIEWER_MODEL", "scripted")
        at = reviewed()
    assert not at.exception
    assert any("llm" in str(c.value) for c in at.caption)


def test_the_page_shows_what_left_and_the_switch_replaces_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off for an endpoint on this machine until it is switched on; without an endpoint there is no switch."""
    monkeypatch.setenv("REVIEWER_MODEL", "scripted")
    assert not [t for t in reviewed().toggle if t.key == "redact"]
    with serving(careful) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        at = reviewed()
        assert at.toggle(key="redact").value is False
        assert "Karim" in at.code[-1].value
        at.toggle(key="redact").set_value(True).run()
        at.button(key="go").click().run()
    assert not at.exception
    assert "Karim" not in at.code[-1].value
    assert "[NAME_1]" in at.code[-1].value
    assert any("Karim" in str(area.value) for area in at.text_area if str(area.key).startswith("body-"))


def test_a_far_endpoint_has_the_switch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves the machine leaves without names unless the seller says otherwise."""
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.example/v1")
    assert page().toggle(key="redact").value is True


def test_markup_in_a_draft_is_shown_as_text() -> None:
    """HTML and Markdown of a draft, its readers and its findings are words like any other."""
    evil = "<script>alert(1)</script> **fat** [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    at = reviewed(body=BODY.replace("12 agences", f"12 agences {evil}"))
    assert not at.exception
    for tab in ("marked", "matrix", "advice", "compare"):
        for html in pictures(opened(at, tab)):
            assert "<script" not in html
            assert "<img" not in html
    for block in at.markdown:
        assert "<script" not in str(block.value)
        assert "](javascript" not in str(block.value).replace("\\]\\(", "")


@pytest.mark.parametrize(("lang", "word"), [("en", "looks like client.example"), ("fr", "ressemble à client.example")])
def test_what_looks_misdirected_is_said_above_the_messages(lang: str, word: str) -> None:
    """A slip in one reader's domain, a name in the greeting that nobody bears; a right mail has no such box."""
    slipped = PEOPLE.replace("thomas@client", "thomas@cliemt")
    at = page(lang, BODY.replace("Bonjour à tous", "Bonjour Margaux"), slipped).button(key="go").click().run()
    assert not at.exception
    warned = [str(w.value).replace("\\", "") for w in at.warning]
    assert len(warned) == 2
    assert word in warned[0]
    assert "Margaux" in warned[1]
    assert not reviewed(lang).warning


def dropped(at: AppTest, body: str) -> AppTest:
    """The page after a draft without files was dropped on it, and reviewed."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "Julie Morel <julie@own.example>",
        "Claire Leroy <claire@client.example>",
        "Point",
    )
    mail["Date"] = "Mon, 2 Mar 2026 10:00:00 +0000"
    mail.set_content(body)
    at = at.file_uploader(key="upload").set_value(("draft.eml", mail.as_bytes(), "message/rfc822")).run()
    return at.button(key="go").click().run()


def test_a_dropped_draft_without_the_file_that_it_announces_is_told() -> None:
    """As long as the draft is still the one of the file: of a text that is typed nobody knows."""
    body = "Bonjour Claire,\n\nCi-joint le planning du lot 1.\n\nJulie\n"
    at = dropped(page(), body)
    assert not at.exception
    assert ["Ci-joint" in str(w.value) for w in at.warning] == [True]
    at.text_input(key="subject").set_value("Autre chose").run()
    at.button(key="go").click().run()
    assert not at.warning


def test_people_come_from_a_dropped_card() -> None:
    """A vCard fills the table as a list does."""
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Ada Roy\nEMAIL:a@x.example\nTITLE:CTO\nEND:VCARD\n"
    at = page()
    at = at.file_uploader(key="csv").set_value(("people.vcf", card.encode(), "text/vcard")).run()
    assert [(row["name"], row["address"]) for row in at.session_state["rows"]] == [("Ada Roy", "a@x.example")]


def test_whoever_of_a_dropped_list_has_no_address_is_named_and_left_out() -> None:
    """The others fill the table; it is said once."""
    at = page("en")
    rows = b"Name,Email\nAda Roy,a@x.example\nBo Li,\n"
    at = at.file_uploader(key="csv").set_value(("crm.csv", rows, "text/csv")).run()
    assert [row["name"] for row in at.session_state["rows"]] == ["Ada Roy"]
    assert [w.value for w in at.warning] == [r"1 contact without an address was left out\: Bo Li"]
    assert not at.error
    assert not at.run().warning


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_the_thread_has_told_is_shown_with_the_messages(lang: str) -> None:
    """The passage, who wrote it and when, the words, and what follows; as text and not as markup."""
    thread = (
        "De : Karim Benali <karim@client.example>\nEnvoyé : 12 mars 2026 10:04\nÀ : Claire Leroy\nObjet : Atlas\n\n"
        "Le périmètre du lot 1 est validé : 12 agences et le *siège*.\n"
    )
    at = reviewed(lang, f"{BODY}\n{thread}")
    assert not at.exception
    (shown,) = [html for html in pictures(at) if say("fr" if lang == "fr" else "en", "page.said") in html]
    assert "Karim Benali" in shown
    assert "2026" in shown
    assert "le *siège*" in shown


def test_markdown_of_an_input_is_text_in_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name among what a model could not do, and a line of the list that is refused."""
    people = PEOPLE.replace("Sandrine Roux", "Sandrine ![p]")
    with serving(faulty(lambda r: error(400) if r.step == "write" else None, careful)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        at = page("en", BODY, people).button(key="go").click().run()
    assert "Sandrine \\!\\[p\\]" in at.caption[-1].value
    at.text_area(key="paste").set_value("![p](http://evil.example/p.png) <nowhere>")
    at.button(key="paste_add").click().run()
    assert "evil" in at.error[0].value
    assert "![p](" not in at.error[0].value
