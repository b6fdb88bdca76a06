"""The Prompts page: choose a set, copy it, edit it, try it on labelled mails, compare, promote. For people who do not program."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import streamlit as st

from evals.cases import LabelledMail, load
from evals.compare import change_rows, compare, paired_messages, word_diff
from evals.record import source
from evals.report import not_kept, table, title
from evals.run import NOT_FRESH, Plan, Result, Run, Store, execute, new_run, resumed, sources
from evals.workshop import (
    RUNNING,
    Forecast,
    Request,
    forecast,
    grid,
    in_lines,
    latest,
    matrix,
    requests,
    to_compare_with,
    with_grid,
)
from reviewer import prompts, sets
from reviewer.endpoint import endpoint
from reviewer.errors import ReviewerError
from reviewer.prompts import DEFAULT, POLICY_FILE, VARIABLES
from reviewer.texts import Lang, say, word
from reviewer.types import Role, Step
from reviewer.ui import marked
from reviewer.ui.common import language, plain
from reviewer.ui.evals import SHOWN_RUNS, called, scores_explained
from reviewer.ui.inputs import Memory, new_token

_REMEMBERED = (
    "work_set", "work_step", "request_case", "run_how", "run_which", "run_case", "run_source",
    "compare_first", "compare_second",
)  # fmt: skip
"""Choices that outlive what Streamlit forgets: the value of a field that is not drawn."""


_TABS = ("edit", "policy", "request", "run", "compare")
_TAB = "work_tab_"
"""The tabs' key, and which language's labels they have: another key for each."""
_ADDRESS = "p"
"""What the page's address calls its token; the review page has its own."""


class _Grid(NamedTuple):
    """A policy in the grid."""

    text: str
    """As it was when it was opened."""
    shown: list[dict[str, Any]]
    """The rows that the field is given; it adds what is changed in them by itself, until it is not drawn any more."""
    rows: list[dict[str, Any]]
    """As they stand in the field, saved or not."""


class _Opened(NamedTuple):
    """A file of a set in the editor."""

    text: str
    """As it was when it was opened."""
    typed: str
    """As it stands in the field, saved or not."""


class _Kept(NamedTuple):
    """What a reload finds again."""

    opened: dict[tuple[str, str], _Opened]
    grids: dict[str, _Grid]
    chosen: dict[str, Any]


@st.cache_resource
def _memory() -> Memory[_Kept]:
    return Memory()


def prompts_page() -> None:
    """The whole page. What is not saved stays in the server's memory, under the token in the page's address."""
    st.html(marked.style())
    _find_again()
    keep_edits()
    lang = language()
    try:
        _page(lang)
    finally:
        # Also where a click starts the script anew before it has come to its end.
        keep_edits()


def _page(lang: Lang) -> None:
    st.title(say(lang, "work.title"), anchor=False)
    st.caption(say(lang, "work.lead"))
    # Always there, so that what stands below it keeps its place, and the tabs stay where they are.
    with st.container():
        if told := st.session_state.pop("work_told", None):
            st.success(plain(told))
    try:
        name = _choose(lang)
    except ReviewerError as error:
        st.error(plain(str(error)))
        return
    # What a tab holds takes seconds, so only the open one is drawn.
    shown = dict(zip(_TABS, (_edit, _policy, _request, _run, _compare), strict=True))
    labels = [say(lang, f"work.tab_{key}") for key in shown]
    key = f"{_TAB}{lang}"
    if (kept := _chosen().get(_TAB)) is not None and key not in st.session_state:
        st.session_state[key] = labels[list(shown).index(kept)]
    for tab, draw in zip(st.tabs(labels, key=key, on_change="rerun"), shown.values(), strict=True):
        if tab.open:
            with tab:
                draw(lang, name)


def _find_again() -> None:
    """Find what this address had, once a session."""
    state = st.session_state
    if "work_token" not in state:
        token = st.query_params.get(_ADDRESS, "")
        kept = _memory().find(token) if token else None
        state.work_token = token if kept else new_token()
        if kept:
            state.work_opened, state.work_grids, state.work_remembered = (dict(part) for part in kept)
    # Only where the address lacks it: an address that is set takes a browser back that is on its way to another page.
    if st.query_params.get(_ADDRESS) != state.work_token:
        st.query_params[_ADDRESS] = state.work_token


