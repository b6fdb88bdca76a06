"""The page's server: `./run page`, or `streamlit run app.py`. What it shows is `reviewer/ui/main.py`."""

from starlette.middleware import Middleware
from streamlit.starlette import App

from reviewer.ui.headers import Headers

app = App("reviewer/ui/main.py", middleware=[Middleware(Headers)])
