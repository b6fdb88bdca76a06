"""The Deals page: how a deal stands, its messages, the weekly one, the record, and its people."""

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import streamlit as st

from reviewer import prompts, record
from reviewer.contacts import Answer, Contacts, contacts_of, left_out_line, match, question
from reviewer.dashboard import (
    agreement_line,
    alone_lines,
    culture_line,
    ending_line,
    insistence_lines,
    note_line,
    noted_line,
    owed_lines,
    rhythm_lines,
    silence_lines,
    soon_line,
)
from reviewer.deal import (
    Agreement,
    AgreementState,
    EndState,
    History,
    Insistence,
    Note,
    Observation,
    Outcome,
    ending,
    known_to_one,
    readers,
    rhythm,
    silences,
)
from reviewer.errors import InputError, ReviewerError
from reviewer.policy import Policy
from reviewer.recap import Recap, debt_line, summary, weekly
from reviewer.reminder import reminder
from reviewer.reword import tells
from reviewer.store import Store
from reviewer.texts import Lang, dated, headed, say, word
from reviewer.types import Culture, Message, Side, Topic
from reviewer.ui import marked
from reviewer.ui.common import date_format, language, plain
from reviewer.ui.files import file_button, forget_files
from reviewer.ui.in_deal import titled
from reviewer.ui.waiting import names_of, on_store, shown_readers, waiting_card

LOOK_AGAIN = timedelta(days=28)


def deals_page() -> None:
    """The whole page."""
    st.html(marked.style())
    lang = language()
    st.title(say(lang, "deal.title"), anchor=False)
    st.caption(say(lang, "deal.page_lead"))
    if wrong := st.session_state.pop("deal_error", None):
        st.error(plain(wrong))
    if told := st.session_state.pop("deal_told", None):
        st.warning(plain(told))
    try:
        shelf = Store().shelf(st.session_state.get("deal"))
        policy = prompts.load(prompts.production()).policy
    except ReviewerError as error:
        st.error(plain(str(error)))
        return
    deals = {deal.name: deal for deal in shelf.deals}
    names = list(deals)
    if shelf.damaged:
        st.warning(plain(say(lang, "deal.damaged", names=", ".join(shelf.damaged))))
    with st.expander(say(lang, "deal.new"), expanded=not names):
        _new(lang)
    if not names:
        return
    if st.session_state.get("deal") not in names:
        st.session_state.deal = names[0]
    st.selectbox(say(lang, "deal.choice"), names, format_func=lambda n: titled(deals[n], lang), key="deal")
    history, last = shelf.history, shelf.last
    if history is None:
        st.error(plain(shelf.wrong))
        return
    today = date.today()
    tabs = st.tabs([say(lang, f"deal.tab_{key}") for key in ("now", "messages", "weekly", "record", "people")])
    with tabs[0]:
        _now(lang, history, last, policy, today)
    with tabs[1]:
        _messages(lang, history, policy, today)
    with tabs[2]:
        _weekly(lang, history, policy, today)
    with tabs[3]:
        _record(lang, history)
    with tabs[4]:
        _people(lang, history, today)


# --- a new deal ----------------------------------------------------------------------------------------------------


def _new(lang: Lang) -> None:
    st.text_input(say(lang, "deal.name"), key="new_deal_name")
    st.text_input(say(lang, "deal.customer"), key="new_deal_customer")
    st.text_area(
        say(lang, "ui.paste_label"),
        key="new_deal_people",
        height=120,
        placeholder=say(lang, "ui.paste_hint").replace("\\n", "\n"),
    )
    st.button(say(lang, "deal.create"), key="new_deal", type="primary", on_click=_create)