def keep_edits() -> None:
    """Note what is typed and chosen, before another page, set or tab is shown: fields that are not drawn forget it."""
    state = st.session_state
    if "work_token" not in state:
        return
    kept = _chosen()
    kept.update({key: state[key] for key in _REMEMBERED if key in state})
    for lang in get_args(Lang):
        if label := state.get(f"{_TAB}{lang}"):
            kept[_TAB] = next(tab for tab in _TABS if say(lang, f"work.tab_{tab}") == label)
    # A click that leaves a field may show another one at once; what was typed then comes with that click alone.
    for (name, file), held in _opened().items():
        if (key := f"work-{name}-{file}") in state:
            _opened()[name, file] = held._replace(typed=str(state[key]))
    for name, grid_ in _grids().items():
        changed = state.get(f"grid-{name}", {}).get("edited_rows", {})
        rows = [{**row, **changed.get(n, {})} for n, row in enumerate(grid_.shown)]
        if changed:
            _grids()[name] = grid_._replace(rows=rows)
    _memory().keep(state.work_token, _Kept(dict(_opened()), dict(_grids()), dict(kept)))


def _chosen() -> dict[str, Any]:
    """What was chosen in the fields of the page in this session, drawn or not."""
    found: dict[str, Any] = st.session_state.setdefault("work_remembered", {})
    return found


def _recall(key: str) -> None:
    """Put back what was chosen in a field that is drawn now and was not the last time.

    Not any earlier: a browser is told what a field says only in the run that sets it. It would show the head of the list, and the
    program would go by what was chosen.
    """
    state, kept = st.session_state, _chosen()
    if key not in state and key in kept:
        state[key] = kept[key]


def _opened() -> dict[tuple[str, str], _Opened]:
    """What is or was in the editor in this session, by set and file: a field that is not drawn forgets its text."""
    found: dict[tuple[str, str], _Opened] = st.session_state.setdefault("work_opened", {})
    return found


def _grids() -> dict[str, _Grid]:
    """The policies that are or were in the grid in this session, by set."""
    found: dict[str, _Grid] = st.session_state.setdefault("work_grids", {})
    return found


def _unsaved() -> list[str]:
    """The files whose text or grid is not saved."""
    state = st.session_state
    typed = [
        f"{of}/{file}"
        for (of, file), held in _opened().items()
        if state.get(f"work-{of}-{file}", held.typed) != held.text
    ]
    changed = [f"{of}/{POLICY_FILE}" for of, held in _grids().items() if held.rows != grid(held.text)]
    return list(dict.fromkeys([*typed, *changed]))


def _choice(
    label: str, options: list[str], key: str, first: str | None = None, shown: Callable[[str], str] = str
) -> str:
    """A field to choose from a list: `first`, or the head of it, until something is chosen, and where that is gone by now."""
    _recall(key)
    if st.session_state.get(key) not in options:
        st.session_state[key] = first or options[0]
    return st.selectbox(label, options, key=key, format_func=shown)


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
    _recall("work_set")
    if state.get("work_set") not in usable:
        state.work_set = prompts.production() if prompts.production() in usable else DEFAULT
    left, copy, promote = st.columns([4, 3, 3], vertical_alignment="bottom")
    name: str = left.selectbox(say(lang, "work.set"), usable, format_func=label, key="work_set")
    with copy.popover(say(lang, "work.copy"), width="stretch", key="work_copying", on_change="rerun"):
        st.text_input(say(lang, "work.copy_name"), key="work_new", placeholder="softer-flags")
        st.button(say(lang, "work.copy_do"), key="work_copy", on_click=_copy, args=(lang, name))
        if refused := state.pop("work_refused", None):
            st.error(plain(refused))  # here, for the popover hides what stands below it
    with promote.popover(say(lang, "work.production"), width="stretch"):
        _promote(lang, name)
    with st.container():
        if unsaved := _unsaved():
            st.caption(plain(say(lang, "work.unsaved", files=", ".join(unsaved))))
        for problem in (state.pop("work_wrong", None), sets.lost_production(), shelf[name].problem):
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
        state.work_refused = str(error)
        return
    state.work_set, state.work_new, state.work_copying = new, "", False
    state.work_told = say(lang, "work.copied", name=new)


