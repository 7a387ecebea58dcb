"""A new plugin of any stage is a real small method: it installs, keeps its contract, passes its tests, and runs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from leukcad import LeukcadError
from leukcad.config import load_pipeline
from leukcad.hookspecs import STAGES
from leukcad.host import Host, build, discover
from leukcad.scaffold import Names, scaffold
from leukcad.testing import Subject, examine

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_written_is_formatted_and_clean(stage: str, tmp_path: Path) -> None:
    folder = scaffold(Names("white-patch", stage), tmp_path)
    ruff = [str(Path(sys.executable).parent / "ruff")]
    for job in (["check", "-q"], ["format", "--check", "-q"]):
        command = [*ruff, *job, "--config", str(ROOT / "pyproject.toml"), "."]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def named(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Names, Path]:
    """A new package of the stage that is asked for, where Python finds it, under a name of its own."""
    names = Names(f"scaffolded-{request.param}", request.param)
    folder = scaffold(names, tmp_path)
    monkeypatch.syspath_prepend(folder)
    return names, folder


def host_with(names: Names) -> Host:
    """The installed plugins and a new one, as if pip had installed it."""
    from importlib import import_module

    from leukcad.host import Offer

    (component,) = import_module(f"{names.package}.seam").leukcad_components()
    known = build([])
    known.offers = dict(discover().offers)
    known.offers[component.stage, component.name] = Offer(component, names.distribution, "0.1.0")
    return known


@pytest.mark.parametrize("named", STAGES, indirect=True)
def test_the_method_of_each_stage_passes_every_check(named: tuple[Names, Path]) -> None:
    names, folder = named
    options = {"path": str(folder / "tests" / "fields")} if names.stage == "data" else {}
    findings = list(examine(Subject(names.stage, names.name, options, host_with(names))))
    assert [one for one in findings if one.result == "failed"] == []
    assert sum(one.result == "passed" for one in findings) >= 4


@pytest.mark.parametrize("named", STAGES, indirect=True)
def test_the_pipeline_to_try_it_with_is_right_and_names_it(
    named: tuple[Names, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    names, folder = named
    spec = load_pipeline(folder / "try.yaml", host_with(names))
    used = [spec.data.name, *(use.name for use in (*spec.steps, *spec.observe))]
    used += [spec.synthesize.use.name] if spec.synthesize else []
    assert names.name in used


def test_its_project_file_names_its_seam_and_what_it_needs(tmp_path: Path) -> None:
    folder = scaffold(Names("white-patch", "preprocess"), tmp_path)
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["leukcad"] == {"white_patch": "leukcad_white_patch.seam"}
    assert project["dependencies"] == ["leukcad>=0.1", "torch", "pydantic"]


@pytest.mark.parametrize("name", ["White", "white_patch", "1st", "", "a--b", "class", "../up", "seam"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(LeukcadError, match="lower case with dashes"):
        Names(name, "detect")


def test_an_unknown_stage_and_a_folder_that_is_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match="expected a stage out of data, preprocess"):
        Names("mine", "classifier")
    scaffold(Names("mine", "detect"), tmp_path)
    with pytest.raises(LeukcadError, match="is there already"):
        scaffold(Names("mine", "crop"), tmp_path)
