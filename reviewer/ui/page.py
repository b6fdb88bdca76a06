"""The review page: what is typed on the left, what to send instead on the right."""

import asyncio
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from reviewer import prompts
from reviewer.chain import Progress
from reviewer.chain import review as run
from reviewer.choose import engine_setup
from reviewer.contacts import contacts_of, left_out_line
from reviewer.endpoint import endpoint
from reviewer.errors import InputError, ReviewerError
from reviewer.export import eml, file_names
from reviewer.mail import RawMail
from reviewer.parse import any_mail, make_draft
from reviewer.people import read_people
from reviewer.present import (
    advice_title,
    checks_line,
    cut_out,
    engine_line,
    fallback_lines,
    held_back,
    ordered,
    reader,
    roles_line,
    said_before,
    title,
    told,
    verdict,
    what_left,
)
from reviewer.redact import Sent
from reviewer.revise import Decisions, Edit, revise
from reviewer.texts import Lang, headed, listed, say, word
from reviewer.types import (
    Audience,
    Culture,
    Draft,
    Envelope,
    FindingKind,
    Message,
    Passage,
    Review,
    Role,
    Severity,
    Situation,
    Step,
    Topic,
    Zone,
)
from reviewer.ui import marked
from reviewer.ui.common import date_format, field_height, language, plain, set_people, set_rows
from reviewer.ui.files import file_button
from reviewer.ui.in_deal import (
    deal_choice,
    envelope_in_deal,
    handed,
    look_again,
    mail_ids,
    refuse_received_in_deal,
    sent_button,
    with_named_readers,
)
from reviewer.ui.inputs import Kept, Memory, Thread, Typed, mail_of, new_token, people_of
from reviewer.ui.leaving import drafts_buttons, ways_out

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
_ICON = {Severity.NOTE: "·", Severity.SUGGESTION: "→", Severity.WARNING: "!", Severity.ERROR: "✕"}


def review_page() -> None:
    """The whole page."""
    st.html(marked.style())
    memory = _memory()
    _restore(memory)
    lang = language()
    st.title(say(lang, "ui.title"), anchor=False)
    st.caption(say(lang, "ui.lead"))
    left, right = st.columns([5, 7], gap="large")
    with left:
        typed, asked, below = _typing(lang)
    _keep(memory, typed)
    with right:
        wrong = _review(lang, typed) if asked else ""
        _result(lang, typed)
    if wrong:
        # Right below the button: whoever pressed it may not see the top of the other column.
        below.error(plain(wrong))
    _keep(memory, typed)


@st.cache_resource
def _memory() -> Memory[Kept]:
    return Memory()


def keep_typed() -> None:
    """Remember what was typed on the review page just before it was left for another: its fields are gone once that is drawn."""
    state = st.session_state
    kept = _memory().find(state.token) if "token" in state and "body" in state else None
    if kept is None:
        return
    if "review" in state:
        _decided_on()
    _keep(_memory(), replace(kept.typed, subject=state.subject, body=state.body))


def _restore(memory: Memory[Kept]) -> None:
    """Find the draft of this address again, once a session and whenever another page was drawn meanwhile."""
    state = st.session_state
    if "token" in state and "body" in state:
        st.query_params["d"] = state.token
        return
    token = state.get("token") or st.query_params.get("d", "")
    kept = memory.find(token) if token else None
    state.token = token if kept else new_token()
    st.query_params["d"] = state.token
    kept = kept or Kept()
    _fill(kept.typed)
    state.round, state.edits, state.sent = kept.round, kept.decisions.edits, kept.sent
    if kept.review:
        state.review, state.reviewed = kept.review, kept.reviewed
        state.decisions = kept.decisions.model_copy(update={"edits": {}})
    for key, edit in kept.decisions.edits.items():
        state[f"subject-{kept.round}-{key}"], state[f"body-{kept.round}-{key}"] = edit.subject, edit.body


