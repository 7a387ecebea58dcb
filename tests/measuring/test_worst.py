"""The worst of what was found, and its pictures."""

from __future__ import annotations

import numpy as np
import pytest

from leukcad.data.images import read_image
from leukcad.measuring.drawing import FOUND, SIDE, TRUE, WIDE
from leukcad.measuring.scoring import score_field
from leukcad.measuring.targets import target_of
from leukcad.measuring.worst import draw, worst
from leukcad.types import Cells, Field, Record

GREY = 128


def field(boxes, masks=False, width=400, height=300, name="f"):
    regions = np.zeros((height, width), np.int32)
    for i, (x0, y0, x1, y1) in enumerate(boxes, 1):
        regions[y0:y1, x0:x1] = i
    truth = Cells.of(
        np.reshape(boxes, (-1, 4)), labels=[0] * len(boxes), classes=("WBC",), regions=regions if masks else None
    )
    return Field.of(Record(name), np.full((height, width, 3), GREY, np.uint8), truth=truth)


def scored(one, boxes, scores=None, regions=None):
    found = Cells.of(
        np.reshape(boxes, (-1, 4)), scores=scores, labels=[0] * len(boxes), classes=("WBC",), regions=regions
    )
    target = target_of(one)
    assert target is not None
    return score_field(one, "g", target, found, found)


def colours(picture):
    """How many pixels are nearly of the colour of true and of found cells."""
    told = read_image(picture).astype(int)
    wanted = [np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) for code in (TRUE, FOUND)]
    return [int((np.abs(told - colour).sum(axis=2) < 120).sum()) for colour in wanted]


def test_larger_missed_cells_and_surer_false_alarms_come_first():
    one = field([[0, 0, 20, 20], [100, 100, 180, 180]])
    told = worst([scored(one, [[300, 0, 320, 20], [300, 100, 320, 120]], scores=[0.4, 0.9])])
    assert [bad.words for bad in told if bad.kind == "missed"] == ["WBC, 80 px", "WBC, 20 px"]
    assert [bad.words for bad in told if bad.kind == "alarms"] == ["score 0.90", "score 0.40"]
    assert [bad.kind for bad in told if bad.box is None] == []  # as many found as there are


def test_of_each_kind_there_are_as_many_as_are_asked_for_and_none_of_a_perfect_field():
    one = field([[i * 30, 0, i * 30 + 20, 20] for i in range(9)])
    assert len([bad for bad in worst([scored(one, [])], most=4) if bad.kind == "missed"]) == 4
    assert worst([scored(one, one.truth.boxes.tolist())]) == []


@pytest.mark.parametrize("box", [[100, 100, 140, 140], [0, 0, 30, 30], [390, 290, 400, 300]])
def test_a_missed_cell_is_drawn_in_green_with_its_surroundings_also_at_the_border(tmp_path, box):
    one = field([box])
    (row, count) = draw(tmp_path, "0", worst([scored(one, [])]), lambda _: one)
    green, blue = colours(tmp_path / row["picture"])
    assert green > 100 and blue == 0 and row["box"] == box and count["words"] == "found 0, true 1"
    assert read_image(tmp_path / row["picture"]).shape == (SIDE, SIDE, 3)


def test_pixels_that_agree_badly_are_drawn_as_outlines_of_both(tmp_path):
    one = field([[100, 100, 140, 140]], masks=True)
    regions = np.zeros((300, 400), np.int32)
    regions[100:140, 115:155] = 1
    rows = draw(tmp_path, "0", worst([scored(one, [[115, 100, 155, 140]], regions=regions)]), lambda _: one)
    (row,) = [row for row in rows if row["kind"] == "dice"]
    assert row["words"] == "Dice 0.625" and min(colours(tmp_path / row["picture"])) > 100
    assert read_image(tmp_path / row["picture"]).shape[1] == WIDE


def test_a_field_is_read_once_for_all_its_pictures_and_one_that_is_gone_has_none(tmp_path):
    one = field([[0, 0, 20, 20], [50, 0, 70, 20]])
    asked = []
    assert len(draw(tmp_path, "0", worst([scored(one, [])]), lambda id_: asked.append(id_) or one)) == 3
    assert asked == ["f"] and draw(tmp_path, "1", worst([scored(one, [])]), lambda _: None) == []
