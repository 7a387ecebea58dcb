"""run, compare and predict: what is printed, and what the exit code says, whatever was found."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leukcad.cli.answers import harmless
from leukcad.data.images import write_png
from leukcad.study import Comparison

Call = Callable[..., Any]
ANSWER = {
    "image": "a.png",
    "called": "ALL",
    "probabilities": {"healthy": 0.25, "ALL": 0.75},
    "threshold": 0.5,
    "found": {"lymphoblast": 1},
    "cells": [{"box": [0, 0, 9, 9], "class": "lymphoblast"}],
    "reason": "",
}
LOST = {"image": "=1+1.png", "called": None, "probabilities": None, "found": None, "cells": None}
LOST |= {"reason": "", "error": "empty"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands in for the study: keeps what it was asked, and finds two answers, or one comparison."""
    kept: dict[str, Any] = {"failed": {}}

    def predict(run: str, images: list[Path], **more: Any) -> list[dict[str, Any]]:
        kept.update(run=run, images=images, **more)
        return [dict(ANSWER), dict(LOST)] if kept.get("lose") else [dict(ANSWER)]

    def study(what: Any, **more: Any) -> Comparison:
        kept.update(what=what, **more)
        return Comparison({"pipelines": {}}, Path("runs/x/index.html"), {}, {"x": Path("runs/x")}, kept["failed"])

    monkeypatch.setattr("leukcad.study.predict", predict)
    monkeypatch.setattr("leukcad.study.run", study)
    monkeypatch.setattr("leukcad.study.compare", study)
    monkeypatch.setattr("leukcad.report.tables.print_comparison", lambda told: print("a table"))
    return kept


def test_predict_prints_a_line_an_image_with_the_probabilities_and_the_cells_found(
    call: Call, asked: dict[str, Any]
) -> None:
    asked["lose"] = True
    told = call("predict", "two_step", "a.png", "=1+1.png")
    head, answered, lost = (line.split() for line in told.out.splitlines())
    assert head == ["image", "called", "healthy", "ALL", "cells"]
    assert answered == ["a.png", "ALL", "0.250", "0.750", "1:", "1", "lymphoblast"]
    assert lost == ["=1+1.png", "failed", "–", "–", "–"]


def test_an_image_without_a_cell_abstains_with_the_reason(call: Call, asked: dict[str, Any], monkeypatch: Any) -> None:
    empty = {**ANSWER, "called": None, "found": {}, "cells": [], "reason": "no WBC found"}
    monkeypatch.setattr("leukcad.study.predict", lambda *_, **__: [empty])
    line = call("predict", "two_step", "a.png").out.splitlines()[1]
    assert line.split() == ["a.png", "abstains", "0.250", "0.750", "0", "no", "WBC", "found"]


def test_predict_tells_a_program_how_many_cells_there_are_and_each_on_demand(call: Call, asked: dict[str, Any]) -> None:
    (brief,) = json.loads(call("predict", "two_step", "a.png", "--json").out)
    assert brief == {key: value for key, value in ANSWER.items() if key != "cells"}
    assert json.loads(call("predict", "two_step", "a.png", "--json", "--cells").out) == [ANSWER]


@pytest.mark.parametrize("more", [["--cells"], ["--csv", "--cells"], ["--json", "--cells", "--by", "folder"]])
def test_cells_are_told_in_json_of_images_only(call: Call, asked: dict[str, Any], more: list[str]) -> None:
    told = call("predict", "two_step", "a.png", *more)
    assert told.code == 2 and "--cells goes with --json" in told.err


@pytest.mark.parametrize("option", ["--goal", "--least", "--manual"])
def test_what_is_said_of_slides_goes_with_by(call: Call, asked: dict[str, Any], option: str) -> None:
    told = call("predict", "two_step", "x.png", option, "50")
    assert told.code == 2 and f"{option} goes with --by" in told.err


def test_predict_prints_csv_that_no_spreadsheet_takes_for_formulas(call: Call, asked: dict[str, Any]) -> None:
    asked["lose"] = True
    told = call("predict", "two_step", "a.png", "=1+1.png", "--csv")
    good, lost = csv.DictReader(io.StringIO(told.out))
    assert (good["called"], good["p_ALL"], good["cells"], good["error"]) == ("ALL", "0.75", "1", "")
    assert (lost["image"], lost["called"], lost["error"]) == ("'=1+1.png", "", "empty")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "\rx"])
