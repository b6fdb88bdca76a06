"""How a message leaves the page: copied with its paragraphs and lists, or as a draft into the seller's own mailbox."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from reviewer.errors import ReviewerError
from reviewer.export import mailto, rich_text
from reviewer.handover import NAMES, Box, hand_over, placed_line, set_up
from reviewer.texts import Lang, say
from reviewer.types import Draft, Message
from reviewer.ui.common import plain
from reviewer.ui.door import is_loopback
from reviewer.ui.files import file_button

MAILTO_LIMIT = 1900  # characters; several mail clients cut a longer link
# The words come as data and go to the clipboard alone; nothing of them becomes part of the page.
_COPY = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.onclick = async () => {
    const as = (text, type) => new Blob([text], { type });
    try {
      await navigator.clipboard.write([
        new ClipboardItem({
          "text/html": as(data.html, "text/html"),
          "text/plain": as(data.text, "text/plain"),
        }),
      ]);
      button.textContent = data.done;
    } catch {
      button.textContent = data.failed;
    }
  };
}
"""
_STYLE = """
button { font: inherit; color: inherit; background: transparent; cursor: pointer; min-height: 2.5rem;
  padding: .25rem .75rem; border: 1px solid rgba(128, 128, 128, .45); border-radius: .5rem; width: 100%; }
button:hover, button:focus-visible { border-color: currentColor; }
"""


@lru_cache(maxsize=1)
def _copier() -> Callable[..., Any]:
    return st.components.v2.component("reviewer_copy", html="<button type='button'></button>", css=_STYLE, js=_COPY)


def ways_out(
    lang: Lang,
    message: Message,
    name: str,
    make: Callable[[], bytes | None],
    key: str,
) -> Any:  # noqa: ANN401 - as Streamlit types it
    """A row with the file of that name, the link for the mail client and the copy; the row, for what else stands in it.

    `make` gives the file: see `file_button`.
    """
    link = mailto(message)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        file_button(say(lang, "ui.eml"), name, "message/rfc822", f"eml-{key}", make)
        if len(link) <= MAILTO_LIMIT:
            # The key tells whose link it is when the page is drawn again (`clicks.py`).
            with st.container(key=f"mail-{key}", width="content"):
                st.link_button(say(lang, "ui.mailto"), link)
        copying = st.popover(say(lang, "ui.copy"), key=f"copying-{key}", on_change="rerun")
        if copying.open:
            with copying:
                _copy_button(lang, message, key)
                st.code(message.body, language=None, wrap_lines=True)
    if len(link) > MAILTO_LIMIT:
        st.caption(say(lang, "ui.mailto_cut"))
    return row


def _copy_button(lang: Lang, message: Message, key: str) -> None:
    """Copy the text as it would stand in a mail client, with paragraphs and lists; as plain text where only that fits."""
    words = {key: say(lang, f"ui.copy_{key}") for key in ("label", "done", "failed")}
    data = {**words, "html": rich_text(message.body), "text": message.body}
    _copier()(key=f"copy-{key}", data=data)


def drafts_buttons(
    lang: Lang,
    messages: Callable[[], Sequence[Message]],
    draft: Draft,
    key: str = "",
    mail_ids: Sequence[str] = (),
    placed: Callable[[Sequence[str]], None] | None = None,
) -> None:
    """A button for each mailbox that is set up, where nobody but its owner can open the page.

    `messages` gives the messages as they are at a click, or raises ReviewerError.

    `key` tells these buttons from others of the page. `placed` is called with the Message-IDs that the messages have in
    the mailbox.
    """
    if not is_loopback(st.get_option("server.address")):
        return
    for box in set_up():
        label = say(lang, "drafts.put", where=NAMES[box])
        st.button(
            label,
            key=f"drafts-{box}{key}",
            on_click=_hand_over,
            args=(lang, box, messages, draft, key, mail_ids, placed),
        )
    said = st.session_state.pop(f"handed{key}", None)
    if said is not None:
        (st.success if said[0] else st.error)(plain(said[1]))


def _hand_over(
    lang: Lang,
    box: Box,
    messages: Callable[[], Sequence[Message]],
    draft: Draft,
    key: str,
    mail_ids: Sequence[str],
    placed: Callable[[Sequence[str]], None] | None,
) -> None:
    try:
        handed = hand_over(box, messages(), draft, mail_ids)
        said = (True, placed_line(handed, box, lang))
        if placed:
            placed(handed.mail_ids)
    except ReviewerError as error:
        said = (False, str(error))
    st.session_state[f"handed{key}"] = said
