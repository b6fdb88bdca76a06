"""For every test: deals are kept in a folder of its own, never in the user's, and `__main__` stays what it was.

Properties are tried on as many examples as HYPOTHESIS_PROFILE says: `ci`, the default, on the same hundred every time; `deep` on new
ones, two thousand of each; whole drafts on a quarter of that.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No time limit on an example and no word about slow ones: the machine is shared, and what an example tells does not depend on it.
_SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
settings.register_profile(
    "ci", deadline=None, max_examples=100, derandomize=True, database=None, suppress_health_check=_SLOW
)
settings.register_profile("deep", deadline=None, max_examples=2000, print_blob=True, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as `__main__`, which every process that a later test spawns would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that REVIEWER_DATA names while the test runs; it does not exist before the first deal."""
    folder = tmp_path_factory.mktemp("data") / "reviewer"
    monkeypatch.setenv("REVIEWER_DATA", str(folder))
    return folder
