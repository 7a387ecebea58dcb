"""The data source `csv`: what it reads, and what it names that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from leukcad_datasets.boxes_csv import BoxesCsv

from leukcad import LeukcadError, Step
from leukcad.data.images import write_png

CELLS = "field,x0,y0,x1,y1,class\na,5,5,15.5,20,WBC\na,30,20,60,40,RBC\na,7,8,7,8,WBC\n"
FIELDS = "field,file,label,group\na,pictures/a.png,ALL,slide 1\nb,b.png,,\n"


def source(folder: Path, cells: str = CELLS, fields: str = FIELDS, classes: str | None = None) -> Step:
    for name in ("pictures/a.png", "b.png"):
        write_png(np.zeros((30, 40, 3), np.uint8), folder / name)
    (folder / "cells.csv").write_text(cells)
    (folder / "fields.csv").write_text(fields)
    if classes is not None:
        (folder / "classes.txt").write_text(classes)
    return Step("data", "csv", BoxesCsv(path=folder))


def test_boxes_are_cut_at_the_edge_points_stay_points_and_a_field_without_cells_is_empty(tmp_path: Path) -> None:
    step = source(tmp_path)
    a, b = map(step.read, step.index())
    assert a.truth is not None and b.truth is not None
    assert a.truth.boxes.tolist() == [[5, 5, 15.5, 20], [30, 20, 40, 30], [7, 8, 7, 8]]
    assert a.truth.names() == ["WBC", "RBC", "WBC"] and (a.record.label, a.record.group) == ("ALL", "slide 1")
    assert len(b.truth) == 0 and b.complete == {"RBC", "WBC"} and (b.record.label, b.record.group) == (None, "b")


def test_classes_have_the_order_of_their_file_and_others_follow(tmp_path: Path) -> None:
    step = source(tmp_path, classes="WBC\nplatelet\n")
    truth = step.read(step.index()[0]).truth
    assert truth is not None and truth.classes == ("WBC", "platelet", "RBC")


@pytest.mark.parametrize(
    ("cells", "fields", "reason"),
    [
        ("a,x,5,15,20,WBC", "", r"cells\.csv:2: expected numbers x0, y0, x1, y1"),
        ("c,5,5,15,20,WBC", "", r"cells\.csv:2: the field 'c' is not in fields\.csv"),
        ("a,5,5,15,20,", "", r"cells\.csv:2: the column 'class' is empty"),
        ("", "a,b.png,,", r"fields\.csv:4: the field 'a' stands twice"),
        ("", "c,../b.png,,", r"fields\.csv:4: expected a path within"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, cells: str, fields: str, reason: str) -> None:
    told = f"field,x0,y0,x1,y1,class\n{cells}\n" if cells else CELLS
    with pytest.raises(LeukcadError, match=reason):
        source(tmp_path, told, FIELDS + fields).index()


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("15,5,5,20", "turned inside out"),
        ("nan,5,15,20", "finite numbers"),
        ("50,5,50,5", "the point 50, 5 lies outside"),
        ("nan,nan,nan,nan", "finite numbers"),
        ("41,5,60,20", "less than a pixel"),
    ],
)
def test_a_wrong_box_is_named_with_its_line_and_the_other_fields_are_read(
    tmp_path: Path, cell: str, reason: str
) -> None:
    step = source(tmp_path, f"field,x0,y0,x1,y1,class\na,{cell},WBC\n")
    a, b = step.index()
    with pytest.raises(LeukcadError, match=rf"cells\.csv:2: .*{reason}"):
        step.read(a)
    assert step.read(b).width == 40


def test_another_box_is_another_truth_for_whoever_asks_what_data_were(tmp_path: Path) -> None:
    before = source(tmp_path).index()[0].extra["truth"]
    assert source(tmp_path, CELLS.replace("15.5", "16")).index()[0].extra["truth"] != before