def _promote(lang: Lang, name: str) -> None:
    history = prompts.history()
    st.text(say(lang, "work.now", name=history[0]))
    try:
        if name != history[0] and st.button(say(lang, "work.promote", name=name), key="work_promote", type="primary"):
            sets.promote(name)
            _say_and_rerun(say(lang, "work.promoted", name=name))
        if len(history) > 1:
            before, gone = sets.before()
            if gone:
                st.caption(plain(say(lang, "work.gone", names=", ".join(gone))))
            if st.button(say(lang, "work.back", name=before), key="work_back"):
                _say_and_rerun(say(lang, "work.promoted", name=sets.roll_back()))
    except ReviewerError as error:
        st.error(plain(str(error)))


# --- edit ----------------------------------------------------------------------------------------------------------


def _edit(lang: Lang, name: str) -> None:
    locked = name == DEFAULT
    if locked:
        st.info(say(lang, "work.locked"))
    _recall("work_step")
    st.session_state.setdefault("work_step", str(Step.CLASSIFY))
    step = st.segmented_control(
        say(lang, "work.step"),
        [str(s) for s in Step],
        format_func=lambda s: say(lang, f"work.step_{s}"),
        key="work_step",
    )
    file = f"{step or Step.CLASSIFY}.md"
    explained = " · ".join(f"`{{{{{v}}}}}` {plain(say(lang, f'work.variable_{v}'))}" for v in _variables(file))
    st.caption(f"{say(lang, 'work.variables')} {explained}")
    _text(lang, name, file, locked)


def _variables(file: str) -> tuple[str, ...]:
    """What a file may have filled in; nothing in the policy."""
    return () if file == POLICY_FILE else VARIABLES[Step(file.removesuffix(".md"))]


def _text(lang: Lang, name: str, file: str, locked: bool) -> None:
    """A file as a text that is checked when it is left and when it is saved."""
    if _lacking(lang, name, file):
        return
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
    problem = sets.problem_in(file, typed)
    if problem:
        st.error(plain(problem))
    else:
        for variable in prompts.unused(typed, _variables(file)):
            told = say(lang, "work.unused", name=f"{{{{{variable}}}}}", what=say(lang, f"work.variable_{variable}"))
            st.warning(plain(told))
    if typed != held.text:
        st.caption(say(lang, "work.invalid" if problem else "work.valid"))
    st.caption(say(lang, "work.checked"))
    with st.container(horizontal=True):
        wanted = st.button(say(lang, "work.save"), key=f"save-{key}", type="primary")
        if typed != held.text:
            st.button(say(lang, "work.discard"), key=f"discard-{key}", on_click=_forget, args=(name, file))
    if wanted and typed == held.text:
        st.info(say(lang, "work.nothing_to_save"))
    elif wanted and not problem and _saved(name, file, typed, held.text):
        _forget(name, file)
        _say_and_rerun(say(lang, "work.saved", name=name, file=file))


def _lacking(lang: Lang, name: str, file: str) -> bool:
    """Whether a file cannot be shown; where the set lacks it, it is offered to be put back."""
    try:
        sets.text_of(name, file)
    except ReviewerError as error:
        st.error(plain(str(error)))
        if name != DEFAULT and sets.lacks(name, file):
            st.button(
                say(lang, "work.restore", file=file),
                key=f"restore-{name}-{file}",
                on_click=_restore,
                args=(lang, name, file),
            )
        return True
    return False


def _restore(lang: Lang, name: str, file: str) -> None:
    try:
        sets.restore(name, file)
    except ReviewerError as error:
        st.session_state.work_wrong = str(error)
        return
    st.session_state.work_told = say(lang, "work.restored", name=name, file=file)


def _forget(name: str, file: str) -> None:
    """The text field of this file shows it anew."""
    _opened().pop((name, file), None)
    st.session_state.pop(f"work-{name}-{file}", None)


def _forget_grid(name: str) -> None:
    """The grid shows the policy anew."""
    _grids().pop(name, None)
    st.session_state.pop(f"grid-{name}", None)


