"""Files that the seller takes from the page, made of what stands in its fields at the click.

A download button of Streamlit gives what the page held when it was drawn last, without the letter typed just before the click. It
can make the file when asked, too, but beside the run that learns of that letter, and it forgets the file that is asked for when
the page is drawn meanwhile. Here a click makes the file in the run that it starts, and the page hands it over when it is drawn.
"""

import secrets
import time
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st

_KEPT = 60.0  # seconds that a file stays in the server's memory
# The bytes go into the file alone; nothing of them becomes part of the page.
_TAKE = """
export default function ({ data }) {
  window.reviewerTaken ??= new Set();
  for (const file of data ?? []) {
    if (window.reviewerTaken.has(file.id)) continue;
    window.reviewerTaken.add(file.id);
    const bytes = Uint8Array.from(atob(file.content), (letter) => letter.codePointAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: file.type }));
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }
}
"""


@lru_cache(maxsize=1)
def _taker() -> Callable[..., Any]:
    return st.components.v2.component("reviewer_take", html="<span></span>", js=_TAKE)


def file_button(label: str, name: str, media_type: str, key: str, make: Callable[[], bytes | str | None]) -> None:
    """A button for a file of this name, which `make` gives as it is at the click, or None where it has said why it cannot."""
    st.button(label, key=key, on_click=_make, args=(name, media_type, make))


def _make(name: str, media_type: str, make: Callable[[], bytes | str | None]) -> None:
    made = make()
    if made is not None:
        content = b64encode(made.encode("utf-8") if isinstance(made, str) else made).decode("ascii")
        file = {"id": secrets.token_hex(8), "name": name, "type": media_type, "content": content}
        st.session_state.files = [*_files(), (time.monotonic(), file)]


def _files() -> list[tuple[float, dict[str, str]]]:
    """Those asked for a moment ago: the run that made one may end before it is handed over, for another click."""
    return [(made, file) for made, file in st.session_state.get("files", []) if time.monotonic() - made < _KEPT]


def hand_files_over() -> None:
    """Give the files that were asked for to the browser, which takes each once; it shows nothing."""
    st.session_state.files = _files()
    _taker()(key="file", data=[file for _, file in st.session_state.files])


def forget_files() -> None:
    """Keep none of them any longer."""
    st.session_state.files = []
