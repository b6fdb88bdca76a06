"""The card of a message of a deal that waits: edited and checked in its place, and taken from there into a mail client."""

from datetime import date
from functools import partial
from zlib import crc32

import streamlit as st

from reviewer.deal import History, Outgoing, draft_of
from reviewer.errors import InputError, ReviewerError
from reviewer.export import eml, file_name, new_mail_id
from reviewer.policy import Policy
from reviewer.reword import findings, reworded
from reviewer.store import Store
from reviewer.texts import Lang, dated, headed, say
from reviewer.types import Draft, Message
from reviewer.ui.common import date_format, field_height, plain
from reviewer.ui.leaving import drafts_buttons, ways_out


def waiting_card(lang: Lang, history: History, policy: Policy, outgoing: Outgoing, today: date) -> None:
    """The message, to be edited; what is wrong with it, its ways out, and the click that says that it left.

    Whatever way it leaves by, it leaves as the deal has it at that moment, and these words are in the record.
    """
    name, message, number = history.deal.name, outgoing.message, outgoing.id
    kind = say(lang, f"deal.kinds.{history.kind(outgoing)}")
    st.markdown(f"**{plain(message.subject)}** · {dated(lang, outgoing.made)} · {kind}")
    shown_readers(lang, history, message)
    # Words that were changed elsewhere come into new fields: a field keeps what was typed into it.
    digest = crc32("\n".join(_words(outgoing)).encode("utf-8", "surrogatepass"))
    key = f"{number}-{digest:08x}"
    edited = partial(_reword, name, number, key)
    st.text_input(say(lang, "deal.subject"), value=message.subject, key=f"subject-{key}", on_change=edited)
    st.text_area(
        say(lang, "ui.body"),
        value=message.body,
        key=f"body-{key}",
        height=field_height(message.body),
        on_change=edited,
    )
    # A place that is there before anything stands in it: what follows keeps its own, and with it the keyboard's focus.
    with st.container():
        if message.written_by == "seller":
            st.caption(say(lang, "ui.edited"))
        for finding in findings(history, policy, outgoing, today, lang):
            st.error(plain(finding.explanation))
    draft = draft_of(history, message, outgoing.review_id)
    mail_id = st.session_state.setdefault(f"mail-id-{name}-{number}", outgoing.mail_id or new_mail_id(draft))
    row = ways_out(
        lang,
        message,
        file_name(number, message, draft),
        partial(_file, name, number, key, draft, mail_id),
        str(number),
    )
    with row:
        drafts_buttons(
            lang,
            lambda: [_reworded(name, number, key).message],
            draft,
            f"-{number}",
            [mail_id],
            lambda given: on_store("handed", name, {number: given[0]}),
        )
        day = st.date_input(
            say(lang, "deal.day"), value=today, max_value=today, format=date_format(lang), key=f"day-{number}"
        )
        st.button(
            say(lang, "deal.sent"),
            key=f"sent-{number}",
            type="primary",
            on_click=_sent,
            args=(name, number, key, day),
        )


def _file(name: str, number: int, key: str, draft: Draft, mail_id: str) -> bytes | None:
    """The message as a draft, with what was typed just before the click; that it leaves is kept. What is wrong is said above."""
    try:
        outgoing = _reworded(name, number, key)
        Store().handed(name, {number: mail_id})
        return eml(outgoing.message, draft, mail_id=mail_id)
    except ReviewerError as error:
        st.session_state.deal_error = str(error)
        return None


def _reword(name: str, number: int, key: str) -> None:
    """Keep what stands in the fields of a message; what is wrong is said above the page."""
    try:
        _reworded(name, number, key)
    except ReviewerError as error:
        st.session_state.deal_error = str(error)


def _reworded(name: str, number: int, key: str) -> Outgoing:
    """The message with what stands in its fields at this moment, as the deal has it now. Raises ReviewerError."""
    state = st.session_state
    if wrong := state.get("deal_error"):
        raise InputError(wrong)  # the field itself was asked before the click, and its words were not taken
    subject, body = state.get(f"subject-{key}"), state.get(f"body-{key}")
    store = Store()
    history = store.history(name)
    outgoing = history.message(number)
    if outgoing is None:
        raise InputError(f"{name} has no message {number} any more.")
    if subject is None or body is None or (subject, body) == _words(outgoing):
        return outgoing
    if not body.strip():
        del state[f"body-{key}"]
        raise InputError(say(state.lang, "deal.empty_message"))
    kept = reworded(history, outgoing, " ".join(subject.split()), body)
    store.reword(name, kept)
    return kept


def _words(outgoing: Outgoing) -> tuple[str, str]:
    return outgoing.message.subject, outgoing.message.body


def _sent(name: str, number: int, key: str, day: date) -> None:
    # A click right behind the last letter may come before that letter.
    try:
        _reworded(name, number, key)
        Store().mark_sent(name, [number], day)
    except ReviewerError as error:
        st.session_state.deal_error = str(error)


def shown_readers(lang: Lang, history: History, message: Message) -> None:
    """To and Cc by name."""
    for key, addresses in (("to", message.to), ("cc", message.cc)):
        if addresses:
            st.caption(plain(headed(lang, f"deal.{key}", names_of(history, addresses))))


def names_of(history: History, addresses: tuple[str, ...]) -> str:
    """The names of these people, as the deal has them."""
    names = history.names()
    return ", ".join(names.get(a, a) for a in addresses)


def on_store(action: str, *arguments: object) -> None:
    """Do what a button asks of the store; what is wrong is said above the page, and nothing typed is lost."""
    try:
        getattr(Store(), action)(*arguments)
    except ReviewerError as error:
        st.session_state.deal_error = str(error)
