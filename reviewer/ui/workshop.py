"""The Prompts page: choose a set, copy it, edit it, try it on labelled mails, compare, promote. For people who do not program."""

import asyncio
from typing import Any, NamedTuple

import streamlit as st

from evals.cases import LabelledMail, load
from evals.compare import change_rows, compare, paired_messages, word_diff
from evals.record import RECORDINGS
from evals.run import Plan, Result, Run, Store, execute, new_run
from evals.workshop import Forecast, Request, forecast, grid, latest, matrix, requests, with_grid
from reviewer import prompts, sets
from reviewer.endpoint import endpoint
from reviewer.errors import ReviewerError
from reviewer.prompts import DEFAULT, POLICY_FILE, VARIABLES
from reviewer.texts import Lang, say, word
from reviewer.types import Role, Step
from reviewer.ui import marked
from reviewer.ui.common import language, plain

_REMEMBERED = ("work_set", "work_step", "run_how", "run_which")
"""Choices that outlive what Streamlit forgets: the value of a field that is not drawn."""


class _Opened(NamedTuple):
    """A file of a set in the editor."""

    text: str
    """As it was when it was opened."""
    typed: str
    """As it stands in the field, saved or not."""


def prompts_page() -> None:
    """The whole page."""
    st.html(marked.style())
    _remember()
    lang = language()
    st.title(say(lang, "work.title"), anchor=False)
    st.caption(say(lang, "work.lead"))
    # Always there, so that what stands below it keeps its place, and the tabs stay where they are.
    with st.container():
        if told := st.session_state.pop("work_told", None):
            st.success(plain(told))
    name = _choose(lang)
    tabs = st.tabs([say(lang, f"work.tab_{key}") for key in ("edit", "policy", "request", "run", "compare")])
    with tabs[0]:
        _edit(lang, name)
    with tabs[1]:
        _policy(lang, name)
    with tabs[2]:
        _request(lang, name)
    with tabs[3]:
        _run(lang, name)
    with tabs[4]:
        _compare(lang)


def _remember() -> None:
    """Put back what was chosen before another page or another set was shown."""
    state = st.session_state
    kept = state.setdefault("work_remembered", {})
    for key in _REMEMBERED:
        if key in state:
            kept[key] = state[key]
        elif key in kept:
            state[key] = kept[key]


def _opened() -> dict[tuple[str, str], _Opened]:
    """What is or was in the editor in this session, by set and file: a field that is not drawn forgets its text."""
    found: dict[tuple[str, str], _Opened] = st.session_state.setdefault("work_opened", {})
    return found


def _say_and_rerun(text: str) -> None:
    st.session_state.work_told = text
    st.rerun()


# --- the set -------------------------------------------------------------------------------------------------------


def _choose(lang: Lang) -> str:
    shelf = {found.name: found for found in sets.shelf()}
    usable = [name for name, found in shelf.items() if not found.single]

    def label(name: str) -> str:
        return f"{name} · {say(lang, 'work.in_production')}" if shelf[name].production else name

    state = st.session_state
    if state.get("work_set") not in usable:
        state.work_set = prompts.production() if prompts.production() in usable else DEFAULT
    left, copy, promote = st.columns([4, 3, 3], vertical_alignment="bottom")
    name: str = left.selectbox(say(lang, "work.set"), usable, format_func=label, key="work_set")
    with copy.popover(say(lang, "work.copy"), width="stretch"):
        st.text_input(say(lang, "work.copy_name"), key="work_new", placeholder="softer-flags")
        st.button(say(lang, "work.copy_do"), key="work_copy", on_click=_copy, args=(lang, name))
    with promote.popover(say(lang, "work.production"), width="stretch"):
        _promote(lang, name)
    with st.container():
        unsaved = [
            f"{of}/{file}"
            for (of, file), held in _opened().items()
            if state.get(f"work-{of}-{file}", held.typed) != held.text
        ]
        if unsaved:
            st.caption(plain(say(lang, "work.unsaved", files=", ".join(unsaved))))
        for problem in (state.pop("work_wrong", None), shelf[name].problem):
            if problem:
                st.error(plain(problem))
    return name