def _saved(name: str, file: str, text: str, opened: str) -> bool:
    """Save what was made of the text that was opened; where that cannot be, it stays in its field."""
    try:
        sets.save(name, file, text, sets.digest(opened))
    except ReviewerError as error:
        st.error(plain(str(error)))
        return False
    return True


def _policy(lang: Lang, name: str) -> None:
    locked = name == DEFAULT
    if _lacking(lang, name, POLICY_FILE):
        return
    text = sets.text_of(name, POLICY_FILE)
    if sets.problem_in(POLICY_FILE, text) or not in_lines(text):
        if not sets.problem_in(POLICY_FILE, text):
            st.info(say(lang, "work.no_grid"))
        _text(lang, name, POLICY_FILE, locked)
        return
    st.caption(say(lang, "work.grid_help"))
    _grid(lang, name, text, locked)
    with st.expander(say(lang, "work.policy_text")):
        _text(lang, name, POLICY_FILE, locked)


def _grid(lang: Lang, name: str, text: str, locked: bool) -> None:
    """The topics as a grid; what is changed in it is kept until it is saved or discarded."""
    held, key = _grids().get(name), f"grid-{name}"
    touched = bool(st.session_state.get(key, {}).get("edited_rows"))
    if held is None or (held.text != text and held.rows == grid(held.text) and not touched):
        _forget_grid(name)
        held = _Grid(text, grid(text), grid(text))
    elif key not in st.session_state:
        held = held._replace(shown=held.rows)
    edited = _rows(lang, held.shown, key, locked)
    held = held._replace(rows=[{k: row[k] for k in shown} for row, shown in zip(edited, held.shown, strict=True)])
    _grids()[name] = held
    if locked:
        return
    changed = held.rows != grid(held.text)
    if changed:
        st.caption(say(lang, "work.invalid"))
    with st.container(horizontal=True):
        wanted = st.button(say(lang, "work.save"), key=f"grid-save-{name}", type="primary")
        if changed:
            st.button(say(lang, "work.discard"), key=f"grid-discard-{name}", on_click=_forget_grid, args=(name,))
    if wanted and not changed:
        st.info(say(lang, "work.nothing_to_save"))
    elif wanted:
        try:
            after = with_grid(held.text, held.rows)
        except ReviewerError as error:
            st.error(plain(str(error)))
            return
        if _saved(name, POLICY_FILE, after, held.text):
            _forget_grid(name)
            _say_and_rerun(say(lang, "work.saved", name=name, file=POLICY_FILE))


def _wide(head: str) -> int:
    """Pixels of a column whose head is read to its end, beside the sign that it can be edited."""
    return 44 + 7 * len(head)


def _rows(lang: Lang, shown: list[dict[str, Any]], key: str, locked: bool) -> list[dict[str, Any]]:
    """The grid itself; the rows as they are edited."""
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
                word(lang, "role", role), min_value=1, max_value=9, step=1, width=_wide(word(lang, "role", role))
            )
            for role in roles
        },
    }
    edited: list[dict[str, Any]] = st.data_editor(
        [{"called": word(lang, "topic", row["topic"]), **row} for row in shown],
        column_config=config,
        column_order=["called", "group", *roles],
        hide_index=True,
        disabled=locked,
        key=key,
        width="stretch",
        height="content",
        placeholder="",
    )
    return edited


# --- what the model would read -------------------------------------------------------------------------------------


def _case_choice(lang: Lang, key: str) -> LabelledMail:
    mails = {mail.id: mail for mail in load()}
    return mails[_choice(say(lang, "work.case"), list(mails), key)]


def _without_unsaved(lang: Lang, name: str) -> None:
    """Say that what is not saved of this set is not in what is shown or measured below."""
    if files := [file for file in _unsaved() if file.startswith(f"{name}/")]:
        st.warning(plain(say(lang, "work.without_unsaved", files=", ".join(files))))


