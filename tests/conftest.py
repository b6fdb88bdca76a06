"""For every test: deals are kept in a folder of its own, never in the user's, and `__main__` stays what it was."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


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
