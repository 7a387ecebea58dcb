"""Tiny things to train: light and dark pictures of 8 × 8 px, and a network with batch norm and dropout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import nn

from leukcad.options import TrainOptions
from leukcad.step import Step
from leukcad.training import TrainResult, cross_entropy, seeded, train
from leukcad.types import Crops


def prepare(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 to about ± 1."""
    return pixels.float() / 127.5 - 1


def network() -> nn.Module:
    """A convolution, batch norm, dropout, two classes."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2), nn.Flatten(), nn.Linear(4 * 36, 2)
    )


def crops(n: int, seed: int = 0) -> Crops:
    """Dark (0) and light (1) pictures in turn, with noise."""
    draws = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 2
    noise = torch.randint(0, 100, (n, 3, 8, 8), generator=draws)
    pixels = (noise + 60 * labels[:, None, None, None]).to(torch.uint8)
    return Crops(pixels, torch.zeros(n, 4), torch.zeros(n, dtype=torch.int64), torch.arange(n), labels)


def fit(
    folder: Path | None = None,
    *,
    make: Callable[[], nn.Module] = network,
    examples: Crops | None = None,
    validation: Crops | None = None,
    prepare: Callable[[torch.Tensor], torch.Tensor] = prepare,
    seed: int = 0,
    quick: bool = False,
    device: str = "cpu",
    right: Callable[..., torch.Tensor] | None = None,
    best: Literal["loss", "right"] = "loss",
    **options: Any,
) -> tuple[dict[str, torch.Tensor], TrainResult]:
    """Train; the weights at the end and the result."""
    told = TrainOptions(**{"epochs": 5, "batch": 4, "lr": 1e-2, **options})
    step = Step(
        "classify", "tiny", object(), folder=folder, seed=seed, quick=quick, device=device, classes=("dark", "light")
    )
    with seeded(step, "network"):
        net = make()
    data = crops(17) if examples is None else examples
    unseen = crops(10, seed=1) if validation is None else validation
    loss = cross_entropy(told, data.labels, 2)
    more: Any = {"head": net[-1].parameters(), "right": right, "best": best}  # type: ignore[index]
    result = train(net, loss, data, unseen, told, step, prepare=prepare, **more)
    return {name: t.clone() for name, t in net.state_dict().items()}, result


@pytest.fixture
def same() -> Callable[[dict[str, torch.Tensor], dict[str, torch.Tensor]], bool]:
    """Whether two states are bitwise the same."""
    return lambda a, b: a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.fixture
def tiny(same: Callable[..., bool]) -> Any:
    """The things of this file by name."""
    from types import SimpleNamespace

    return SimpleNamespace(prepare=prepare, network=network, crops=crops, fit=fit, same=same)
