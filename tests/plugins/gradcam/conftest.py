from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from leukcad import Crops, Predictions, Step

CLASSES = ("healthy", "ALL")


class Net(nn.Module):
    """Two convolutions, each followed by a ReLU that works in place."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 6, 3), nn.ReLU(inplace=True)
        )
        self.head = nn.Linear(6, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x).mean(dim=(2, 3)))


def crops_of(n: int, size: int = 16) -> Crops:
    draws = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=draws)
    none = torch.zeros(n, dtype=torch.int64)
    return Crops(pixels, torch.zeros(n, 4), none, torch.arange(n), none)


def model_of(layer: int = 4, **changes: Any) -> SimpleNamespace:
    """A classifier as explainers see it, its class activation maps of `features[layer]`."""
    torch.manual_seed(0)
    network = Net().eval()

    def prepare(pixels: torch.Tensor) -> torch.Tensor:
        return pixels.float() / 255

    def predict(crops: Crops) -> Predictions:
        with torch.no_grad():
            return Predictions.of(network(prepare(crops.pixels)).softmax(dim=1), CLASSES)

    told = {"network": network, "cam_layer": network.features[layer], "prepare": prepare, "predict": predict}
    return SimpleNamespace(**{**told, "classes": CLASSES, "name": "net", **changes})


def step_of(component: Any, **more: Any) -> Step:
    return Step("explain", getattr(component, "method", "occlusion"), component, classes=CLASSES, **more)


@pytest.fixture
def crops() -> Callable[..., Crops]:
    return crops_of


@pytest.fixture
def model() -> Callable[..., SimpleNamespace]:
    return model_of


@pytest.fixture
def explaining() -> Callable[..., Step]:
    """The step of an explainer."""
    return step_of
