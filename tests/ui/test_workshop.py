"""The Prompts and Evals pages in process: what is shown, edited, refused, run and compared."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from evals import cases, run, workshop
from evals.run import Plan
from reviewer import prompts, sets
from reviewer.errors import ConfigError
from reviewer.testing import error, honest, serving
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


PROMPTS = "from reviewer.ui.workshop import prompts_page\nprompts_page()"


def page(name: str = "workshop", function: str = "prompts_page", lang: str = "en") -> AppTest:
    """A page, run once."""
    at = AppTest.from_string(f"from reviewer.ui.{name} import {function}\n{function}()", default_timeout=30)
    at.session_state["lang"] = lang
    return at.run()


def opened(at: AppTest, tab: str) -> AppTest:
    """The page with another of its tabs open."""
    at.session_state["work_tab_en"] = tab
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


def test_a_reload_finds_what_was_not_saved() -> None:
    """By the token of the address: texts, the set, the step and the tab. Another address has nothing of it."""
    at = copied()
    at.segmented_control(key="work_step").set_value("write").run()
    typed = at.text_area(key="work-softer-write.md").value + "\nBe brief."
    at.text_area(key="work-softer-write.md").set_value(typed).run()
    at = opened(at, "Who reads what")
    token = at.session_state["work_token"]
    again = AppTest.from_string(PROMPTS, default_timeout=30)
    again.session_state["lang"] = "en"
    again.query_params["p"] = token
    again.run()
    assert again.selectbox(key="work_set").value == "softer"
    assert again.session_state["work_tab_en"] == "Who reads what"
    told = words(again).replace("\\", "")
    assert "Not saved: softer/write.md" in told
    again = opened(again, "Prompts")
    assert again.text_area(key="work-softer-write.md").value == typed
    other = page()
    assert other.session_state["work_token"] != token
    assert "Not saved" not in words(other)


def test_what_a_click_to_another_page_leaves_is_kept() -> None:
    """The text and the grid come with that click alone, and the page that it shows does not draw their fields."""
    at = AppTest.from_string(
        "import streamlit as st\n"
        "from reviewer.ui.workshop import keep_edits, prompts_page\n"
        "prompts_page() if st.session_state.get('page', 'prompts') == 'prompts' else keep_edits()",
        default_timeout=30,
    )
    at.session_state["lang"] = "en"
    sets.create("softer")
    at.run()
    at.selectbox(key="work_set").set_value("softer").run()
    typed = at.text_area(key="work-softer-classify.md").value + "\nBe brief."
    at.text_area(key="work-softer-classify.md").set_value(typed)
    at = shown(shown(at, "evals"), "prompts")
    assert at.text_area(key="work-softer-classify.md").value == typed
    at = opened(at, "Who reads what")
    at.session_state["grid-softer"] = {"edited_rows": {0: {"group": "never"}}, "added_rows": [], "deleted_rows": []}
    at = shown(shown(at, "evals"), "prompts")
    assert not at.exception
    assert "softer/policy.yaml" in words(at)


def test_a_choice_shows_what_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser is told what a field says in the run that sets it; else it shows the head of the list instead."""
    root = recordings(tmp_path / "recordings")
    shutil.copytree(root / "relay", root / "zzz")
    monkeypatch.setattr(run, "RECORDINGS", root)
    at = opened(page(), "Try")
    at.selectbox(key="run_source").set_value("zzz").run()
    at.selectbox(key="run_which").set_value("one").run()
    at = opened(opened(opened(at, "Prompts"), "Who reads what"), "Try")
    for key, value in (("run_source", "zzz"), ("run_which", "one mail")):
        field = at.selectbox(key=key)
        assert (field.proto.set_value, field.proto.raw_value) == (True, value)


def test_the_tab_stays_in_the_other_language() -> None:
    """Its label is another there."""
    at = opened(page(), "Try")
    at.segmented_control(key="lang_choice").set_value("fr").run()
    assert at.session_state["work_tab_fr"] == "Essayer"


@pytest.mark.parametrize("tab", ["What the model reads", "Try"])
def test_what_is_not_saved_is_said_to_be_left_out(tab: str) -> None:
    """Of a run and of the request that is shown; not where another set's text is unsaved."""
    at = copied()
    at.text_area(key="work-softer-classify.md").set_value("Be brief.").run()
    at = opened(at, tab)
    assert any("without what is not: softer/classify.md" in w.value.replace("\\", "") for w in at.warning)
    at.selectbox(key="work_set").set_value("default").run()
    assert not any("without what is not" in w.value for w in at.warning)


