from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from leukcad.report import pictures
from leukcad.report.colours import INFERNO, heat_colours
from leukcad.types import Cells, Heatmap

FIELD = np.full((90, 120, 3), 200, np.uint8)
DARK = np.zeros((90, 120, 3), np.uint8)


def heat(top: float, shape: tuple[int, int] = (90, 120)) -> Heatmap:
    values = np.zeros(shape, np.float32)
    values[: shape[0] // 2] = top
    return Heatmap(torch.from_numpy(values), "ALL", "gradcam")


def test_a_map_half_as_hot_is_drawn_less_hot_on_the_same_scale():
    hot, mild = (pictures.overlay_heat(DARK, heat(top), vmax=2.0)[10, 10].sum() for top in (2.0, 0.4))
    assert hot > 2 * mild > 0


def test_what_is_cold_stays_the_greyed_field():
    drawn = pictures.overlay_heat(np.full((90, 120, 3), (250, 100, 100), np.uint8), heat(1.0), vmax=1.0)
    assert drawn[80, 10].tolist() == [150, 150, 150]


def test_a_small_map_is_stretched_over_the_field():
    assert pictures.overlay_heat(FIELD, heat(1.0, (7, 7)), 1.0).shape == FIELD.shape


def test_a_map_without_heat_has_a_scale():
    assert pictures.heat_scale([np.zeros((4, 4))]) == 1.0
    assert pictures.heat_scale([]) == 1.0


def test_the_heat_scale_grows_lighter_step_by_step():
    light = heat_colours(np.linspace(0, 1, 50)) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) > 0).all()
    assert heat_colours(np.array(1.0)).tolist() == [int(INFERNO[-1][i : i + 2], 16) for i in (0, 2, 4)]


def test_cells_are_outlined_and_named_without_touching_the_field_given():
    cells = Cells.of([[20, 30, 60, 70], [70, 30, 100, 60]])
    drawn = pictures.outline_cells(FIELD, cells, ["lymphoblast", "healthy"], [0.9, 0.1], ("lymphoblast",))
    assert (FIELD == 200).all()
    assert (drawn[48, 18:20] == (255, 140, 43)).all() and (drawn[48, 40] == 200).all()
    assert (drawn[45, 68:70] == (108, 196, 255)).all()
    assert (drawn[:28, :100] != 200).any(), "the name stands above its cell"


def test_a_region_is_outlined_where_there_is_one():
    regions = np.zeros((90, 120), np.int32)
    regions[30:60, 40:50] = 1
    drawn = pictures.outline_cells(FIELD, Cells.of([[0, 0, 119, 89]], regions=regions))
    assert (drawn[45, 40] != 200).any()
    assert (drawn[5:25, 5:110] == 200).all(), "its box is not drawn"


def test_a_cell_at_the_border_a_point_and_none_at_all_are_drawn():
    wide = Cells.of([[-20, -20, 200, 200], [5, 5, 5, 5]])
    assert pictures.outline_cells(FIELD, wide, ["x" * 99, ""], [1.0, 0.5], None).shape == FIELD.shape
    assert (pictures.outline_cells(FIELD, Cells.empty()) == FIELD).all()


def test_one_square_is_shown_as_it_was_seen_and_several_in_a_grid():
    squares = torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, 3, 8, 8)
    assert (pictures.seen(squares[3:4]) == 3).all() and pictures.seen(squares[3:4]).shape == (8, 8, 3)
    sheet = pictures.seen(squares)
    assert sheet.shape == (19, 30, 3)
    assert sheet[0, 0, 0] == 0 and sheet[18, 18, 0] == 4 and sheet[18, 29, 0] == 255
    assert pictures.seen(torch.zeros((0, 3, 8, 8), dtype=torch.uint8)).shape == (1, 1, 3)


@pytest.mark.parametrize("name", ["a.png", "sub/b.jpg", "c.webp"])
def test_a_picture_is_saved_by_its_suffix(tmp_path, name):
    path = pictures.save(tmp_path / name, FIELD)
    with Image.open(path) as image:
        assert (
            image.size == (120, 90)
            and image.format == {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[name.rpartition(".")[2]]
        )
