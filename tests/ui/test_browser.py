"""The page in a real Chromium: what a seller does with it, on a desk and on a phone, and who else can use it.

Skipped where no Chromium is installed, unless REVIEWER_BROWSER=required says that it must be (as in CI).
"""

import email
import email.message
import email.policy
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from reviewer.deal import Outcome
from reviewer.store import Store
from reviewer.testing import honest, serving
from tests.ui.serving import CHROMIUM, PATIENCE, ROOT, chromium, press, review_example, served, settled, visited
from tests.ui.test_page import BODY, PEOPLE

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("REVIEWER_BROWSER") != "required", reason="no Chromium is installed"
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The page, served on loopback."""
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the module."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The page, open and ready, for an English seller at a desk."""
    with visited(browser, url) as opened:
        yield opened


def typed(page: Page) -> None:
    """Type the draft and paste the list of people, as a seller does."""
    page.get_by_label("Subject").first.fill("Projet Atlas")
    page.get_by_label("Your draft").fill(BODY)
    page.get_by_label("Your draft").blur()
    settled(page)
    page.get_by_text("Paste a list").click()
    page.get_by_label("One person a line").fill(PEOPLE)
    page.get_by_label("One person a line").blur()
    settled(page)
    page.get_by_role("button", name="Replace the list").click()
    settled(page)
    page.keyboard.press("Escape")


def reviewed(page: Page) -> None:
    """And press the button."""
    typed(page)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("heading", name="To be split").wait_for()
    settled(page)


def test_paste_review_and_read_the_matrix(page: Page) -> None:
    """The price is Sandrine's alone, and everybody else's cell says that they must not read it."""
    reviewed(page)
    page.get_by_role("tab", name="Who reads what").click()
    row = page.get_by_role("row").filter(has_text="42 k€")
    expect(row.get_by_text("in their own message")).to_have_count(1)
    assert row.get_by_text("must not read it").count() >= 2
    expect(page.get_by_role("columnheader", name="Sandrine Roux")).to_be_visible()


def test_an_edit_into_a_leak_is_found_when_the_card_is_left(page: Page) -> None:
    """The finding names the leak, and it goes with the words."""
    reviewed(page)
    group = page.get_by_label("Text of the message").nth(1)
    before = group.input_value()
    assert "12 agences" in before
    group.fill(before + "\nNous pourrions descendre à 42 k€ par an.")
    group.blur()
    page.get_by_text("Checks: ").filter(has_text="to settle").wait_for()
    group.fill(before)
    group.blur()
    page.get_by_text("nothing lost, nothing leaked").wait_for()


def test_a_message_is_downloaded_as_a_draft_that_opens_unsent(page: Page) -> None:
    """Readers, subject and text as the card shows them."""
    reviewed(page)
    page.get_by_role("button", name="Download all (.zip)").wait_for()
    body = page.get_by_label("Text of the message").nth(1).input_value()
    with page.expect_download() as download:
        page.get_by_role("button", name=".eml draft").nth(1).click()
    raw = Path(download.value.path()).read_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert download.value.suggested_filename == "2-group.eml"
    assert mail["X-Unsent"] == "1"
    assert mail["To"].addresses[0].addr_spec == "claire@client.example"
    assert mail.get_content().replace("\r\n", "\n").strip() == body.strip()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all (.zip)").click()
    assert download.value.suggested_filename == "messages.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert len(archive.namelist()) == page.get_by_role("button", name=".eml draft").count()
        assert archive.read("2-group.eml") == raw


