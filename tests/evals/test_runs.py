"""Runs: kept, resumed, compared, held by a gate, reported; and the command line over them."""

import json
import re
import shutil
import signal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from evals import cases, compare, gate, judge, report, run, stats
from evals.judge import Judgement, MessageJudgement, marks
from evals.run import Plan, Result, Run, Sent, Store, new_run
from evals.scorers import CRITERIA, Mark, Note
from reviewer import prompts, sets
from reviewer.cli import app
from reviewer.errors import ConfigError, InputError
from reviewer.testing import serving
from tests.evals.build import FOLDER, harbour, ran, recordings
from tests.evals.judging import content

MAIL = harbour()


def result(case: str, leak: int = 0, covered: int = 5, **given: object) -> Result:
    """A result with these marks: five pairs, five facts."""
    notes = (Note(kind="leak", who="Ravi", message="group", quote="42 k€", start=3),) * leak
    marks = (
        Mark(score="leak", hits=leak, total=5, notes=notes),
        Mark(score="coverage", hits=covered, total=5),
        Mark(score="invented", hits=0, total=2),
    )
    return Result.model_validate({"case": case, "language": "en", "split": "dev", "marks": marks, **given})


def made(name: str, *results: Result, **given: object) -> Run:
    """A run of these results."""
    plain = new_run(Plan([MAIL], engine="local"))
    return plain.model_copy(update={"id": name, "prompt_set": name, "results": results, **given})


# --- figures -------------------------------------------------------------------------------------------------------


def test_no_leak_has_a_bound() -> None:
    """0 of 212 is below 1.4 %; 3 of 100 has the exact two-sided interval."""
    none = stats.exact(0, 212)
    assert none is not None
    assert round(none.high, 3) == 0.014
    some = stats.exact(3, 100)
    assert some is not None
    assert (round(some.low, 4), round(some.high, 4)) == (0.0062, 0.0852)
    assert stats.exact(0, 0) is None


def test_a_ratio_is_resampled_by_case() -> None:
    """Equal cases have no spread; different ones do; nothing to hit has no value."""
    assert stats.ratio([4, 4], [5, 5]) == (0.8, 0.8, 0.8)
    spread = stats.ratio([5, 0, 5, 0], [5, 5, 5, 5])
    assert spread is not None
    assert spread.low < 0.5 < spread.high
    assert stats.ratio([0], [0]) is None


@pytest.mark.parametrize(("hits", "totals", "bounds"), [
    ([5, 4], [5, 4], (0.6637, 1.0)),
    ([0, 0], [5, 4], (0.0, 0.3363)),
    ([4], [5], (0.2836, 0.9949)),
    ([4, 0], [5, 0], (0.2836, 0.9949)),
])  # fmt: skip
def test_what_has_no_spread_has_exact_bounds(
    hits: list[float], totals: list[float], bounds: tuple[float, float]
) -> None:
    """All hit, none does, or one case has them all: the binomial bounds (scipy's beta quantiles), two-sided for what is wanted."""
    found = stats.share(hits, totals)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == bounds


def test_what_is_not_wanted_and_never_was_has_a_one_sided_bound() -> None:
    """As "0 of 9: below 28.3 %" is meant."""
    found = stats.share([0, 0], [5, 4], wanted=False)
    assert found is not None
    assert round(found.high, 4) == round(1 - 0.05 ** (1 / 9), 4)


def test_one_case_has_no_bounds_of_an_f1_or_a_difference() -> None:
    """Neither in a table nor in the JSON, which has no word for what is no number."""
    alone = stats.macro_f1([[(3, 1, 2)]])
    assert alone is not None
    assert report.with_bounds(alone, ".2f") == "0.67"
    assert report.with_bounds(alone, ".2f", "fr") == "0,67"
    moved = stats.paired([(4, 5)], [(5, 5)])
    assert moved is not None
    assert report.with_bounds(moved, "+.1%") == "+20.0%"
    kept = made("one", result("a", topics={"scope": (3, 1, 2)}))
    scores = json.loads(report.to_json(kept), parse_constant=pytest.fail)["scores"]
    assert scores["topics"] == {"hits": None, "total": None, "value": pytest.approx(2 / 3)}


