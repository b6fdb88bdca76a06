"""The shape of the program: imports point one way, and each library has one door."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "reviewer"
# Each module may import what stands above it; modules of one line do not know each other unless listed so.
LAYERS = [
    {"types", "errors", "prefilter"},
    {"addressees", "answers", "bearer", "texts", "names", "details", "endpoint", "pace", "transfer", "workers"},
    {"amounts", "compare", "forms", "limits", "wire"},
    {"cues", "frame", "roles", "policy", "language", "hostile", "redact"},
    {"affair", "hanging", "people", "withhold", "zones"},
    {"mail", "passages", "prompts", "model", "openai_batch", "thread"},
    {"contacts"},
    {"parse", "plan", "sets"},
    {"batch_io", "present", "tally"},
    {"deal", "engagement", "export", "mailbox", "webmail"},
    {"check", "handover", "misdirected", "outcome"},
    {"advise", "confided", "local", "llm", "record", "reminder", "said", "store"},
    {"owed"},
    {"recap"},
    {"reword"},
    {"chain", "dashboard"},
    {"choose", "revise", "testing"},
    {"batch", "terminal"},
    {"deal_cli", "ray_batch", "rounds", "ui"},
    {"batch_cli"},
    {"cli"},
    {"__main__"},
]
DOORS = {
    "openai": {"model", "openai_batch"},
    "langchain_core": {"chain"},
    "streamlit": {
        "ui.page",
        "ui.door",
        "ui.workshop",
        "ui.evals",
        "ui.deals",
        "ui.in_deal",
        "ui.clicks",
        "ui.common",
        "ui.files",
        "ui.leaving",
        "ui.waiting",
    },
    "numpy": {"local.classifier"},
    "lingua": {"language"},
    "sqlite3": {"answers", "store"},
    "imaplib": {"mailbox"},
    "httpx2": {"openai_batch", "webmail", "wire"},
    "pyarrow": {"batch_io", "ray_batch"},
    "ray": {"ray_batch"},
    "typer": {"batch_cli", "cli", "deal_cli", "terminal"},
}


def modules() -> dict[str, Path]:
    """Dotted name within the package to file."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "__init__.py"
    }


def imported(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own(path: Path) -> set[str]:
    """The modules of ours that a file imports."""
    known = modules()
    return {n.removeprefix("reviewer.") for n in imported(path) if n.removeprefix("reviewer.") in known} - {"reviewer"}


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_point_one_way(name: str) -> None:
    """A module imports only from the layers above its own."""
    top = name.split(".")[0]
    layer = next((i for i, names in enumerate(LAYERS) if top in names), None)
    assert layer is not None, f"{name} stands in no layer: add it where it belongs"
    above = set().union(*LAYERS[:layer])
    below = {m for m in own(modules()[name]) if m.split(".")[0] not in above | {top}}
    assert not below, f"{name} imports {below}"


@pytest.mark.parametrize("engine", ["local", "llm"])
def test_steps_of_an_engine_do_not_know_each_other(engine: str) -> None:
    """classify, flag, split and write meet in engine.py alone."""
    steps = {f"{engine}.{step}" for step in ("classify", "flag", "split", "write")}
    for step in steps:
        assert not own(modules()[step]) & (steps - {step})
    assert not any(
        m.startswith("llm") for name, path in modules().items() if name.startswith("local") for m in own(path)
    )


@pytest.mark.parametrize("library", sorted(DOORS))
def test_each_library_has_one_door(library: str) -> None:
    """Only these modules import it."""
    users = {name for name, path in modules().items() if any(n.split(".")[0] == library for n in imported(path))}
    assert users <= DOORS[library]