def _create() -> None:
    state = st.session_state
    try:
        given = contacts_of(state.new_deal_people) if state.new_deal_people.strip() else Contacts(())
        deal = Store().create(state.new_deal_name, state.new_deal_customer, given.people, None, date.today())
    except ReviewerError as error:
        state.deal_error = str(error)
        return
    if given.without_address:
        state.deal_error = left_out_line(given.without_address, state.lang)
    state.deal = deal.name
    state.new_deal_name = state.new_deal_customer = state.new_deal_people = ""


# --- how it stands -------------------------------------------------------------------------------------------------


def _now(lang: Lang, history: History, last: Note | None, policy: Policy, today: date) -> None:
    if ended := ending_line(history.deal, today, lang):
        st.info(plain(ended))
    for line in owed_lines(history, policy, today, lang):
        st.warning(plain(line))
    for line in (*rhythm_lines(history, today, lang), *insistence_lines(history, today, lang)):
        st.text(line)
    st.text(headed(lang, "deal.agreed", agreement_line(history, today, lang)))
    st.text(headed(lang, "ui.culture", culture_line(history, today, lang)))
    if history.sent():
        _show_picture(_picture(lang, history, today), say(lang, "deal.picture"))
        if known_to_one(history):
            _show_picture(_alone_picture(lang, history), say(lang, "deal.alone_picture"))
    with st.expander(say(lang, "deal.silences")):
        for line in silence_lines(history, today, lang):
            st.text(line)
    with st.expander(say(lang, "deal.alone")):
        for line in alone_lines(history, lang):
            st.text(line)
    with st.expander(say(lang, "deal.write_down")):
        _write_down(lang, history, today)
        if last is not None:
            _take_back(lang, history, last)
    _end(lang, history, today)


def _end(lang: Lang, history: History, today: date) -> None:
    """Close the deal, or open it again."""
    name = history.deal.name
    if history.deal.ended(today):
        st.button(say(lang, "deal.reopen"), key="reopen_deal", on_click=_ended, args=(name, EndState.OPEN, today))
        return
    with st.popover(say(lang, "deal.end")):
        day = st.date_input(
            say(lang, "deal.day"), value=today, max_value=today, format=date_format(lang), key="end_day"
        )
        for state in (EndState.WON, EndState.LOST, EndState.PAUSED):
            st.button(say(lang, f"deal.end_as.{state}"), key=f"end-{state}", on_click=_ended, args=(name, state, day))


def _ended(name: str, state: EndState, day: date) -> None:
    try:
        store = Store()
        store.note(name, ending(store.history(name).deal, state, day))
    except ReviewerError as error:
        st.session_state.deal_error = str(error)


def _write_down(lang: Lang, history: History, today: date) -> None:
    name = history.deal.name
    day = st.date_input(say(lang, "deal.day"), value=today, max_value=today, format=date_format(lang), key="note_day")
    culture, agreement, outcome, insists = st.columns(4)
    with culture:
        cultures = [c for c in Culture if c is not Culture.UNKNOWN]
        st.selectbox(
            say(lang, "ui.culture"), cultures, format_func=lambda c: say(lang, f"ui.culture_{c}"), key="note_culture"
        )
        st.text_input(say(lang, "deal.seen"), key="note_seen")
        st.button(say(lang, "deal.keep"), key="keep_culture", on_click=_note, args=(name, _observed, "note_seen"))
    with agreement:
        st.selectbox(
            say(lang, "deal.agreed"),
            list(AgreementState)[::-1],
            format_func=lambda s: say(lang, f"deal.agreement.{s}", day=day),
            key="note_agreement",
        )
        st.text_input(say(lang, "deal.what"), key="note_what")
        st.button(say(lang, "deal.keep"), key="keep_agreement", on_click=_note, args=(name, _agreed, "note_what"))
    with outcome:
        st.selectbox(
            say(lang, "deal.settled"),
            ["budget", "scope", "planning"],
            format_func=lambda m: say(lang, f"deal.matter.{m}"),
            key="note_matter",
        )
        st.text_input(say(lang, "deal.outcome"), key="note_outcome")
        st.button(say(lang, "deal.keep"), key="keep_outcome", on_click=_note, args=(name, _settled, "note_outcome"))
    with insists:
        people = {p.address: p.name for p in history.deal.people if p.side is Side.CUSTOMER}
        if not people:
            return
        st.selectbox(say(lang, "deal.insisting"), list(people), format_func=people.__getitem__, key="note_who")
        st.date_input(
            say(lang, "deal.until"), value=day + LOOK_AGAIN, min_value=day, format=date_format(lang), key="note_until"
        )
        st.button(say(lang, "deal.keep"), key="keep_insists", on_click=_note, args=(name, _insisting))


