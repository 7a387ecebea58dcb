"""Large fields are asked tile by tile, and nobody sees it in the answer."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from leukcad_smp.tiles import blended


def picture(height: int, width: int) -> torch.Tensor:
    return torch.randint(0, 256, (3, height, width), generator=torch.Generator().manual_seed(3)).to(torch.uint8)


@given(st.integers(20, 150), st.integers(20, 150), st.sampled_from([(32, 0), (64, 16), (96, 48)]))
def test_what_depends_on_single_pixels_is_the_same_tiled_or_whole(height: int, width: int, sizes) -> None:
    image = picture(height, width)
    told = blended(image, lambda part: part.float() / 255, *sizes)
    assert torch.allclose(told, image.float() / 255, atol=1e-6)


def test_no_tile_is_larger_than_it_may_be_and_all_sides_suit_the_network() -> None:
    sizes = []

    def ask(part: torch.Tensor) -> torch.Tensor:
        sizes.append(tuple(part.shape))
        return part[:, :1].float()

    assert blended(picture(150, 333), ask, 96, 20).shape == (1, 150, 333)
    assert len(sizes) == 2 * 5
    assert set(sizes) == {(1, 3, 96, 96)}


def test_answers_that_are_bad_at_a_tiles_edge_are_outweighed_by_the_neighbours() -> None:
    def ask(part: torch.Tensor) -> torch.Tensor:
        told = torch.zeros((1, 1, *part.shape[2:]))
        told[..., 0] = told[..., -1] = 1.0  # wrong in the outermost column, as networks are
        return told

    inner = blended(picture(64, 200), ask, 64, 32)[0, :, 2:-2]
    assert float(inner.max()) < 0.05