def test_a_message_leaves_with_the_last_letter_typed(page: Page) -> None:
    """By whatever way, at the first click, though what was typed draws the page again between press and release."""
    reviewed(page)
    group = page.get_by_label("Text of the message").nth(1)

    def typed_more(words: str) -> str:
        group.fill(f"{group.input_value()}\n{words}.\n")
        return group.input_value().strip()

    body = typed_more("À Lyon")
    with page.expect_download() as download:
        press(page, page.get_by_role("button", name=".eml draft").nth(1))
    mail = email.message_from_bytes(Path(download.value.path()).read_bytes(), policy=email.policy.default)
    assert mail.get_content().replace("\r\n", "\n").strip() == body

    body = typed_more("À Brest")
    with page.expect_download() as download:
        press(page, page.get_by_role("button", name="Download all (.zip)"))
    with zipfile.ZipFile(download.value.path()) as archive:
        mail = email.message_from_bytes(archive.read("2-group.eml"), policy=email.policy.default)
    assert mail.get_content().replace("\r\n", "\n").strip() == body

    # What the mail client would be opened with.
    page.evaluate("""document.addEventListener("click", (event) => {
        const link = event.target.closest("a[href^='mailto:']");
        if (link && !event.defaultPrevented) { event.preventDefault(); window.opened = link.href; }
    })""")
    # The first and the third both go to Claire.
    direct = page.get_by_label("Text of the message").nth(2)
    direct.fill(f"{direct.input_value()}\nÀ Nantes.\n")
    body = direct.input_value().strip()
    press(page, page.get_by_role("link", name="Open in the mail client").nth(2))
    opened = urlsplit(page.wait_for_function("window.opened").json_value())
    assert unquote(opened.path) == "claire@client.example"
    assert parse_qs(opened.query)["body"][0].replace("\r\n", "\n").strip() == body

    body = typed_more("À Lille")
    press(page, page.get_by_role("button", name="Copy").nth(1))
    page.get_by_test_id("stCode").get_by_text("À Lille.").wait_for()
    settled(page)


def test_files_that_are_asked_for_at_once_all_come(page: Page) -> None:
    """A click draws the page again, and ends the drawing before it."""
    reviewed(page)
    taken: list[str] = []
    page.on("download", lambda download: taken.append(download.suggested_filename))
    buttons = page.get_by_role("button", name=".eml draft")
    for number in range(buttons.count()):
        buttons.nth(number).click()
        page.wait_for_timeout(150)
    settled(page)
    page.wait_for_timeout(500)
    assert sorted(taken) == [
        "1-engagement.eml",
        "2-group.eml",
        "3-claire-leroy.eml",
        "4-karim-benali.eml",
        "5-sandrine-roux.eml",
    ]


def test_what_was_typed_is_there_when_the_seller_comes_back(browser: Browser, tmp_path: Path) -> None:
    """From another page, left for right behind the last letter: the draft, the review, and an edit in a card."""
    with served(REVIEWER_DATA=str(tmp_path)) as address, visited(browser, address) as page:
        reviewed(page)
        group = page.get_by_label("Text of the message").nth(1)
        group.fill(group.input_value() + "\nP.S. À Lyon.\n")
        press(page, page.get_by_role("link", name="Deals"))
        page.get_by_label("Name of the deal").wait_for()
        page.get_by_role("link", name="Review").click()
        page.get_by_role("heading", name="To be split").wait_for()
        settled(page)
        expect(page.get_by_label("Your draft")).to_have_value(BODY)
        expect(page.get_by_text("changed since this review")).to_have_count(0)
        assert page.get_by_label("Text of the message").nth(1).input_value().endswith("P.S. À Lyon.\n")
        page.get_by_label("Your draft").fill(BODY + "\nMerci.\n")
        press(page, page.get_by_role("link", name="Prompts"))
        page.get_by_label("Prompt set").first.wait_for()
        page.get_by_role("link", name="Review").click()
        expect(page.get_by_label("Your draft")).to_have_value(BODY + "\nMerci.\n", timeout=PATIENCE)


def test_what_is_missing_is_said_where_the_seller_looks(page: Page) -> None:
    """Below the button that was pressed, when the top of the page is out of sight."""
    page.set_viewport_size({"width": 1300, "height": 700})
    page.get_by_label("Your draft").fill("The scope of lot 1 is validated: 12 branches.")
    page.get_by_label("Your draft").press("Tab")
    page.get_by_role("button", name="Review", exact=True).click()
    wrong = page.get_by_text("Nobody would read this mail")
    wrong.wait_for()
    button, said = page.get_by_role("button", name="Review", exact=True).bounding_box(), wrong.bounding_box()
    assert button is not None
    assert said is not None
    assert button["y"] < said["y"] < button["y"] + 90
    assert said["y"] < (page.get_by_role("button", name="Forget everything").bounding_box() or {})["y"]