def _copy(lang: Lang, like: str) -> None:
    """Before the page is drawn again, so that it shows the copy."""
    state = st.session_state
    new = state.work_new.strip()
    try:
        sets.create(new, like)
    except ReviewerError as error:
        state.work_wrong = str(error)
        return
    state.work_set = new
    state.work_told = say(lang, "work.copied", name=new)


def _promote(lang: Lang, name: str) -> None:
    history = prompts.history()
    st.text(say(lang, "work.now", name=history[0]))
    try:
        if name != history[0] and st.button(say(lang, "work.promote", name=name), key="work_promote", type="primary"):
            sets.promote(name)
            _say_and_rerun(say(lang, "work.promoted", name=name))
        if len(history) > 1 and st.button(say(lang, "work.back", name=history[1]), key="work_back"):
            _say_and_rerun(say(lang, "work.promoted", name=sets.roll_back()))
    except ReviewerError as error:
        st.error(plain(str(error)))


# --- edit ----------------------------------------------------------------------------------------------------------


def _edit(lang: Lang, name: str) -> None:
    locked = name == DEFAULT
    if locked:
        st.info(say(lang, "work.locked"))
    st.session_state.setdefault("work_step", str(Step.CLASSIFY))
    step = st.segmented_control(
        say(lang, "work.step"),
        [str(s) for s in Step],
        format_func=lambda s: say(lang, f"work.step_{s}"),
        key="work_step",
    )
    file = f"{step or Step.CLASSIFY}.md"
    variables = VARIABLES[Step(file.removesuffix(".md"))]
    explained = " · ".join(f"`{{{{{v}}}}}` {plain(say(lang, f'work.variable_{v}'))}" for v in variables)
    st.caption(f"{say(lang, 'work.variables')} {explained}")
    _text(lang, name, file, locked)


def _text(lang: Lang, name: str, file: str, locked: bool) -> None:
    """A file as a text that is checked when it is left and when it is saved."""
    kept, key, opened = sets.text_of(name, file), f"work-{name}-{file}", _opened()
    held = opened.get((name, file)) or _Opened(kept, kept)
    typed = str(st.session_state.get(key, held.typed))
    if typed == held.text != kept:
        held, typed = _Opened(kept, kept), kept
    # A field that is set is drawn anew, over what is being typed in it: only where it has to be.
    if st.session_state.get(key) != typed:
        st.session_state[key] = typed
    typed = st.text_area(file, key=key, height=420, disabled=locked)
    opened[name, file] = held._replace(typed=typed)
    if locked:
        return
    problem = sets.problem_in(file, typed) if typed != held.text else ""
    if problem:
        st.error(plain(problem))
    if typed != held.text:
        st.caption(say(lang, "work.invalid" if problem else "work.valid"))
    st.caption(say(lang, "work.checked"))
    with st.container(horizontal=True):
        wanted = st.button(say(lang, "work.save"), key=f"save-{key}", type="primary")
        if typed != held.text:
            st.button(say(lang, "work.discard"), key=f"discard-{key}", on_click=_forget, args=(name, file))
    if wanted and typed == held.text:
        st.info(say(lang, "work.nothing_to_save"))
    elif wanted and not problem:
        _save(lang, name, file, typed, held.text)


def _forget(name: str, file: str) -> None:
    """The fields of this file show it anew."""
    _opened().pop((name, file), None)
    for key in (f"work-{name}-{file}", f"grid-{name}"):
        st.session_state.pop(key, None)


def _save(lang: Lang, name: str, file: str, text: str, opened: str) -> None:
    try:
        sets.save(name, file, text, sets.digest(opened))
    except ReviewerError as error:
        st.error(plain(str(error)))
        return
    _forget(name, file)
    _say_and_rerun(say(lang, "work.saved", name=name, file=file))


