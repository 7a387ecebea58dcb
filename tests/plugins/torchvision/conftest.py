"""Small pictures and fitted classifiers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from leukcad_torchvision.classifier import Torchvision

from leukcad import Crops, Examples, Step
from leukcad.options import TrainOptions

CLASSES = ("healthy", "ALL")


def crops(n: int, size: int = 32, seed: int = 0) -> Crops:
    """Light and dark noise in turn."""
    draws = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 2
    noise = torch.randint(0, 120, (n, 3, size, size), generator=draws)
    pixels = (noise + 100 * labels[:, None, None, None]).to(torch.uint8)
    return Crops(pixels, torch.zeros(n, 4), torch.zeros(n, dtype=torch.int64), torch.arange(n), labels)


def step_of(component: Torchvision, classes: tuple[str, ...] = CLASSES, **more: Any) -> Step:
    """A step around `component`."""
    return Step("classify", "torchvision", component, classes=classes, **more)


def fitted(
    n: int = 4, size: int = 32, classes: tuple[str, ...] = CLASSES, train: dict[str, Any] | None = None, **options: Any
) -> Step:
    """A step that has learned from `n` crops."""
    told = TrainOptions(**{"epochs": 1, "batch": 2, **(train or {})})
    step = step_of(Torchvision(**{"name": "shufflenet_v2_x0_5", "input_size": size, "train": told, **options}), classes)
    step.fit(Examples(classes, crops=crops(n, size)), Examples(classes, crops=crops(2, size, 1)))
    return step


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """The things of this file by name."""
    return SimpleNamespace(crops=crops, step_of=step_of, fitted=fitted, classes=CLASSES)