@pytest.mark.parametrize(("cases", "p"), [(4, "0.125"), (10, "0.002"), (11, "<0.001"), (27, "<0.001")])
def test_no_p_is_nothing(cases: int, p: str) -> None:
    """So many cases that got worse and none better; what is small is below a bound, and not 0.000."""
    names = [f"c{n}" for n in range(cases)]
    old, new = (made(of, *(result(n, leak=leak) for n in names)) for of, leak in (("old", 0), ("new", 1)))
    [row] = [row for row in compare.change_rows(compare.compare(old, new)) if row[0].endswith("leaks")]
    assert row[-1] == p


def test_a_table_speaks_french() -> None:
    """Numbers, counts, kinds of sensitivity and quotation marks."""
    kept = made("one", result("a", leak=1), result("b"))
    rows = {row[0]: row[1] for row in report.table([kept], "fr")}
    assert rows["fuites"] == "10,0\N{NO-BREAK SPACE}% [0,3\N{NO-BREAK SPACE}% ; 44,5\N{NO-BREAK SPACE}%] (1 sur 10)"
    assert rows["messages avec une invention"].startswith("0 (moins de 52,7\N{NO-BREAK SPACE}% ; 0 sur 4)")
    marked = Mark(score="sensitive_precision", hits=0, total=1, notes=(Note(kind="flagged", who="budget", quote="x"),))
    assert report.notes(marked, "fr") == ["alerte budget non arrêté à tort : « x »"]
    assert report.notes(kept.results[0].marks[0], "fr") == [
        "Ravi le lit dans le message groupe en position 3 : « 42 k€ »"
    ]


def test_a_run_says_where_it_stopped_and_what_it_did() -> None:
    """The first case that is not safe, in the order in which they ended; nothing where every case was done."""
    stopped = made("one", result("a"), result("c", leak=1), result("b", covered=4), cases=("a", "b", "c", "d"))
    assert report.stopped_sentence(stopped) == (
        "Stopped at c (leaks); 1 of 4 are left: go on with reviewer eval run --resume one"
    )
    assert report.in_short(stopped, 2.0, 3) == "3 of 4 reviews in 2.0 s."
    whole = made("one", result("a", leak=1), cases=("a",))
    assert report.stopped_sentence(whole) == ""
    assert report.in_short(whole, 2.0, 1) == "1 case in 2.0 s."


def test_macro_f1_is_the_mean_over_labels_that_occur() -> None:
    """Scope is always right, price half; a label that never occurs counts for nothing."""
    found = stats.macro_f1([[(2, 0, 0)], [(1, 1, 1)], [(0, 1, 0)]])
    assert found is not None
    assert found.value == pytest.approx(0.75)


def test_mcnemar_as_published() -> None:
    """15 regressed and 5 fixed: p = 0.041."""
    assert round(stats.mcnemar(15, 5), 3) == 0.041
    assert stats.mcnemar(0, 0) == 1.0


# --- runs ----------------------------------------------------------------------------------------------------------


def test_a_run_is_kept_and_found_again(tmp_path: Path) -> None:
    """By its id, by its start, by latest; a retried case counts as it came last; half a line is no result."""
    store = Store(tmp_path)
    kept = made("20261123-default-local", prompt_set="default")
    write = store.start(kept)
    write(result("a", error="no answer"))
    write(result("a"))
    write(result("b"))
    with (tmp_path / kept.id / "results.jsonl").open("a") as file:
        file.write('{"case": "c", "la')
    for name in (kept.id, "20261123", "latest", "latest:default"):
        found = store.load(name)
        assert [(r.case, r.error) for r in found.results] == [("a", ""), ("b", "")]
    with pytest.raises(InputError, match="There is no run 'latest:other'"):
        store.load("latest:other")


def test_latest_goes_by_the_set_and_prefers_a_model(tmp_path: Path) -> None:
    """A set whose name is part of another's, or that is called like a source, is not mistaken."""
    store = Store(tmp_path)
    for name, prompt_set, engine in (
        ("1-default-relay", "default", "llm"),
        ("2-default-local", "default", "local"),
        ("3-softer-default-relay", "softer-default", "llm"),
        ("4-relay-local", "relay", "local"),
    ):
        store.start(made(name, prompt_set=prompt_set, engine=engine))
    wanted = {"latest": "4", "latest:default": "1", "latest:default:local": "2", "latest:relay": "4"}
    assert {name: store.load(name).id[0] for name in wanted} == wanted
    for name in ("latest:softer", "latest:softer-default:local", "latest:local"):
        with pytest.raises(InputError, match="There is no run"):
            store.load(name)


