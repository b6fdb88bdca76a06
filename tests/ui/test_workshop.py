"""The Prompts and Evals pages in process: what is shown, edited, refused, run and compared."""

import shutil
from pathlib import Path

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from evals import cases, run, workshop
from evals.run import Plan
from reviewer import prompts, sets
from reviewer.testing import honest
from tests.evals.build import FOLDER, harbour, record, recordings
from tests.evals.judging import judging, last_words


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Prompts, cases and runs of the test's own; no endpoint."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(prompts.prompts_dir(), tmp_path / "prompts")
    monkeypatch.setenv("REVIEWER_PROMPTS_DIR", str(tmp_path / "prompts"))
    monkeypatch.setattr(cases, "CASES", FOLDER)
    monkeypatch.setattr(run, "RUNS", tmp_path / "runs")
    return tmp_path / "prompts"


def page(name: str = "workshop", function: str = "prompts_page", lang: str = "en") -> AppTest:
    """A page, run once."""
    at = AppTest.from_string(f"from reviewer.ui.{name} import {function}\n{function}()", default_timeout=30)
    at.session_state["lang"] = lang
    return at.run()


def words(at: AppTest) -> str:
    """What the page says."""
    kinds = (at.title, at.caption, at.markdown, at.info, at.warning, at.error, at.success, at.text)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(("name", "function"), [("workshop", "prompts_page"), ("evals", "evals_page")])
def test_the_pages_speak_both_languages(lang: str, name: str, function: str) -> None:
    """No exception, and the title in the language."""
    at = page(name, function, lang)
    assert not at.exception
    assert at.title[0].value in {"Consignes et règles d'envoi", "Prompts and policy", "Mesures", "Evals"}


def test_the_default_set_is_not_edited() -> None:
    """Its fields are disabled, and the page says why."""
    at = page()
    assert "not edited in place" in words(at)
    assert at.text_area(key="work-default-classify.md").disabled


def copied(name: str = "softer") -> AppTest:
    """The page after a copy was made."""
    at = page()
    at.text_input(key="work_new").set_value(name)
    return at.button(key="work_copy").click().run()


def test_a_copy_is_edited_checked_and_saved(shelf: Path) -> None:
    """A wrong variable is said and not saved; a valid text is saved and on the disk."""
    at = copied()
    assert "ready to be edited" in words(at)
    area = at.text_area(key="work-softer-classify.md")
    kept = area.value
    area.set_value(kept + "\nUse {{weather}}.").run()
    assert "{{weather}} is not known here" in words(at).replace("\\", "")
    at.button(key="save-work-softer-classify.md").click().run()
    assert "{{weather}}" not in (shelf / "softer" / "classify.md").read_text("utf-8")
    assert "Not saved" in words(at)
    at.text_area(key="work-softer-classify.md").set_value(kept + "\nBe brief.").run()
    at.button(key="save-work-softer-classify.md").click().run()
    assert "is saved" in words(at)
    assert (shelf / "softer" / "classify.md").read_text("utf-8").endswith("Be brief.\n")
    assert "Be brief" not in (shelf / "default" / "classify.md").read_text("utf-8")


def test_a_text_is_saved_by_the_click_that_leaves_its_field(shelf: Path) -> None:
    """The button is there before the page knows what was typed; without a change it says so."""
    at = copied()
    at.button(key="save-work-softer-classify.md").click().run()
    assert "nothing to save" in words(at)
    area = at.text_area(key="work-softer-classify.md")
    area.set_value(area.value + "\nBe brief.")
    at.button(key="save-work-softer-classify.md").click().run()
    assert (shelf / "softer" / "classify.md").read_text("utf-8").endswith("Be brief.\n")


def shown(at: AppTest, function: str) -> AppTest:
    """Another page of the same session."""
    at.session_state["page"] = function
    return at.run()


@pytest.mark.parametrize("away", ["step", "set", "page"])
def test_what_is_not_saved_is_kept_while_something_else_is_shown(away: str) -> None:
    """Another step, another set, another page: back again the text stands as it was typed, and the page says it is not saved."""
    sets.create("softer")
    at = AppTest.from_string(
        "import streamlit as st\n"
        "from reviewer.ui import evals, workshop\n"
        "getattr(workshop if st.session_state.page == 'prompts_page' else evals, st.session_state.page)()",
        default_timeout=30,
    )
    at.session_state["lang"] = "en"
    at = shown(at, "prompts_page")
    at.selectbox(key="work_set").set_value("softer").run()
    typed = at.text_area(key="work-softer-classify.md").value + "\nBe brief."
    at.text_area(key="work-softer-classify.md").set_value(typed).run()
    assert "Not saved: softer/classify.md" in words(at).replace("\\", "")
    if away == "step":
        at.segmented_control(key="work_step").set_value("flag").run()
        assert "Not saved: softer/classify.md" in words(at).replace("\\", "")
        at.segmented_control(key="work_step").set_value("classify").run()
    elif away == "set":
        at.selectbox(key="work_set").set_value("default").run()
        at.selectbox(key="work_set").set_value("softer").run()
    else:
        at = shown(shown(at, "evals_page"), "prompts_page")
    assert at.selectbox(key="work_set").value == "softer"
    assert at.text_area(key="work-softer-classify.md").value == typed