def _request(lang: Lang, name: str) -> None:
    _without_unsaved(lang, name)
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
    _without_unsaved(lang, name)
    _recall("run_how")
    how = st.radio(
        say(lang, "work.how"),
        ["replay", "live", "local"],
        format_func=lambda h: say(lang, f"work.how_{h}"),
        key="run_how",
        horizontal=True,
    )
    left, right = st.columns(2)
    _recall("run_which")
    which = left.selectbox(
        say(lang, "work.which"),
        ["dev", "test", "one"],
        format_func=lambda w: say(lang, f"work.which_{w}"),
        key="run_which",
    )
    if which == "one":
        with right:
            mails: tuple[LabelledMail, ...] = (_case_choice(lang, "run_case"),)
        options = f"--cases {mails[0].id}"
    else:
        mails, options = load(split="dev" if which == "dev" else "test"), f"--split {which}"
    plan = Plan(mails, name, "local" if how == "local" else "llm", "", options=options)
    try:
        _offer(lang, how, plan)
        _go_on(lang, name)
    except ReviewerError as error:
        st.error(plain(str(error)))
    _last_result(lang)
    runs, problems = Store().readable(Store().ids()[-SHOWN_RUNS:])
    for problem in problems:
        st.warning(plain(problem))
    if runs:
        st.markdown(f"**{say(lang, 'work.matrix')}**")
        st.dataframe(matrix(latest(runs), lang), hide_index=True, width="stretch")


def _offer(lang: Lang, how: str, plan: Plan) -> None:
    """What a run of these mails would take, and the buttons that run or record them."""
    known = sources()
    if how == "replay" and not known:
        st.info(say(lang, "work.no_recordings"))
        return
    if how == "live" and endpoint() is None:
        st.info(say(lang, "work.no_endpoint"))
        return
    recording = plan
    if how != "local" and known:
        recording = plan._replace(source=_source(lang, plan, known))
    plan = recording if how == "replay" else plan
    _say_forecast(lang, how, forecast(plan))
    with st.container(horizontal=True):
        if st.button(say(lang, "work.run"), key="run_go", type="primary"):
            _execute(lang, plan)
        stale = forecast(recording) if recording.source else Forecast(0, 0, 0)
        count = stale.cases - stale.fresh
        recordable = count and plan.prompt_set != DEFAULT and endpoint() is not None
        if recordable and st.button(say(lang, "work.record", count=count, calls=stale.calls), key="run_record"):
            _execute(lang, recording._replace(record="new"))
    if count:
        st.caption(plain(_about_recording(lang, recording)))


def _about_recording(lang: Lang, plan: Plan) -> str:
    """Where the recordings of the plan would go, or why they cannot be made here."""
    where = endpoint()
    if plan.prompt_set == DEFAULT:
        return say(lang, "work.record_locked")
    if where is None:
        return say(lang, "work.record_no_endpoint")
    folder = f"evals/recordings/{plan.source}/{plan.recorded_as}"
    address = where.base_url or "https://api.openai.com/v1"
    return say(
        lang,
        "work.record_where",
        folder=folder,
        model=source(plan.source, plan.source_folder.parent).model,
        address=address,
    )


def _source(lang: Lang, plan: Plan, known: list[str]) -> str:
    """The recordings to replay or to add to: of those that there are, first the one with the most fresh mails, and the least to ask for."""
    _recall("run_source")
    if st.session_state.get("run_source") not in known:
        found = {name: forecast(plan._replace(source=name)) for name in known}
        st.session_state.run_source = max(known, key=lambda name: (found[name].fresh, -found[name].calls))
    return _choice(say(lang, "work.source"), known, "run_source")


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


def _go_on(lang: Lang, name: str) -> None:
    """Offer to go on with the newest run of the set, where it was stopped and its prompts are what they were."""
    runs, _ = Store().readable(Store().ids()[-SHOWN_RUNS:])
    own = [run for run in runs if run.prompt_set == name]
    if not own or not own[-1].left:
        return
    run = own[-1]
    # One that this session began is stopped where the page is drawn again, though its last answer may still be on the way.
    if run.id in RUNNING and st.session_state.get("work_running") != run.id:
        return
    if run.record != "none" and name == DEFAULT:
        return
    try:
        plan = resumed(run, Plan(load()))
    except ReviewerError:
        return  # another version of the prompts by now
    st.info(plain(say(lang, "work.stopped", run=run.id, count=run.left)))
    if st.button(say(lang, "work.go_on"), key="run_go_on"):
        _execute(lang, plan, run)