def _keep(memory: Memory[Kept], typed: Typed) -> None:
    """Remember the page as it is now, so that a reload finds it again."""
    state = st.session_state
    decisions = state.get("decisions", Decisions()).model_copy(update={"edits": state.edits})
    kept = Kept(typed, state.get("review"), state.get("reviewed"), decisions, state.sent, state.round)
    memory.keep(state.token, kept)


def _fill(typed: Typed) -> None:
    state = st.session_state
    state.subject, state.body, state.thread = typed.subject, typed.body, typed.thread
    state.culture, state.agreed, state.last = typed.culture, typed.agreed, typed.last
    set_rows(typed.people)


# --- left ----------------------------------------------------------------------------------------------------------


def _typing(lang: Lang) -> tuple[Typed, bool, DeltaGenerator]:
    """The inputs; what is typed now, whether the button was pressed, and the empty place below it."""
    state = st.session_state
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(say(lang, "ui.examples"))
        for name, label in (("atlas.fr", "Français"), ("harbour.en", "English"), ("leitstand.de", "Deutsch")):
            st.button(label, key=f"example-{name}", on_click=_example, args=(name,), type="tertiary")
    deal_choice(lang)
    st.text_input(say(lang, "ui.subject"), key="subject")
    st.text_area(say(lang, "ui.draft"), key="body", height=320, placeholder=say(lang, "ui.draft_hint"))
    # What a file brings is put into the fields before they are drawn: Streamlit allows it in a callback only.
    st.file_uploader(say(lang, "ui.file"), type=["eml", "msg", "mbox", "txt"], key="upload", on_change=_dropped_mail)
    if wrong := state.pop("file_error", None):
        st.error(plain(wrong))
    rows = _people(lang)
    with st.expander(say(lang, "ui.deal")):
        st.selectbox(
            say(lang, "ui.culture"),
            [str(c) for c in Culture],
            format_func=lambda c: say(lang, f"ui.culture_{c}"),
            key="culture",
        )
        st.checkbox(say(lang, "ui.agreed"), key="agreed")
        st.date_input(say(lang, "ui.last"), key="last", value=None, max_value=date.today(), format=date_format(lang))
    where = endpoint()
    if where is not None:
        st.toggle(
            say(lang, "sent.switch"), value=not where.is_loopback, help=say(lang, "sent.switch_help"), key="redact"
        )
    asked = st.button(say(lang, "ui.review"), type="primary", width="stretch", key="go")
    below = st.empty()
    st.button(say(lang, "ui.forget"), type="tertiary", key="forget", on_click=_forget, help=say(lang, "ui.forget_help"))
    typed = Typed(state.subject, state.body, rows, state.culture, state.agreed, state.last, state.thread)
    return typed, asked, below


def _people(lang: Lang) -> list[dict[str, Any]]:
    state = st.session_state
    head, button = st.columns([3, 2], vertical_alignment="bottom")
    head.markdown(f"**{say(lang, 'ui.people')}**")
    with button.popover(say(lang, "ui.paste"), width="stretch"):
        st.text_area(
            say(lang, "ui.paste_label"),
            key="paste",
            height=160,
            placeholder=say(lang, "ui.paste_hint").replace("\\n", "\n"),
        )
        st.button(say(lang, "ui.paste_add"), key="paste_add", on_click=_take_list)
        st.file_uploader(say(lang, "ui.csv"), type=["csv", "vcf", "txt"], key="csv", on_change=_dropped_list)
    if wrong := state.pop("list_error", None):
        st.error(plain(wrong))
    if note := state.pop("list_note", None):
        st.warning(plain(note))
    config = {
        "name": st.column_config.TextColumn(say(lang, "ui.name"), width=120),
        "address": st.column_config.TextColumn(say(lang, "ui.address"), width="medium"),
        "roles": st.column_config.MultiselectColumn(
            say(lang, "ui.roles"),
            options=[str(r) for r in Role if r is not Role.UNKNOWN],
            format_func=lambda role: word(lang, "role", role),
            width=190,
        ),
        "copied": st.column_config.CheckboxColumn(say(lang, "ui.copied"), width="small"),
        "insists": st.column_config.CheckboxColumn(say(lang, "ui.insists"), width="small"),
        "note": st.column_config.TextColumn(say(lang, "ui.note"), width="medium"),
    }
    edited = st.data_editor(
        state.rows,
        column_config=config,
        column_order=["name", "roles", "address", "copied", "insists", "note"],
        num_rows="dynamic",
        hide_index=True,
        key=f"people-{state.table}",
        width="stretch",
    )
    return [dict(row) for row in edited]