def _policy(lang: Lang, name: str) -> None:
    locked = name == DEFAULT
    st.caption(say(lang, "work.grid_help"))
    text = sets.text_of(name, POLICY_FILE)
    if sets.problem_in(POLICY_FILE, text):
        _text(lang, name, POLICY_FILE, locked)
        return
    roles = [str(r) for r in Role if r is not Role.UNKNOWN]
    config: dict[str, Any] = {
        "called": st.column_config.TextColumn(say(lang, "work.topic"), disabled=True, pinned=True, width=170),
        "group": st.column_config.SelectboxColumn(
            say(lang, "work.group"),
            options=["settled", "always", "never"],
            format_func=lambda rule: say(lang, f"work.group_{rule}"),
            required=True,
            width=110,
        ),
        **{
            role: st.column_config.NumberColumn(
                word(lang, "role", role), min_value=1, max_value=9, step=1, width="small"
            )
            for role in roles
        },
    }
    before = grid(text)
    called = [{"called": word(lang, "topic", row["topic"]), **row} for row in before]
    edited = st.data_editor(
        called,
        column_config=config,
        column_order=["called", "group", *roles],
        hide_index=True,
        disabled=locked,
        key=f"grid-{name}",
        width="stretch",
        height="content",
        placeholder="",
    )
    after = with_grid(text, edited)
    changed = grid(after) != before
    if changed and st.button(say(lang, "work.save"), key=f"grid-save-{name}", type="primary"):
        _save(lang, name, POLICY_FILE, after, text)
    with st.expander(say(lang, "work.policy_text")):
        _text(lang, name, POLICY_FILE, locked)


# --- what the model would read -------------------------------------------------------------------------------------


def _case_choice(lang: Lang, key: str) -> LabelledMail:
    mails = {mail.id: mail for mail in load()}
    chosen = st.selectbox(say(lang, "work.case"), list(mails), key=key)
    return mails[chosen]


def _request(lang: Lang, name: str) -> None:
    st.caption(say(lang, "work.request_help"))
    mail = _case_choice(lang, "request_case")
    try:
        heard = requests(mail, name)
    except ReviewerError as error:
        st.error(plain(str(error)))
        return
    labels = [_request_label(lang, heard, n) for n in range(len(heard))]
    chosen = st.selectbox(say(lang, "work.step"), labels, key="request_step")
    request = heard[labels.index(chosen)]
    st.markdown(f"**{say(lang, 'work.instructions')}**")
    st.code(request.system, language=None, wrap_lines=True)
    st.markdown(f"**{say(lang, 'work.data')}**")
    st.code(request.user, language=None, wrap_lines=True)


def _request_label(lang: Lang, heard: list[Request], number: int) -> str:
    """The step, and which of its requests where it makes several."""
    step = heard[number].step
    same = [n for n, r in enumerate(heard) if r.step == step]
    return say(lang, f"work.step_{step}") + (f" · {same.index(number) + 1}/{len(same)}" if len(same) > 1 else "")


# --- run -----------------------------------------------------------------------------------------------------------


