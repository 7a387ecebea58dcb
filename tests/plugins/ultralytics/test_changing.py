"""Training pictures change, and their boxes with them."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad.options import Augment


def picture(box: tuple[int, int, int, int] = (20, 12, 44, 30)) -> Any:
    """A dark picture of 60 × 80 px with one light rectangle, in its box."""
    from leukcad_ultralytics.changing import Picture

    pixels = torch.full((3, 60, 80), 20, dtype=torch.uint8)
    x0, y0, x1, y1 = box
    pixels[:, y0:y1, x0:x1] = 220
    return Picture(pixels, torch.tensor([box], dtype=torch.float32), torch.tensor([1]))


def lit(told: Any) -> list[int]:
    """The box of what is light."""
    rows, columns = (told.pixels[0] > 120).nonzero(as_tuple=True)
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]


@given(across=st.booleans(), down=st.booleans(), transposed=st.booleans())
def test_a_mirrored_box_lies_around_what_it_lay_around(across, down, transposed):
    from leukcad_ultralytics.changing import mirrored

    told = mirrored(picture(), across, down, transposed)
    assert type(told.boxes) is torch.Tensor and told.boxes[0].tolist() == lit(told)
    assert tuple(told.pixels.shape[1:]) == ((80, 60) if transposed else (60, 80))


@given(zoom=st.floats(0.5, 1.6), y=st.floats(0, 1), x=st.floats(0, 1))
def test_a_zoomed_box_lies_around_what_it_lay_around(zoom, y, x):
    from leukcad_ultralytics.changing import zoomed

    told = zoomed(picture((32, 24, 52, 40)), zoom, (y, x))
    assert tuple(told.pixels.shape) == (3, 60, 80)
    if len(told.boxes):
        assert all(abs(a - b) <= 1.5 for a, b in zip(told.boxes[0].tolist(), lit(told), strict=True))


@given(seed=st.integers(0, 2**32))
def test_turned_alone_a_picture_is_never_mirrored(seed):
    from leukcad_ultralytics.changing import changed

    before = picture()
    told = changed([before], Augment(rotate=True), torch.Generator().manual_seed(seed))[0]
    assert any(torch.equal(told.pixels, torch.rot90(before.pixels, quarter, (1, 2))) for quarter in range(4))
    assert told.boxes[0].tolist() == lit(told)


def test_pictures_of_one_batch_keep_one_shape():
    from leukcad_ultralytics.changing import changed

    draws = torch.Generator().manual_seed(1)
    for _ in range(10):
        some = changed([picture(), picture()], Augment(flip=True, rotate=True, scale=0.3), draws)
        assert len({tuple(told.pixels.shape) for told in some}) == 1