def _forget() -> None:
    """Remove the draft, the people and the review from this session and from the server's memory."""
    state = st.session_state
    _memory().forget(state.token)
    lang = state.lang
    state.clear()
    state.lang = lang


def _example(name: str) -> None:
    draft = (EXAMPLES / f"{name}.txt").read_bytes()
    people = next(EXAMPLES.glob(f"{name}.people.*")).read_text("utf-8")
    _take_file(draft)
    set_people(read_people(people))


def _take_file(raw: bytes) -> None:
    """Put a dropped mail or text into the fields; the readers of a mail's headers too."""
    mail = any_mail(raw)
    refuse_received_in_deal(mail)
    mail = with_named_readers(mail)
    st.session_state.subject, st.session_state.body = mail.subject, mail.body
    st.session_state.thread = Thread(mail.subject.strip(), mail.in_reply_to, mail.references)
    if mail.people:
        set_people(mail.people)


def _dropped_mail() -> None:
    upload = st.session_state.upload
    if upload is not None:
        try:
            _take_file(upload.getvalue())
        except ReviewerError as error:
            st.session_state.file_error = str(error)


def _dropped_list() -> None:
    upload = st.session_state.csv
    if upload is not None:
        _people_from(upload.getvalue())


def _take_list() -> None:
    _people_from(st.session_state.paste)


def _people_from(given: bytes | str) -> None:
    """The table of readers from a list or vCards, and who was left out; what is wrong with it is said, and the table stays."""
    state = st.session_state
    try:
        contacts = contacts_of(given)
    except InputError as error:
        state.list_error = str(error)
        return
    set_people(contacts.people)
    if contacts.without_address:
        state.list_note = left_out_line(contacts.without_address, state.lang)


# --- the review ----------------------------------------------------------------------------------------------------


def _review(lang: Lang, typed: Typed) -> str:
    """Run the review; what is wrong with what was typed, or empty. Pressing anything meanwhile cancels it."""
    state = st.session_state
    try:
        people = people_of(typed.people, lang)
        draft, passages = make_draft(mail_of(typed), people)
        envelope = _envelope(typed, draft, passages)
        again = look_again(date.today())
    except ReviewerError as error:
        return str(error)
    situation = Situation(
        today=date.today(),
        culture=Culture(typed.culture),
        agreed=typed.agreed,
        last_group_message=typed.last,
        look_again=again,
        explain_in=lang,
    )
    requests: list[Sent] = []
    try:
        if endpoint() is None:
            result = _run_locally(lang, draft, passages, situation, envelope)
        else:
            result = _run_by_steps(lang, draft, passages, situation, envelope, requests)
    except ReviewerError as error:
        return str(error)
    state.review, state.reviewed, state.decisions, state.edits = result, typed, Decisions(), {}
    state.sent = tuple(requests)
    state.round += 1
    return ""


def _run_locally(
    lang: Lang, draft: Draft, passages: tuple[Passage, ...], situation: Situation, envelope: Envelope
) -> Review:
    """It is over before its steps could be read."""

    async def make() -> Review:
        async with engine_setup("auto", explain_in=lang) as setup:
            return await run(draft, passages, situation, setup, envelope)

    with st.spinner(say(lang, "ui.working")):
        return asyncio.run(make())


