"""The command as people type it: output formats, exit codes, and one sentence for whatever is wrong."""

import email
import email.policy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import reviewer
from reviewer.cli import app
from reviewer.store import FILE
from reviewer.testing import serving
from tests.test_chain import careful

ROOT = Path(__file__).parent.parent
DRAFT = ROOT / "examples" / "atlas.fr.txt"
PEOPLE = ROOT / "examples" / "atlas.fr.people.txt"
ADDRESSES = {line.split("<")[1].split(">")[0] for line in PEOPLE.read_text("utf-8").splitlines()}


@pytest.fixture(autouse=True)
def _no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine has configured, these tests start from nothing."""
    for name in list(os.environ):
        # Not the folder of the deals: without it the commands would work on, and remove, the user's own.
        if name.startswith(("OPENAI_", "REVIEWER_")) and name != "REVIEWER_DATA":
            monkeypatch.delenv(name)


def run(*arguments: str | Path, text: str | bytes | None = None) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments], input=text)


def review(*options: str | Path) -> Result:
    """A review of the French example."""
    return run("review", DRAFT, "--people", PEOPLE, *options)


def test_the_text_page_gives_the_verdict_first() -> None:
    """Verdict, checks, each message, advice, and which engine and why."""
    result = review()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("À répartir : un message au groupe et ")
    assert lines[1].startswith("✓ Contrôles")
    for words in ("Message au groupe", "Message direct à Karim Benali", "Conseils", "aucun modèle n'est configuré"):
        assert words in result.stdout


def test_json_is_the_whole_review_by_the_names_of_the_types() -> None:
    """Every key that other programs rely on; offsets are exact, readers are of the list, every passage is accounted for."""
    found = json.loads(review("--format", "json").stdout)
    body = found["draft"]["body"]
    for passage in found["passages"]:
        assert {"id", "zone", "text", "start", "end"} <= passage.keys()
        assert body[passage["start"] : passage["end"]] == passage["text"]
    author = [p["id"] for p in found["passages"] if p["zone"] == "author"]
    assert [c["passage_id"] for c in found["classifications"]] == author
    assert [a["passage_id"] for a in found["assignments"]] == author
    for assignment in found["assignments"]:
        assert {"audience", "reason"} <= assignment.keys()
        assert set(assignment["audience"]["people"]) <= ADDRESSES
    proposal = found["proposal"]
    messages = [proposal["group"], proposal["rules_of_engagement"], *proposal["direct"]]
    assert all(set(m["to"]) | set(m["cc"]) <= ADDRESSES for m in messages)
    for advice in found["advice"]:
        assert isinstance(advice["rule"], int)
        assert all(advice[key] for key in ("severity", "explanation", "suggestion"))
    assert found["flags"]
    assert found["findings"] == []
    assert (found["engine"], found["passed"]) == ("local", True)


def test_markdown_holds_the_messages() -> None:
    """The same content, to paste into a note."""
    text = review("--format", "markdown").stdout
    assert text.startswith("# À répartir")
    assert "## Message direct à Sandrine Roux" in text
    assert "```text\nBonjour Sandrine," in text


def test_out_writes_drafts_that_open_unsent(tmp_path: Path) -> None:
    """One .eml a message, numbered in the order of sending, with the review as Markdown and JSON beside them."""
    folder = tmp_path / "new" / "folder"
    result = review("--out", folder)
    assert result.exit_code == 0
    names = sorted(p.name for p in folder.iterdir())
    assert names[:2] == ["1-engagement.eml", "2-group.eml"]
    assert {"review.json", "review.md"} <= set(names)
    assert all(str(folder / name) in result.stderr for name in names)
    mail = email.message_from_bytes((folder / "2-group.eml").read_bytes(), policy=email.policy.default)
    assert mail["X-Unsent"] == "1"
    assert mail["Subject"] == "Projet Atlas - suite de notre réunion de mardi"
    assert "Hélène Castel <h.castel@ardentis.example>" in str(mail["To"])
    assert mail.get_content().startswith("Bonjour à toutes et à tous,")
    again = review("--out", folder)
    assert again.exit_code == 0
    assert sorted(p.name for p in folder.iterdir()) == names


def test_strict_exits_with_1_where_a_warning_stands() -> None:
    """The same review without it exits with 0."""
    assert review().exit_code == 0
    assert review("--strict").exit_code == 1


def test_strict_lets_a_harmless_mail_pass(tmp_path: Path) -> None:
    """Three readers, an outcome and a date: send it as it is."""
    people = tmp_path / "people.txt"
    people.write_text("Ada Roy <a@x.example> - CTO\nBo Li <b@x.example> - project manager\n", "utf-8")
    text = (
        "Subject: Pilot\n\nHi both,\n\nThe pilot ended on Friday. The next meeting is on 4 May.\n\nBest regards,\nTom\n"
    )
    result = run("review", "-", "--people", people, "--strict", text=text)
    assert result.stdout.startswith("You can send this mail as it is.")
    assert result.exit_code == 0


def test_the_draft_or_the_people_may_come_from_standard_input() -> None:
    """A dash reads standard input, once."""
    draft = run("review", "-", "--people", PEOPLE, text=DRAFT.read_bytes())
    people = run("review", DRAFT, "--people", "-", text=PEOPLE.read_bytes())
    assert draft.exit_code == people.exit_code == 0
    strip = lambda text: text.rsplit("\n", 2)[0]  # noqa: E731 - the last line tells the time
    assert strip(draft.stdout) == strip(people.stdout) == strip(review().stdout)


def test_an_eml_brings_its_own_readers(tmp_path: Path) -> None:
    """Without --people the readers are those of To and Cc."""
    path = tmp_path / "mail.eml"
    path.write_bytes(
        b"From: Tom Ellis <t@s.example>\nTo: Ada Roy <a@x.example>, Bo Li <b@x.example>\nSubject: Pilot\n"
        b"Content-Type: text/plain; charset=utf-8\n\nHi both,\n\nThe pilot is complete.\n\nBest,\nTom\n"
    )
    found = json.loads(run("review", path, "--format", "json").stdout)
    assert [p["name"] for p in found["draft"]["stakeholders"]] == ["Ada Roy", "Bo Li"]
    assert found["draft"]["sender"]["address"] == "t@s.example"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.txt", "--people", str(PEOPLE)], "there is no file nowhere.txt"),
        ([str(DRAFT), "--people", "nowhere.csv"], "--people: there is no file nowhere.csv"),
        ([str(ROOT), "--people", str(PEOPLE)], "is a folder"),
        (["/dev/zero", "--people", str(PEOPLE)], "/dev/zero has more than 200 MB"),
        (["-", "--people", "-"], "Only one of"),
        ([str(DRAFT)], "Nobody would read this mail"),
        ([str(DRAFT), "--people", str(PEOPLE), "--engine", "llm"], "OPENAI_API_KEY"),
        ([str(DRAFT), "--people", str(PEOPLE), "--prompts", "nowhere"], "nowhere"),
        ([str(DRAFT), "--people", str(PEOPLE), "--last-group-message", "14/03/2026"], "a date like 2026-03-14"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments: list[str], words: str) -> None:
    """What is wrong and what to do, on standard error, nothing on standard output."""
    result = run("review", *arguments, text="")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("reviewer: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "rows", "left"),
    [
        ("crm.csv", "Bo Li,\n", "! 1 contact without an address was left out: Bo Li\n"),
        ("crm.csv", "Bo Li,n/a\nCy Oz,\n", "! 2 contacts without an address were left out: Bo Li and Cy Oz\n"),
        ("crm.csv", "", ""),
    ],
)
def test_a_row_without_an_address_is_named_and_left_out(tmp_path: Path, name: str, rows: str, left: str) -> None:
    """All the others read the mail, as in a deal."""
    path = tmp_path / name
    path.write_text(f"Name,Email\nAda Roy,ada@client.example\n{rows}Ida Bo,ida@client.example\n", "utf-8")
    done = run("review", DRAFT, "--people", path, "--format", "json", "--explain-in", "en")
    assert (done.exit_code, done.stderr) == (0, left)
    assert [p["name"] for p in json.loads(done.stdout)["draft"]["stakeholders"]] == ["Ada Roy", "Ida Bo"]


def test_a_file_without_any_address_is_refused(tmp_path: Path) -> None:
    """Nobody would be left."""
    path = tmp_path / "crm.csv"
    path.write_text("Name,Email\nAda Roy,\nBo Li,\n", "utf-8")
    done = run("review", DRAFT, "--people", path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Nobody in the file has a mail address" in done.stderr


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The review has been printed by then: nothing is lost."""
    (tmp_path / "file").write_text("x", "utf-8")
    result = review("--out", tmp_path / "file")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert result.stdout.startswith("À répartir")


