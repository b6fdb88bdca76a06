"""What the review page shows of the deal in which it works.

Deals are in the user's data folder. Where the page can be reached from other machines they are shown only if REVIEWER_DATA says
that this folder is meant for everybody who may open the page.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import streamlit as st

from reviewer.contacts import by_name_lines
from reviewer.dashboard import ending_line
from reviewer.deal import Deal, Outgoing, envelope, named_readers, readers, sellers, situation
from reviewer.errors import ReviewerError
from reviewer.export import new_mail_id
from reviewer.mail import RawMail
from reviewer.parse import envelope_of, refuse_received
from reviewer.present import ordered
from reviewer.store import Store
from reviewer.texts import Lang, say
from reviewer.types import Draft, Envelope, Message, Passage, Review
from reviewer.ui.common import plain, set_people
from reviewer.ui.door import is_loopback


def deals_shown() -> bool:
    """Whether this server may show deals."""
    return is_loopback(st.get_option("server.address")) or bool(os.environ.get("REVIEWER_DATA", "").strip())


def deal_choice(lang: Lang) -> None:
    """Choose the deal in which the draft is reviewed; its people, culture, agreement and rhythm need not be typed."""
    if not deals_shown():
        return
    try:
        deals = {deal.name: deal for deal in Store().deals()}
    except ReviewerError as error:
        st.caption(plain(str(error)))
        return
    if not deals:
        return
    name = st.selectbox(
        say(lang, "deal.choice"),
        [None, *deals],
        format_func=lambda n: titled(deals[n], lang) if n else "–",
        key="review_deal",
        on_change=_take_deal,
    )
    if name and (ended := ending_line(deals[name], date.today(), lang)):
        st.caption(plain(say(lang, "deal.ended_review", name=name, ended=ended)))


def titled(deal: Deal, lang: Lang) -> str:
    """The deal's name in a list; with its end, where it has one."""
    return " · ".join(filter(None, (deal.name, ending_line(deal, date.today(), lang))))


def _take_deal() -> None:
    state = st.session_state
    if state.review_deal is None:
        return
    today = date.today()
    try:
        history = Store().history(state.review_deal)
    except ReviewerError as error:
        state.list_error = str(error)
        return
    known = situation(history, today, state.lang)
    state.culture, state.agreed, state.last = str(known.culture), known.agreed, known.last_group_message
    set_people(readers(history.deal, (), today, state.lang))


def envelope_in_deal(mail: RawMail, draft: Draft, passages: Sequence[Passage]) -> Envelope:
    """What is known around the draft by its file, and by the deal in which it is reviewed. Raises ReviewerError."""
    name = st.session_state.get("review_deal")
    return envelope(Store().history(name), mail, draft, passages) if name else envelope_of(mail, ())


def refuse_received_in_deal(mail: RawMail) -> None:
    """InputError where the mail is one that the deal's seller received; nothing without a deal. Raises ReviewerError."""
    if name := st.session_state.get("review_deal"):
        history = Store().history(name)
        refuse_received(mail, sellers(history), history.deal.people)


def with_named_readers(mail: RawMail) -> RawMail:
    """The mail with those of the deal whom it names without an address; who that is, and who is left out, is said. Raises ReviewerError."""
    state = st.session_state
    name = state.get("review_deal")
    names = tuple(reader.name for reader in mail.unaddressed)
    found, unknown = named_readers(Store().history(name).deal, mail) if name and names else ((), names)
    if lines := list(by_name_lines(found, unknown, state.lang)):
        state.list_note = " ".join(lines)
    return mail._replace(people=(*mail.people, *found))


def look_again(today: date) -> dict[str, date]:
    """When to look again at whoever insists on every copy, as the deal has it; nothing without one. Raises ReviewerError."""
    name = st.session_state.get("review_deal")
    return situation(Store().history(name), today, "en").look_again if name else {}


class _Kept(NamedTuple):
    """What a deal has of the review that is shown, by the keys of its messages."""

    messages: dict[str, Outgoing]
    """As the deal keeps them, from the first that left on."""
    left: set[str]
    """Those that left."""
    mail_ids: dict[str, str]
    """Their Message-IDs."""
    handed: dict[str, str]
    """The Message-IDs under which drafts were handed over."""


def _kept(name: str) -> _Kept:
    place: dict[tuple[str, int], _Kept] = st.session_state.setdefault("kept", {})
    return place.setdefault((name, st.session_state.round), _Kept({}, set(), {}, {}))


def mail_ids(review: Review, messages: Sequence[Message]) -> dict[str, str]:
    """A Message-ID for each message that leaves in a deal, by its key, so that the deal knows it again; none without a deal."""
    if not (name := st.session_state.get("review_deal")):
        return {}
    given = _kept(name).mail_ids
    return {m.key: given.setdefault(m.key, new_mail_id(review.draft)) for m in messages}


def handed(given: Mapping[str, str]) -> None:
    """Note that drafts were handed over under these Message-IDs."""
    if not (name := st.session_state.get("review_deal")):
        return
    kept = _kept(name)
    kept.handed.update(given)
    try:
        Store().handed(name, {kept.messages[key].id: i for key, i in given.items() if key in kept.messages})
    except ReviewerError as error:
        st.session_state.list_error = str(error)


def sent_button(lang: Lang, key: str, current: Callable[[], Review]) -> None:
    """The click that says that the message of this key left, on its card: the deal then keeps the review, and the words.

    `current` gives the review as it is at the click.
    """
    name = st.session_state.get("review_deal")
    if not name:
        return
    done = key in _kept(name).left
    st.button(
        say(lang, "deal.sent_done" if done else "deal.sent_in", name=name),
        key=f"left-{key}",
        disabled=done,
        on_click=_left,
        args=(name, key, current),
    )


def _left(name: str, key: str, current: Callable[[], Review]) -> None:
    kept, review = _kept(name), current()
    [message] = [m for m in ordered(review) if m.key == key]
    try:
        store, day = Store(), review.situation.today
        if not kept.messages:
            kept.messages.update((m.message.key, m) for m in store.add_review(name, review, day))
        elif key not in kept.messages:
            # What the seller decided since the first one left made a message of its own.
            [first, *_] = kept.messages.values()
            kept.messages[key] = store.add_message(name, message, day, review_id=first.review_id)
        number = kept.messages[key].id
        store.mark_sent(name, [number], date.today(), {number: message})
        store.handed(name, {number: kept.handed.get(key, "")})
        kept.left.add(key)
    except ReviewerError as error:
        st.session_state.list_error = str(error)
