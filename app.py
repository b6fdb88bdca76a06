"""The page's entry: `./run page`, or `streamlit run app.py`."""

import streamlit as st

from reviewer.ui.door import signed_in
from reviewer.ui.page import review_page

st.set_page_config(page_title="reviewer", page_icon="✉", layout="wide")
if signed_in():
    st.navigation([st.Page(review_page, title="reviewer", url_path="review", default=True)], position="hidden").run()
