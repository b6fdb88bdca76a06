"""The page's server: `./run page`, or `streamlit run app.py`. What it shows is `page.py`.

That script lies beside this one, not in the package: its folder comes first among those that are searched for modules.
"""

from starlette.middleware import Middleware
from streamlit.starlette import App

from reviewer.ui.headers import Headers

app = App("page.py", middleware=[Middleware(Headers)])
