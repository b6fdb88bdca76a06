"""Validate labelled passages: ``python -m training.validate FILE...`` names each bad line and prints the counts.

A training line is ``{"text", "lang", "topics", "act", "stage", "sensitivity"}``; a test line is a whole mail,
``{"lang", "subject", "people", "passages": [...]}``, whose passages carry the same labels plus an optional ``zone``.
The labels are defined in docs/labelling.md.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TOPICS = [
    "decision",
    "milestone",
    "next_date",
    "scope",
    "technical_spec",
    "budget_price",
    "contract_legal",
    "planning_change",
    "strategy",
    "internal_politics",
    "personal_concern",
    "logistics",
    "other",
]
ACTS = ["inform", "request", "propose", "commit", "deliver", "decide"]
STAGES = ["settled", "open"]
SENSITIVITIES = [
    "budget",
    "scope",
    "planning",
    "contract_price",
    "internal_politics",
    "personal_concern",
    "confidential",
    "personal_data",
    "credential",
]
LANGS = ["fr", "en", "de", "es", "it", "nl"]
ZONES = ["author", "greeting", "signoff", "signature", "quoted", "forwarded", "disclaimer"]


def problems(row: dict[str, Any], lang: str | None = None) -> Iterator[str]:
    """Each thing that is wrong with one labelled passage, in words."""
    if not str(row.get("text", "")).strip():
        yield "empty text"
    if row.get("zone", "author") not in ZONES:
        yield f"unknown zone {row.get('zone')!r}"
    if row.get("zone", "author") != "author":
        return
    if (lang or row.get("lang")) not in LANGS:
        yield f"unknown lang {row.get('lang')!r}"
    topics = row.get("topics") or []
    if not topics or [t for t in topics if t not in TOPICS]:
        yield f"topics {topics!r}"
    if "other" in topics and len(topics) > 1:
        yield "other must stand alone"
    if row.get("act") not in ACTS:
        yield f"act {row.get('act')!r}"
    if row.get("stage") not in STAGES:
        yield f"stage {row.get('stage')!r}"
    if [s for s in row.get("sensitivity", ["?"]) if s not in SENSITIVITIES]:
        yield f"sensitivity {row.get('sensitivity')!r}"


def main(paths: list[str]) -> int:
    """Print every problem and the counts by label; return 1 where there is a problem."""
    bad, counts, seen = 0, Counter[str](), Counter[str]()
    for path in paths:
        for number, line in enumerate(Path(path).read_text("utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                bad += 1
                print(f"{path}:{number}: not JSON: {error}")
                continue
            passages = row.get("passages") or [row]
            for passage in passages:
                for problem in problems(passage, row.get("lang")):
                    bad += 1
                    print(f"{path}:{number}: {problem}: {str(passage.get('text'))[:60]}")
                seen[str(passage.get("text", "")).casefold()] += 1
                if passage.get("zone", "author") != "author":
                    continue
                counts["lang " + str(row.get("lang"))] += 1
                counts.update("topic " + t for t in passage.get("topics", []))
                counts.update("sensitivity " + s for s in passage.get("sensitivity", []))
                counts["act " + str(passage.get("act"))] += 1
                counts["stage " + str(passage.get("stage"))] += 1
    for text, n in seen.items():
        if n > 1 and len(text) > 40:
            bad += 1
            print(f"said {n} times: {text[:80]}")
    print("\n".join(f"{n:6} {label}" for label, n in sorted(counts.items())))
    return bool(bad)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
