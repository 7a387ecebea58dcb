"""Training pictures are made larger and smaller, and their boxes with them."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad.boxes import Picture


def picture(box: tuple[int, int, int, int]) -> Picture:
    """A dark picture of 60 × 80 px with one light rectangle, in its box."""
    pixels = torch.full((3, 60, 80), 20, dtype=torch.uint8)
    x0, y0, x1, y1 = box
    pixels[:, y0:y1, x0:x1] = 220
    return Picture(pixels, torch.tensor([box], dtype=torch.float32), torch.tensor([1]))


@given(zoom=st.floats(0.5, 1.6), y=st.floats(0, 1), x=st.floats(0, 1))
def test_a_zoomed_box_lies_around_what_it_lay_around(zoom, y, x):
    from leukcad_ultralytics.changing import zoomed

    told = zoomed(picture((32, 24, 52, 40)), zoom, (y, x))
    assert tuple(told.pixels.shape) == (3, 60, 80) and type(told.boxes) is torch.Tensor
    if len(told.boxes):
        rows, columns = (told.pixels[0] > 120).nonzero(as_tuple=True)
        lit = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
        assert all(abs(a - b) <= 1.5 for a, b in zip(told.boxes[0].tolist(), lit, strict=True))