def test_a_message_is_copied_with_its_layout(page: Page) -> None:
    """The clipboard holds the text of the card twice: plain, and as paragraphs."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reviewed(page)
    body = page.get_by_label("Text of the message").nth(1).input_value()
    page.get_by_role("button", name="Copy", exact=True).nth(1).click()
    page.get_by_role("button", name="Copy with its layout").click()
    page.get_by_role("button", name="Copied").wait_for()
    read = """async type => (await (await navigator.clipboard.read())[0].getType(type)).text()"""
    assert page.evaluate(read, "text/plain") == body
    html = page.evaluate(read, "text/html")
    assert html.count("<p>") == len(re.split(r"\n\n+", body.strip()))
    assert "Bonjour" in html


def test_a_dropped_answer_stays_in_its_thread(browser: Browser, url: str, tmp_path: Path) -> None:
    """The drafts answer the mail that the dropped one answers, until the subject is another."""
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"], mail["In-Reply-To"] = (
        "Re: Lot 1",
        "Julie <julie@seller.example>",
        "<q@client.example>",
    )
    mail["To"] = "Claire Leroy <claire@client.example>, Karim Benali <karim@client.example>"
    mail.set_content("Hello Claire, hello Karim,\n\nThe scope of lot 1 is validated.\n\nKind regards,\nJulie Morel\n")
    (tmp_path / "mail.eml").write_bytes(mail.as_bytes())
    with visited(browser, url) as page:
        page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(tmp_path / "mail.eml")
        expect(page.get_by_label("Subject")).to_have_value("Re: Lot 1", timeout=PATIENCE)
        for subject, answered in (("Re: Lot 1", "<q@client.example>"), ("Lot 2", None)):
            page.get_by_label("Subject").first.fill(subject)
            page.get_by_label("Subject").first.blur()
            settled(page)
            page.get_by_role("button", name="Review", exact=True).click()
            expect(page.get_by_label("Subject").last).to_have_value(subject, timeout=PATIENCE)
            expect(page.get_by_text("changed since this review")).to_have_count(0, timeout=PATIENCE)
            settled(page)
            with page.expect_download() as download:
                page.get_by_role("button", name=".eml draft").last.click()
            raw = Path(download.value.path()).read_bytes()
            assert email.message_from_bytes(raw, policy=email.policy.default)["In-Reply-To"] == answered


def test_a_reload_finds_the_draft_again(page: Page) -> None:
    """What was typed, who reads it, the review, and an edit in a card."""
    reviewed(page)
    group = page.get_by_label("Text of the message").nth(1)
    group.fill(group.input_value() + "\nP.S. See you in Lyon.")
    group.blur()
    settled(page)
    page.reload()
    page.get_by_role("heading", name="To be split").wait_for()
    settled(page)
    expect(page.get_by_label("Your draft")).to_have_value(BODY)
    expect(page.get_by_label("Subject").first).to_have_value("Projet Atlas")
    assert page.get_by_label("Text of the message").nth(1).input_value().endswith("P.S. See you in Lyon.")
    expect(page.get_by_text("changed since this review")).to_have_count(0)
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_label("Text of the message").nth(1)).not_to_have_value(re.compile("Lyon"), timeout=PATIENCE)


def test_two_sellers_do_not_see_each_other(browser: Browser, url: str) -> None:
    """Each has an address of their own; whoever opens the page without one, or with a guessed one, finds it empty."""
    with visited(browser, url) as one, visited(browser, url) as other:
        reviewed(one)
        settled(other)
        expect(other.get_by_label("Your draft")).to_have_value("")
        other.reload()
        settled(other)
        expect(other.get_by_label("Your draft")).to_have_value("")
        expect(other.get_by_text("Karim")).to_have_count(0)
        expect(other.get_by_text("42 k€")).to_have_count(0)
        token = re.search(r"d=([\w-]+)", one.url)
        assert token is not None
        assert len(token[1]) >= 20
        assert token[1] not in other.url
        other.goto(f"{url}/?d={token[1][:-1]}")
        other.get_by_role("heading", level=1).wait_for()
        settled(other)
        expect(other.get_by_label("Your draft")).to_have_value("")


def test_what_is_forgotten_is_gone_for_a_reload_too(page: Page) -> None:
    """The button empties the page and the server's memory."""
    reviewed(page)
    before = page.url
    page.get_by_role("button", name="Forget everything").click()
    settled(page)
    expect(page.get_by_label("Your draft")).to_have_value("")
    page.goto(before)
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    expect(page.get_by_label("Your draft")).to_have_value("")
    expect(page.get_by_role("heading", name="To be split")).to_have_count(0)


