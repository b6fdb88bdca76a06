"""The judge: what it is asked, what counts of its answer, and that a failing one costs its judgement alone."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from evals import judge
from evals.run import NOT_FRESH, Plan, execute
from reviewer.errors import ConfigError
from reviewer.testing import Reply, Request, Script, completion, error, serving
from tests.evals.build import harbour, ran, record, recordings
from tests.evals.judging import Answer, content, graded, judging, last_words, messages_in

MAIL = harbour()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Recordings of nothing."""
    return recordings(tmp_path / "recordings")


@pytest.fixture
def rubric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the rubric to change."""
    path = tmp_path / "judge.md"
    path.write_bytes(judge.FILE.read_bytes())
    monkeypatch.setattr(judge, "FILE", path)
    return path


def planned(root: Path, **given: object) -> Plan:
    """A plan that judges."""
    return Plan([MAIL], root=root, judge="on")._replace(**given)  # type: ignore[arg-type]


# --- what it is asked ----------------------------------------------------------------------------------------------


def test_the_judge_is_asked_once_a_case_and_everything_of_the_mail_is_data(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Draft, readers and every message stand in the user's message alone; nothing says which set or engine they are of."""
    with serving(content) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        result = asyncio.run(execute(planned(root, record="new")))[0]
        asked = [r for r in server.requests if r.step == "judge"]
    assert len(asked) == 1
    assert result.judgement is not None
    given = messages_in(asked[0])
    assert len(given) == len(result.judgement.messages) > 1
    assert [body for _, body in given.values()][: len(result.messages)] == [m.body for m in result.messages]
    sentence = MAIL.body.split("\n")[2][:40]
    assert sentence in asked[0].user
    assert sentence not in asked[0].system
    assert "written in English" in asked[0].system or "in English" in asked[0].system
    for word in ("default", "one-shot", *(p.address for p in MAIL.people)):
        assert word not in asked[0].user.replace("<mail step", "")
    schema = asked[0].body["response_format"]["json_schema"]
    assert schema["strict"] is True
    properties = schema["schema"]["properties"]["messages"]["items"]["properties"]
    assert properties["id"]["enum"] == list(given)
    assert properties["would_send"]["enum"] == ["yes", "nearly", "no"]