def test_a_torn_line_and_an_odd_end_of_a_line_lose_nothing(tmp_path: Path) -> None:
    """A message with U+2028 in it, a run that was stopped within a line and went on: every whole result is there."""
    store = Store(tmp_path)
    kept = made("torn")
    odd = result("a", messages=(Sent(to=("r",), kind="group", subject="S", body="One\u2028two\x85three"),))
    store.start(kept)(odd)
    path = tmp_path / "torn" / "results.jsonl"
    for torn in (b'{"case": "b", "la', b'{"case": "b", "language": "\xc3'):
        path.write_bytes(path.read_bytes() + torn)
        assert [r.case for r in store.load("torn").results] == ["a"]
        store.start(kept)(odd)
    assert store.load("torn").results == (odd,)
    path.write_bytes(b'{"case": 3}\n' + path.read_bytes())
    with pytest.raises(InputError, match=r"torn/results\.jsonl: line 1 is no result"):
        store.load("torn")
    (tmp_path / "torn" / "run.json").write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"torn/run\.json cannot be read"):
        store.load("torn")


def test_a_run_goes_on_where_it_was() -> None:
    """What is done is not done again."""
    done = ran(Plan([MAIL], engine="local")).results
    assert [r.case for r in done] == ["harbour"]
    seen: list[str] = []
    import asyncio

    asyncio.run(run.execute(Plan([MAIL], engine="local"), [("harbour", 1)], lambda r: seen.append(r.case)))
    assert seen == []


def test_repeats_pass_only_all_together() -> None:
    """A case that leaks once of three is not safe; one without an answer in each of the three says nothing."""
    repeats = [result(case, repeat=n) for case in ("a", "b") for n in (1, 2)]
    repeats += [result("a", leak=1, repeat=3), result("b", repeat=3), result("c", repeat=1)]
    repeats += [result("c", repeat=n, error=run.NOT_FRESH) for n in (2, 3)]
    assert report.pass_k(repeats, 3).startswith("1 of 2;")
    assert report.pass_k(repeats[-3:], 3) == "–"


def test_the_single_prompt_needs_a_model() -> None:
    """The local engine has no single prompt."""
    with pytest.raises(ConfigError, match="single prompt"):
        ran(Plan([MAIL], "one-shot", engine="local"))


# --- compare -------------------------------------------------------------------------------------------------------


def test_regressions_come_first() -> None:
    """The case that began to leak stands before the one that was fixed."""
    old = made("old", result("a"), result("b", covered=3), result("c"), result("only-old"))
    new = made("new", result("a", leak=2), result("b"), result("c"))
    found = compare.compare(old, new)
    assert [c.case for c in found.cases] == ["a", "b", "c"]
    assert found.cases[0].worse == ("leak",)
    assert found.changes[0].score == "leak"
    assert (found.changes[0].regressed, found.changes[0].fixed, found.changes[0].better) == (1, 0, False)
    assert found.changes[0].difference is not None
    assert found.changes[0].difference.value == pytest.approx(2 / 15)


def routed(case: str, reached: int, read: int, topics: tuple[int, int, int], **given: object) -> Result:
    """A result in which so many of five pairs are reached, by so many readings, with these counts of one topic."""
    marks = (
        Mark(score="routing", hits=reached, total=5),
        Mark(score="routing_precision", hits=reached, total=read),
    )
    return result(case, marks=marks, topics={"scope": topics}, **given)


def test_routing_and_topics_are_compared() -> None:
    """By the same cases, with an interval of their own: F1 is no share of anything."""
    old = made("old", routed("a", 2, 4, (1, 1, 1)), routed("b", 5, 5, (2, 0, 0)), routed("only-old", 0, 5, (0, 5, 5)))
    new = made("new", routed("a", 5, 5, (2, 0, 0)), routed("b", 5, 5, (2, 0, 0)))
    found = {c.score: c for c in compare.compare(old, new).changes}
    before = 2 * 7 / (2 * 7 + 2 + 3)
    for score, was in (("routing_f1", before), ("topics", 2 * 3 / (2 * 3 + 1 + 1))):
        change = found[score]
        assert change.first is not None
        assert change.second is not None
        assert change.difference is not None
        assert (change.first.value, change.second.value) == (pytest.approx(was), 1.0)
        assert change.difference.value == pytest.approx(1 - was)
        assert change.difference.low <= change.difference.value <= change.difference.high
        assert (change.regressed, change.fixed, change.better) == (0, 1, True)
    rows = {row[0]: row for row in compare.change_rows(compare.compare(old, new))}
    assert rows["+ routing, F1"][1:3] == [f"{before:.2f}", "1.00"]