def _note(name: str, written: Callable[[], Note], words: str = "") -> None:
    """Keep a note of what stands in its fields at the click, and empty the one for its words; what is wrong is said above."""
    try:
        note, store = written(), Store()
        store.note(name, note)
        if isinstance(note, Outcome):
            policy = prompts.load(prompts.production()).policy
            st.session_state.deal_told = noted_line(store.history(name), policy, note, st.session_state.lang)
    except ReviewerError as error:
        st.session_state.deal_error = str(error)
        return
    if words:
        st.session_state[words] = ""


def _observed() -> Observation:
    state = st.session_state
    return Observation(day=state.note_day, culture=state.note_culture, note=state.note_seen)


def _agreed() -> Agreement:
    state = st.session_state
    return Agreement(day=state.note_day, state=state.note_agreement, what=state.note_what)


def _settled() -> Outcome:
    state = st.session_state
    text = " ".join(state.note_outcome.split())
    if not text:
        raise InputError(say(state.lang, "deal.empty_outcome"))
    return Outcome.model_validate({"day": state.note_day, "matter": state.note_matter, "text": text})


def _insisting() -> Insistence:
    state = st.session_state
    return Insistence(address=state.note_who, since=state.note_day, until=state.note_until)


def _take_back(lang: Lang, history: History, last: Note) -> None:
    """The last note, and a click that takes that one back."""
    line = note_line(last, history, lang)
    # A new key is a new box: it does not stay open over the note before.
    with st.popover(say(lang, "deal.unsay"), key=f"unsay-{line}"):
        _sure(lang, say(lang, "deal.unsay_sure", note=line), "unsay", "unsay", history.deal.name, last)


def _sure(lang: Lang, sentence: str, key: str, *tried: object) -> None:
    """What is taken back, and the click that does it."""
    st.text(sentence)
    st.button(say(lang, "deal.take_back"), key=key, type="primary", on_click=on_store, args=tried)


def _show_picture(svg: str, label: str) -> None:
    """A drawing and below it what it shows. As an image: Streamlit takes drawings out of HTML."""
    source, said = base64.b64encode(svg.encode("utf-8")).decode("ascii"), marked.text_of(label)
    st.html(f'<img alt="{said}" src="data:image/svg+xml;base64,{source}"><p class="rv-to">{said}</p>')


def _alone_picture(lang: Lang, history: History) -> str:
    """As SVG: what each person of the customer alone was told, a square a sentence, whoever has most first; and how many."""
    customers = [p for p in history.deal.people if p.side is Side.CUSTOMER]
    told = {p.address: [t for t in known_to_one(history) if p.address in t.readers] for p in customers}
    rows = sorted((p for p in customers if told[p.address]), key=lambda p: -len(told[p.address]))
    most = max((len(told[p.address]) for p in rows), default=1)
    left, width, height = 190, 560, 26
    step = min(16, width / most)
    parts = []
    for number, person in enumerate(rows):
        y = 16 + number * height
        parts.append(f'<text x="0" y="{y + 4}">{marked.text_of(person.name)}</text>')
        for place, one in enumerate(told[person.address]):
            parts.append(
                f'<rect x="{left + place * step:.1f}" y="{y - 6}" width="{step * 0.75:.1f}" height="12" fill="#1f5f8b">'
                f"<title>{marked.text_of(f'{dated(lang, one.day)} · {one.text}')}</title></rect>"
            )
        parts.append(f'<text x="{left + width + 16}" y="{y + 4}">{len(told[person.address])}</text>')
    return _svg(left + width + 110, 16 + len(rows) * height, parts)


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="13" fill="#1f2a2a">{"".join(parts)}</svg>'
    )