def _run_by_steps(
    lang: Lang,
    draft: Draft,
    passages: tuple[Passage, ...],
    situation: Situation,
    envelope: Envelope,
    requests: list[Sent],
) -> Review:
    """By a model, whose steps are shown as they end; what left for it is put into `requests`."""
    names = {p.address: p.name for p in draft.stakeholders} | {"group": say(lang, "ui.whole_group")}
    texts = {p.id: p.text for p in passages}
    place = st.empty()
    with place.container(), st.status(say(lang, "ui.working"), expanded=True) as status:

        def show(event: Progress) -> None:
            if event.state == "ended" and event.step != "check":
                status.write(say(lang, "ui.step_done", step=word(lang, "step", event.step)))
                for line in _so_far(lang, event, names, texts):
                    status.text(line)

        async def make() -> Review:
            redact = st.session_state.get("redact")
            async with engine_setup("auto", explain_in=lang, redact=redact, sent=requests.append) as setup:
                st.button(say(lang, "ui.cancel"), key="cancel")
                ticking = asyncio.create_task(_tick(status))
                try:
                    return await run(draft, passages, situation, setup._replace(progress=show), envelope)
                finally:
                    ticking.cancel()

        try:
            result = asyncio.run(make())
        except ReviewerError:
            status.update(state="error")
            raise
    # The result takes the place of the steps in this run of the script: another one would draw the whole page again first.
    place.empty()
    return result


def _envelope(typed: Typed, draft: Draft, passages: tuple[Passage, ...]) -> Envelope:
    """What the deal knows; and what the dropped file says, as long as the draft is still the one that it brought."""
    upload, mail = st.session_state.get("upload"), RawMail("", None, (), "")
    if upload is not None:
        # What is wrong with the file was said when it was dropped; the fields have the draft.
        with suppress(ReviewerError):
            mail = any_mail(upload.getvalue())
    if mail.subject.strip() != typed.subject.strip():
        mail = RawMail("", None, (), "")
    # The table has the readers, as the seller left them.
    return envelope_in_deal(mail._replace(people=()), draft, passages)