def test_a_file_that_is_too_large_is_refused_by_the_page(page: Page, tmp_path: Path) -> None:
    """With the limit, and the draft that was there stays."""
    typed(page)
    large = tmp_path / "large.txt"
    large.write_bytes(b"a" * 5_500_000)
    page.locator("input[type=file]").first.set_input_files(large)
    page.get_by_text("5.0MB").or_(page.get_by_text("5MB")).first.wait_for()
    expect(page.get_by_label("Your draft")).to_have_value(BODY)


def test_the_page_loads_nothing_from_elsewhere(browser: Browser, url: str) -> None:
    """Every request of a whole review goes to the server of the page; it asks for no cookie of others and tells no referrer."""
    asked: list[str] = []
    refused: list[str] = []
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(url)
    page.get_by_role("heading", level=1).wait_for()
    reviewed(page)
    context.close()
    assert asked
    assert refused == []
    assert [a for a in asked if not a.startswith((url, url.replace("http", "ws", 1), "data:", "blob:"))] == []


def test_on_a_phone_nothing_runs_off_the_side(browser: Browser, url: str) -> None:
    """390 pixels: an example is reviewed, and the page does not scroll sideways."""
    with visited(browser, url, "fr-FR", 390, 844) as page:
        review_example(page, "Français", "Relire")
        assert page.get_by_role("heading", name="À répartir").is_visible()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(browser: Browser, url: str, scheme: Literal["light", "dark"]) -> None:
    """No serious violation by axe-core, before and after a review, in every tab."""
    serious = []
    with visited(browser, url, scheme=scheme) as page:
        review_example(page, "English", "Review")
        for tab in ("To send", "Marked draft", "Who reads what", "Advice", "Compare"):
            page.get_by_role("tab", name=tab).click()
            settled(page)
            for violation in Axe().run(page).response["violations"]:
                if violation["impact"] in ("serious", "critical"):
                    serious += [f"{tab}: {violation['id']}: {n['html'][:160]}" for n in violation["nodes"]]
    assert not serious, "\n".join(serious)


def test_a_review_by_a_model_can_be_cancelled(browser: Browser) -> None:
    """Within a moment; what was typed stays, the model is asked nothing more, and the next review runs."""
    with (
        serving(lambda request: honest(request)._replace(delay=2.0)) as model,
        served(model.url) as url,
        visited(browser, url) as page,
    ):
        page.get_by_test_id("stButton").get_by_role("button", name="English").click()
        settled(page)
        page.get_by_role("button", name="Review").click()
        page.get_by_role("button", name="Cancel").wait_for()
        while not model.requests:
            page.wait_for_timeout(50)
        page.get_by_role("button", name="Cancel").click()
        settled(page)
        expect(page.get_by_text("The result will appear here.")).to_be_visible()
        assert page.get_by_label("Your draft").input_value().startswith("Hi all,")
        asked = len(model.requests)
        page.wait_for_timeout(2500)
        assert len(model.requests) == asked
        page.get_by_role("button", name="Review").click()
        page.get_by_role("tab").first.wait_for()
        expect(page.get_by_text("Engine: llm")).to_be_visible()


