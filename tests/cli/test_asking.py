"""Commands that run nothing: plugins, check, schema, help."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leukcad import __version__
from leukcad.evaluation.schema import verdict_schema

Call = Callable[..., Any]
GOOD = """
data: {use: simulated}
classes: [healthy, ALL]
positive: ALL
split: {use: lexicographic}
steps:
  - classify: {use: torchvision, name: resnet18}
"""


def test_version(call: Call) -> None:
    assert call("--version").out == f"leukcad {__version__}\n"


@pytest.mark.parametrize(
    "command",
    ["run", "compare", "predict", "check", "plugins", "schema", "data make", "data show", "runs", "runs show"],
)
def test_the_help_of_every_command_teaches_by_example(call: Call, command: str) -> None:
    told = call(*command.split(), "--help")
    assert told.code == 0 and f"  leukcad {command.split()[0]}" in told.out.split("Examples:")[1]


def test_plugins_are_listed_by_stage_with_origin_and_summary(call: Call) -> None:
    told = call("plugins")
    assert told.code == 0
    (line,) = (line for line in told.out.splitlines() if line.split()[:1] == ["torchvision"])
    assert "leukcad-torchvision 0." in line and "classifier" in line


def test_plugins_as_json_name_stage_distribution_version_and_target(call: Call) -> None:
    told = json.loads(call("plugins", "--json").out)
    (nuclei,) = (one for one in told["stages"]["detect"] if one["name"] == "nuclei")
    assert nuclei["distribution"] == "leukcad-skimage" and nuclei["version"] and ":" in nuclei["target"]
    assert isinstance(told["quarantined"], list)


def test_check_says_ok_and_what_the_steps_are(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    told = call("check", tmp_path / "mine.yaml")
    assert (told.code, told.err) == (0, "")
    assert told.out == f"{tmp_path / 'mine.yaml'}: ok: classify torchvision\n"


def test_check_reports_all_mistakes_of_all_files_one_a_line_with_their_place(call: Call, tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(GOOD.replace("use: simulated", "use: simulate").replace("name: resnet18", "train: {epochs: 0}"))
    second.write_text(GOOD.replace("positive: ALL", "positiv: ALL"))
    told = call("check", first, tmp_path / "good.yaml", second)
    lines = told.err.splitlines()
    assert told.code == 2 and len(lines) == 3
    assert lines[0].startswith(f"{first}:2:13: ") and "simulated" in lines[0]
    assert lines[1].startswith(f"{first}:7:50: ") and "≥ 1" in lines[1]
    assert lines[2].startswith(f"{second}:4:1: ") and "did you mean 'positive'" in lines[2]
    assert "good.yaml: ok" in told.out


def test_check_takes_changes_from_the_command_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    assert call("check", tmp_path / "mine.yaml", "--set", "steps.classify.train.epochs=3").code == 0
    told = call("check", tmp_path / "mine.yaml", "--set", "steps.classify.train.epoch=3")
    assert told.code == 2 and "did you mean 'epochs'" in told.err and len(told.err.splitlines()) == 1


def test_check_names_a_file_that_is_not_there(call: Call, tmp_path: Path) -> None:
    told = call("check", tmp_path / "none.yaml")
    assert told.code == 2 and str(tmp_path / "none.yaml") in told.err and len(told.err.splitlines()) == 1


def test_the_schema_is_json_and_is_written_where_it_is_wanted(call: Call, tmp_path: Path) -> None:
    printed = json.loads(call("schema").out)
    assert "steps" in printed["properties"]
    assert call("schema", "--out", tmp_path / "a" / "schema.json").code == 0
    assert json.loads((tmp_path / "a" / "schema.json").read_text()) == printed


def test_the_schema_of_verdicts_is_the_published_one(call: Call) -> None:
    assert json.loads(call("schema", "verdict").out) == verdict_schema()
    told = call("schema", "verdicts")
    assert told.code == 2 and "'pipeline', 'verdict'" in told.err


def test_the_options_of_a_component_are_listed_with_type_default_and_meaning(call: Call) -> None:
    told = call("plugins", "torchvision")
    assert told.code == 0 and told.out.startswith("classify torchvision (leukcad-torchvision ")
    (epochs,) = (line for line in told.out.splitlines() if line.split()[:1] == ["train.epochs"])
    assert epochs.split()[1:5] == ["integer", "≥", "1", "≤"] and " = 12 " in epochs and "passes" in epochs
    assert "resnet50" in told.out and max(map(len, told.out.splitlines())) < 300


def test_the_options_of_a_component_as_json_are_its_schema(call: Call) -> None:
    assert "context" in json.loads(call("plugins", "square", "--json").out)["crop"]["properties"]


def test_an_unknown_component_gets_the_nearest_one(call: Call) -> None:
    told = call("plugins", "nucle")
    assert told.code == 2 and "did you mean 'nuclei'" in told.err
