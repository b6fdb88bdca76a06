"""The Evals page: runs over time, scores with their intervals, and every case with what was wrong and what would be sent."""

from typing import Any

import streamlit as st

from evals.report import by_role, judged_messages, judged_rows, judgement_line, lines, notes, shown, table, title
from evals.run import Result, Run, Store
from evals.scorers import BY_NAME
from reviewer.texts import Lang, data, say, word
from reviewer.ui import marked
from reviewer.ui.common import language, plain

SHOWN_RUNS = 40
"""So many of the newest runs are looked at."""
EXPLAINED = tuple(data("texts")["evals"]["counts"])
SHOWN_OVER_TIME = ("leak", "coverage", "routing", "asks", "sensitive_recall")


def evals_page() -> None:
    """The whole page."""
    st.html(marked.style())
    lang = language()
    st.title(say(lang, "work.evals_title"), anchor=False)
    st.caption(say(lang, "work.evals_lead"))
    names = Store().ids()[::-1]
    if not names:
        st.info(say(lang, "work.no_runs"))
        return
    runs, problems = Store().readable(names[:SHOWN_RUNS])
    for problem in problems:
        st.warning(plain(problem))
    if not runs:
        return
    if len(runs) > 1:
        _over_time(lang, runs)
    by_id = {r.id: r for r in runs}
    chosen = st.selectbox(
        say(lang, "work.run_choice"), list(by_id), key="eval_run", format_func=lambda i: called(lang, by_id[i])
    )
    run = by_id[chosen]
    if run.left:
        st.caption(say(lang, "work.incomplete", count=run.left))
    if run.about:
        st.caption(plain(run.about))
    head, *rows = table([run], lang)
    st.dataframe(
        [{say(lang, "work.score"): row[0], head[1]: row[1]} for row in rows],
        hide_index=True,
        width="stretch",
        height="content",
    )
    scores_explained(lang)
    roles = [
        {say(lang, "ui.roles"): word(lang, "role", x.name), say(lang, "work.reached"): shown(x, lang)}
        for x in by_role(run.results)
    ]
    if roles:
        with st.expander(say(lang, "work.by_role")):
            st.dataframe(roles, hide_index=True, width="stretch")
    if shares := judged_rows(run.results, lang):
        with st.expander(say(lang, "work.by_judge"), expanded=True):
            st.dataframe(
                [dict(zip(shares[0], row, strict=True)) for row in shares[1:]], hide_index=True, width="stretch"
            )
    _case(lang, run)


def called(lang: Lang, run: Run) -> str:
    """A run in a list: of which set and answers, from when by this machine's clock, over how many mails."""
    made = f"{run.made.astimezone():{'%d/%m/%Y %H:%M:%S' if lang == 'fr' else '%Y-%m-%d %H:%M:%S'}}"
    mails = say(lang, "work.mails", count=len(run.cases))
    left = f" · {say(lang, 'work.incomplete', count=run.left)}" if run.left else ""
    return f"{run.name} · {made} · {mails}{left}"


def scores_explained(lang: Lang) -> None:
    """What each score counts, for whoever reads it the first time."""
    with st.expander(say(lang, "work.explained")):
        st.dataframe(
            [
                {
                    say(lang, "work.score"): title(name, lang),
                    say(lang, "work.counts"): say(lang, f"evals.counts.{name}"),
                }
                for name in EXPLAINED
            ],
            hide_index=True,
            width="stretch",
            height="content",
        )
        st.text(say(lang, "work.intervals"))


def _over_time(lang: Lang, runs: list[Run]) -> None:
    closed = st.expander(say(lang, "work.over_time"), key="eval_over_time", on_change="rerun")
    if not closed.open:
        return  # the intervals of forty runs take seconds
    run_, score, value = (say(lang, f"work.{key}") for key in ("run_choice", "score_of", "share"))
    points: list[dict[str, Any]] = []
    for run in reversed(runs):
        found = {line.name: line for line in lines(run.results)}
        # The day first, for the chart sorts what it is given.
        made = f"{run.made.astimezone():%Y-%m-%d %H:%M:%S} · {run.name}"
        for name in SHOWN_OVER_TIME:
            line = found.get(name)
            if line and line.interval:
                points.append({run_: made, score: title(line.name, lang), value: round(line.interval.value, 4)})
    with closed:
        st.line_chart(points, x=run_, y=value, color=score, height=420)


def _case(lang: Lang, run: Run) -> None:
    def label(result: Result) -> str:
        remarks = sum(len(m.notes) for m in result.marks if m.score in BY_NAME)
        return f"{result.case}{f' #{result.repeat}' if run.repeats > 1 else ''} · {result.error or remarks}"

    worst = sorted(run.results, key=lambda r: (r.safe, -sum(len(m.notes) for m in r.marks), r.case))
    if not worst:
        return
    by_label = {label(r): r for r in worst}
    result = by_label[st.selectbox(say(lang, "work.case"), list(by_label), key="eval_case")]
    for mark in result.marks:
        if mark.score not in BY_NAME or not mark.notes:
            continue
        st.markdown(f"**{plain(title(mark.score, lang))}** · {mark.hits} / {mark.total}")
        for note in notes(mark, lang):
            st.text(note)
    if result.judgement and result.judgement.error:
        st.text(f"{say(lang, 'evals.head.judge')} · {result.judgement.error}")
    for message, about in judged_messages(result):
        if message:
            st.markdown(f"**{plain(', '.join(message.to))}**")
            st.html(marked.mail(message.subject, message.body))
        elif about:
            st.markdown(f"**{plain(say(lang, f'evals.kind.{about.kind}'))}**")
        if about:
            st.text(judgement_line(about, lang))