def test_sales_enablement_copies_edits_runs_compares_and_promotes(browser: Browser, tmp_path: Path) -> None:
    """The Prompts page from end to end, on ordinary files."""
    shutil.copytree(ROOT / "prompts", tmp_path / "prompts")
    settings = {"REVIEWER_PROMPTS_DIR": str(tmp_path / "prompts"), "REVIEWER_RUNS_DIR": str(tmp_path / "runs")}
    with served(**settings) as url, visited(browser, f"{url}/prompts") as page:
        settled(page)
        page.get_by_role("button", name="Copy this set").click()
        page.get_by_label("Name of the copy").fill("no-tech")
        page.get_by_label("Name of the copy").press("Enter")
        settled(page)
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="Copy", exact=True).click()
        page.get_by_text("no-tech is ready to be edited").wait_for()
        settled(page)
        page.keyboard.press("Escape")
        area = page.get_by_label("classify.md")
        area.fill(area.input_value() + "\nLabel a thank-you as other.")
        area.press("Control+Enter")
        settled(page)
        page.get_by_role("button", name="Save").first.click()
        page.get_by_text("no-tech/classify.md is saved").wait_for()
        settled(page)
        assert "thank-you" in (tmp_path / "prompts" / "no-tech" / "classify.md").read_text("utf-8")
        page.get_by_role("tab", name="Try").click()
        page.get_by_text("local engine (policy changes)").click()
        settled(page)
        for _ in range(2):
            page.get_by_role("button", name="Run", exact=True).click()
            page.get_by_text("-no-tech-local.").wait_for()
            settled(page)
        page.get_by_role("tab", name="Compare").click()
        page.locator(".rv-mail").first.wait_for()
        page.get_by_role("button", name="Production").click()
        page.get_by_role("button", name="Put no-tech into production").click()
        page.get_by_text("no-tech is in production.").wait_for()
        assert (tmp_path / "prompts" / "production.txt").read_text("utf-8").split() == ["no-tech", "default"]
        # While the script still runs, what it will draw anew is faded, and lacks contrast.
        settled(page)
        page.wait_for_timeout(1000)
        serious = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert [v["id"] for v in serious] == []


def test_a_dropped_mail_and_a_dropped_list_fill_the_page(browser: Browser, url: str, tmp_path: Path) -> None:
    """An .eml gives subject, text and readers; a CSV replaces the readers; a file that is no mail is one sentence."""
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"] = "Dropped subject", "Julie Morel <julie@seller.example>"
    mail["To"] = "Claire Leroy <claire@client.example>, Karim Benali <karim@client.example>"
    mail.set_content("Hello Claire, hello Karim,\n\nThe scope of lot 1 is validated.\n\nKind regards,\nJulie Morel\n")
    (tmp_path / "mail.eml").write_bytes(mail.as_bytes())
    (tmp_path / "people.csv").write_text(
        "name,address,title\nZoe Hart,zoe@client.example,head of procurement\n", "utf-8"
    )
    (tmp_path / "noise.txt").write_bytes(bytes(range(256)) * 20)
    with visited(browser, url) as page:
        page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(tmp_path / "mail.eml")
        expect(page.get_by_label("Subject")).to_have_value("Dropped subject", timeout=PATIENCE)
        assert "The scope of lot 1 is validated." in page.get_by_label("Your draft").input_value()
        page.get_by_role("button", name="Paste a list").click()
        popover = page.get_by_test_id("stPopoverBody")
        popover.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(tmp_path / "people.csv")
        popover.get_by_text("people.csv").wait_for()
        settled(page)
        page.keyboard.press("Escape")
        page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(tmp_path / "noise.txt")
        page.get_by_text("The file is binary, not text").wait_for()
        assert page.get_by_label("Subject").input_value() == "Dropped subject"
        page.get_by_role("button", name="Review", exact=True).click()
        page.get_by_role("tab").first.wait_for()
        page.locator(".rv-to", has_text="Zoe Hart").first.wait_for()


