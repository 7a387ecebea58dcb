"""Tiles: a cell on a seam is one cell."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad import Field, LeukcadError, Record

HEIGHT, WIDTH = 500, 620


def blank(height: int = HEIGHT, width: int = WIDTH) -> Field:
    """A field of nothing."""
    return Field.of(Record("blank"), np.zeros((height, width, 3), np.uint8))


@given(height=st.integers(1, 400), width=st.integers(1, 400), tile=st.integers(64, 300), overlap=st.floats(0, 0.5))
def test_tiles_cover_the_field_and_overlap_as_they_are_told(height, width, tile, overlap):
    from leukcad_ultralytics.framing import Framing

    covered = torch.zeros(height, width, dtype=torch.bool)
    views = Framing(96, tile, overlap).views(blank(height, width))
    for x0, y0, x1, y1 in views:
        assert x1 - x0 == min(tile, width) and y1 - y0 == min(tile, height)
        covered[y0:y1, x0:x1] = True
    assert covered.all()
    lefts = sorted({view[0] for view in views})
    assert all(right - left <= tile * (1 - overlap) + 1 for left, right in pairwise(lefts))


def test_with_microns_fields_of_other_magnifications_are_seen_at_one_scale_and_one_of_unknown_by_its_side():
    from leukcad_ultralytics.framing import Framing

    framing, field = Framing(100, microns=0.2), blank(200, 400)
    seen = [framing.seen(field.replace(pixel_size=px), (0, 0, 400, 200))[0].shape[1:] for px in (0.1, 0.4, None)]
    assert [tuple(size) for size in seen] == [(100, 200), (400, 800), (50, 100)]
    assert not framing.knows(field) and framing.knows(field.replace(pixel_size=0.1))


def test_a_field_that_would_be_huge_at_that_scale_is_refused_with_the_cure():
    from leukcad_ultralytics.framing import Framing

    field = blank(10, 600).replace(pixel_size=1.0)
    with pytest.raises(
        LeukcadError, match=r"blank: 6000 px at 0.1 µm a px, more than 4096; set `tile`, or more microns"
    ):
        Framing(100, microns=0.1).seen(field, (0, 0, 600, 10))


@given(x=st.floats(0, WIDTH - 60), y=st.floats(0, HEIGHT - 60), side=st.floats(10, 60))
def test_a_cell_that_fits_into_the_overlap_is_owned_by_a_tile_that_shows_it_whole(x, y, side):
    from leukcad_ultralytics.framing import Framing

    field, framing = blank(), Framing(96, 200, 0.34)  # 68 px, of which SLACK is given to both sides
    owners = []
    for view in framing.views(field):
        left, top, right, bottom = framing.owned(field, view)
        if left <= x + side / 2 <= right and top <= y + side / 2 <= bottom:
            owners.append(view)
    assert owners
    for x0, y0, x1, y1 in owners:
        assert x0 <= x and y0 <= y and x + side <= x1 and y + side <= y1
