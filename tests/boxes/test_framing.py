"""Fields as a network sees them, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad import Cells, Examples, Field, LeukcadError, Record, Step
from leukcad.boxes import Framing, padded, pictures

STEP = Step("detect", "some", object(), classes=("WBC",))


def blank(height: int, width: int, **more: float) -> Field:
    """A field of nothing."""
    return Field.of(Record("blank"), np.zeros((height, width, 3), np.uint8), **more)


def told(field: Field, boxes: list[list[float]]) -> Examples:
    """The field with cells in these boxes."""
    cells = Cells.of(boxes, labels=[0] * len(boxes), classes=("WBC",))
    return Examples(("WBC",), [field.replace(truth=cells)], [cells])


@given(
    size=st.tuples(st.integers(60, 300), st.integers(60, 300)),
    side=st.integers(64, 400),
    tile=st.none() | st.integers(64, 200),
    corner=st.tuples(st.floats(0, 30), st.floats(0, 30)),
    far=st.tuples(st.floats(45, 60), st.floats(45, 60)),
)
def test_a_box_that_is_framed_and_brought_back_is_itself(size, side, tile, corner, far):
    framing, field = Framing(side, tile), blank(*size)
    box = [*corner, *far]
    (first, *_) = pictures(told(field, [box]), framing, False, STEP)
    (x0, y0, *_), (_, factor) = framing.views(field)[0], framing.seen(field, framing.views(field)[0])
    back = first.boxes[0] / factor + torch.tensor([x0, y0, x0, y0])
    assert torch.allclose(back, torch.tensor(box), atol=0.51 / factor)  # cut at an edge that is a whole px


def test_a_field_is_seen_at_its_side_and_a_tile_at_the_tiles_scale_even_where_it_is_cut():
    assert Framing(100).seen(blank(60, 300), (0, 0, 300, 60))[0].shape == (3, 20, 100)
    assert Framing(100, tile=50).seen(blank(60, 300), (0, 0, 50, 30))[0].shape == (3, 60, 100)


def test_with_microns_fields_of_other_magnifications_are_seen_at_one_scale_and_one_of_unknown_by_its_side():
    framing, field = Framing(100, microns=0.2), blank(200, 400)
    seen = [framing.seen(field.replace(pixel_size=px), (0, 0, 400, 200))[0].shape[1:] for px in (0.1, 0.4, None)]
    assert [tuple(size) for size in seen] == [(100, 200), (400, 800), (50, 100)]
    assert not framing.knows(field) and framing.knows(field.replace(pixel_size=0.1))


def test_a_field_that_would_be_huge_at_that_scale_is_refused_with_the_cure():
    field = blank(10, 600, pixel_size=1.0)
    with pytest.raises(
        LeukcadError, match=r"blank: 6000 px at 0.1 µm a px, more than 4096; set `tile`, or more microns"
    ):
        Framing(100, microns=0.1).seen(field, (0, 0, 600, 10))


@given(sizes=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=3))
def test_padded_pictures_lie_at_the_top_left_of_whole_strides_in_the_colour_of_their_borders(sizes):
    some = [torch.full((3, *size), 10 * i + 5, dtype=torch.uint8) for i, size in enumerate(sizes)]
    batch = padded(some)
    assert batch.shape[2] % 32 == batch.shape[3] % 32 == 0
    assert batch.shape[2] - 32 < max(h for h, _ in sizes) <= batch.shape[2]
    assert all(bool((laid == 10 * i + 5).all()) for i, laid in enumerate(batch))
    assert batch.is_contiguous(memory_format=torch.channels_last)


def test_a_square_framing_pads_to_squares_of_its_side_and_larger_ones_where_a_picture_is_larger():
    small, wide = torch.zeros(3, 30, 60, dtype=torch.uint8), torch.zeros(3, 30, 150, dtype=torch.uint8)
    framing = Framing(64, square=True)
    assert framing.padded([small]).shape == (1, 3, 64, 64) and framing.padded([small, wide]).shape == (2, 3, 160, 160)


def test_an_unannotated_field_gives_no_picture_and_an_empty_one_gives_one_without_boxes():
    empty, unknown = told(blank(80, 80), []), Examples(("WBC",), [blank(80, 80)], [Cells.empty(("WBC",))])
    assert [len(one.boxes) for one in pictures(empty, Framing(64), False, STEP)] == [0]
    assert pictures(unknown, Framing(64), False, STEP) == []