def test_a_sale_in_its_deal(browser: Browser, tmp_path: Path) -> None:
    """Create a deal, review a draft in it, click what left, gather the weekly message, and find it in the record."""
    with served(REVIEWER_DATA=str(tmp_path)) as address, visited(browser, f"{address}/deals") as page:
        settled(page)
        page.get_by_label("Name of the deal").fill("Atlas")
        page.get_by_label("One person a line").fill(PEOPLE)
        press(page, page.get_by_role("button", name="Create the deal"))
        page.get_by_role("tab", name="How it stands").wait_for()
        assert Store(tmp_path).names() == ("Atlas",)

        page.get_by_role("link", name="Review").click()
        page.get_by_label("Your draft").wait_for()
        page.get_by_role("combobox", name="Deal").first.click()
        page.get_by_role("option", name="Atlas").click()
        settled(page)
        page.get_by_label("Your draft").fill(BODY)
        page.get_by_label("Your draft").blur()
        settled(page)
        page.get_by_role("button", name="Review", exact=True).click()
        page.get_by_role("button", name="Sent (note it in Atlas)").first.wait_for()
        settled(page)
        engagement = page.get_by_label("Text of the message").first
        engagement.fill(engagement.input_value() + "\nP.S. À Lyon.\n")
        for _ in range(page.get_by_role("button", name="Sent (note it in Atlas)").count()):
            press(page, page.get_by_role("button", name="Sent (note it in Atlas)").first)
            settled(page)
        assert Store(tmp_path).history("Atlas").sent()[0].message.body.endswith("\nP.S. À Lyon.\n")
        assert {m.sent for m in Store(tmp_path).history("Atlas").messages} == {date.today()}
        with page.expect_download() as download:
            page.get_by_role("button", name="Download all (.zip)").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            first = email.message_from_bytes(archive.read("2-group.eml"))
        settled(page)
        [group] = [m for m in Store(tmp_path).history("Atlas").messages if m.message.key == "group"]
        assert group.mail_id == first["Message-ID"]

        page.get_by_role("link", name="Deals").click()
        page.get_by_role("tab", name="Record").click()
        page.get_by_label("Words").fill("nobody wrote this")
        page.get_by_label("Words").blur()
        page.get_by_text("Nothing matches this search.").wait_for()
        page.get_by_role("tab", name="How it stands").click()
        page.get_by_role("img").first.wait_for()
        violations = Axe().run(page).response["violations"]
        assert [v["id"] for v in violations if v["impact"] in ("serious", "critical")] == []

        Store(tmp_path).note("Atlas", Outcome(day=date.today(), matter="budget", text="Le budget est confirmé."))
        page.reload()
        page.get_by_role("tab", name="Weekly message").click()
        page.get_by_role("button", name="Keep under").first.click()
        settled(page)
        page.get_by_role("tab", name="To send").click()
        body = page.get_by_label("Text of the message")
        body.fill(body.input_value() + "\nÀ jeudi.\n")
        # The draft is taken with the last letter just typed.
        with page.expect_download() as download:
            press(page, page.get_by_role("button", name=".eml draft"))
        settled(page)
        mail = email.message_from_bytes(Path(download.value.path()).read_bytes(), policy=email.policy.default)
        assert mail["In-Reply-To"] == first["Message-ID"]
        assert mail.get_content().replace("\r\n", "\n") == body.input_value()
        assert body.input_value().endswith("\nÀ jeudi.\n")
        body.fill(body.input_value() + "\nJulie\n")
        press(page, page.get_by_role("button", name="Mark as sent"))
        page.get_by_text("No message is waiting to be sent.").wait_for()
        left = Store(tmp_path).history("Atlas").sent()[-1]
        assert left.message.body.endswith("\nÀ jeudi.\n\nJulie\n")
        assert left.mail_id == mail["Message-ID"]
