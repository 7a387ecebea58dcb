"""Tiles: a cell on a seam is one cell."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad import Field, Record

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
