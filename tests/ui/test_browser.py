"""The page in a real Chromium: what a seller does with it, on a desk and on a phone, and who else can use it.

Skipped where no Chromium is installed, unless REVIEWER_BROWSER=required says that it must be (as in CI).
"""

import email
import email.policy
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.ui.serving import CHROMIUM, PATIENCE, chromium, served, settled
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
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.goto(url)
    opened.get_by_role("heading", name="Who should read what").wait_for()
    yield opened
    context.close()


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
    body = page.get_by_label("Text of the message").nth(1).input_value()
    with page.expect_download() as download:
        page.get_by_role("button", name=".eml draft").nth(1).click()
    raw = Path(download.value.path()).read_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert download.value.suggested_filename == "2-group.eml"
    assert mail["X-Unsent"] == "1"
    assert mail["To"].addresses[0].addr_spec == "claire@client.example"
    assert mail.get_content().replace("\r\n", "\n").strip() == body.strip()


def test_a_reload_finds_the_draft_again(page: Page) -> None:
    """What was typed, and who reads it."""
    typed(page)
    page.reload()
    page.get_by_role("heading", name="Who should read what").wait_for()
    settled(page)
    expect(page.get_by_label("Your draft")).to_have_value(BODY)
    expect(page.get_by_label("Subject").first).to_have_value("Projet Atlas")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("heading", name="To be split").wait_for()


def test_on_a_phone_nothing_runs_off_the_side(browser: Browser, url: str) -> None:
    """390 pixels: an example is reviewed, and the page does not scroll sideways."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.get_by_role("heading", name="À qui écrire quoi").wait_for()
    page.get_by_test_id("stButton").get_by_role("button", name="Français").click()
    settled(page)
    page.get_by_role("button", name="Relire").click()
    page.get_by_role("heading", name="À répartir").wait_for()
    settled(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(browser: Browser, url: str, scheme: str) -> None:
    """No serious violation by axe-core, before and after a review, in every tab."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-GB", color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.get_by_role("heading", name="Who should read what").wait_for()
    page.get_by_test_id("stButton").get_by_role("button", name="English").click()
    settled(page)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("heading", name="To be split").wait_for()
    settled(page)
    serious = []
    for tab in ("To send", "Marked draft", "Who reads what", "Advice", "Compare"):
        page.get_by_role("tab", name=tab).click()
        settled(page)
        page.wait_for_timeout(300)
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                serious += [f"{tab}: {violation['id']}: {n['html'][:160]}" for n in violation["nodes"]]
    context.close()
    assert not serious, "\n".join(serious)
