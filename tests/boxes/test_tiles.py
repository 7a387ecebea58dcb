"""Big fields in tiles: what tiles show of a cell is one cell."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad.boxes import Found, merged, starts, views

HEIGHT, WIDTH, TILE = 700, 900, 300
LEAST = 12.0  # px of a cell that a detector would still see in a tile


def shown(cells: torch.Tensor, view: tuple[int, int, int, int], scores: torch.Tensor) -> Found:
    """What a faultless detector finds in a view: every cell, cut at the view's edges."""
    x0, y0, x1, y1 = view
    boxes = cells.clone()
    boxes[:, 0::2], boxes[:, 1::2] = boxes[:, 0::2].clamp(x0, x1), boxes[:, 1::2].clamp(y0, y1)
    seen = ((boxes[:, 2:] - boxes[:, :2]) >= LEAST).all(dim=1)
    return Found(boxes[seen], scores[seen], torch.arange(len(cells))[seen], view)


def found_in_tiles(cells: list[list[float]], overlap: float, tile: int = TILE) -> tuple[torch.Tensor, torch.Tensor]:
    """Boxes and labels (which cell it is) of the field, in the order of the cells."""
    boxes = torch.tensor(cells).reshape(-1, 4)
    scores = torch.linspace(0.9, 0.6, len(cells))
    parts = [shown(boxes, view, scores) for view in views(HEIGHT, WIDTH, tile, overlap)]
    told, _, labels = merged(parts, HEIGHT, WIDTH, 0.5)
    order = labels.argsort()
    return told[order], labels[order]


@given(
    height=st.integers(1, 900),
    width=st.integers(1, 900),
    tile=st.integers(64, 400),
    overlap=st.floats(0, 0.5, allow_nan=False),
)
def test_tiles_cover_the_field_and_overlap_as_they_are_told(height, width, tile, overlap):
    some = views(height, width, tile, overlap)
    covered = torch.zeros(height, width, dtype=torch.bool)
    for x0, y0, x1, y1 in some:
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
        assert x1 - x0 == min(tile, width) and y1 - y0 == min(tile, height)
        covered[y0:y1, x0:x1] = True
    assert covered.all()
    across = sorted({view[0] for view in some})
    assert all(right - left <= tile * (1 - overlap) + 1 for left, right in pairwise(across))


@given(length=st.integers(1, 5000), tile=st.integers(8, 600), data=st.data())
def test_tiles_along_a_length_end_with_it_and_share_what_they_should(length, tile, data):
    shared = data.draw(st.integers(0, tile // 2))
    begins = starts(length, tile, shared)
    assert begins[0] == 0 and begins[-1] == max(length - tile, 0)
    assert all(b - a <= tile - shared for a, b in pairwise(begins))


def test_without_tiles_there_is_one_view_the_whole_field():
    assert views(480, 640, None, 0.25) == [(0, 0, 640, 480)]


@st.composite
def scattered(draw) -> list[list[float]]:
    """Cells that fit into the overlap of tiles, one in each of some places of a grid that does not fit the tiles."""
    spots = draw(st.lists(st.integers(0, 8 * 6 - 1), unique=True, max_size=12))
    cells = []
    for spot in spots:
        side = draw(st.floats(30, 70))
        x, y = 110 * (spot % 8) + draw(st.floats(0, 35)), 112 * (spot // 8) + draw(st.floats(0, 35))
        cells.append([x, y, min(x + side, WIDTH), min(y + side, HEIGHT)])
    return cells


@given(cells=scattered())
def test_every_cell_is_found_once_and_whole_wherever_the_seams_lie(cells):
    boxes, labels = found_in_tiles(cells, 0.25)  # 75 px
    assert labels.tolist() == list(range(len(cells)))
    assert torch.allclose(boxes, torch.tensor(cells).reshape(-1, 4))


@pytest.mark.parametrize("cell", [[200.0, 40.0, 400.0, 190.0], [40.0, 160.0, 190.0, 440.0]], ids=["across", "down"])
def test_a_cell_that_no_tile_shows_whole_is_joined_of_its_halves(cell):
    boxes, labels = found_in_tiles([cell], 0.1)
    assert labels.tolist() == [0]
    assert torch.allclose(boxes, torch.tensor([cell]))


def test_two_cells_that_touch_at_a_seam_stay_two():
    first = views(HEIGHT, WIDTH, TILE, 0.0)[0]
    edge = float(first[2])
    cells = [[edge - 80, 50.0, edge, 130.0], [edge, 120.0, edge + 80, 200.0]]
    assert found_in_tiles(cells, 0.0)[1].tolist() == [0, 1]


def test_a_faint_box_at_a_seam_does_not_blow_up_a_sure_one():
    left, right = (0, 0, 300, 300), (300, 0, 600, 300)
    sure = Found(torch.tensor([[220.0, 50.0, 300.0, 130.0]]), torch.tensor([0.99]), torch.tensor([0]), left)
    faint = Found(torch.tensor([[300.0, 40.0, 590.0, 140.0]]), torch.tensor([0.06]), torch.tensor([0]), right)
    boxes, scores, _ = merged([sure, faint], 300, 600, 0.5)
    assert boxes[scores.argmax()].tolist() == [220.0, 50.0, 300.0, 130.0]


def test_one_cell_of_two_classes_is_one_cell_of_the_surer_class():
    boxes = torch.tensor([[10.0, 10.0, 90.0, 90.0], [12.0, 9.0, 91.0, 92.0]])
    view = (0, 0, 200, 200)
    found = merged([Found(boxes, torch.tensor([0.4, 0.7]), torch.tensor([0, 1]), view)], 200, 200, 0.5)
    assert found[2].tolist() == [1]


def test_where_no_view_holds_a_cell_twice_two_boxes_in_one_stay_two_and_one_in_two_views_is_one():
    view, beside = (0, 0, 200, 200), (100, 0, 300, 200)
    near = torch.tensor([[110.0, 10.0, 160.0, 60.0], [112.0, 12.0, 162.0, 62.0]])
    pair = Found(near, torch.tensor([0.4, 0.7]), torch.tensor([0, 1]), view)
    assert merged([pair], 200, 300, None)[1].tolist() == torch.tensor([0.7, 0.4]).tolist()
    again = Found(near[1:], torch.tensor([0.6]), torch.tensor([1]), beside)
    assert merged([Found(near[:1], pair.scores[:1], pair.labels[:1], view), again], 200, 300, None)[2].tolist() == [1]


def test_a_platelet_on_a_red_cell_in_the_next_tile_leaves_it_whole():
    platelet, red = [395.0, 130.0, 411.0, 146.0], [390.0, 100.0, 470.0, 180.0]
    first = Found(
        torch.tensor([platelet, [390.0, 100.0, 416.0, 180.0]]),
        torch.tensor([0.95, 0.6]),
        torch.tensor([1, 0]),
        (0, 0, 416, 400),
    )
    second = Found(torch.tensor([platelet, red]), torch.tensor([0.93, 0.9]), torch.tensor([1, 0]), (312, 0, 728, 400))
    boxes, _, labels = merged([first, second], 400, 800, 0.5)
    assert boxes.tolist() == [platelet, red] and labels.tolist() == [1, 0]
