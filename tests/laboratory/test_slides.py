"""An answer per slide: every cell is counted once or has a reason not to be, and every doubt is said."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leukcad_cells.rules import Number
from PIL import Image, ImageFilter

from leukcad import Cells, Field, LeukcadError, Step, hookimpl
from leukcad.answering import Trained
from leukcad.cli.slides import print_slides, write_slides_csv
from leukcad.config import load_pipeline
from leukcad.data.images import write_png
from leukcad.evaluation.intervals import clopper_pearson
from leukcad.host import discover
from leukcad.laboratory import Rules, agreement, by_group, grouped, read_manual
from leukcad.laboratory.quality import cover, quality
from leukcad.pipeline import Pipeline
from leukcad.runs import Run
from leukcad.testing import draw_field

CLASSES = ("lymphocyte", "lymphoblast", "RBC", "smudge_cell", "platelet")
YAML = """
data: {use: simulated}
classes: [healthy, ALL]
positive: ALL
cell_classes: {lymphocyte: [lymphocyte], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: lexicographic}
steps: [{detect: nuclei}, {diagnose: number}]
"""


class Reader:
    """Finds in each field the cells that are written in a JSON file beside it: class, box and score."""

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field]) -> list[Cells]:
        found = []
        for field in fields:
            told = json.loads(Path(str(field.record.path)).with_suffix(".json").read_text())
            labels, boxes, scores = ([one[k] for one in told] for k in range(3))
            numbers = [CLASSES.index(name) for name in labels]
            found.append(Cells.of(boxes, labels=numbers, scores=scores, classes=CLASSES))
        return found


@pytest.fixture
def model(tmp_path: Path) -> Trained:
    """A pipeline that counts what is written beside each picture, and calls ALL from two lymphoblasts on."""
    (tmp_path / "mine.yaml").write_text(YAML)
    spec = load_pipeline(tmp_path / "mine.yaml", discover())
    told: dict[str, Any] = {"classes": spec.classes, "positive": "ALL", "positive_cells": spec.positive_cells}
    steps = [Step("detect", "reader", Reader()), Step("diagnose", "number", Number(at_least=2), **told)]
    return Trained("mine", Run(tmp_path / "mine-0", "0"), spec, Pipeline(steps, spec.classes, "ALL"), 0.5)


def picture(path: Path, counts: dict[str, int], *, blur: float = 0, box: Sequence[float] = (9, 9, 40, 40)) -> Path:
    """A drawn field (280 × 240 px) with a number of cells of each class written beside it."""
    image = Image.fromarray(draw_field().array())
    write_png(np.asarray(image.filter(ImageFilter.GaussianBlur(blur)) if blur else image), path)
    cells = [[name, list(box), 0.9] for name, n in counts.items() for _ in range(n)]
    path.with_suffix(".json").write_text(json.dumps(cells))
    return path


def test_a_slide_is_diagnosed_and_its_differential_has_exact_intervals(model: Trained, tmp_path: Path) -> None:
    images = [picture(tmp_path / f"{i}.png", {"lymphocyte": 30, "lymphoblast": 10, "platelet": 5}) for i in range(3)]
    (told,) = by_group(model, {"A": images})
    assert (told["group"], told["called"], told["abstain"], told["fields"]) == ("A", "ALL", "", 3)
    assert (told["wbc"], told["goal"], told["goal_reached"]) == (120, 100, True)
    low, high = clopper_pearson(30, 120)
    assert told["differential"]["lymphoblast"] == {"count": 30, "share": 0.25, "low": low, "high": high}
    assert told["blasts"] == told["differential"]["lymphoblast"] and set(told["differential"]) == set(CLASSES[:2])
    assert told["wbc_per_1000_rbc"] is None


def test_white_cells_per_thousand_red_ones_have_an_interval_that_holds_them(model: Trained, tmp_path: Path) -> None:
    image = picture(tmp_path / "a.png", {"lymphocyte": 25, "RBC": 5000})
    ratio = by_group(model, {"A": [image]})[0]["wbc_per_1000_rbc"]
    assert (ratio["value"], ratio["wbc"], ratio["rbc"]) == (5.0, 25, 5000)
    assert 3.2 < ratio["low"] < 5 < ratio["high"] < 7.4  # 25 counted: Poisson's exact limits are 16.2 and 36.9


def test_what_is_not_in_the_differential_is_counted_beside_it(model: Trained, tmp_path: Path) -> None:
    image = picture(tmp_path / "a.png", {"lymphocyte": 20, "smudge_cell": 3})
    cells = json.loads(image.with_suffix(".json").read_text())
    cells += [["lymphocyte", [9, 9, 40, 40], 0.4]] * 2  # less than sure
    cells += [["lymphocyte", [250, 9, 280, 40], 0.9], ["lymphoblast", [9, 220, 40, 240], 0.9]]  # right, lower edge
    cells += [["lymphocyte", [0, 9, 30, 40], 0.9], ["lymphocyte", [9, 0, 30, 40], 0.9]]  # left, upper edge: counted
    image.with_suffix(".json").write_text(json.dumps(cells))
    (told,) = by_group(model, {"A": [image]})
    assert (told["wbc"], told["smudge"], told["unclassifiable"], told["border"]) == (22, 3, 2, 2)
    (all_,) = by_group(model, {"A": [image]}, Rules(border=False))
    assert (all_["wbc"], all_["border"]) == (24, 0)


def test_too_few_cells_make_it_abstain_and_say_so(model: Trained, tmp_path: Path) -> None:
    image = picture(tmp_path / "a.png", {"lymphoblast": 19})
    (told,) = by_group(model, {"A": [image]})
    assert told["called"] is None and told["abstain"] == "too few: 19 WBC counted, at least 20 needed"
    assert by_group(model, {"A": [image]}, Rules(least=19))[0]["called"] == "ALL"


def test_fields_out_of_focus_or_too_thick_are_not_counted_and_named(model: Trained, tmp_path: Path) -> None:
    images = [picture(tmp_path / "sharp.png", {"lymphocyte": 5}), picture(tmp_path / "b.png", {"RBC": 9}, blur=4)]
    (told,) = by_group(model, {"A": images})
    assert told["fields_refused"] == {"out of focus": 1}
    assert told["abstain"] == "too few: 5 WBC counted, at least 20 needed; not counted: 1 out of focus"
    (thick,) = by_group(model, {"A": images[:1]}, Rules(max_cover=0.1))
    assert thick["called"] is None and thick["abstain"] == "no field could be counted: 1 too thick"


def test_a_picture_that_cannot_be_read_is_named_and_the_others_are_counted(model: Trained, tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    (told,) = by_group(model, {"A": [tmp_path / "empty.png", picture(tmp_path / "a.png", {"lymphocyte": 30})]})
    assert told["called"] == "healthy" and list(told["unreadable"]) == [str(tmp_path / "empty.png")]


def test_a_run_that_finds_no_cells_is_refused(model: Trained, tmp_path: Path) -> None:
    direct = Trained("direct", model.run, model.spec, Pipeline([], model.spec.classes, "ALL"), 0.5)
    with pytest.raises(LeukcadError, match="classifies whole fields"):
        by_group(direct, {"A": [picture(tmp_path / "a.png", {})]})


def test_groups_by_folder_by_table_and_by_a_part_of_the_name(tmp_path: Path) -> None:
    images = [tmp_path / "p1" / "S01_a.jpg", tmp_path / "p2" / "S01_b.jpg", tmp_path / "p2" / "S02_a.jpg"]
    assert {g: len(f) for g, f in grouped(images, "folder").items()} == {"p1": 1, "p2": 2}
    assert {g: len(f) for g, f in grouped(images, "^(S[0-9]+)_").items()} == {"S01": 2, "S02": 1}
    assert list(grouped(images, "S[0-9]+")) == ["S01", "S02"]
    table = tmp_path / "slides.csv"
    table.write_text("field,group\nS01_a,x\np2/S01_b.jpg,x\nS02_a.jpg,y\n")
    assert {g: len(f) for g, f in grouped(images, str(table)).items()} == {"x": 2, "y": 1}


@pytest.mark.parametrize(("by", "said"), [("^Q", "no group by"), ("(", "no regular expression")])
def test_a_picture_without_a_group_and_a_pattern_that_is_none_are_refused(by: str, said: str) -> None:
    with pytest.raises(LeukcadError, match=said):
        grouped([Path("S01_a.jpg")], by)


#: Rümke's 95 % limits, %, of so many per cent of 100 cells, from memory of reprints of his table (none
#: was at hand): the exact limits, widened to whole per cent.
RUMKE_100 = {
    **{0: (0, 4), 1: (0, 6), 2: (0, 8), 3: (0, 9), 4: (1, 10), 5: (1, 12), 6: (2, 13), 7: (2, 14), 8: (3, 16)},
    **{9: (4, 17), 10: (4, 18), 15: (8, 24), 20: (12, 30), 25: (16, 35), 30: (21, 40), 35: (25, 46), 40: (30, 51)},
    **{45: (35, 56), 50: (39, 61)},
}


@pytest.mark.parametrize(("percent", "limits"), RUMKE_100.items())
def test_the_limits_of_a_manual_count_are_rumkes(percent: int, limits: tuple[int, int]) -> None:
    rows = agreement({}, {"other": 100 - percent, "this": percent})
    assert (math.floor(100 * rows[1]["low"]), math.ceil(100 * rows[1]["high"])) == limits


def test_a_share_agrees_within_the_limits_of_the_manual_count_only() -> None:
    rows = {row["class"]: row for row in agreement({"n": 88, "l": 12}, {"n": 95, "l": 5})}
    assert rows["l"]["within"] is False and rows["l"]["share"] == 0.12 and rows["l"]["manual"] == 0.05
    assert all(row["within"] for row in agreement({"n": 90, "l": 10}, {"n": 95, "l": 5}))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(any))
def test_a_count_always_agrees_with_itself(numbers: list[int]) -> None:
    told = {f"class{i}": n for i, n in enumerate(numbers)}
    assert all(row["within"] for row in agreement(told, told))


def test_no_count_agrees_with_nothing() -> None:
    assert [row["within"] for row in agreement({}, {"a": 5})] == [False]
    assert [row["within"] for row in agreement({"a": 5}, {})] == [False]


@pytest.mark.parametrize(
    ("line", "said"), [("A,blast,many", "whole number"), ("A,l,3\nA,l,4", ":3: 'l' of 'A' stands")]
)
def test_a_manual_count_that_is_none_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "m.csv").write_text(f"group,class,count\n{line}\n")
    with pytest.raises(LeukcadError, match=said):
        read_manual(tmp_path / "m.csv")


def test_the_table_and_the_csv_tell_what_the_json_tells(
    model: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = picture(tmp_path / "a.png", {"lymphocyte": 80, "lymphoblast": 20})
    told = by_group(model, {"=A": [image]}, manual={"=A": {"lymphocyte": 99, "lymphoblast": 1}})
    print_slides(told)
    table = capsys.readouterr().out
    assert "100 of 100" in table and "20 % (13–29)" in table and "OUTSIDE" in table
    write_slides_csv(told)
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["group"], row["called"], row["lymphoblast"], row["blasts_share"]) == ("'=A", "ALL", "20", "0.2")


def test_blur_rises_as_a_picture_is_blurred_and_cover_is_the_share_of_cells() -> None:
    sharp = draw_field(seed=3)
    pictures = [Image.fromarray(sharp.array()).filter(ImageFilter.GaussianBlur(r)) for r in (0, 1, 2, 4)]
    told = [quality(np.asarray(one)).blur for one in pictures]
    assert told == sorted(told) and told[0] < 0.6 < told[-1]
    half = np.full((100, 100), 220.0)
    half[:30] = 120
    assert cover(half) == pytest.approx(0.3)


def test_patients_are_not_made_one_by_a_name_nor_counted_twice(tmp_path: Path) -> None:
    one, other = tmp_path / "P1/blood/a.jpg", tmp_path / "P2/blood/a.jpg"
    with pytest.raises(LeukcadError, match="two folders are called 'blood'"):
        grouped([one, other], "folder")
    assert grouped([one, tmp_path / "P1/../P1/blood/a.jpg", one], "folder") == {"blood": [one]}
    table = tmp_path / "slides.csv"
    table.write_text("field,group\na.jpg,S1\na.jpg,S2\n")
    with pytest.raises(LeukcadError, match=r"slides\.csv:3: a\.jpg is of the group 'S1' already"):
        grouped([one], str(table))
