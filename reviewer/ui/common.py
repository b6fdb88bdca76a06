"""What every page of the app shares: its language, text shown as typed, and the table of people."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from reviewer.texts import Lang
from reviewer.types import Stakeholder
from reviewer.ui.inputs import COLUMNS, rows_of


def language() -> Lang:
    """The language of the page, with the switch in its corner."""
    if "lang" not in st.session_state:
        st.session_state.lang = "fr" if (st.context.locale or "").startswith("fr") else "en"
    _, corner = st.columns([9, 2])
    with corner:
        st.segmented_control(
            "Langue / Language",
            ["fr", "en"],
            format_func={"fr": "Français", "en": "English"}.__getitem__,
            key="lang_choice",
            default=st.session_state.lang,
            label_visibility="collapsed",
        )
    chosen: Lang = st.session_state.lang_choice or st.session_state.lang
    st.session_state.lang = chosen
    return chosen


def plain(text: str) -> str:
    """Text for places that read Markdown: shown as typed."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+!|<>~$:" else c for c in text)


def date_format(lang: Lang) -> str:
    """How a field for a day has it: as the French type it; in English, where days and months change places, the year first."""
    return "DD/MM/YYYY" if lang == "fr" else "YYYY-MM-DD"


def field_height(text: str) -> int:
    """Pixels of a field in which a message of this text is read and edited."""
    return min(520, max(140, 26 * (text.count("\n") + len(text) // 80)))


def set_rows(rows: list[dict[str, Any]]) -> None:
    """Put these rows into the table of people."""
    state = st.session_state
    state.rows = rows or [dict.fromkeys(COLUMNS) | {"roles": []}]
    # A new key is a new table: what it showed before does not come back.
    state.table = state.get("table", 0) + 1


def set_people(people: Sequence[Stakeholder]) -> None:
    """Put these people into the table."""
    set_rows(rows_of(people))