def test_two_tabs_do_not_overwrite_one_another(shelf: Path) -> None:
    """Who saves second is told, and keeps what was typed; a tab without an edit shows the new text."""
    first = copied()
    second, third = page(), page()
    for at in (second, third):
        at.selectbox(key="work_set").set_value("softer").run()
    kept = first.text_area(key="work-softer-classify.md").value
    first.text_area(key="work-softer-classify.md").set_value(kept + "\nBe brief.").run()
    second.text_area(key="work-softer-classify.md").set_value(kept + "\nBe kind.").run()
    first.button(key="save-work-softer-classify.md").click().run()
    second.button(key="save-work-softer-classify.md").click().run()
    assert "was changed elsewhere since it was opened here" in words(second)
    assert second.text_area(key="work-softer-classify.md").value == kept + "\nBe kind."
    assert (shelf / "softer" / "classify.md").read_text("utf-8").endswith("Be brief.\n")
    third.run()
    assert third.text_area(key="work-softer-classify.md").value.endswith("Be brief.\n")


def test_an_edit_can_be_discarded() -> None:
    """The field shows the file again."""
    at = copied()
    kept = at.text_area(key="work-softer-classify.md").value
    at.text_area(key="work-softer-classify.md").set_value("x").run()
    at.button(key="discard-work-softer-classify.md").click().run()
    assert at.text_area(key="work-softer-classify.md").value == kept


@pytest.mark.parametrize("name", ["Default set", "default", ""])
def test_a_wrong_name_is_refused(name: str) -> None:
    """One sentence, and nothing is made."""
    at = copied(name)
    assert at.error
    assert len(sets.shelf()) == 2


def test_promotion_and_back_on_the_page() -> None:
    """Put into production, and back."""
    at = copied()
    at.button(key="work_promote").click().run()
    assert prompts.production() == "softer"
    assert "softer is in production" in words(at)
    at.button(key="work_back").click().run()
    assert prompts.production() == "default"


def test_the_request_for_a_case_is_shown() -> None:
    """Instructions with their variables filled in, and the mail as data."""
    at = page()
    shown = [c.value for c in at.code]
    assert any("You label the passages" in text and "{{" not in text for text in shown)
    assert any('<mail step="classify">' in text and "Margaret Doyle" in text for text in shown)
    steps = at.selectbox(key="request_step").options
    assert any("Wording · 1/" in step for step in steps)


def test_a_local_run_a_matrix_and_a_comparison() -> None:
    """Two runs with the local engine, then the comparison and the Evals page show them."""
    at = page()
    at.radio(key="run_how").set_value("local").run()
    for _ in range(2):
        at.button(key="run_go").click().run()
        assert not at.exception
    assert len(run.Store().ids()) == 2
    assert "New:" not in words(at)
    at = page()
    assert not at.exception
    assert at.selectbox(key="compare_case").options[0].startswith("harbour · 0 worse")
    evals = page("evals", "evals_page")
    assert not evals.exception
    assert "rule 19 is reported and not due" in words(evals)


def test_the_evals_page_shows_what_the_judge_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shares by kind of message, and under each message its grades with the worst place."""
    plan = Plan([harbour()], record="new", root=recordings(tmp_path / "recordings"), judge="on")
    results = record(plan, judging(last_words), monkeypatch)
    store = run.Store()
    kept = run.new_run(plan._replace(record="none"))
    write = store.start(kept)
    for result in results:
        write(result)
    at = page("evals", "evals_page")
    assert not at.exception
    assert any("would be sent as it is" in str(table.value) for table in at.dataframe)
    assert "coherent: nearly" in words(at)
    assert "It ends abruptly." in words(at)


def test_without_an_endpoint_a_live_run_says_what_to_set() -> None:
    """No button, one sentence."""
    at = page()
    at.radio(key="run_how").set_value("live").run()
    assert "No model is configured" in words(at)


def test_markup_in_a_prompt_is_text(shelf: Path) -> None:
    """What a prompt says is shown, never run."""
    sets.create("odd")
    sets.save("odd", "flag.md", "Flag <script>alert(1)</script> {{sensitivities}}")
    at = page()
    at.selectbox(key="work_set").set_value("odd").run()
    assert not at.exception
    assert not any("<script>alert(1)" in str(m.value) for m in at.markdown)


# --- what the page stands on ---------------------------------------------------------------------------------------


def test_the_policy_survives_its_grid() -> None:
    """The grid of the default policy gives the same policy; a changed row changes that row alone."""
    text = sets.text_of("default", "policy.yaml")
    rows = workshop.grid(text)
    assert workshop.grid(workshop.with_grid(text, rows)) == rows
    rows[4]["group"], rows[4]["project_manager"] = "always", 1
    changed = workshop.with_grid(text, rows)
    before, after = yaml.safe_load(text), yaml.safe_load(changed)
    assert after["topics"].pop("technical_spec") == {
        "group": "always",
        "roles": ["technical_evaluator", "project_manager"],
    }
    before["topics"].pop("technical_spec")
    assert before == after
    assert "# For each topic:" in changed


def test_the_forecast_counts_calls() -> None:
    """Nothing is recorded: a review of the harbour mail makes three calls and one for each message."""
    found = workshop.forecast(run.Plan([harbour()], source=""))
    assert (found.cases, found.fresh) == (1, 0)
    assert found.calls == 3 + 4
    assert workshop.forecast(run.Plan([harbour()], engine="local")).calls == 0


def test_the_forecast_counts_only_what_a_change_costs(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy costs nothing; with another word in write.md, one call for each message; with another in classify.md, about all."""
    plan = Plan([harbour()], root=recordings(tmp_path / "recordings"))
    written = record(plan._replace(record="new"), honest, monkeypatch)[0].calls - 3
    sets.create("softer")
    copy = plan._replace(prompt_set="softer")
    assert workshop.forecast(copy) == (1, 1, 0)
    sets.save("softer", "write.md", sets.text_of("softer", "write.md") + "\nBe brief.\n")
    assert workshop.forecast(copy) == (1, 0, written)
    sets.save("softer", "classify.md", sets.text_of("softer", "classify.md") + "\nBe brief.\n")
    assert workshop.forecast(copy).calls > written