def test_a_removed_variable_is_told(shelf: Path) -> None:
    """It can be meant, so it is saved all the same."""
    at = copied()
    area = at.text_area(key="work-softer-classify.md")
    area.set_value(area.value.replace("{{topics}}", "topics")).run()
    assert "{{topics}} is not in the text any more" in words(at).replace("\\", "")
    at.button(key="save-work-softer-classify.md").click().run()
    assert "{{topics}}" not in (shelf / "softer" / "classify.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["Default set", "default", "", "a/b"])
def test_a_wrong_name_is_refused(name: str) -> None:
    """One sentence, in front of whoever typed it, and nothing is made."""
    at = copied(name)
    assert at.error
    assert at.text_input(key="work_new").value == name
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
    at = opened(page(), "What the model reads")
    shown = [c.value for c in at.code]
    assert any("You label the passages" in text and "{{" not in text for text in shown)
    assert any('<mail step="classify">' in text and "Margaret Doyle" in text for text in shown)
    steps = at.selectbox(key="request_step").options
    assert any("Wording · 1/" in step for step in steps)


def test_a_local_run_a_matrix_and_a_comparison() -> None:
    """Two runs with the local engine, then the comparison and the Evals page show them."""
    at = opened(page(), "Try")
    at.radio(key="run_how").set_value("local").run()
    for _ in range(2):
        at.button(key="run_go").click().run()
        assert not at.exception
    assert len(run.Store().ids()) == 2
    assert "New:" not in words(at)
    at = opened(at, "Compare")
    assert not at.exception
    assert at.selectbox(key="compare_case").options[0].startswith("harbour · 0 worse")
    evals = page("evals", "evals_page")
    assert not evals.exception
    assert "rule 19 is reported and not due" in words(evals)


def test_the_french_pages_have_no_english_word() -> None:
    """Cells, heads, the name of the group's message, and how a run is called."""
    store, made = run.Store(), []
    for number in (1, 2):
        plan = Plan([harbour()], engine="local")
        kept = run.new_run(plan).model_copy(update={"id": f"run-{number}"})
        write = store.start(kept)
        made = [*asyncio.run(run.execute(plan))]
        for each in made:
            write(each)
    at = page(lang="fr")
    for tab in ("Essayer", "Comparer"):
        at.session_state["work_tab_fr"] = tab
        at.run()
        assert not at.exception
        shown_ = words(at) + str([table.value.to_dict() for table in at.dataframe])
        for english in ("case", "lost", "leaked", "remark", " of ", "group", "below"):
            assert not re.search(rf"\b{english}\b", shown_.replace(made[0].case, "")), english
    assert at.selectbox(key="compare_first").options[0].startswith("default · local · ")
    assert at.selectbox(key="compare_first").options[0].endswith(" · 1 mail")
    assert "Message au groupe" in words(at)


def test_a_comparison_says_what_is_better_and_worse() -> None:
    """The names of the scores, under the mail."""
    store, plan = run.Store(), Plan([harbour()], engine="local")
    [found] = asyncio.run(run.execute(plan))
    spoiled = [m.model_copy(update={"hits": 0}) if m.score == "coverage" else m for m in found.marks]
    for number, marks in ((1, found.marks), (2, spoiled)):
        kept = run.new_run(plan).model_copy(update={"id": f"run-{number}"})
        store.start(kept)(found.model_copy(update={"marks": tuple(marks)}))
    assert "worse: coverage" in words(opened(page(), "Compare")).replace("\\", "")


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
    at = opened(page(), "Try")
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


def test_only_the_open_tab_is_drawn() -> None:
    """What the model would read is not worked out while a prompt is edited."""
    assert not page().code
    assert not opened(page(), "Try").text_area


def test_the_policy_of_a_copy_is_shown_as_a_grid() -> None:
    """Nothing is unsaved as long as nothing was changed."""
    at = opened(copied(), "Who reads what")
    assert not at.exception
    assert "Not saved" not in words(at)
    at.button(key="grid-save-softer").click().run()
    assert "nothing to save" in words(at)


@pytest.mark.parametrize("file", ["classify.md", "policy.yaml"])
def test_a_file_that_a_set_lacks_is_offered_from_default(shelf: Path, file: str) -> None:
    """One sentence instead of a traceback, in each tab; a click puts it there."""
    sets.create("softer")
    (shelf / "softer" / file).unlink()
    at = page()
    at.selectbox(key="work_set").set_value("softer").run()
    for tab in ("What the model reads", "Try", "Compare", "Prompts", "Who reads what"):
        at = opened(at, tab)
        assert not at.exception
        assert f"lacks {file}" in words(at).replace("\\", "")
    at = opened(at, "Who reads what" if file == "policy.yaml" else "Prompts")
    at.button(key=f"restore-softer-{file}").click().run()
    assert "there again" in words(at)
    assert sets.difference("default", "softer") == ""


def test_a_text_that_was_broken_elsewhere_is_told(shelf: Path) -> None:
    """As it is opened, before anything is typed."""
    sets.create("softer")
    (shelf / "softer" / "classify.md").write_text("Use {{weather}}.", "utf-8")
    at = page()
    at.selectbox(key="work_set").set_value("softer").run()
    assert sum("{{weather}} is not known here" in str(e.value).replace("\\", "") for e in at.error) == 2


def test_a_policy_in_another_form_is_edited_as_text(shelf: Path) -> None:
    """A table in one line has no row to change alone."""
    sets.create("softer")
    text = sets.text_of("softer", "policy.yaml")
    topics = yaml.safe_load(text)["topics"]
    start, end = text.index("topics:"), text.index("\n# Where a passage")
    sets.save("softer", "policy.yaml", f"{text[:start]}topics: {json.dumps(topics)}\n{text[end:]}")
    at = page()
    at.selectbox(key="work_set").set_value("softer").run()
    at = opened(at, "Who reads what")
    assert not at.exception
    assert "edit it as text" in words(at)
    assert not at.text_area(key="work-softer-policy.yaml").disabled


def test_a_production_set_that_is_gone_is_told(shelf: Path) -> None:
    """At the head of the page; back skips it too, and says so."""
    for name in ("one", "two"):
        sets.create(name)
        sets.promote(name)
    shutil.rmtree(shelf / "two")
    shutil.rmtree(shelf / "one")
    at = page()
    assert "is gone from" in words(at)
    assert "Gone, so skipped: one" in words(at).replace("\\", "")
    at.button(key="work_back").click().run()
    assert prompts.production() == "default"


def test_stale_mails_are_recorded_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a copy, at a click, into the chosen source, and the result is shown; never of the set that is not edited here."""
    monkeypatch.setattr(run, "RECORDINGS", recordings(tmp_path / "recordings"))
    at = opened(copied(), "Try")
    assert "a model has to be configured" in words(at)
    assert "reviewer eval run" not in words(at)
    with serving(honest) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        at.run()
        assert "Recordings go to evals/recordings/relay/softer" in words(at).replace("\\", "")
        for how in ("live", "replay"):
            at.radio(key="run_how").set_value(how).run()
            assert at.button(key="run_record").label.startswith("Record the stale mail (about ")
        at.button(key="run_record").click().run()
        assert not at.exception
    assert (tmp_path / "recordings" / "relay" / "softer" / "harbour.yaml").is_file()
    assert any("coverage" in str(table.value) for table in at.dataframe)
    assert "1 of them with fresh recorded answers" in words(at)
    assert not [b for b in at.button if b.key == "run_record"]
    (tmp_path / "recordings" / "relay" / "softer" / "harbour.yaml").unlink()
    at.selectbox(key="work_set").set_value("default").run()
    assert not [b for b in at.button if b.key == "run_record"]
    assert "not changed on this page" in words(at)


def test_an_endpoint_that_refuses_is_told_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status, and that nothing was recorded."""
    monkeypatch.setattr(run, "RECORDINGS", recordings(tmp_path / "recordings"))
    at = opened(copied(), "Try")
    with serving(lambda _: error(401)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        at.run()
        at.button(key="run_record").click().run()
    assert "HTTP 401" in words(at)


def test_a_run_that_was_left_is_offered_to_be_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever clicks elsewhere meanwhile stops it: no traceback, and the page offers to go on."""
    mails = [harbour().model_copy(update={"id": f"mail-{n}"}) for n in range(12)]
    monkeypatch.setattr("reviewer.ui.workshop.load", lambda **_: mails)
    at = opened(page(), "Try")
    at.radio(key="run_how").set_value("local").run()
    with monkeypatch.context() as leaving:
        leaving.setattr("streamlit.delta_generator.DeltaGenerator.progress", left)
        at.button(key="run_go").click().run()
    assert not at.exception
    begun = run.Store().load("latest")
    assert begun.left > 1
    monkeypatch.setattr(workshop, "RUNNING", {begun.id})
    monkeypatch.setattr("reviewer.ui.workshop.RUNNING", workshop.RUNNING)
    assert "was stopped" not in words(opened(page(), "Try"))  # for another it may be running still
    at.run()
    assert f"was stopped on the way: {begun.left} mails are left" in words(at).replace("\\", "")
    at.button(key="run_go_on").click().run()
    assert not at.exception
    assert run.Store().ids() == [begun.id]
    assert run.Store().load("latest").left == 0
    assert "was stopped" not in words(at)


def left(bar: DeltaGenerator, value: float, *_: object) -> DeltaGenerator:
    """A progress bar at whose first step somebody clicks elsewhere."""
    if value:
        raise StopException
    return bar


def test_what_was_run_is_compared_with_production() -> None:
    """After is the run just made, Before the newest of the set in production on the same mails; the result stays till the next."""
    store = run.Store()
    for number, (name, ids) in enumerate([("default", ["harbour"]), ("default", ["other"]), ("other", ["harbour"])]):
        made = run.new_run(Plan([harbour()], engine="local"))
        store.start(made.model_copy(update={"id": f"2020010{number}-{name}", "prompt_set": name, "cases": tuple(ids)}))
    at = opened(copied(), "Try")
    at.radio(key="run_how").set_value("local").run()
    at.button(key="run_go").click().run()
    made = store.load("latest:softer")
    assert made.id in words(at).replace("\\", "")
    at = opened(at, "Compare")
    assert (at.selectbox(key="compare_first").value, at.selectbox(key="compare_second").value) == (
        "20200100-default",
        made.id,
    )
    at = opened(at, "Try")
    assert made.id in words(at).replace("\\", "")


def test_one_mail_is_compared_with_a_run_that_has_it_among_others() -> None:
    """With production's newest that has it, and not with whatever run came before."""
    plan = Plan([harbour()], engine="local")
    made = [
        run.new_run(plan).model_copy(update={"id": f"{n}-{of}", "prompt_set": of, "cases": ids})
        for n, (of, ids) in enumerate([("default", ("harbour", "b")), ("default", ("b",)), ("mine", ("harbour",))])
    ]
    found = workshop.to_compare_with(made[2], made)
    assert found is not None
    assert found.id == "0-default"


def test_one_mail_tried_alone_hides_no_other() -> None:
    """In the table of mails by sets, as long as the prompts are the same."""
    [harbour_] = asyncio.run(run.execute(Plan([harbour()], engine="local")))
    other = harbour_.model_copy(update={"case": "other"})
    first = run.new_run(Plan([harbour()], engine="local")).model_copy(update={"results": (harbour_, other)})
    failed = harbour_.model_copy(update={"error": "No."})
    again = run.new_run(Plan([harbour()], engine="local")).model_copy(update={"results": (failed,)})
    [table] = [workshop.matrix(workshop.latest([first, again]))]
    assert [row["Mail"] for row in table] == ["harbour", "other"]
    assert table[0][first.name] == "? no answer"
    changed = again.model_copy(update={"prompt_hash": "another"})
    assert [row["Mail"] for row in workshop.matrix(workshop.latest([first, changed]))] == ["harbour"]


def test_the_recordings_that_fit_best_are_chosen_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those whose name comes first."""
    root = recordings(tmp_path / "recordings")
    shutil.copytree(root / "relay", root / "aaa")
    monkeypatch.setattr(run, "RECORDINGS", root)
    record(Plan([harbour()], record="new"), honest, monkeypatch)
    monkeypatch.delenv("OPENAI_BASE_URL")
    at = opened(page(), "Try")
    assert at.selectbox(key="run_source").options == ["aaa", "relay"]
    assert at.selectbox(key="run_source").value == "relay"


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


@pytest.mark.parametrize("where", ["between the rows", "behind a row", "at the edge"])
def test_a_comment_in_the_table_survives_its_grid(where: str) -> None:
    """Only the row that changed is written anew, once; each other line stays as it is."""
    text = sets.text_of("default", "policy.yaml")
    line = next(line for line in text.splitlines() if line.startswith("  scope:"))
    noted = {
        "between the rows": f"  # about the work\n{line}",
        "behind a row": f"{line}  # about the work",
        "at the edge": f"# about the work\n\n{line}",
    }[where]
    text = text.replace(line, noted, 1)
    rows = workshop.grid(text)
    assert workshop.with_grid(text, rows) == text
    row = next(row for row in rows if row["topic"] == "scope")
    row["group"] = "never"
    changed = workshop.with_grid(text, rows)
    assert workshop.in_lines(text)
    assert workshop.grid(changed) == rows
    assert changed.replace("group: never,   roles: [champion, executive_sponsor, project_manager]",
                           "group: settled, roles: [champion, executive_sponsor, project_manager]") == text  # fmt: skip


def test_a_table_that_cannot_be_changed_by_rows_is_refused() -> None:
    """A topic over several lines: one sentence, nothing is written twice."""
    text = sets.text_of("default", "policy.yaml")
    line = next(line for line in text.splitlines() if line.startswith("  scope:"))
    text = text.replace(line, "  scope:\n    group: settled\n    roles: [champion]", 1)
    rows = workshop.grid(text)
    assert not workshop.in_lines(text)
    assert workshop.with_grid(text, rows) == text
    next(row for row in rows if row["topic"] == "scope")["group"] = "never"
    with pytest.raises(ConfigError, match="edit it as text"):
        workshop.with_grid(text, rows)


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
