"""For every test: deals are kept in a folder of its own, never in the user's."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that REVIEWER_DATA names while the test runs; it does not exist before the first deal."""
    folder = tmp_path_factory.mktemp("data") / "reviewer"
    monkeypatch.setenv("REVIEWER_DATA", str(folder))
    return folder
