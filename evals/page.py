"""Time the page in a real Chromium: ``python -m evals.page [ROUNDS]`` prints seconds, best and median.

First paint is from the request to the page's heading, in a fresh browser context; a review is from the click to its verdict and
first card, with the local engine on the French example.
"""

import sys
import time
from collections.abc import Sequence
from statistics import median

from tests.ui.serving import chromium, served, settled, visited


def times(rounds: int) -> tuple[list[float], list[float]]:
    """Seconds to the first paint, and from click to result, by round."""
    painted, reviewed = [], []
    with served() as url, chromium() as browser:
        for _ in range(rounds):
            began = time.perf_counter()
            with visited(browser, url, "fr-FR") as page:
                painted.append(time.perf_counter() - began)
                page.get_by_test_id("stButton").get_by_role("button", name="Français").click()
                settled(page)
                began = time.perf_counter()
                page.get_by_role("button", name="Relire").click()
                page.get_by_role("heading", level=3).wait_for()
                page.get_by_label("Texte du message").last.wait_for()
                reviewed.append(time.perf_counter() - began)
    return painted, reviewed


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    rounds = int(arguments[0]) if arguments else 5
    for name, seconds in zip(("first paint", "click to last card"), times(rounds), strict=True):
        print(f"{name:20} best {min(seconds):5.2f} s   median {median(seconds):5.2f} s   of {rounds}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
