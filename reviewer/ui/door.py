"""Who may open the page: everybody on this machine; elsewhere whoever signs in."""

import ipaddress
import os

import streamlit as st

from reviewer.texts import Lang, say


def signed_in() -> bool:
    """Whether the page may be shown; where it may not, it says why or asks to sign in."""
    lang: Lang = "fr" if (st.context.locale or "").startswith("fr") else "en"
    if sign_in_is_set_up():
        if st.user.is_logged_in:
            return True
        st.button(say(lang, "ui.sign_in"), on_click=st.login, type="primary")
        return False
    address = st.get_option("server.address")
    if is_loopback(address) or os.environ.get("REVIEWER_PUBLIC") == "yes":
        return True
    st.error(say(lang, "ui.not_public", address=address or "0.0.0.0"))  # noqa: S104 - what Streamlit binds by default
    return False


def is_loopback(address: str | None) -> bool:
    """Whether the server can be reached from this machine alone; no address means every network."""
    if not address:
        return False
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def sign_in_is_set_up() -> bool:
    """Whether `.streamlit/secrets.toml` has an `[auth]` section."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False
