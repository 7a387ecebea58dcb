"""Training pictures change, and their boxes with them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad.boxes.turning import Picture, changed, mirrored, within, zoomed
from leukcad.options import Augment


def picture(height: int = 60, width: int = 80, box: tuple[int, int, int, int] = (20, 12, 44, 30)) -> Picture:
    """A dark picture with one light rectangle, in its box."""
    pixels = torch.full((3, height, width), 20, dtype=torch.uint8)
    x0, y0, x1, y1 = box
    pixels[:, y0:y1, x0:x1] = 220
    return Picture(pixels, torch.tensor([box], dtype=torch.float32), torch.tensor([1]))


def lit(told: Picture) -> list[int]:
    """The box of what is light."""
    rows, columns = (told.pixels[0] > 120).nonzero(as_tuple=True)
    return [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]


@given(across=st.booleans(), down=st.booleans(), transposed=st.booleans())
def test_a_mirrored_box_lies_around_what_it_lay_around(across, down, transposed):
    told = mirrored(picture(), across, down, transposed)
    assert told.boxes[0].tolist() == lit(told)
    assert tuple(told.pixels.shape[1:]) == ((80, 60) if transposed else (60, 80))


@given(across=st.booleans(), down=st.booleans(), box=st.tuples(st.floats(0, 40), st.floats(0, 30)))
def test_mirrored_twice_a_picture_and_its_boxes_are_what_they_were(across, down, box):
    before = picture()
    before = Picture(before.pixels, torch.tensor([[*box, 72.5, 55.25]]), before.labels)
    told = mirrored(mirrored(before, across, down, False), across, down, False)
    assert torch.equal(told.pixels, before.pixels) and torch.allclose(told.boxes, before.boxes, atol=1e-5)


def test_rows_and_columns_changed_twice_a_picture_and_its_boxes_are_what_they_were():
    told = mirrored(mirrored(picture(), False, False, True), False, False, True)
    assert torch.equal(told.pixels, picture().pixels) and torch.equal(told.boxes, picture().boxes)


@given(zoom=st.floats(0.5, 1.6), y=st.floats(0, 1), x=st.floats(0, 1))
def test_a_zoomed_box_lies_around_what_it_lay_around(zoom, y, x):
    told = zoomed(picture(box=(32, 24, 52, 40)), zoom, (y, x))
    assert tuple(told.pixels.shape) == (3, 60, 80)
    if len(told.boxes):
        assert all(abs(a - b) <= 1.5 for a, b in zip(told.boxes[0].tolist(), lit(told), strict=True))


@given(seed=st.integers(0, 2**32))
def test_turned_alone_a_picture_is_never_mirrored(seed):
    given_ = picture()
    told = changed([given_], Augment(rotate=True), torch.Generator().manual_seed(seed))[0]
    assert any(torch.equal(told.pixels, torch.rot90(given_.pixels, quarter, (1, 2))) for quarter in range(4))
    assert told.boxes[0].tolist() == lit(told)


def test_all_eight_symmetries_and_no_others_come_up():
    given_ = picture()
    draws = torch.Generator().manual_seed(0)
    seen = {
        told.pixels.numpy().tobytes() + bytes(told.pixels.shape)
        for _ in range(100)
        for told in changed([given_], Augment(flip=True, rotate=True), draws)
    }
    assert len(seen) == 8


def test_pictures_of_one_batch_keep_one_shape():
    draws = torch.Generator().manual_seed(1)
    for _ in range(20):
        some = changed([picture(), picture(), picture()], Augment(flip=True, rotate=True, scale=0.3), draws)
        assert len({tuple(told.pixels.shape) for told in some}) == 1


def test_without_changes_pictures_stay_as_they_are():
    given_ = picture()
    told = changed([given_], Augment(), torch.Generator())[0]
    assert torch.equal(told.pixels, given_.pixels) and torch.equal(told.boxes, given_.boxes)


def test_a_zoom_of_ones_own_is_asked_for_each_picture_where_the_scale_changes():
    asked: list[float] = []

    def zoom(given_: Picture, factor: float, place: Sequence[float]) -> Picture:
        asked.append(factor)
        return given_

    draws = torch.Generator().manual_seed(2)
    changed([picture(), picture()], Augment(scale=0.2), draws, zoom)
    changed([picture()], Augment(flip=True), draws, zoom)
    assert len(asked) == 2 and all(0.8 <= factor <= 1.2 for factor in asked)


def test_a_cell_of_which_little_is_seen_is_left_out_and_one_half_seen_is_cut():
    boxes = torch.tensor([[-30.0, 10.0, 4.0, 40.0], [-15.0, 10.0, 15.0, 40.0]])
    told = within(Picture(torch.zeros(3, 50, 50, dtype=torch.uint8), boxes, torch.tensor([1, 2])))
    assert told.labels.tolist() == [2]
    assert told.boxes.tolist() == [[0.0, 10.0, 15.0, 40.0]]
