"""Take the pictures of the page that the documents show: ``./run python docs/screenshots.py``. Needs a Chromium."""

from pathlib import Path
from typing import Literal, NamedTuple

from tests.ui.serving import PATIENCE, chromium, served, settled


class Shot(NamedTuple):
    """One picture: an example in a language, on a screen, with a tab open."""

    name: str
    locale: str
    example: str
    button: str
    tab: int
    width: int = 1280
    height: int = 1000
    scheme: Literal["light", "dark"] = "light"


SHOTS = [
    Shot("page-fr", "fr-FR", "Français", "Relire", 2),
    Shot("page-en", "en-GB", "English", "Review", 1),
    Shot("page-dark", "en-GB", "English", "Review", 0, scheme="dark"),
    Shot("page-phone", "fr-FR", "Français", "Relire", 2, 390, 844),
]


def main() -> None:
    """Write the pictures beside this file."""
    with served() as url, chromium() as browser:
        for shot in SHOTS:
            size = {"width": shot.width, "height": shot.height}
            context = browser.new_context(viewport=size, locale=shot.locale, color_scheme=shot.scheme)
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(url)
            page.get_by_role("heading", level=1).wait_for()
            page.get_by_test_id("stButton").get_by_role("button", name=shot.example).click()
            settled(page)
            page.get_by_role("button", name=shot.button).click()
            page.get_by_role("tab").first.wait_for()
            settled(page)
            page.get_by_role("tab").nth(shot.tab).click()
            settled(page)
            page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
            if shot.width < 600:
                page.get_by_role("heading", level=3).first.scroll_into_view_if_needed()
            page.screenshot(path=Path(__file__).parent / f"{shot.name}.png")
            context.close()


if __name__ == "__main__":
    main()