def _so_far(lang: Lang, event: Progress, names: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[str]:
    """What a step gave, in a few lines, so that there is something to read while the next one runs."""
    value: Any = event.value
    match event.step:
        case Step.CLASSIFY:
            counts = Counter(topic for label in value for topic in label.topics)
            yield ", ".join(f"{word(lang, 'topic', topic)} {count}" for topic, count in counts.most_common())
        case Step.FLAG:
            yield from (f"{word(lang, 'sensitivity', f.sensitivity)} : {_short(f.quote)}" for f in value)
        case Step.SPLIT:
            for a in value:
                readers = ["group"] if a.audience.group else [*a.audience.people]
                who = listed(lang, [names.get(r, r) for r in readers]) or say(lang, "ui.held")
                yield f"{_short(texts.get(a.passage_id, ''))} → {who}"
        case Step.WRITE:
            yield f"{names.get(event.message or '', '')} : {value.subject}\n{value.body.strip()}"


async def _tick(status: Any) -> None:  # noqa: ANN401 - Streamlit's status container
    """Give the page a chance to cancel: a script that was left ends at its next word to the page."""
    while True:
        await asyncio.sleep(0.3)
        status.update()


# --- right ---------------------------------------------------------------------------------------------------------


def _result(lang: Lang, typed: Typed) -> None:
    state = st.session_state
    if "review" not in state:
        st.info(say(lang, "ui.empty"))
        return
    roles = _corrected_roles(typed, state.review)
    if roles is None or replace(typed, people=state.reviewed.people) != state.reviewed:
        st.warning(say(lang, "ui.stale"))
    state.roles = roles or {}
    review = _decided_on()
    st.subheader(verdict(review), anchor=False)
    (st.success if review.passed else st.error)(checks_line(review))
    if unknown := roles_line(review):
        st.warning(plain(unknown))
    for finding in review.findings:
        heading = f"✕ {word(lang, 'finding', FindingKind(finding.kind))}"
        st.html(marked.block(("head", heading), ("text", finding.explanation)))
    for caution in review.cautions:
        st.warning(plain(f"{caution.explanation} {caution.suggestion}"))
    _stay()
    labels = [say(lang, f"ui.{key}") for key in ("messages", "marked", "matrix", "advice", "compare")]
    # Only the tab that is looked at is drawn, which takes a browser a third less time; the messages always, for what is
    # typed into them belongs to the review.
    messages, draft, readers, advice, comparison = st.tabs(labels, key=f"tabs-{lang}", on_change="rerun")
    with messages:
        _messages(lang, review)
    if draft.open:
        with draft:
            st.caption(say(lang, "ui.marked_alt"))
            st.html(marked.marked_draft(review))
            _decide(lang, review)
    if readers.open:
        readers.html(marked.matrix(review))
    if advice.open:
        with advice:
            _advice(lang, review)
    if comparison.open:
        with comparison:
            _compare(lang, review)
    st.caption(plain(" ".join([engine_line(review), *fallback_lines(review)])))
    if review.engine == "llm":
        with st.expander(say(lang, "sent.title")):
            st.code(what_left(state.sent, lang), language=None, wrap_lines=True)


def _decided_on() -> Review:
    """The review with everything that the seller decided and typed, as the fields are at this moment."""
    state = st.session_state
    decisions = state.decisions.model_copy(update={"roles": state.roles})
    return revise(state.review, _with_edits(decisions), _policy(state.review.prompt_set, state.review.prompt_hash))


def _stay() -> None:
    """Keep what was chosen in a tab that is not drawn now: Streamlit forgets the values of what is not drawn."""
    state = st.session_state
    for key in [str(key) for key in state]:
        if key.startswith(("pick-", "readers-", "topics-", "dismiss-", "who-")):
            state[key] = state[key]


def _corrected_roles(typed: Typed, review: Review) -> dict[str, tuple[Role, ...]] | None:
    """The roles that were corrected in the table since the review; None where more than roles changed in it."""
    try:
        people = people_of(typed.people, review.situation.explain_in)
    except ReviewerError:
        return None
    before = {p.address: p for p in review.draft.stakeholders}
    if [p.address for p in people] != list(before):
        return None
    if any(p.model_copy(update={"roles": before[p.address].roles}) != before[p.address] for p in people):
        return None
    return {p.address: p.roles for p in people if p.roles != before[p.address].roles}


@st.cache_resource(max_entries=8)
def _policy(prompt_set: str, prompt_hash: str) -> Any:  # noqa: ANN401 - a Policy, which the cache does not type
    """The policy of the set that a review was made with; `prompt_hash` is there for the cache."""
    return prompts.load(prompt_set).policy


def _edit_key(message: Message) -> tuple[str, str]:
    number = st.session_state.round
    return f"subject-{number}-{message.key}", f"body-{number}-{message.key}"


def _with_edits(decisions: Decisions) -> Decisions:
    """The decisions with what stands in the cards now, where it differs from what was proposed."""
    state = st.session_state
    proposed = {
        m.key: m
        for m in ordered(revise(state.review, decisions, _policy(state.review.prompt_set, state.review.prompt_hash)))
    }
    edits: dict[str, Edit] = {}
    for key, message in proposed.items():
        subject, body = _edit_key(message)
        base = state.get(f"base-{body}")
        if base is not None and base != message.body:
            # The proposal itself changed since the card was shown: the card shows the new words.
            state.pop(subject, None)
            state.pop(body, None)
        state[f"base-{body}"] = message.body
        edit = Edit(subject=state.get(subject, message.subject), body=state.get(body, message.body))
        if edit != Edit(subject=message.subject, body=message.body):
            edits[key] = edit
    state.edits = edits
    return decisions.model_copy(update={"edits": edits})


def _messages(lang: Lang, review: Review) -> None:
    known = mail_ids(review, ordered(review))
    for name, message in file_names(review):
        with st.container(border=True):
            _card(lang, review, message, name, known)
    for passage, assignment in held_back(review):
        with st.container(border=True):
            why = f"{assignment.reason} {assignment.suggestion}"
            st.html(marked.block(("head", say(lang, "page.held_back")), ("text", passage.text), ("note", why)))
    for part, assignment in cut_out(review):
        st.html(marked.block(("head", say(lang, "page.part_cut")), ("text", part), ("note", assignment.reason)))
    _said(lang, review)
    if review.proposal.sequence:
        with st.container(horizontal=True):
            file_button(say(lang, "ui.zip"), "messages.zip", "application/zip", "zip", partial(_archive, known))
            drafts_buttons(
                lang,
                lambda: ordered(_decided_on()),
                review.draft,
                mail_ids=list(known.values()),
                placed=partial(_placed, list(known)),
            )


def _placed(keys: Sequence[str], given: Sequence[str]) -> None:
    handed(dict(zip(keys, given, strict=False)))


def _files(known: Mapping[str, str], only: str = "") -> dict[str, bytes]:
    """The messages, or the one of this key, as drafts by the names of their files; that they leave under these Message-IDs is kept."""
    review = _decided_on()
    handed({key: mail_id for key, mail_id in known.items() if only in ("", key)})
    return {
        name: eml(message, review.draft, mail_id=known.get(message.key, ""))
        for name, message in file_names(review)
        if only in ("", message.key)
    }


def _archive(known: Mapping[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in _files(known).items():
            bundle.writestr(name, content)
    return archive.getvalue()


def _card(lang: Lang, review: Review, message: Message, name: str, known: Mapping[str, str]) -> None:
    subject_key, body_key = _edit_key(message)
    fields: list[tuple[marked.Kind, str]] = []
    for field, addresses in (("to", message.to), ("cc", message.cc)):
        if addresses:
            who = ", ".join(f"{reader(review, a)} <{a}>" for a in addresses)
            fields.append(("to", headed(lang, f"page.{field}", who)))
    st.html(marked.block(("head", title(review, message)), *fields))
    for key, value in ((subject_key, message.subject), (body_key, message.body)):
        st.session_state.setdefault(key, value)
    st.text_input(say(lang, "page.subject"), key=subject_key)
    st.text_area(say(lang, "ui.body"), key=body_key, height=field_height(message.body))
    # A place that is there before anything stands in it: what follows keeps its own, and with it the keyboard's focus.
    edited = st.empty()
    if message.written_by == "seller":
        edited.caption(say(lang, "ui.edited"))
    make = partial(_file, known, message.key)
    with ways_out(lang, message, name, make, f"{st.session_state.round}-{message.key}"):
        sent_button(lang, message.key, _decided_on)


def _file(known: Mapping[str, str], key: str) -> bytes | None:
    return next(iter(_files(known, key).values()), None)


def _said(lang: Lang, review: Review) -> None:
    if not review.said:
        return
    lines: list[tuple[marked.Kind, str]] = [("head", say(lang, "page.said"))]
    for passage, said in said_before(review):
        lines += [("text", passage.text), ("note", told(review, said))]
    with st.container(border=True):
        st.html(marked.block(*lines))


def _advice(lang: Lang, review: Review) -> None:
    lines: list[tuple[marked.Kind, str]] = []
    for advice in review.advice:
        heading = advice_title(advice, lang)
        rule = say(lang, "page.rule", rule=advice.rule)
        lines += [
            ("head", f"{_ICON[advice.severity]} {heading} · {word(lang, 'severity', advice.severity)} · {rule}"),
            ("text", advice.explanation),
            ("text", advice.suggestion),
        ]
    st.html(marked.block(*lines))


def _compare(lang: Lang, review: Review) -> None:
    people = {p.address: p for p in review.draft.stakeholders}
    who = st.selectbox(
        say(lang, "ui.readers"), list(people), format_func=lambda a: people[a].name, key=f"who-{st.session_state.round}"
    )
    before, after = st.columns(2)
    before.markdown(f"**{say(lang, 'ui.original')}**")
    before.html(marked.original(review))
    after.markdown(f"**{plain(say(lang, 'ui.reads', name=people[who].name))}**")
    after.html(marked.reading(review, people[who]))


# --- the seller decides --------------------------------------------------------------------------------------------


def _decide(lang: Lang, review: Review) -> None:
    state = st.session_state
    passages = {p.id: p for p in review.passages if p.zone is Zone.AUTHOR}
    with st.expander(say(lang, "ui.decide")):
        chosen = st.selectbox(
            say(lang, "ui.passage"),
            list(passages),
            format_func=lambda i: _short(passages[i].text),
            key=f"pick-{state.round}",
        )
        assignment = next(a for a in review.assignments if a.passage_id == chosen)
        label = next(c for c in review.classifications if c.passage_id == chosen)
        people = {p.address: p.name for p in review.draft.stakeholders}
        key = f"{state.round}-{chosen}"
        state.setdefault(
            f"readers-{key}", [*(["group"] if assignment.audience.group else []), *assignment.audience.people]
        )
        state.setdefault(f"topics-{key}", [str(t) for t in label.topics])
        readers = st.multiselect(
            say(lang, "ui.readers"),
            ["group", *people],
            format_func=lambda a: people.get(a, say(lang, "ui.whole_group")),
            key=f"readers-{key}",
        )
        topics = st.multiselect(
            say(lang, "ui.topics"),
            [str(t) for t in Topic],
            format_func=lambda t: word(lang, "topic", t),
            key=f"topics-{key}",
        )
        dismissal = "none"
        flagged = any(f.passage_id == chosen for f in state.review.flags)
        if flagged:
            dismissal = st.selectbox(
                say(lang, "ui.dismiss"),
                ["none", "false_alarm", "accepted", "justified"],
                format_func=lambda d: say(lang, f"ui.dismiss_{d}"),
                key=f"dismiss-{key}",
            )
        with st.container(horizontal=True):
            if st.button(say(lang, "ui.apply"), key="apply", type="primary"):
                audience = Audience(group="group" in readers, people=tuple(a for a in readers if a != "group"))
                state.decisions = _decided(review, chosen, audience, tuple(Topic(t) for t in topics), dismissal)
                st.rerun()
            if state.decisions.count and st.button(say(lang, "ui.undo"), key="undo"):
                state.decisions = Decisions()
                state.round += 1
                st.rerun()


def _decided(
    review: Review, passage_id: str, audience: Audience, topics: tuple[Topic, ...], dismissal: str
) -> Decisions:
    """The decisions so far with those on one passage; what was left as proposed is no decision."""
    decisions: Decisions = st.session_state.decisions
    assignment = next(a for a in review.assignments if a.passage_id == passage_id)
    label = next(c for c in review.classifications if c.passage_id == passage_id)
    given: dict[str, Mapping[str, object]] = {}
    proposed = assignment.audience
    if (audience.group, set(audience.people)) != (proposed.group, set(proposed.people)):
        given["audiences"] = {**decisions.audiences, passage_id: audience}
    if topics and set(topics) != set(label.topics):
        given["topics"] = {**decisions.topics, passage_id: topics}
    if dismissal != "none":
        given["dismissed"] = {**decisions.dismissed, passage_id: dismissal}
    return decisions.model_copy(update=given)


def _short(text: str) -> str:
    return text if len(text) <= 70 else text[:69].rstrip() + "…"
