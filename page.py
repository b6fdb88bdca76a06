"""The script behind the page: its settings and its navigation. `app.py` serves it."""

from pathlib import Path

import streamlit as st

from reviewer.texts import Lang, say
from reviewer.ui.clicks import clicks_count
from reviewer.ui.deals import deals_page
from reviewer.ui.door import signed_in
from reviewer.ui.files import hand_files_over
from reviewer.ui.in_deal import deals_shown
from reviewer.ui.page import keep_typed, review_page

st.set_page_config(page_title="reviewer", page_icon="✉", layout="wide")
if signed_in():
    lang: Lang = st.session_state.get("lang") or ("fr" if (st.context.locale or "").startswith("fr") else "en")
    pages = [st.Page(review_page, title=say(lang, "work.nav_review"), url_path="review", default=True)]
    if deals_shown():
        pages.append(st.Page(deals_page, title=say(lang, "deal.title"), url_path="deals"))
    # The labelled mails and their recordings are part of a clone, not of the installed package.
    if (Path(__file__).parent / "evals" / "cases").is_dir():
        from reviewer.ui.evals import evals_page
        from reviewer.ui.workshop import keep_edits, prompts_page

        pages += [
            st.Page(prompts_page, title=say(lang, "work.nav_prompts"), url_path="prompts"),
            st.Page(evals_page, title=say(lang, "work.nav_evals"), url_path="evals"),
        ]
        keep_edits()
    page = st.navigation(pages, position="top" if len(pages) > 1 else "hidden")
    if page != pages[0]:
        keep_typed()
    page.run()
    hand_files_over()
    clicks_count()