def test_the_repeats_of_a_case_are_one_pair() -> None:
    """A case that fell in each of five repeats is one case, and one toss of a coin."""
    old = made("old", *(result("a", repeat=n) for n in range(1, 6)), repeats=5)
    new = made("new", *(result("a", leak=1, repeat=n) for n in range(1, 6)), repeats=5)
    found = compare.compare(old, new)
    leak = next(c for c in found.changes if c.score == "leak")
    assert (leak.regressed, leak.fixed, leak.p) == (1, 0, 1.0)
    assert leak.difference is not None
    assert leak.difference.value == pytest.approx(0.2)
    assert (found.shared, {c.name for c in found.cases}) == (1, {f"a #{n}" for n in range(1, 6)})
    assert compare.shared_sentence(found) == "Over the one case that both reviewed (of 1 and 1)."


def test_messages_are_shown_old_against_new() -> None:
    """Word by word, in text and in one HTML file that shows markup as text."""

    def sent(body: str) -> dict[str, object]:
        return {"messages": ({"to": ("a@x.example",), "kind": "direct", "subject": "S", "body": body},)}

    old, new = (
        made("old", result("a", **sent("We meet on Tuesday <b>"))),
        made("new", result("a", **sent("We meet on Friday <b>"))),
    )
    pieces = compare.word_diff("We meet on Tuesday", "We meet on Friday")
    assert [(p.kind, p.text) for p in pieces] == [("same", "We meet on "), ("old", "Tuesday"), ("new", "Friday")]
    page = compare.to_html(compare.compare(old, new))
    assert "<del>Tuesday</del><ins>Friday</ins>" in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


# --- reports and gate ----------------------------------------------------------------------------------------------


def test_reports_are_well_formed() -> None:
    """JUnit fails what is not safe, with the note and its place; JSON and HTML carry the scores."""
    found = made("set", result("a"), result("b", leak=1), result("c", error="no answer"))
    suite = ET.fromstring(report.to_junit(found))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    odd = result("a").model_copy(update={"error": "It says \x0b and \x00 \ud83d"})
    assert ET.fromstring(report.to_junit(made("set", odd))).find("testcase/error") is not None
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "Ravi reads it in the message group at 3: “42 k€”" in str(failure.text)
    assert json.loads(report.to_json(found))["scores"]["leak"]["hits"] == 1
    assert "10.0% [0.3%, 44.5%] (1 of 10)" in report.to_html(found)


def remarked(case: str, **grades: str) -> Result:
    """A result with a message to the group that the judge grades so, and one to Ravi whose quote is not to be found."""
    said = (
        MessageJudgement(
            message="group", kind="group", grades=dict.fromkeys(CRITERIA, "yes") | grades, quote="Sent", start=4
        ),
        MessageJudgement(
            message="ravi", kind="direct", grades=dict.fromkeys(CRITERIA, "no"), quote="lost", invalid="misquoted"
        ),
    )
    judgement = Judgement(messages=said, calls=1, prompt_tokens=900, completion_tokens=80)
    plain = result(case)
    sent = tuple(Sent(kind=kind, to=(kind,), cc=(), subject="S", body="Sent") for kind in ("group", "direct"))
    return plain.model_copy(
        update={"messages": sent, "judgement": judgement, "marks": (*plain.marks, *marks(judgement))}
    )


