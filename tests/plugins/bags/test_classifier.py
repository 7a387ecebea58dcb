"""A bag is cut, pooled, learned from field labels alone, and comes back from its weights."""

from __future__ import annotations

import pytest
import torch
from leukcad_bags.classifier import Bag
from leukcad_bags.network import BagNetwork
from torch import nn

from leukcad import Crops, Examples, LeukcadError, Step
from leukcad.options import TrainOptions

CLASSES = ("healthy", "ALL")


class Mean(nn.Module):
    """Describes a tile by the mean of each colour."""

    def forward(self, tiles: torch.Tensor) -> torch.Tensor:
        return tiles.mean(dim=(2, 3))


def crops(n: int, seed: int = 0) -> Crops:
    """Grey noise, 64 px; in every second one a single tile of 32 px is bright."""
    draws = torch.Generator().manual_seed(seed)
    pixels = torch.randint(60, 120, (n, 3, 64, 64), generator=draws).to(torch.uint8)
    for i in range(1, n, 2):
        y, x = (32 * int(v) for v in torch.randint(0, 2, (2,), generator=draws))
        pixels[i, :, y : y + 32, x : x + 32] += 120
    index = torch.arange(n)
    return Crops(pixels, torch.zeros(n, 4), index, torch.zeros_like(index), index % 2)


def step_of(pooling: str, epochs: int = 1) -> Step:
    told = TrainOptions(epochs=epochs, batch=8, lr=3e-3)
    bag = Bag(name="shufflenet_v2_x0_5", pooling=pooling, input_size=64, tile=32, train=told)
    return Step("classify", "bag", bag, classes=CLASSES)


def test_tiles_are_the_squares_of_a_field_row_by_row() -> None:
    pixels = torch.arange(2 * 3 * 4 * 4).view(2, 3, 4, 4).float()
    cut = BagNetwork(Mean(), 3, 2, tile=2, pooling="max").tiles(pixels)
    assert cut.shape == (8, 3, 2, 2)
    assert torch.equal(cut[1], pixels[0, :, :2, 2:]) and torch.equal(cut[6], pixels[1, :, 2:, :2])


def test_with_max_the_loudest_tile_speaks_for_the_field() -> None:
    network = BagNetwork(Mean(), 3, 2, tile=32, pooling="max")
    pixels = torch.rand(1, 3, 64, 64)
    alone = torch.stack([network(pixels[:, :, y : y + 32, x : x + 32]) for y in (0, 32) for x in (0, 32)])
    assert torch.allclose(network(pixels), alone.amax(dim=0), atol=1e-6)


@pytest.mark.parametrize("pooling", ["max", "attention"])
def test_where_a_tile_lies_does_not_matter(pooling: str) -> None:
    network = BagNetwork(Mean(), 3, 2, tile=32, pooling=pooling)
    pixels = torch.rand(2, 3, 64, 64)
    assert torch.allclose(network(pixels), network(pixels.roll(32, dims=3)), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["max", "attention"])
def test_it_learns_from_the_fields_label_which_tile_matters(pooling: str) -> None:
    step = step_of(pooling, epochs=12)
    step.fit(Examples(CLASSES, crops=crops(49)), Examples(CLASSES, crops=crops(16, 1)))
    unseen = crops(40, 2)
    told = step.classify(unseen).probabilities
    assert (told.argmax(dim=1) == unseen.labels).float().mean() >= 0.9


def test_restored_from_its_state_it_gives_the_same_answers() -> None:
    learned, fresh = step_of("attention"), step_of("attention")
    learned.fit(Examples(CLASSES, crops=crops(9)), Examples(CLASSES, crops=crops(2)))
    fresh.restore(learned.state())
    assert torch.equal(fresh.classify(crops(3)).probabilities, learned.classify(crops(3)).probabilities)


def test_a_field_that_tiles_do_not_fill_is_refused() -> None:
    with pytest.raises(LeukcadError, match="expected a multiple of the tile's 224 px, got 900"):
        Bag(input_size=900)
