"""What the README promises: its plugin works as it stands there, its files and commands exist."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from leukcad.cli.app import app

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with the README's plugin, as pip would leave it, and the README's pipeline beside the shipped ones."""
    seam, component = blocks("python")
    (project,) = map(tomllib.loads, blocks("toml"))
    package = tmp_path / "leukcad_count"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "seam.py").write_text(seam)
    (package / "count.py").write_text(component)
    told = project["project"]
    info = tmp_path / f"leukcad_count-{told['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n")
    points = [f"{name} = {value}" for name, value in told["entry-points"]["leukcad"].items()]
    (info / "entry_points.txt").write_text("[leukcad]\n" + "\n".join(points) + "\n")
    (tmp_path / "pipelines").symlink_to(ROOT / "pipelines")
    (tmp_path / "count.yaml").write_text(blocks("yaml")[1])
    return tmp_path


def leukcad(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "leukcad", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


def test_the_plugin_of_the_readme_is_offered_and_its_pipeline_is_right(installed: Path) -> None:
    told = json.loads(leukcad(installed, "plugins", "--json").stdout)
    assert "count" in [one["name"] for one in told["stages"]["diagnose"]] and told["quarantined"] == []
    checked = leukcad(installed, "check", "count.yaml")
    assert checked.returncode == 0 and "diagnose count" in checked.stdout, checked.stderr
    wrong = leukcad(installed, "check", "count.yaml", "--set", "steps.diagnose.many=0")
    assert wrong.returncode == 2 and "≥ 1" in wrong.stderr


@pytest.mark.slow
def test_the_plugin_of_the_readme_counts_cells(installed: Path) -> None:
    done = leukcad(installed, "run", "count.yaml", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    sets = json.loads(done.stdout)["pipelines"]["count"]
    assert sets["test"]["accuracy"]["value"] > 0.9
    assert sets["imgSynt10"]["specificity"]["value"] < 0.1


def test_the_pipeline_of_the_readme_is_right(tmp_path: Path) -> None:
    (tmp_path / "benches").symlink_to(ROOT / "pipelines" / "benches")
    (tmp_path / "mine.yaml").write_text(blocks("yaml")[0])
    checked = leukcad(tmp_path, "check", "mine.yaml")
    assert checked.returncode == 0, checked.stderr


def test_the_files_of_the_readme_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    named = re.findall(r"pipelines/[\w/]+\.yaml", README)
    assert links and named
    assert [name for name in {*links, *named} if not (ROOT / name).exists()] == []


def test_the_commands_of_the_readme_exist() -> None:
    known = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    named = set(
        re.findall(r"leukcad ([a-z]+) ", "\n".join(re.findall(r"^    leukcad .*|`leukcad [^`]*", README, re.M)))
    )
    assert {"run", "compare", "predict", "data"} <= named <= known
