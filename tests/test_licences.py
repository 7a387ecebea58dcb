"""One plugin is under the AGPL-3.0; its licence, and the library that asks for it, stay in its folder."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "plugins/leukcad-ultralytics"


def test_the_licence_of_leukcad_is_apache_and_of_one_plugin_the_agpl() -> None:
    paths = [ROOT / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")]
    told = {path.parent: tomllib.loads(path.read_text(encoding="utf-8"))["project"]["license"] for path in paths}
    assert len(told) > 8 and told.pop(HOME) == "AGPL-3.0-or-later"
    assert set(told.values()) == {"Apache-2.0"}
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in (HOME / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_nothing_outside_its_folder_imports_ultralytics() -> None:
    sources = [path for room in ("leukcad", "plugins", "docsite", "benchmarks") for path in (ROOT / room).rglob("*.py")]
    sources = [path for path in sources if HOME not in path.parents]
    imports = re.compile(r"^\s*(import|from)\s+(leukcad_)?ultralytics", re.MULTILINE)
    assert sources and [str(path) for path in sources if imports.search(path.read_text(encoding="utf-8"))] == []


def test_nothing_that_make_installs_asks_for_ultralytics() -> None:
    told = [*ROOT.glob("requirements*.txt"), ROOT / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")]
    asking = [path for path in told if "ultralytics" in path.read_text(encoding="utf-8")]
    assert asking == [HOME / "pyproject.toml"]
