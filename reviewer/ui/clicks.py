"""A click counts, though what was typed just before it draws the page again.

Streamlit learns what was typed when its field is left: at the press of the mouse, not at its release. What it then shows (that
a message was edited, a finding) moves the button away from under the pointer, and a click needs both on one button. So the
field is left at the release, and the click follows at once. A link that opens a message in a mail client has the words of the
last drawing: it is followed when the page has drawn the new ones. The links to other pages are left alone: they do not move.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st

_CLICKS = """
const FIELDS = "[data-testid=stTextInput], [data-testid=stTextArea]";
const PRESSED = "button, summary, a[href^='mailto:'], [role=tab]";
const CALM = 3, OFTEN = 100, AT_MOST = 100;

const typing = () => (document.activeElement?.closest(FIELDS) ? document.activeElement : null);
const card = (link) => [...(link.closest("[class*=st-key-mail-]")?.classList ?? [])].find((one) => one.startsWith("st-key-mail-"));
const drawing = () => document.querySelector("[data-test-script-state]:not([data-test-script-state=notRunning])");

function followWhenDrawn(link) {
  const wanted = card(link);
  let calm = 0, waited = 0;
  const timer = setInterval(() => {
    calm = drawing() ? 0 : calm + 1;
    if (calm < CALM && ++waited < AT_MOST) return;
    clearInterval(timer);
    if (calm >= CALM) document.querySelector(`.${CSS.escape(wanted)} a[href^='mailto:']`)?.click();
  }, OFTEN);
}

export default function () {
  if (window.reviewerClicks) return;
  window.reviewerClicks = true;
  document.addEventListener("mousedown", (event) => {
    const pressed = event.target.closest?.(PRESSED);
    if (pressed && typing() && !pressed.closest(FIELDS)) event.preventDefault();
  }, true);
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.(PRESSED), field = typing();
    if (!pressed || !field || pressed.closest(FIELDS)) return;
    field.blur();
    pressed.focus();
    if (card(pressed) && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      followWhenDrawn(pressed);
    }
  }, true);
}
"""


@lru_cache(maxsize=1)
def _listener() -> Callable[..., Any]:
    return st.components.v2.component("reviewer_clicks", html="<span></span>", js=_CLICKS)


def clicks_count() -> None:
    """Put the listener into the page; it shows nothing."""
    _listener()(key="clicks")