@pytest.mark.parametrize(("code", "name"), [("fr", "French"), ("de", "German"), ("nl", "Dutch")])
def test_the_judge_judges_in_the_mails_language(
    code: str, name: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The instructions name it."""
    mail = MAIL.model_copy(update={"language": code})
    with serving(content) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        asyncio.run(execute(planned(root, cases=[mail], record="new")))
        system = next(r.system for r in server.requests if r.step == "judge")
    assert f"native reader of {name}" in system
    assert "{{" not in system


def test_a_rubric_with_an_unknown_variable_is_one_sentence(rubric: Path, root: Path) -> None:
    """It names the file and what there is, before anything is asked."""
    rubric.write_text(rubric.read_text("utf-8") + "\nMind the {{weather}}.\n", "utf-8")
    with pytest.raises(ConfigError, match=r"judge\.md: \{\{weather\}\} is not known here; use one of \{\{language\}\}"):
        ran(planned(root))


# --- what counts ---------------------------------------------------------------------------------------------------


def judgement(root: Path, script: Script, monkeypatch: pytest.MonkeyPatch, **given: object) -> judge.Judgement:
    """What comes of the case with this judge."""
    found = record(planned(root, record="new", **given), script, monkeypatch)[0]
    assert not found.error
    assert found.judgement is not None
    return found.judgement


def test_grades_count_with_their_quote_and_its_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quote is found in the message's text, the marks are the shares of yes and of no."""
    found = record(planned(root, record="new"), judging(last_words), monkeypatch)[0]
    assert found.judgement is not None
    for said, sent in zip(found.judgement.messages, found.messages, strict=False):
        assert said.invalid == ""
        assert said.start is not None
        assert f"{sent.subject}\n{sent.body}"[said.start :].startswith(said.quote.split()[0])
    total = len(found.judgement.messages)
    marks = {m.score: (m.hits, m.total) for m in found.marks}
    assert marks["coherent"] == (0, total)
    assert marks["coherent_no"] == (0, total)
    assert marks["reads_like_the_seller"] == (total, total)
    assert marks["would_send"] == (0, total)


def test_a_quote_is_found_whatever_its_quotation_marks_and_line_ends(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models retype both."""

    def retyped(messages: Mapping[str, tuple[str, str]]) -> list[Answer]:
        return [
            graded(key, "“" + "\n".join(body.split()[-3:]) + "”", "-", coherent="no")
            for key, (_, body) in messages.items()
        ]

    assert {m.invalid for m in judgement(root, judging(retyped), monkeypatch).messages} == {""}


@pytest.mark.parametrize(
    ("spoilt", "invalid"),
    [
        ([graded("m1", "words that stand in no message", "-", coherent="no")], "misquoted"),
        ([graded("m1", "words that stand in no message")], "misquoted"),
        ([graded("m1", coherent="no")], "unquoted"),
        ([graded("m1", "«»", "-", coherent="nearly")], "misquoted"),
        ([], "unjudged"),
        ([graded("m1"), graded("m1")], "twice"),
    ],
)
def test_a_spoilt_judgement_of_a_message_is_told_and_not_counted(
    spoilt: list[Answer], invalid: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other messages of the case count."""

    def answer(messages: Mapping[str, tuple[str, str]]) -> list[Answer]:
        return [*spoilt, *(graded(key) for key in messages if key != "m1")]

    found = record(planned(root, record="new"), judging(answer), monkeypatch)[0]
    assert found.judgement is not None
    assert [m.invalid for m in found.judgement.messages] == [invalid] + [""] * (len(found.judgement.messages) - 1)
    mark = found.mark("would_send")
    assert mark is not None
    assert mark.hits == mark.total == len(found.judgement.messages) - 1


# --- judges that fail ----------------------------------------------------------------------------------------------


def failing(reply: Reply) -> Script:
    """An honest model whose judge answers so."""
    return lambda request: reply if request.step == "judge" else content(request)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (completion(None, refusal="I would rather not."), "the model refused to answer"),
        (completion("I like them all."), "the model's answer is not JSON"),
        (completion('{"messages": [{"id": "m1"}]}'), "the model's answer has the wrong shape"),
        (completion(json.dumps({"messages": [graded("m1", would_send="9")]})), "has the wrong shape"),
        (completion('{"messages": [', finish_reason="length"), "the model's answer was cut off"),
    ],
)
def test_a_judge_that_fails_costs_its_judgement_and_nothing_else(
    reply: Reply, says: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages and the scores are those of a run without a judge; the replay says the same."""
    plain = record(Plan([MAIL], record="new", root=recordings(root / "plain")), content, monkeypatch)[0]
    found = record(planned(root, record="new"), failing(reply), monkeypatch)[0]
    assert found.judgement is not None
    assert says in found.judgement.error
    assert found.messages == plain.messages
    assert [m for m in found.marks if m.score in {p.score for p in plain.marks}] == list(plain.marks)
    assert (found.error, found.unanswered, found.safe) == ("", True, plain.safe)
    replayed = ran(planned(root)).results[0]
    assert replayed.judgement is not None
    assert says in replayed.judgement.error
    assert replayed.recordings["judge"] == {"fresh": 1}


def test_a_judge_that_cannot_be_reached_keeps_the_steps_and_the_judgement_before(
    root: Path, rubric: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked anew of the steps is in the file, and the old judgement too, which is now stale."""
    monkeypatch.setenv("REVIEWER_RETRIES", "0")
    script = failing(error(503))
    assert "503" in judgement(root, script, monkeypatch).error
    assert set(ran(planned(root)).results[0].recordings) == {"classify", "flag", "split", "write", "judge"}
    record(planned(root, record="new"), content, monkeypatch)
    before = (root / "relay" / "default" / "harbour.yaml").read_bytes()
    rubric.write_text(rubric.read_text("utf-8") + "\nBe strict.\n", "utf-8")
    assert "503" in judgement(root, script, monkeypatch).error
    assert (root / "relay" / "default" / "harbour.yaml").read_bytes() == before
    assert ran(planned(root)).results[0].recordings["judge"] == {"stale": 1}


# --- recording and replay ------------------------------------------------------------------------------------------


def asked(root: Path, monkeypatch: pytest.MonkeyPatch, script: Script = content, **given: object) -> list[str]:
    """The steps that a recording run asks the server for."""
    with serving(script) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        asyncio.run(execute(planned(root, record="new", **given)))
        return [r.step for r in server.requests]


def test_a_judgement_is_replayed_without_a_server(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its state; without --judge the same recordings replay as if there were none."""
    made = record(planned(root, record="new"), judging(last_words), monkeypatch)[0]
    replayed = ran(planned(root)).results[0]
    assert replayed.judgement == made.judgement
    assert replayed.marks == made.marks
    assert replayed.recordings["judge"] == {"fresh": 1}
    plain = ran(Plan([MAIL], root=root)).results[0]
    assert plain.judgement is None
    assert set(plain.recordings) == {"classify", "flag", "split", "write"}
    assert all(set(states) == {"fresh"} for states in plain.recordings.values())


def test_only_the_judge_is_asked_where_the_steps_are_fresh(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody where the judgement is fresh as well; the recordings of the steps stay as they are to the byte."""
    record(Plan([MAIL], record="new", root=root), content, monkeypatch)
    path = root / "relay" / "default" / "harbour.yaml"
    steps = path.read_text("utf-8")
    assert asked(root, monkeypatch) == ["judge"]
    assert path.read_text("utf-8").startswith(steps)
    assert asked(root, monkeypatch) == []


def test_many_cases_are_judged_at_once_into_the_right_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty mails, eight at a time: each file has its own judgement."""
    mails = [
        MAIL.model_copy(update={"id": f"m{n:02}", "facts": (), "body": MAIL.body.replace("118,000", f"{118 + n},000")})
        for n in range(20)
    ]
    record(planned(root, cases=mails, record="new", concurrency=8), content, monkeypatch)
    results = ran(planned(root, cases=mails)).results
    assert len(results) == 20
    assert all(r.recordings["judge"] == {"fresh": 1} for r in results)


def test_recording_without_the_judge_keeps_the_judgement_that_is_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judgement is dropped only by a newer one."""
    record(planned(root, record="new"), content, monkeypatch)
    record(Plan([MAIL], record="all", root=root), content, monkeypatch)
    assert ran(planned(root)).results[0].recordings["judge"] == {"fresh": 1}


def test_a_changed_rubric_is_stale_for_the_judge_alone(
    root: Path, rubric: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scores stand; the judgement is asked for again by itself, and the old one leaves the file."""
    record(planned(root, record="new"), content, monkeypatch)
    rubric.write_text(rubric.read_text("utf-8").replace("experienced colleague", "old colleague"), "utf-8")
    found = ran(planned(root)).results[0]
    assert found.recordings["judge"] == {"stale": 1}
    assert found.judgement is not None
    assert found.judgement.error == NOT_FRESH
    assert not found.error
    assert found.mark("coverage") is not None
    assert asked(root, monkeypatch) == ["judge"]
    assert "experienced colleague" not in (root / "relay" / "default" / "harbour.yaml").read_text("utf-8")
    assert ran(planned(root)).results[0].recordings["judge"] == {"fresh": 1}


def test_a_judgement_that_was_never_recorded_is_missing_only_where_all_are_wanted(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`recorded` judges what has been judged before."""
    record(Plan([MAIL], record="new", root=root), content, monkeypatch)
    assert ran(planned(root)).results[0].recordings["judge"] == {"missing": 1}
    found = ran(planned(root, judge="recorded")).results[0]
    assert "judge" not in found.recordings
    assert found.judgement is None
    record(planned(root, record="new"), content, monkeypatch)
    assert ran(planned(root, judge="recorded")).results[0].recordings["judge"] == {"fresh": 1}


def test_a_judgement_waits_for_the_steps(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages that a replay cannot make are not judged."""
    assert ran(planned(root)).results[0].recordings["judge"] == {"waits": 1}


def test_a_second_judgement_in_the_file_is_orphaned(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As any other answer that nobody asks for."""
    record(planned(root, record="new"), content, monkeypatch)
    path = root / "relay" / "default" / "harbour.yaml"
    kept = yaml.safe_load(path.read_text("utf-8"))
    kept["interactions"].append(json.loads(json.dumps(kept["interactions"][-1]).replace("colleague", "friend")))
    path.write_text(yaml.safe_dump(kept), "utf-8")
    assert ran(planned(root)).results[0].recordings["judge"] == {"fresh": 1, "orphaned": 1}


def test_a_review_that_fell_back_while_it_was_recorded_is_not_judged(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay could not make its messages again."""
    monkeypatch.setenv("REVIEWER_RETRIES", "0")

    def broken(request: Request) -> Reply:
        return error(503) if request.step == "write" else content(request)

    steps = asked(root, monkeypatch, broken)
    assert "judge" not in steps
    assert not list((root / "relay" / "default").glob("*")) if (root / "relay" / "default").exists() else True


def test_the_single_prompt_is_judged_by_the_same_rubric(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its message to everybody is the group's for the judge, as the chain's is."""

    def single(request: Request) -> Reply:
        if request.step != "one-shot":
            return content(request)
        everybody = [f"p{n}" for n in range(1, len(MAIL.people) + 1)]
        messages = [
            {"to": everybody, "subject": "All", "body": "Lot 1 is agreed."},
            {"to": ["p1"], "subject": "You", "body": "Please call me."},
        ]
        return completion(json.dumps({"messages": messages}))

    found = record(planned(root, prompt_set="one-shot", record="new"), single, monkeypatch)[0]
    assert found.judgement is not None
    assert [m.kind for m in found.judgement.messages] == ["group", "direct"]
    replayed = ran(planned(root, prompt_set="one-shot")).results[0]
    assert replayed.judgement == found.judgement
    assert set(replayed.recordings) == {"one-shot", "judge"}


def test_the_local_engines_messages_are_judged_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their judgements lie apart from those of a model's messages; the run is still the local engine's."""
    local = planned(root, engine="local")
    assert asked(root, monkeypatch, engine="local") == ["judge"]
    assert (root / "relay" / "default.local" / "harbour.yaml").is_file()
    found = ran(local)
    assert (found.source, found.model, found.judged_from) == ("", "", "relay")
    assert found.name == "default · local"
    result = found.results[0]
    assert result.recordings == {"judge": {"fresh": 1}}
    assert result.judgement is not None
    assert not result.judgement.error
    assert result.calls == 0
    plain = ran(Plan([MAIL], engine="local", root=root)).results[0]
    assert plain.messages == result.messages
    assert plain.recordings == {}


def test_a_judge_needs_an_endpoint_or_recordings(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without either it is one sentence; with an endpoint and no source it is asked and nothing recorded."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="No model is configured"):
        ran(planned(root, engine="local", source=""))
    made = record(planned(root, engine="local", source=""), content, monkeypatch)[0]
    assert made.judgement is not None
    assert {m.invalid for m in made.judgement.messages} == {""}
    assert sorted(p.name for p in (root / "relay").iterdir()) == ["source.yaml"]