def _execute(lang: Lang, plan: Plan, begun: Run | None = None) -> None:
    """Run the plan, or go on with a run that was begun, and show the result from then on."""
    store = Store()
    run = begun or new_run(plan)
    write = store.start(run)
    done = [(r.case, r.repeat) for r in run.results]
    total = len(plan.cases) * plan.repeats
    bar = st.progress(len(done) / total, say(lang, "work.running"))

    def tick(result: Result) -> None:
        write(result)
        done.append((result.case, result.repeat))
        bar.progress(min(1.0, len(done) / total), result.case)

    # Whoever leaves the page stops the run here; what is done of it is kept.
    RUNNING.add(run.id)
    st.session_state.work_running = run.id
    try:
        asyncio.run(execute(plan, tuple(done), tick))
    finally:
        RUNNING.discard(run.id)
    bar.empty()
    state = st.session_state
    state.work_result = run.id
    runs, _ = store.readable(store.ids()[-SHOWN_RUNS:])
    before = to_compare_with(run, runs)
    for key, value in (("compare_second", run.id), ("compare_first", before.id if before else None)):
        state.pop(key, None)
        _chosen()[key] = value
    st.rerun()


def _last_result(lang: Lang) -> None:
    """The scores of the run that was last made here."""
    name = st.session_state.get("work_result")
    if name not in Store().ids():
        return
    run = Store().load(name)
    said, cases = not_kept(run)
    stale = len({r.case for r in run.results if r.error == NOT_FRESH})
    if cases:
        st.warning(plain(say(lang, "work.not_kept", said=said, count=cases)))
    if stale:
        st.warning(plain(say(lang, "work.not_fresh", count=stale, total=len(run.cases))))
    rows = table([run], lang)
    st.dataframe(
        [{say(lang, "work.score"): row[0], run.name: row[1]} for row in rows[1:]],
        hide_index=True,
        width="stretch",
        height="content",
    )
    st.caption(plain(f"{run.id}. {run.about}"))
    scores_explained(lang)


# --- compare -------------------------------------------------------------------------------------------------------


def _compare(lang: Lang, _: str) -> None:
    store = Store()
    names = store.ids()[::-1]
    if len(names) < 2:
        st.info(say(lang, "work.two_runs"))
        return
    runs, problems = store.readable(names[:SHOWN_RUNS])
    for problem in problems:
        st.warning(plain(problem))
    by_id = {run.id: run for run in runs}

    def label(name: str) -> str:
        return called(lang, by_id[name]) if name in by_id else name

    left, right = st.columns(2)
    with right:
        chosen = _choice(say(lang, "work.new"), names, "compare_second", shown=label)
    usual = next((before for run in runs if run.id == chosen and (before := to_compare_with(run, runs))), None)
    first = usual.id if usual else next(name for name in names if name != chosen)
    with left:
        base = _choice(say(lang, "work.old"), names, "compare_first", first, label)
    try:
        found = compare(store.load(base), store.load(chosen))
    except ReviewerError as error:
        st.error(plain(str(error)))
        return
    if not found.cases:
        st.info(say(lang, "work.nothing_shared"))
        return
    st.caption(say(lang, "work.shared", count=found.shared))
    head, *rows = change_rows(found, lang)
    st.dataframe(
        [dict(zip([head[0] or say(lang, "work.score"), *_distinct(head[1:])], row, strict=True)) for row in rows],
        hide_index=True,
        width="stretch",
        height="content",
    )
    names_of = {
        f"{c.name} · {len(c.worse)} {say(lang, 'work.worse')}, {len(c.better)} {say(lang, 'work.better')}": c
        for c in found.cases
    }
    change = names_of[_choice(say(lang, "work.case"), list(names_of), "compare_case")]
    for how, scores in (("worse", change.worse), ("better", change.better)):
        if scores:
            st.caption(
                plain(
                    say(lang, "headed", label=say(lang, f"work.{how}"), value=", ".join(title(s, lang) for s in scores))
                )
            )
    for key, old, new in paired_messages(change.first.messages, change.second.messages):
        st.markdown(f"**{plain(say(lang, 'work.to_group') if key == 'group' else key)}**")
        st.html(marked.difference([(p.kind, p.text) for p in word_diff(old, new)]))


def _distinct(names: list[str]) -> list[str]:
    """Two runs may have one name; columns may not."""
    return [name if names.index(name) == n else f"{name} ({n + 1})" for n, name in enumerate(names)]
