"""What a page lays over a field: heat on a shared scale, and outlines that run where cells end."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from leukcad.report import pictures
from leukcad.report.layers import HeatAlbum, heat_layer
from leukcad.report.outlines import RAYS, outlines
from leukcad.types import Cells, Heatmap


def heat(top: float, shape: tuple[int, int] = (90, 120)) -> Heatmap:
    values = np.zeros(shape, np.float32)
    values[: shape[0] // 2] = top
    return Heatmap(torch.from_numpy(values), "ALL", "gradcam")


def test_a_layer_over_the_grey_field_is_what_the_overlay_draws():
    field = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    values = np.linspace(0, 1.2, 90 * 120, dtype=np.float32).reshape(90, 120)
    layer = heat_layer(values, 1.0).astype(float)
    opacity = layer[..., 3:] / 255
    laid = (1 - opacity) * field.mean(axis=2, keepdims=True) + opacity * layer[..., :3]
    assert abs(laid - pictures.overlay_heat(field, values, 1.0)).max() < 2


def test_what_is_cold_is_clear():
    assert (heat_layer(np.zeros((4, 4)), 1.0)[..., 3] == 0).all()


def test_the_maps_of_an_album_share_one_scale(tmp_path):
    album = HeatAlbum()
    for name, top in (("cold", 0.1), ("hot", 1.0)):
        album.add("direct", tmp_path / f"{name}.webp", heat(top))
    album.add("two_step", tmp_path / "other.webp", heat(0.1))
    assert album.draw() == pytest.approx({"direct": 1.0, "two_step": 0.1})
    cold, hot, other = (np.asarray(Image.open(tmp_path / f"{n}.webp"))[5, 100, 3] for n in ("cold", "hot", "other"))
    assert 0 < 2 * int(cold) < int(hot) and abs(int(other) - int(hot)) < 3
    assert album.draw() == {}


def test_a_large_map_is_kept_small(tmp_path):
    album = HeatAlbum()
    album.add("direct", tmp_path / "a.webp", heat(1.0, (1944, 2592)))
    album.draw()
    with Image.open(tmp_path / "a.webp") as image:
        assert max(image.size) == 512


def covered(outline: list[int], shape: tuple[int, int]) -> np.ndarray:
    """The pixels that a polygon covers."""
    image = Image.new("1", shape[::-1])
    ImageDraw.Draw(image).polygon(outline, fill=1, outline=1)
    return np.asarray(image)


@given(st.floats(20, 100), st.floats(20, 70), st.floats(3, 18), st.floats(3, 18), st.floats(0, np.pi))
def test_an_outline_covers_a_round_cell_and_little_else(x: float, y: float, a: float, b: float, turn: float) -> None:
    ys, xs = np.mgrid[:90, :120]
    u = (xs - x) * np.cos(turn) + (ys - y) * np.sin(turn)
    v = (ys - y) * np.cos(turn) - (xs - x) * np.sin(turn)
    region = (u / a) ** 2 + (v / b) ** 2 <= 1
    regions = np.where(region, 1, 0).astype(np.int32)
    (outline,) = outlines(Cells.of([[0, 0, 119, 89]], regions=regions))
    assert len(outline) <= 2 * RAYS
    both = covered(outline, region.shape)
    assert (both & region).sum() / (both | region).sum() > 0.8


def test_cells_without_a_region_get_their_box_and_points_a_box_one_can_see():
    cells = Cells.of([[20, 30, 60, 70], [50, 50, 50, 50]])
    box, point = outlines(cells)
    assert box == [20, 30, 60, 30, 60, 70, 20, 70]
    assert point[0] < 50 < point[2] and point[1] < 50 < point[5]


def test_no_cells_have_no_outlines_and_an_empty_region_falls_back_to_the_box():
    assert outlines(Cells.empty()) == []
    regions = np.zeros((90, 120), np.int32)
    regions[30:40, 30:40] = 2
    first, second = outlines(Cells.of([[1, 2, 11, 12], [30, 30, 39, 39]], regions=regions))
    assert first == [1, 2, 11, 2, 11, 12, 1, 12]
    assert (min(second[::2]), max(second[::2])) == (30, 39)