def _run(lang: Lang, name: str) -> None:
    how = st.radio(
        say(lang, "work.how"),
        ["replay", "live", "local"],
        format_func=lambda h: say(lang, f"work.how_{h}"),
        key="run_how",
        horizontal=True,
    )
    left, right = st.columns(2)
    which = left.selectbox(
        say(lang, "work.which"),
        ["dev", "test", "one"],
        format_func=lambda w: say(lang, f"work.which_{w}"),
        key="run_which",
    )
    if which == "one":
        with right:
            mails: tuple[LabelledMail, ...] = (_case_choice(lang, "run_case"),)
    else:
        mails = load(split="dev" if which == "dev" else "test")
    source = ""
    if how == "replay":
        known = sorted(p.parent.name for p in RECORDINGS.glob("*/source.yaml"))
        if not known:
            st.info(say(lang, "work.no_recordings"))
            return
        source = st.selectbox(say(lang, "work.source"), known, key="run_source")
    elif how == "live" and endpoint() is None:
        st.info(say(lang, "work.no_endpoint"))
        return
    plan = Plan(mails, name, "local" if how == "local" else "llm", source)
    try:
        _say_forecast(lang, how, forecast(plan))
        if st.button(say(lang, "work.run"), key="run_go", type="primary"):
            _show(lang, _execute(lang, plan))
    except ReviewerError as error:
        st.error(plain(str(error)))
    runs = latest(_kept_runs())
    if runs:
        st.markdown(f"**{say(lang, 'work.matrix')}**")
        st.dataframe(matrix(runs), hide_index=True, width="stretch")


def _say_forecast(lang: Lang, how: str, found: Forecast) -> None:
    stale = found.cases - found.fresh
    if how == "replay":
        st.caption(say(lang, "work.forecast_replay", count=found.cases, fresh=found.fresh))
        if stale:
            st.warning(say(lang, "work.forecast_stale", count=stale, calls=found.calls))
    elif how == "live":
        st.warning(say(lang, "work.forecast_live", count=found.cases, calls=found.calls))
    else:
        st.caption(say(lang, "work.forecast_local", count=found.cases))


def _execute(lang: Lang, plan: Plan) -> Run:
    store = Store()
    run = new_run(plan)
    write = store.start(run)
    bar = st.progress(0.0, say(lang, "work.running"))
    done: list[str] = []

    def tick(result: Result) -> None:
        write(result)
        done.append(result.case)
        bar.progress(len(done) / len(plan.cases), result.case)

    asyncio.run(execute(plan, tick=tick))
    bar.empty()
    return store.load(run.id)


def _show(lang: Lang, run: Run) -> None:
    from evals.report import stale_sentence, table

    if sentence := stale_sentence(run):
        st.warning(plain(sentence))
    rows = table([run], lang)
    st.dataframe(
        [{say(lang, "work.score"): row[0], run.name: row[1]} for row in rows[1:]],
        hide_index=True,
        width="stretch",
        height="content",
    )
    st.caption(plain(f"{run.id}. {run.about}"))


def _kept_runs() -> list[Run]:
    store = Store()
    return [store.load(name) for name in store.ids()[-40:]]


# --- compare -------------------------------------------------------------------------------------------------------


def _compare(lang: Lang) -> None:
    names = Store().ids()[::-1]
    if len(names) < 2:
        st.info(say(lang, "work.two_runs"))
        return
    left, right = st.columns(2)
    first = left.selectbox(say(lang, "work.old"), names, index=1, key="compare_first")
    second = right.selectbox(say(lang, "work.new"), names, index=0, key="compare_second")
    store = Store()
    found = compare(store.load(first), store.load(second))
    if not found.cases:
        st.info(say(lang, "work.nothing_shared"))
        return
    head, *rows = change_rows(found, lang)
    st.dataframe(
        [dict(zip([head[0] or say(lang, "work.score"), *_distinct(head[1:])], row, strict=True)) for row in rows],
        hide_index=True,
        width="stretch",
        height="content",
    )
    names_of = {
        f"{c.case} · {len(c.worse)} {say(lang, 'work.worse')}, {len(c.better)} {say(lang, 'work.better')}": c
        for c in found.cases
    }
    change = names_of[st.selectbox(say(lang, "work.case"), list(names_of), key="compare_case")]
    for key, old, new in paired_messages(change.first.messages, change.second.messages):
        st.markdown(f"**{plain(key)}**")
        st.html(marked.difference([(p.kind, p.text) for p in word_diff(old, new)]))


def _distinct(names: list[str]) -> list[str]:
    """Two runs may have one name; columns may not."""
    return [name if names.index(name) == n else f"{name} ({n + 1})" for n, name in enumerate(names)]
