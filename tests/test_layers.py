"""Who may import whom: the house stays a house only while this holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "leukcad"
PLUGINS = sorted(p for p in (ROOT / "plugins").glob("leukcad-*/leukcad_*") if p.is_dir())

#: From the roof to the ground. A room imports rooms of lower floors only, and none of its own floor.
FLOORS = (
    {"__main__"},
    {"cli"},
    {"audits", "measures", "reproducing"},
    {"study"},
    {"auditing", "beside", "measuring", "placing", "reviewing"},
    {"folds", "laboratory", "outcome", "perturbing", "screening", "prediction", "showcase"},
    {"experiment", "report"},
    {"patients"},
    {"augmenting", "scaffold"},
    {"answering", "converting", "learning", "testing"},
    {"assembly", "boxes", "evaluation"},
    {"features", "pipeline", "positions", "training"},
    {"config", "data", "host", "labels", "regions", "runs", "serving", "step"},
    {"files", "hookspecs", "kinds", "options", "progress", "seen", "types"},
    {"errors"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
PUBLIC = (
    "leukcad",
    "leukcad.boxes",
    "leukcad.config",
    "leukcad.config.nodes",
    "leukcad.config.reading",
    "leukcad.data.images",
    "leukcad.data.tables",
    "leukcad.errors",
    "leukcad.features",
    "leukcad.files",
    "leukcad.hookspecs",
    "leukcad.kinds",
    "leukcad.labels",
    "leukcad.options",
    "leukcad.positions",
    "leukcad.progress",
    "leukcad.regions",
    "leukcad.training",
    "leukcad.types",
)
PUBLIC_CONFIG = {"FilePath", "FolderPath"}
MOST_LINES = 400


def imported(source: str) -> Iterator[tuple[str, str]]:
    """(module, name) of every import that happens at run time, those in functions too; name '' for `import module`."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((module, alias.name) for alias in node.names)
        waiting.extend(ast.iter_child_nodes(node))


def module_name(path: Path, base: Path) -> str:
    return ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")


def rooms_imported(source: str, known: set[str]) -> Iterator[str]:
    """The rooms of the core that a source imports; `from leukcad import experiment` imports a room, too."""
    for module, name in imported(source):
        assert not module.startswith("."), "a relative import hides who imports whom"
        if module.partition(".")[0] != "leukcad":
            continue
        whole = f"{module}.{name}" if f"{module}.{name}" in known else module
        if "." in whole:
            yield whole.split(".")[1]


def test_an_import_in_a_function_counts_and_one_for_types_only_does_not() -> None:
    source = "if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    from c.d import e\n"
    assert set(imported(source)) == {("b", ""), ("c.d", "e")}


def test_every_room_of_the_core_has_a_floor() -> None:
    rooms = {
        p.stem for p in CORE.iterdir() if (p.suffix == ".py" or (p / "__init__.py").exists()) and p.stem[:2] != "__"
    }
    assert rooms | {"__main__"} == set(FLOOR)


def test_the_core_imports_downwards_only() -> None:
    known = {module_name(p, ROOT) for p in CORE.rglob("*.py")}
    wrong = []
    for path in sorted(CORE.rglob("*.py")):
        name = module_name(path, ROOT)
        if name == "leukcad":
            continue  # the door: it names the rooms and opens them when they are asked for
        room = name.split(".")[1]
        for other in rooms_imported(path.read_text(encoding="utf-8"), known):
            if other != room and FLOOR[other] <= FLOOR[room]:
                wrong.append(f"{path.relative_to(ROOT)} imports {other}")
    assert not wrong


def test_the_core_imports_no_plugin() -> None:
    names = {p.name for p in PLUGINS}
    assert len(names) >= 6
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sorted(CORE.rglob("*.py"))
        for module, _ in imported(path.read_text(encoding="utf-8"))
        if module.partition(".")[0] in names
    ]
    assert not wrong


@pytest.mark.parametrize("package", PLUGINS, ids=lambda p: p.name)
def test_a_plugin_imports_public_names_and_no_other_plugin(package: Path) -> None:
    others = {p.name for p in PLUGINS} - {package.name}
    wrong = []
    for path in sorted(package.rglob("*.py")):
        for module, name in imported(path.read_text(encoding="utf-8")):
            whole = f"{module}.{name}" if f"{module}.{name}" in PUBLIC else module
            foreign = module.partition(".")[0] in others
            private = module.partition(".")[0] == "leukcad" and whole not in PUBLIC
            inside = module == "leukcad.config" and name not in PUBLIC_CONFIG
            if foreign or private or inside:
                wrong.append(f"{path.relative_to(ROOT)}: from {module} import {name}")
    assert not wrong


@pytest.mark.parametrize("package", PLUGINS, ids=lambda p: p.name)
def test_a_seam_imports_nothing_but_what_it_needs_to_offer(package: Path) -> None:
    source = (package / "seam.py").read_text(encoding="utf-8")
    assert {module for module, _ in imported(source)} <= {"__future__", "leukcad"}


def test_no_file_is_too_long_to_be_read_in_one_sitting() -> None:
    files = [*CORE.rglob("*.py"), *(path for package in PLUGINS for path in package.rglob("*.py"))]
    long = [p.relative_to(ROOT) for p in files if len(p.read_text(encoding="utf-8").splitlines()) > MOST_LINES]
    assert files and not long
