"""Who may open the page."""

import pytest
from streamlit.testing.v1 import AppTest

from reviewer.ui import door


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.4", False),
        (None, False),
        ("", False),
    ],
)
def test_only_loopback_is_this_machine(address: str | None, loopback: bool) -> None:
    """No address means every network."""
    assert door.is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("address", "public", "opened"),
    [("127.0.0.1", "", True), ("0.0.0.0", "", False), ("0.0.0.0", "yes", True), ("0.0.0.0", "no", False)],
)
def test_without_sign_in_the_page_stays_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, address: str, public: str, opened: bool
) -> None:
    """Unless somebody says knowingly that it may be public."""
    monkeypatch.setenv("REVIEWER_PUBLIC", public)
    monkeypatch.setattr(door.st, "get_option", lambda name: address)
    monkeypatch.setattr(door, "sign_in_is_set_up", lambda: False)
    at = AppTest.from_string(
        "import streamlit as st\nfrom reviewer.ui.door import signed_in\nif signed_in(): st.title('in')"
    ).run()
    assert bool(at.title) is opened
    assert bool(at.error) is not opened