def _picture(lang: Lang, history: History, today: date) -> str:
    """As SVG: who was written to when, a row a person: a ring for a message to all, a dot for a direct one; and the days of silence."""
    sent, rows = history.sent(), silences(history, today)
    first = min(history.deal.created, *(m.sent or today for m in sent))
    span = max(1, (today - first).days)
    left, width, height = 190, 560, 30
    parts = []
    for number, row in enumerate(rows):
        y = 20 + number * height
        parts.append(f'<text x="0" y="{y + 4}">{marked.text_of(row.person.name)}</text>')
        parts.append(f'<line x1="{left}" x2="{left + width}" y1="{y}" y2="{y}" stroke="#ccc"/>')
        for outgoing in sorted(sent, key=lambda m: not history.to_all(m)):
            if row.person.address in outgoing.message.readers and outgoing.sent:
                x = left + width * (outgoing.sent - first).days / span
                # A dot within a ring: both are seen where they are of one day.
                fill, r = ("#fff", 7) if history.to_all(outgoing) else ("#1f5f8b", 4)
                kind = say(lang, f"deal.kinds.{history.kind(outgoing)}")
                told = f"{dated(lang, outgoing.sent)} · {kind} · {outgoing.message.subject}"
                parts.append(
                    f'<circle cx="{x:.0f}" cy="{y}" r="{r}" fill="{fill}" stroke="#1f5f8b" stroke-width="2">'
                    f"<title>{marked.text_of(told)}</title></circle>"
                )
        days = say(lang, "deal.days", count=row.days)
        parts.append(f'<text x="{left + width + 16}" y="{y + 4}">{marked.text_of(days)}</text>')
    bottom = 20 + len(rows) * height
    parts.append(f'<text x="{left}" y="{bottom + 6}">{dated(lang, first)}</text>')
    parts.append(f'<text x="{left + width}" y="{bottom + 6}" text-anchor="end">{dated(lang, today)}</text>')
    return _svg(left + width + 110, bottom + 14, parts)


# --- messages ------------------------------------------------------------------------------------------------------


def _messages(lang: Lang, history: History, policy: Policy, today: date) -> None:
    waiting = history.waiting(today)
    if not waiting:
        st.info(say(lang, "deal.none_waiting"))
    for outgoing in reversed(waiting):
        with st.container(border=True):
            waiting_card(lang, history, policy, outgoing, today)
    left = history.sent()[::-1]
    if left:
        with st.expander(say(lang, "deal.tab_record")):
            for outgoing in left:
                day = dated(lang, outgoing.sent or outgoing.made)
                st.text(f"{day} · {outgoing.message.subject} · {names_of(history, outgoing.message.to)}")
                with st.popover(say(lang, "deal.not_sent"), type="tertiary", key=f"not-sent-{outgoing.id}"):
                    what = {"subject": outgoing.message.subject, "day": outgoing.sent}
                    sentence = say(lang, "deal.not_sent_sure", **what, names=names_of(history, outgoing.message.to))
                    tried = ("mark_sent", history.deal.name, [outgoing.id], None)
                    _sure(lang, sentence, f"undo-{outgoing.id}", *tried)


def _shown(lang: Lang, history: History, message: Message) -> None:
    shown_readers(lang, history, message)
    st.code(message.body, language=None, wrap_lines=True)


# --- the weekly message --------------------------------------------------------------------------------------------


