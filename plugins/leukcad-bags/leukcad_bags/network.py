"""A network over bags of tiles."""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDE = 64  # of the attention's hidden layer; Ilse et al. take 128 for features of 500 to 512


class BagNetwork(nn.Module):
    """Squares (B, 3, S, S) are cut into tiles (B · T, 3, t, t), described, and pooled into scores (B, C).

    max: the largest score of a tile, class by class. attention: the mean description, weighed by what is learned of
    each (Ilse, Tomczak and Welling 2018, equation 8, without gates), then a linear layer.
    """

    def __init__(self, describe: nn.Module, features: int, classes: int, tile: int, pooling: str) -> None:
        super().__init__()
        self.describe, self.tile, self.pooling = describe, tile, pooling
        self.weigh = nn.Sequential(nn.Linear(features, WIDE), nn.Tanh(), nn.Linear(WIDE, 1))
        self.head = nn.Linear(features, classes)
        if pooling == "max":
            self.weigh.requires_grad_(False)  # there, so that both poolings hold the same weights by name

    def forward(self, pixels: Tensor) -> Tensor:
        """Scores (B, C) of squares (B, 3, S, S); S is a multiple of the tile's side."""
        told = self.describe(self.tiles(pixels))  # (B · T, F)
        told = told.view(len(pixels), -1, told.shape[-1])  # (B, T, F)
        if self.pooling == "max":
            return torch.amax(self.head(told), dim=1)
        weights = torch.softmax(self.weigh(told), dim=1)  # (B, T, 1)
        scores: Tensor = self.head((weights * told).sum(dim=1))
        return scores

    def tiles(self, pixels: Tensor) -> Tensor:
        """(B, 3, S, S) → (B · T, 3, t, t), row by row, with channels-last strides."""
        n, side, t = len(pixels), pixels.shape[-1], self.tile
        if side % t:
            raise ValueError(f"squares: expected a side that is a multiple of {t} px, got {side}")
        cut = pixels.unfold(2, t, t).unfold(3, t, t)  # (B, 3, S/t, S/t, t, t)
        cut = cut.permute(0, 2, 3, 1, 4, 5).reshape(n * (side // t) ** 2, 3, t, t)
        return cut.contiguous(memory_format=torch.channels_last)


def build(name: str, classes: int, tile: int, pooling: str) -> BagNetwork:
    """A bag over a torchvision ResNet, ShuffleNet or MobileNet with random weights."""
    from torchvision import models  # type: ignore[import-untyped]

    network = models.get_model(name, weights=None)
    owner, last = (network, "fc") if hasattr(network, "fc") else (network.classifier, "1")
    features = int(getattr(owner, last).in_features)
    setattr(owner, last, nn.Identity())
    return BagNetwork(network, features, classes, tile, pooling)
