"""Score the zones on hand-marked mails: ``python -m evals.zones FILE [SPLIT]`` prints precision and recall by zone.

FILE is JSON Lines with `text`, `split`, and `zones` as Quagga marks them (Repke & Krestel 2018, "Bringing back structure to
free text email conversations with recurrent neural networks"): `type`, `start`, `end`. From the first embedded header on,
all is somebody else's text. Sign-off and signature count as one zone, because Quagga draws the line between them elsewhere.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reviewer.passages import passages
from reviewer.types import Zone
from reviewer.zones import lines_of

AUTHOR, GREETING, CLOSING, OTHERS = "author", "greeting", "closing", "others"
_OURS = {
    Zone.AUTHOR: AUTHOR,
    Zone.GREETING: GREETING,
    Zone.SIGNOFF: CLOSING,
    Zone.SIGNATURE: CLOSING,
    Zone.QUOTED: OTHERS,
    Zone.FORWARDED: OTHERS,
    Zone.DISCLAIMER: CLOSING,
}


def marked(mail: dict[str, Any]) -> list[str | None]:
    """The zone of each line by hand; None for a blank line."""
    text, zones = mail["text"], mail["zones"]
    header = min((z["start"] for z in zones if z["type"].startswith("Header")), default=len(text))
    result: list[str | None] = []
    for line in lines_of(text):
        if not line.text.strip():
            result.append(None)
        elif line.end > header:
            result.append(OTHERS)
        else:
            names = [z["type"] for z in zones if z["start"] < line.end and z["end"] > line.start]
            if any(n.startswith("Body/Intro") for n in names):
                result.append(GREETING)
            elif any(n.startswith(("Body/Outro", "Body/Signature")) for n in names):
                result.append(CLOSING)
            else:
                result.append(AUTHOR)
    return result


def ours(text: str) -> list[set[str]]:
    """The zones of each line as the reviewer finds them: one, or two where a greeting shares its line with text."""
    found = passages(text)
    return [{_OURS[p.zone] for p in found if p.start < line.end and p.end > line.start} for line in lines_of(text)]


def compare(mails: Sequence[dict[str, Any]]) -> Iterator[tuple[str, set[str], str, str]]:
    """(by hand, ours, id, line) for every line with text."""
    for mail in mails:
        text = mail["text"].replace("\r", " ")
        for line, hand, found in zip(lines_of(text), marked(mail), ours(text), strict=True):
            if hand is not None and found:
                yield hand, found, mail["id"], line.text


def main(arguments: Sequence[str]) -> int:
    """Print the table, and the disagreements with --show."""
    if not arguments or not Path(arguments[0]).is_file():
        print("No file of hand-marked mails is given; nothing to score.")
        return 0
    split = next((a for a in arguments[1:] if not a.startswith("-")), None)
    mails = [json.loads(line) for line in Path(arguments[0]).read_text("utf-8").splitlines()]
    mails = [m for m in mails if split is None or m["split"] == split]
    right, said, true = Counter[str](), Counter[str](), Counter[str]()
    for hand, found, name, text in compare(mails):
        given = hand if hand in found else next(iter(found))
        true[hand] += 1
        said[given] += 1
        right[hand] += given == hand
        if given != hand and "--show" in arguments:
            print(f"{name}: by hand {hand}, ours {given}: {text[:100]!r}")
    print(
        f"{len(mails)} mails, {sum(true.values())} lines, {sum(right.values()) / sum(true.values()):.3f} of them right"
    )
    for zone in (AUTHOR, GREETING, CLOSING, OTHERS):
        precision, recall = right[zone] / max(said[zone], 1), right[zone] / max(true[zone], 1)
        print(f"{zone:10} precision {precision:.3f}  recall {recall:.3f}  lines {true[zone]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