def test_with_an_endpoint_the_model_engine_is_used_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress on standard error, the model and its cost at the end, the key nowhere."""
    with serving(careful) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-real-key-0000")
        monkeypatch.setenv("REVIEWER_MODEL", "scripted")
        result = review("--explain-in", "en")
    assert result.exit_code == 0
    assert "Engine: llm (a model is configured (scripted))" in result.stdout
    assert "..." in result.stderr
    assert "not-a-real-key" not in result.output


def test_what_left_this_machine_is_written_where_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With --redact nobody's name is in it, and the messages have the names all the same; without it the names are."""
    plain, hidden = tmp_path / "plain.md", tmp_path / "hidden.md"
    with serving(careful) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        assert review("--sent", str(plain)).exit_code == 0
        result = review("--redact", "--sent", str(hidden), "--explain-in", "en")
    assert "names, amounts and contact details replaced before each call" in " ".join(result.stdout.split())
    assert "Karim" in result.stdout
    assert "[NAME_" not in result.stdout
    assert "Karim" in plain.read_text("utf-8")
    assert "Karim" not in hidden.read_text("utf-8")
    assert "[NAME_1]" in hidden.read_text("utf-8")


def test_with_the_local_engine_nothing_leaves(tmp_path: Path) -> None:
    """And the file says so."""
    assert review("--engine", "local", "--explain-in", "en", "--sent", str(tmp_path / "sent.md")).exit_code == 0
    assert (tmp_path / "sent.md").read_text("utf-8") == "Nothing left this machine for a model.\n"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """In one sentence that names the option."""
    result = review("--sent", str(tmp_path / "no" / "sent.md"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert "--sent" in result.stderr


def test_what_cannot_be_written_keeps_the_review_from_nothing_else(tmp_path: Path) -> None:
    """It is printed and written all the same, and the one sentence ends with 2."""
    result = review("--sent", str(tmp_path / "no" / "sent.md"), "--out", str(tmp_path / "out"), "--explain-in", "en")
    assert result.exit_code == 2
    assert "To be split" in result.stdout
    assert (tmp_path / "out" / "review.md").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_standard_output_is_one_sentence(tmp_path: Path) -> None:
    """And what `--out` asked for is there."""
    command = [sys.executable, "-m", "reviewer", "review", DRAFT, "--people", PEOPLE, "--out", tmp_path / "out"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")}
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, env=environment)
    assert done.returncode == 2
    assert b"Standard output takes nothing" in done.stderr
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "out" / "review.md").exists()


def test_roles_lists_the_vocabulary() -> None:
    """Each role with its names."""
    result = run("roles")
    assert result.exit_code == 0
    assert "technical_evaluator" in result.stdout
    assert "sensitivity: budget, scope" in result.stdout


def test_policy_check_says_what_is_wrong(tmp_path: Path) -> None:
    """The default is valid; a slip in a copy is named."""
    assert "valid" in run("policy", "check").stdout
    copy = tmp_path / "mine"
    copy.mkdir()
    for path in (ROOT / "prompts" / "default").iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    policy = copy / "policy.yaml"
    policy.write_text(policy.read_text("utf-8").replace("roles: [technical_evaluator]", "roles: [tecnical]"), "utf-8")
    result = run("policy", "check", "--prompts", copy)
    assert result.exit_code == 2
    assert "tecnical" in result.stderr


def test_forget_removes_what_is_stored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data_folder: Path) -> None:
    """It says what and where, and asks; evaluation runs stay where they are unless they are named."""
    runs = tmp_path / "runs"
    monkeypatch.setattr("evals.run.RUNS", runs)
    assert run("forget").stdout == "Nothing is stored.\n"
    (runs / "r1").mkdir(parents=True)
    (runs / "r1" / "run.json").write_text("{}", "utf-8")
    assert run("deal", "new", "Atlas").exit_code == 0
    kept = run("forget", "--yes")
    assert kept.stdout == f"To be removed: 1 deal in {data_folder / FILE}.\nRemoved.\n"
    assert "stay; --runs removes them" in kept.stderr
    assert runs.exists()
    assert not (data_folder / FILE).exists()
    refused = run("forget", "--runs", text="n\n")
    assert refused.exit_code == 1
    assert f"Remove 1 evaluation run in {runs}?" in refused.stdout
    assert runs.exists()
    assert run("forget", "--runs", "--yes").stdout.endswith("Removed.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_review_stores_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the working folder, not in the home, not in the temporary files."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert review().exit_code == 0
    assert list(tmp_path.rglob("*")) == []


def test_version() -> None:
    """As the package says."""
    assert run("--version").stdout == f"reviewer {reviewer.__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    """It answers in well under half a second because it imports none of these."""
    code = (
        "import sys; sys.argv = ['reviewer', '--help']\n"
        "from reviewer.cli import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "heavy = {'openai', 'langchain_core', 'numpy', 'pydantic', 'lingua', 'yaml', 'streamlit'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "review" in done.stdout


def test_the_module_runs_too() -> None:
    """`python -m reviewer` is the command."""
    done = subprocess.run([sys.executable, "-m", "reviewer", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("reviewer ")


def test_json_holds_no_character_that_could_repaint_a_terminal(tmp_path: Path) -> None:
    """Some terminals obey C1 controls, and bidi characters turn what is read; in JSON they are escaped, and come back."""
    path = tmp_path / "mail.txt"
    path.write_text("Hi both,\n\nThe pilot \u009b31m is \u202ecomplete.\n\nBest,\nTom\n", "utf-8")
    result = run("review", path, "--people", str(PEOPLE), "--format", "json")
    assert not set(result.stdout) & {"\u009b", "\u202e"}
    assert "\u009b31m is \u202ecomplete" in json.loads(result.stdout)["draft"]["body"]