def _weekly(lang: Lang, history: History, policy: Policy, today: date) -> None:
    for key, make in (("weekly", weekly), ("summary", summary)):
        st.subheader(say(lang, f"deal.{key}"), anchor=False)
        try:
            found = make(history, policy, today, lang)
        except ReviewerError as error:
            st.info(plain(str(error)))
            continue
        _gathered(lang, history, policy, key, found, today)
    day = rhythm(history, today).next
    if day is None:
        return
    label = say(lang, "deal.ics", day=day)
    file_button(label, "weekly.ics", "text/calendar", "ics", lambda: reminder(history.deal.name, day, lang))


def _gathered(lang: Lang, history: History, policy: Policy, key: str, found: Recap, today: date) -> None:
    if found.message is None:
        st.info(say(lang, "deal.nothing_new"))
    else:
        if key == "weekly" and (soon := soon_line(history, policy, today, lang)):
            st.warning(plain(soon))
        for finding in found.findings:
            st.error(plain(finding.explanation))
        waiting = [m for m in history.waiting(today) if m.review_id is None and m.message.kind == found.message.kind]
        new = [line.text for line in found.lines if waiting and not tells(waiting[-1].message, line.text)]
        if waiting:
            st.info(say(lang, "deal.kept"))
        else:
            st.markdown(f"**{plain(found.message.subject)}**")
            _shown(lang, history, found.message)
            st.caption(say(lang, "deal.take_hint"))
        if new:
            st.text("\n".join([say(lang, "deal.more_since"), *(f"- {text}" for text in new)]))
        if new or not waiting:
            st.button(
                say(lang, "deal.take_again" if waiting else "deal.take"),
                key=f"take-{key}",
                type="secondary" if waiting else "primary",
                on_click=on_store,
                args=("add_message", history.deal.name, found.message, today, found.covers, found.pays),
            )
    for left in found.left_out:
        st.text(f"– {left.text}")
        st.caption(plain(left.reason))
    for debt in found.owed:
        st.caption(plain(debt_line(debt, lang)))


# --- the record ----------------------------------------------------------------------------------------------------


def _record(lang: Lang, history: History) -> None:
    person, topic, words = st.columns(3)
    names = [None, *_written_to(history)]
    person.selectbox(say(lang, "deal.readers"), names, format_func=lambda n: n or "–", key="log_who")
    topic.selectbox(
        say(lang, "deal.topics"),
        [None, *(t for t in Topic if t is not Topic.OTHER)],
        format_func=lambda t: word(lang, "topic", t) if t else "–",
        key="log_topic",
    )
    words.text_input(say(lang, "deal.search"), key="log_words")
    found, _ = _searched(lang, history)
    if not found:
        st.info(say(lang, "deal.no_match" if history.sent() else "deal.record_empty"))
        return
    with st.container(horizontal=True):
        for label, name, kind in (
            ("Markdown", "record.md", "text/markdown"),
            ("CSV", "record.csv", "text/csv"),
            ("HTML", "record.html", "text/html"),
        ):
            file_button(label, name, kind, f"log-{name}", partial(_record_as, label, lang, history))
    for entry in found:
        with st.container(border=True):
            st.markdown(f"**{dated(lang, entry.day)} · {plain(entry.outgoing.message.subject)}**")
            _shown(lang, history, entry.outgoing.message)


def _written_to(history: History) -> dict[str, str]:
    """The addresses of everybody in the deal or ever written to, by the name under which the record is searched."""
    written = {a for m in history.sent() for a in m.message.readers} | {p.address for p in history.deal.people}
    return {name: address for address, name in history.names().items() if address in written}


def _searched(lang: Lang, history: History) -> tuple[tuple[record.Entry, ...], str]:
    """What the fields search for as they are now, and the sentence that says it."""
    state = st.session_state
    who, about, wanted = state.log_who, state.log_topic, state.log_words
    address = _written_to(history)[who] if who else None
    return record.entries(history, address, about, wanted), record.extract_of(lang, who, about, wanted)


