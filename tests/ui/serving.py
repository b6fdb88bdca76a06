"""The page, served on loopback for a browser, and the browser: for the tests and for the screenshots."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 40_000  # milliseconds that a step of the page may take on a slow machine


@contextmanager
def served(endpoint: str = "", log: Path | None = None, **settings: str) -> Iterator[str]:
    """The address of the page, served by the command that `./run page` runs; what it says goes to `log`.

    No endpoint is configured but this one, and of the environment's settings only these; deals are in a folder of its own.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "REVIEWER_"))} | settings
    if endpoint:
        environment |= {"OPENAI_BASE_URL": endpoint, "REVIEWER_MODEL": "scripted"}
    environment.setdefault("REVIEWER_DATA", tempfile.mkdtemp(prefix="reviewer-"))
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with (
        open(log or os.devnull, "wb") as told,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=told, stderr=told) as server,
    ):
        try:
            for _ in range(150):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                    break
                except OSError:
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            if "REVIEWER_DATA" not in settings:
                shutil.rmtree(environment["REVIEWER_DATA"], ignore_errors=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield started
        started.close()


def settled(page: Page) -> None:
    """Wait until the script behind the page has run; a click needs a moment to reach it."""
    page.wait_for_timeout(300)
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_attached(timeout=PATIENCE)
    # What a kind of element needs is loaded when the first of them comes; a slow machine shows bars in their place meanwhile.
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)


def press(page: Page, button: Locator) -> None:
    """Click as a hand does: a mouse is down for a while, and the page may be drawn again meanwhile."""
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(400)
    page.mouse.up()


@contextmanager
def visited(
    browser: Browser,
    url: str,
    locale: str = "en-GB",
    width: int = 1280,
    height: int = 1000,
    scheme: Literal["light", "dark"] = "light",
) -> Iterator[Page]:
    """The page, open and ready in a context of its own."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.get_by_role("heading", level=1).wait_for()
    yield page
    context.close()


def review_example(page: Page, example: str, button: str) -> None:
    """Click an example and the button, and wait for the result."""
    page.get_by_test_id("stButton").get_by_role("button", name=example).click()
    settled(page)
    page.get_by_role("button", name=button).click()
    page.get_by_role("tab").first.wait_for()
    settled(page)
