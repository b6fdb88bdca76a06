"""Break a module on purpose, line by line, and see whether its tests notice: ``python -m evals.mutants check|policy|split [MINUTES]``.

The mutants are those of cosmic-ray, in an order that is the same at each run, and as many as the minutes allow (15), one process at a
time. They are made in a copy of what git has, never in the working tree. Each that no test notices is shown as a difference, to be read:
a test is missing, or the change changes nothing.

Needs cosmic-ray (`pip install --require-hashes -r requirements-mutate.lock` over `requirements-dev.lock`).
"""

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db

ROOT = Path(__file__).parent.parent
SECONDS = 180.0
"""After which a mutant counts as noticed: it does not end."""


class Target(NamedTuple):
    """A module, and the tests that are its own."""

    module: str
    tests: tuple[str, ...]


TARGETS: Mapping[str, Target] = {
    "check": Target("reviewer/check.py", ("tests/test_check.py",)),
    "policy": Target("reviewer/policy.py", ("tests/test_policy.py",)),
    "split": Target("reviewer/local/split.py", ("tests/test_split.py",)),
}


@contextlib.contextmanager
def copy_of_the_repository() -> Iterator[None]:
    """Work in a copy of the last commit, from which Python imports."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        subprocess.run(["git", "clone", "-q", "--depth", "1", ROOT.as_uri(), "."], check=True)  # noqa: S603, S607
        # Two mutants of one length within one second would be one to Python's cache of modules.
        with patch.dict(os.environ, {"PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1"}):
            yield


def run(target: Target, minutes: float) -> int:
    """Print what came of each mutant that was tried; 1 where the tests fail without one, or one is not noticed."""
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider {' '.join(target.tests)}"
    with copy_of_the_repository(), use_db("mutants.sqlite", WorkDB.Mode.create) as database:
        if subprocess.run(command.split(), capture_output=True).returncode:  # noqa: S603
            print("The tests fail as they are.")
            return 1
        init([Path(target.module)], database, {})
        items = sorted(database.work_items, key=lambda item: str(item.mutations))
        random.Random(0).shuffle(items)  # noqa: S311 - the same order at each run
        until, counts = time.monotonic() + 60 * minutes, Counter[str]()
        for item in items:
            if time.monotonic() > until:
                break
            result = mutate_and_test(item.mutations, command, SECONDS)
            outcome = str(result.test_outcome.value if result.test_outcome else result.worker_outcome.value)
            counts[outcome] += 1
            if outcome == "survived":
                print(result.diff, flush=True)
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
    print(f"{target.module}: {counts.total()} of {len(items)} mutants tried: {told}")
    return int(counts["survived"] > 0)


def main(arguments: list[str]) -> int:
    """Read the command line."""
    if not arguments or arguments[0] not in TARGETS:
        print(__doc__)
        return 2
    return run(TARGETS[arguments[0]], float(arguments[1]) if len(arguments) > 1 else 15.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