def _record_as(kind: str, lang: Lang, history: History) -> str:
    found, extract = _searched(lang, history)
    match kind:
        case "Markdown":
            return record.as_markdown(history, found, lang, extract)
        case "CSV":
            return record.as_csv(found, lang, extract)
        case _:
            return record.as_html(history, found, lang, extract)


# --- people --------------------------------------------------------------------------------------------------------


def _people(lang: Lang, history: History, today: date) -> None:
    st.dataframe(
        [
            {
                say(lang, "ui.name"): p.name,
                say(lang, "ui.address"): p.address,
                say(lang, "ui.roles"): ", ".join(word(lang, "role", r) for r in p.roles),
                say(lang, "ui.note"): p.note,
            }
            for p in readers(history.deal, (), today, lang)
        ],
        hide_index=True,
        width="stretch",
    )
    st.text_area(say(lang, "deal.more_people"), key="more_people", height=110)
    st.file_uploader(say(lang, "deal.contacts"), type=["vcf", "csv", "txt"], key=_file_key())
    answers = _asked(lang, history)
    st.button(say(lang, "deal.add"), key="add_people", on_click=_add_people, args=(history.deal.name, answers))
    file_button(
        say(lang, "deal.export"), "deal.json", "application/json", "export", partial(_exported, history.deal.name)
    )
    with st.popover(say(lang, "deal.forget")):
        st.write(say(lang, "deal.forget_sure"))
        st.button(
            say(lang, "deal.forget"),
            key="forget_deal",
            type="primary",
            on_click=_forget,
            args=(history.deal.name,),
        )


def _forget(name: str) -> None:
    on_store("forget", name)
    forget_files()


def _exported(name: str) -> str | None:
    try:
        return Store().export(name)
    except ReviewerError as error:
        st.session_state.deal_error = str(error)
        return None


def _asked(lang: Lang, history: History) -> dict[str, Answer]:
    """A question for each of those to be added who may be somebody known; the answers given."""
    try:
        contacts = _given()
    except ReviewerError:
        return {}  # the button says what is wrong
    if contacts.without_address:
        st.warning(plain(left_out_line(contacts.without_address, lang)))
    answers = {}
    near = match(history.deal.people, contacts.people).near
    for address in dict.fromkeys(n.found.address for n in near):
        alike = [n for n in near if n.found.address == address]
        choices: dict[str, Answer] = {say(lang, "deal.somebody_else"): Answer()}
        for one in alike:
            st.text(question(one, lang))
            known = one.known
            choices[say(lang, "deal.same_keep", name=known.name, address=known.address)] = Answer(known.address)
            choices[say(lang, "deal.same_move", name=known.name, address=address)] = Answer(known.address, moved=True)
        chosen = st.selectbox(
            say(lang, "deal.who_is_it"), [None, *choices], format_func=lambda c: c or "–", key=f"near-{address}"
        )
        if chosen is not None:
            answers[address] = choices[chosen]
        else:
            st.caption(say(lang, "deal.not_answered"))
    return answers


def _file_key() -> str:
    # Streamlit empties an uploader by no other way than a new one.
    return f"more_people_file-{st.session_state.get('people_round', 0)}"


def _given() -> Contacts:
    """The people of the file, or those pasted."""
    state = st.session_state
    upload = state.get(_file_key())
    if upload is None and not state.get("more_people", "").strip():
        return Contacts(())
    return contacts_of(upload.getvalue() if upload is not None else state.more_people)


def _add_people(name: str, answers: Mapping[str, Answer]) -> None:
    """Add the people; who is there already is brought up to date, and whoever waits for an answer stays in the field."""
    state = st.session_state
    try:
        if not Store().bring_in(name, _given().people, answers).asked:
            state.more_people = ""
            state.people_round = state.get("people_round", 0) + 1
    except ReviewerError as error:
        state.deal_error = str(error)