def test_text_that_begins_like_a_formula_is_quoted_and_numbers_are_not(text: str) -> None:
    assert harmless(text) == "'" + text and harmless("a=1") == "a=1" and harmless(-1.5) == -1.5


def test_an_image_that_failed_makes_the_exit_code_1_and_the_good_ones_are_answered(
    call: Call, asked: dict[str, Any]
) -> None:
    asked["lose"] = True
    told = call("predict", "two_step", "a.png", "b.png", "--json")
    assert told.code == 1 and len(json.loads(told.out)) == 2 and told.err == "leukcad: empty\n"


def test_a_folder_stands_for_the_images_in_it(call: Call, asked: dict[str, Any], tmp_path: Path) -> None:
    for name in ("b.png", "a.png"):
        write_png(np.zeros((4, 4, 3), np.uint8), tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    assert call("predict", "two_step", tmp_path, "c.jpg").code == 0
    assert asked["images"] == [tmp_path / "a.png", tmp_path / "b.png", Path("c.jpg")]


def test_a_folder_without_images_is_a_mistake(call: Call, asked: dict[str, Any], tmp_path: Path) -> None:
    told = call("predict", "two_step", tmp_path)
    assert told.code == 2 and str(tmp_path) in told.err


def test_run_passes_on_all_that_was_asked(call: Call, asked: dict[str, Any], tmp_path: Path) -> None:
    more = ["--set", "seed=1", "--set", "explained=2", "--bench", "b.yaml", "--observe", "timer", "--device", "cpu"]
    told = call("run", "x.yaml", *more, "--out", tmp_path, "--quick")
    assert told.code == 0
    assert asked["sets"] == ["seed=1", "explained=2"] and asked["bench"] == Path("b.yaml") and asked["quick"] is True
    assert asked["observe"] == ["timer"] and asked["device"] == "cpu" and asked["out"] == tmp_path


def test_run_prints_a_table_and_where_everything_lies(call: Call, asked: dict[str, Any]) -> None:
    assert call("run", "x.yaml").out.splitlines() == ["a table", "run x: runs/x", "report: runs/x/index.html"]


@pytest.mark.parametrize("command", [["run", "x.yaml"], ["compare", "x.yaml"]])
def test_a_single_file_is_written_and_its_size_said(
    call: Call, asked: dict[str, Any], command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/x").mkdir(parents=True)
    (tmp_path / "runs/x/index.html").write_text('<html lang="en"><main></main>' + "x" * 60_000, encoding="utf-8")
    told = call(*command, "--single-file")
    assert told.code == 0 and "single file: runs/x/single-file.html (0.1 MB)" in told.err
    assert (tmp_path / "runs/x/single-file.html").is_file()


def test_run_and_compare_judge_if_it_is_asked_for(call: Call, asked: dict[str, Any]) -> None:
    for command in ("run", "compare"):
        asked.pop("audit", None)
        assert call(command, "x.yaml", "--audit").code == 0 and asked["audit"] is True


def test_compare_takes_files_runs_and_seeds(call: Call, asked: dict[str, Any]) -> None:
    assert call("compare", "a.yaml", "two_step", "--seed", 0, "--seed", 4).code == 0
    assert asked["what"] == ["a.yaml", "two_step"] and asked["seeds"] == [0, 4]


def test_compare_perturbs_what_was_found_if_it_is_asked_to(call: Call, asked: dict[str, Any]) -> None:
    assert call("compare", "a.yaml").code == 0 and asked["perturb"] is False
    assert call("compare", "a.yaml", "--perturb-detections").code == 0 and asked["perturb"] is True


@pytest.mark.parametrize("command", [["run", "x.yaml"], ["compare", "x.yaml"]])
def test_json_is_all_that_is_printed_if_it_is_asked_for(call: Call, asked: dict[str, Any], command: list[str]) -> None:
    assert json.loads(call(*command, "--json").out) == {"pipelines": {}}


@pytest.mark.parametrize("command", [["run", "x.yaml"], ["compare", "x.yaml"]])
def test_fields_that_could_not_be_read_are_listed_and_make_the_exit_code_1(
    call: Call, asked: dict[str, Any], command: list[str]
) -> None:
    asked["failed"] = {"Im001_1": "the file is empty"}
    told = call(*command)
    assert told.code == 1 and "report: " in told.out
    assert "left out: Im001_1: the file is empty" in told.err and "1 field could not be read" in told.err