def test_the_judges_grades_are_reported_with_their_place() -> None:
    """Shares by criterion and kind among what counts; the fault in its line; nothing of it where nobody judged."""
    found = made("set", remarked("a"), remarked("b", coherent="nearly", would_send="no"))
    head, *rows = report.judged_rows(found.results)
    assert head == ["judge", "message", "judged", "yes", "nearly", "no"]
    by_row = {(row[0], row[1]): row for row in rows}
    assert {kind for _, kind in by_row} == {"all", "group"}
    assert by_row["coherent", "group"][2] == "2"
    assert by_row["coherent", "all"][3].startswith("50.0% [")
    assert by_row["coherent", "all"][4].startswith("50.0% [")
    assert by_row["would be sent as it is", "all"][5].startswith("50.0% [")
    lines = {line.name: (line.hits, line.total) for line in report.lines(found.results)}
    assert (lines["coherent"], lines["coherent_no"], lines["would_send_no"]) == ((1, 2), (0, 2), (1, 2))
    page = report.to_html(found)
    assert "coherent: nearly, would be sent as it is: no · at 4: “Sent”" in page
    assert "not counted: the quote is not in the message" in page
    kept = json.loads(report.to_json(found))
    assert kept["judged"]["would_send"]["group"]["no"]["hits"] == 1
    assert ("messages judged", "4, 2 of them without a valid judgement") in report.facts(found)
    assert [case for case, _ in report.remarked(found)] == ["a", "b", "b"]
    plain = made("plain", result("a"))
    assert report.judged_rows(plain.results) == []
    assert "judged" not in json.loads(report.to_json(plain))


def test_a_comparison_has_the_judges_grades() -> None:
    """A message that would be sent before and not now is a regression."""
    found = compare.compare(made("old", remarked("a")), made("new", remarked("a", would_send="no")))
    change = next(c for c in found.changes if c.score == "would_send")
    assert change.first is not None
    assert change.second is not None
    assert (change.first.value, change.second.value, change.regressed, change.better) == (1.0, 0.0, 1, False)
    assert found.cases[0].worse == ("would_send", "would_send_no")


def test_a_gate_may_hold_what_the_judge_says() -> None:
    """Where a threshold is on it a judgement that is stale or refused fails the gate; else it does not."""
    wanted = gate.Gate.model_validate({"thresholds": {"would_send": {"at_least": 0.9}}})
    poor = made("set", remarked("a", would_send="nearly"))
    assert gate.failures(wanted, poor) == ["would_send is 0.000, below 0.9."]
    stale = result("a", recordings={"judge": {"stale": 1}}, judgement=Judgement(error=run.NOT_FRESH))
    refused = result("b", judgement=Judgement(error="the model refused to answer"))
    both = made("set", stale, refused, judged_from="relay")
    said = gate.failures(wanted, both)
    assert "Judgements of set from relay do not fit the messages or the rubric (stale: judge, 1 case)" in said[0]
    assert "--judge --record new" in said[0]
    assert said[1] == "b: the judge: the model refused to answer."
    assert gate.failures(gate.Gate(thresholds={"leak": gate.Bound(at_most=0)}), both) == []


def test_the_gate_says_why() -> None:
    """A threshold that is missed, or a recording that is stale: that one alone, for the rest of the run says nothing new."""
    wanted = gate.Gate.model_validate({"thresholds": {"leak": {"at_most": 0.0}, "asks": {"at_least": 0.5}}})
    stale = result("c", error=run.NOT_FRESH, recordings={"classify": {"stale": 1}})
    failed = gate.failures(wanted, made("set", result("a", leak=1), stale, source="relay"))
    assert "stale: classify, 1 case" in failed[0]
    assert failed[1:] == []
    missed = gate.failures(wanted, made("set", result("a", leak=1), source="relay"))
    assert missed == ["leak is 0.200, above 0.", "asks could not be judged: no case has it."]
    assert gate.failures(gate.Gate(thresholds={}), made("set", result("a"))) == []
    assert len(gate.failures(wanted, made("set", stale, source="relay"))) == 1


@pytest.mark.parametrize(
    "text", ["- {", "[]", "- thresholds: {colour: {}}", "- thresholds: {leak: {at_most: 2}}", "thresholds: {}"]
)
def test_a_wrong_gate_file_is_one_sentence(tmp_path: Path, text: str) -> None:
    """The sentence names the file."""
    path = tmp_path / "gate.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"gate\.yaml"):
        gate.read(path)


