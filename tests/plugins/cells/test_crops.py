"""Which region around a cell the classifier sees."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from leukcad_cells.crops import Box, Square
from leukcad_cells.outlined import Masked, Tight

from leukcad import Cells, Field, LeukcadError, Record, Step


def field(height: int = 60, width: int = 90) -> Field:
    rng = np.random.default_rng(1)
    return Field.of(Record("f"), rng.integers(0, 255, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("component", [Square(), Box(), Box(fit="letterbox")])
def test_fields_without_cells_give_no_crops(component: object) -> None:
    step = Step("crop", "c", component)
    assert len(step.crop([field(), field()], [Cells.empty(), Cells.empty()], 32)) == 0
    assert len(step.crop([], [], 32)) == 0


@pytest.mark.parametrize("component", [Square(), Box(), Box(fit="letterbox")])
def test_each_crop_names_its_field_and_its_cell(component: object) -> None:
    cells = [Cells.of([[0, 0, 9, 9], [20, 20, 40, 50]]), Cells.empty(), Cells.of([[5, 5, 15, 12]])]
    crops = Step("crop", "c", component).crop([field(), field(), field()], cells, 32)
    assert crops.field_index.tolist() == [0, 0, 2]
    assert crops.cell_index.tolist() == [0, 1, 0]


def test_a_square_crop_is_a_square_around_the_cells_centre_with_context() -> None:
    crops = Step("crop", "square", Square(context=2)).crop([field()], [Cells.of([[20, 20, 40, 30]])], 16)
    assert crops.boxes.tolist() == [[10, 5, 50, 45]]


@pytest.mark.parametrize("component", [Square(), Box(), Tight(around="box"), Masked(unsegmented="box")])
def test_a_cell_without_extent_is_refused_where_its_box_says_what_is_seen(component: object) -> None:
    point = Cells.of([[20, 20, 20, 20]])
    with pytest.raises(LeukcadError, match="f: a cell is a point, without a box; say `side`"):
        Step("crop", "c", component).crop([field()], [point], 16)
    assert Step("crop", "square", Square(side=10)).crop([field()], [point], 16).boxes.tolist() == [[15, 15, 25, 25]]


def test_a_fixed_side_shows_large_and_small_cells_at_one_scale() -> None:
    cells = Cells.of([[20, 20, 40, 30], [50, 20, 54, 24]])
    boxes = Step("crop", "square", Square(side=24)).crop([field()], [cells], 16).boxes
    assert (boxes[:, 2] - boxes[:, 0]).tolist() == [24, 24]


def test_a_letterboxed_crops_box_is_the_padded_square() -> None:
    crops = Step("crop", "box", Box(fit="letterbox")).crop([field()], [Cells.of([[20, 20, 40, 30]])], 16)
    assert crops.boxes.tolist() == [[20, 15, 40, 35]]
    assert torch.equal(crops.pixels[0, :, 0], crops.pixels[0, :, 15])  # the padding above and below
