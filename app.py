"""The page's entry: `streamlit run app.py`, or `./run page`."""

import streamlit as st

from reviewer.ui.page import review_page

st.set_page_config(page_title="reviewer", page_icon="✉", layout="wide")
st.navigation([st.Page(review_page, title="reviewer", url_path="review", default=True)], position="hidden").run()