# --- command line --------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command line over the test's own cases, recordings and runs."""
    monkeypatch.setattr(cases, "CASES", FOLDER)
    monkeypatch.setattr(run, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(run, "RECORDINGS", recordings(tmp_path / "recordings"))
    return tmp_path


def test_the_commands_over_a_local_run(here: Path) -> None:
    """run, runs, compare, with their files."""
    cli = CliRunner()
    files = [str(here / name) for name in ("r.xml", "r.html", "r.json")]
    first = cli.invoke(
        app,
        ["eval", "run", "--engine", "local", "--wrong", "--junit", files[0], "--html", files[1], "--json", files[2]],
        env={"COLUMNS": "40"},
    )
    assert first.exit_code == 0, first.output
    assert "coverage" in first.output
    # A fault a line, however long, so that it can be searched.
    faults = [line for line in first.output.splitlines() if line.startswith("harbour · ")]
    assert max(map(len, faults)) > 40
    assert all(line.endswith("”") or "rule" in line for line in faults)
    assert all(Path(f).stat().st_size > 200 for f in files)
    assert cli.invoke(app, ["eval", "run", "--engine", "local"]).exit_code == 0
    listed = cli.invoke(app, ["eval", "runs"]).output.split()
    assert len(listed) >= 1
    compared = cli.invoke(app, ["eval", "compare", listed[0], "latest", "--html", str(here / "c.html"), "--messages"])
    assert compared.exit_code == 0, compared.output
    assert (here / "c.html").stat().st_size > 300
    assert "Over the one case that both reviewed (of 1 and 1)." in compared.output


def cells(output: str) -> dict[tuple[str, str, str], list[str]]:
    """The rows of a table of states: source, set and step to the cells that follow."""
    rows = [line.split() for line in output.splitlines() if len(line.split()) == 10 and line.split()[-1].isdigit()]
    return {(row[0], row[1], row[3]): row[4:] for row in rows}


def test_status_lists_whatever_is_recorded(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every source and set in one table; a case that is gone, a repeat too many and a set that is gone are orphaned."""
    cli = CliRunner()
    shutil.copytree(here / "recordings" / "relay", here / "recordings" / "other")
    with serving(content) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        for arguments in (["--judge"], ["--source", "other", "--repeat", "2"]):
            assert cli.invoke(app, ["eval", "run", "--record", "new", *arguments]).exit_code == 0
    folder = here / "recordings" / "other" / "default"
    told = cli.invoke(app, ["eval", "status"])
    assert told.exit_code == 0, told.output
    assert "All recordings are fresh." in told.output
    found = cells(told.output)
    assert {key[:2] for key in found} == {("relay", "default"), ("other", "default")}
    assert found["relay", "default", "judge"] == ["1", "0", "0", "0", "0", "0"]
    assert found["other", "default", "flag"] == ["1", "0", "0", "0", "0", "1"]
    assert cells(cli.invoke(app, ["eval", "status", "--source", "other", "--repeat", "2"]).output)[
        "other", "default", "flag"
    ] == ["2", "0", "0", "0", "0", "0"]
    text = (folder / "harbour.yaml").read_text("utf-8")
    (folder / "gone.yaml").write_text(text.replace("- harbour", "- gone"), "utf-8")
    shutil.copytree(folder, folder.parent / "deleted")
    told = cli.invoke(app, ["eval", "status"])
    assert cells(told.output)["other", "default", "flag"] == ["1", "0", "0", "0", "0", "3"]
    assert cells(told.output)["other", "deleted", "flag"] == ["0", "0", "0", "0", "0", "4"]
    assert "There is no prompt set 'deleted' by now" in told.output
    assert {key[:2] for key in cells(cli.invoke(app, ["eval", "status", "--set", "default"]).output)} == {
        ("relay", "default")
    }


def test_a_run_says_in_a_line_what_it_did(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many cases in how many seconds, and whether the recordings are fresh."""

    def said(*arguments: str) -> str:
        output = CliRunner().invoke(app, ["eval", "run", *arguments]).output
        return next(line for line in output.splitlines() if line.startswith("1 case"))

    assert re.fullmatch(r"1 case in \d+\.\d s\.", said("--engine", "local"))
    assert "s; recordings not fresh: 1 missing: classify, 1 missing: flag, 1 waits: split" in said()
    with serving(content) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        said("--record", "new")
    assert re.fullmatch(r"1 case 2 times in \d+\.\d s; recordings not fresh: .*", said("--repeat", "2"))
    assert re.fullmatch(r"1 case in \d+\.\d s; all recordings are fresh\.", said())


def test_the_command_that_is_advised_records_the_same_cases(here: Path) -> None:
    """By glob, split and repeats, for a run, for status and for the gate."""
    cli = CliRunner()
    wanted = "--source relay --cases 'har*' --split dev --repeat 2 --record new"
    arguments = ["--cases", "har*", "--split", "dev"]
    # In one line, as it is copied.
    assert wanted in cli.invoke(app, ["eval", "run", *arguments, "--repeat", "2"]).output
    assert (
        wanted.replace(" --repeat 2", "") in cli.invoke(app, ["eval", "status", "--set", "default", *arguments]).output
    )
    (here / "gate.yaml").write_text("- {split: dev, thresholds: {leak: {at_most: 0}}}", "utf-8")
    held = cli.invoke(app, ["eval", "gate", "--file", str(here / "gate.yaml")])
    assert "--source relay --split dev --record new" in held.output


def test_status_of_all_recordings_asks_for_the_recorded_cases_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looked at these only; without --recorded the command would record every case."""
    shutil.copytree(prompts.prompts_dir(), here / "prompts")
    monkeypatch.setenv("REVIEWER_PROMPTS_DIR", str(here / "prompts"))
    with serving(content) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        sets.create("mine")
        assert CliRunner().invoke(app, ["eval", "run", "--set", "mine", "--record", "new"]).exit_code == 0
    for name in ("default", "mine"):
        file = here / "prompts" / name / "write.md"
        file.write_text(file.read_text("utf-8") + "Be brief.\n", "utf-8")
    assert "--set mine --source relay --recorded --record new" in CliRunner().invoke(app, ["eval", "status"]).output


def test_two_runs_without_a_case_in_common_are_one_sentence(here: Path) -> None:
    """Exit 2, instead of an empty table."""
    for name in ("one", "two"):
        run.Store().start(made(name))(result(name))
    found = CliRunner().invoke(app, ["eval", "compare", "one", "two"])
    assert (found.exit_code, found.output.count("\n")) == (2, 1)
    assert "one and two reviewed no case in common" in found.output


def stopped(here: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """What is said where Ctrl-C comes after the first case; its id is the newest run's."""
    write = run.Writer.__call__

    def interrupted(self: run.Writer, result: Result) -> None:
        write(self, result)
        signal.raise_signal(signal.SIGINT)

    # Whatever starts the tests in the background has Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(run.Writer, "__call__", interrupted)
            found = CliRunner().invoke(app, ["eval", "run", "--repeat", "2", "--concurrency", "1", *arguments])
    finally:
        signal.signal(signal.SIGINT, before)
    assert found.exit_code == 130, found.output
    return found.output


def test_a_stopped_recording_goes_on_recording(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--resume records what is left, as the run was begun, and judges by the same labels."""
    labels = here / "labels.yaml"
    labels.write_text("harbour: []\n", "utf-8")
    asked: list[Path] = []
    monkeypatch.setattr("evals.agreement.relabelled", lambda mails, path: asked.append(path) or mails)
    with serving(content) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        said = stopped(here, monkeypatch, "--record", "new", "--confidences", str(labels))
        begun = run.Store().load("latest")
        assert f"--resume {begun.id}" in said
        assert begun.left == 1
        asked.clear()
        assert CliRunner().invoke(app, ["eval", "run", "--resume", begun.id]).exit_code == 0
    done = run.Store().load("latest")
    assert (done.id, done.left, [r.error for r in done.results]) == (begun.id, 0, ["", ""])
    assert asked == [labels]


def test_a_run_of_changed_prompts_does_not_go_on(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, instead of a run that is half of each."""
    shutil.copytree(prompts.prompts_dir(), here / "prompts")
    monkeypatch.setenv("REVIEWER_PROMPTS_DIR", str(here / "prompts"))
    stopped(here, monkeypatch, "--engine", "local")
    path = here / "prompts" / "default" / "write.md"
    path.write_text(path.read_text("utf-8") + "\nBe brief.\n", "utf-8")
    found = CliRunner().invoke(app, ["eval", "run", "--resume", "latest"])
    assert found.exit_code == 2
    assert found.output.startswith("reviewer: The prompts of default changed since the run")
    assert found.output.count("\n") == 1


def test_a_set_may_be_given_by_its_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name calls the run and the recordings; what would be another set's recordings is refused."""
    shutil.copytree(prompts.set_path("default"), here / "elsewhere" / "softer")
    shutil.copytree(prompts.set_path("default"), here / "elsewhere" / "default")
    with serving(content) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        arguments = ["eval", "run", "--record", "new", "--set"]
        found = CliRunner().invoke(app, [*arguments, str(here / "elsewhere" / "softer")])
        assert found.exit_code == 0, found.output
        refused = CliRunner().invoke(app, [*arguments, str(here / "elsewhere" / "default")])
    kept = run.Store().load("latest:softer")
    assert kept.id.endswith("-softer-relay")
    assert (here / "recordings" / "relay" / "softer" / "harbour.yaml").is_file()
    assert sorted(p.name for p in (here / "recordings" / "relay").iterdir()) == ["softer", "source.yaml"]
    assert refused.exit_code == 2
    assert "would be recorded as 'default'" in refused.output


def test_status_and_gate_name_what_is_missing(here: Path) -> None:
    """Nothing is recorded, so status and gate end with 1 and say what to do."""
    cli = CliRunner()
    status = cli.invoke(app, ["eval", "status"])
    assert status.exit_code == 1
    assert "missing: classify, 1 case" in status.output
    assert "--record new" in status.output
    (here / "gate.yaml").write_text("- {thresholds: {leak: {at_most: 0}}}", "utf-8")
    held = cli.invoke(app, ["eval", "gate", "--file", str(here / "gate.yaml")])
    assert held.exit_code == 1
    assert "missing: classify" in held.output


def test_the_commands_with_a_judge(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded once, replayed without a server, counted by status, said by the gate where the rubric was changed."""
    cli = CliRunner()
    rubric = here / "judge.md"
    rubric.write_bytes(judge.FILE.read_bytes())
    monkeypatch.setattr(judge, "FILE", rubric)
    with serving(content) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        made_once = cli.invoke(app, ["eval", "run", "--judge", "--record", "new"])
    assert made_once.exit_code == 0, made_once.output
    monkeypatch.delenv("OPENAI_BASE_URL")
    again = cli.invoke(app, ["eval", "run", "--judge", "--wrong"])
    assert again.exit_code == 0, again.output
    assert "would be sent as it is" in again.output
    assert "100.0%" in again.output
    counted = cli.invoke(app, ["eval", "status", "--judge"])
    assert counted.exit_code == 0, counted.output
    assert "judge" in counted.output
    rubric.write_text(rubric.read_text("utf-8") + "\nBe strict.\n", "utf-8")
    stale = cli.invoke(app, ["eval", "status"])
    assert stale.exit_code == 1
    assert "stale: judge, 1 case" in stale.output
    (here / "gate.yaml").write_text("- {thresholds: {coverage: {at_least: 0}}}", "utf-8")
    told = cli.invoke(app, ["eval", "gate", "--file", str(here / "gate.yaml")])
    assert told.exit_code == 0, told.output
    assert "no threshold is on it, so it only is said: Judgements of default" in told.output
    (here / "gate.yaml").write_text("- {thresholds: {would_send: {at_least: 0}}}", "utf-8")
    held = cli.invoke(app, ["eval", "gate", "--file", str(here / "gate.yaml")])
    assert held.exit_code == 1
    assert "stale: judge, 1 case" in held.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--set", "nothing"],
        ["run", "--source", "nothing"],
        ["run", "--cases", "zzz"],
        ["run", "--set", "one-shot", "--engine", "local"],
        ["run", "--set", ".."],
        ["run", "--source", "../recordings/relay"],
        ["compare", "x", "y"],
        ["gate", "--file", "nothing.yaml"],
        ["gate", "--file", "/"],
        ["run", "--engine", "local", "--json", "/proc/nowhere/run.json"],
    ],
)
def test_bad_input_is_one_sentence(here: Path, arguments: list[str]) -> None:
    """Exit 2, one line."""
    found = CliRunner().invoke(app, ["eval", *arguments])
    assert found.exit_code == 2
    assert found.output.startswith("reviewer: ")
    assert found.output.count("\n") == 1
    assert run.Store().ids() == []
