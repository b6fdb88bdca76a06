"""Take the pictures of the page that the documents show: ``./run python docs/screenshots.py``. Needs a Chromium."""

from pathlib import Path
from typing import Literal, NamedTuple

from tests.ui.serving import chromium, review_example, served, settled, visited


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
            with visited(browser, url, shot.locale, shot.width, shot.height, shot.scheme) as page:
                review_example(page, shot.example, shot.button)
                page.get_by_role("tab").nth(shot.tab).click()
                settled(page)
                page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
                if shot.width < 600:
                    page.get_by_role("heading", level=3).first.scroll_into_view_if_needed()
                page.screenshot(path=Path(__file__).parent / f"{shot.name}.png")


if __name__ == "__main__":
    main()
