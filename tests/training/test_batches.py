"""The loop learns from whatever gives batches of inputs and targets: masks, here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from leukcad.errors import LeukcadError
from leukcad.options import TrainOptions
from leukcad.step import Step
from leukcad.training import TrainResult, seeded, steps, train


@dataclass
class Spots:
    """Noise with a light square somewhere, and where it is: uint8 (3, 8, 8) and bool (8, 8)."""

    n: int
    seed: int = 0

    def __post_init__(self) -> None:
        draws = torch.Generator().manual_seed(self.seed)
        self.images = torch.randint(0, 120, (self.n, 3, 8, 8), generator=draws).to(torch.uint8)
        self.masks = torch.zeros((self.n, 8, 8))
        for image, mask, (y, x) in zip(
            self.images, self.masks, torch.randint(0, 5, (self.n, 2), generator=draws).tolist(), strict=True
        ):
            image[:, y : y + 4, x : x + 4] += 120
            mask[y : y + 4, x : x + 4] = 1

    def __len__(self) -> int:
        return self.n

    def shuffled(
        self, size: int, order: torch.Generator, changes: torch.Generator
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        rows = torch.randperm(self.n, generator=order)
        for number in range(steps(self.n, size)):
            some = rows[number * size : (number + 1) * size]
            flip = [2] if torch.rand((), generator=changes) < 0.5 else []
            yield self.images[some].flip([d + 1 for d in flip]), self.masks[some].flip(flip)

    def in_order(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for start in range(0, self.n, 3):
            yield self.images[start : start + 3], self.masks[start : start + 3]

    def tensors(self) -> Iterator[torch.Tensor]:
        yield from (self.images, self.masks)


def fit(folder: Path | None = None, examples: Spots | None = None, cut_after: int | None = None) -> TrainResult:
    step = Step("segment", "tiny", object(), folder=folder)
    with seeded(step, "network"):
        network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 1, 1))
    seen = 0

    def prepare(pixels: torch.Tensor) -> torch.Tensor:
        nonlocal seen
        seen += torch.is_grad_enabled()
        if cut_after is not None and seen > cut_after:
            raise KeyboardInterrupt
        return pixels.float() / 127.5 - 1

    def loss(scores: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        return nn.functional.binary_cross_entropy_with_logits(scores[:, 0], masks)

    def right(scores: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        return ((scores[:, 0] > 0) == (masks > 0)).float().flatten(1).mean(1)

    told = TrainOptions(epochs=8, batch=4, lr=2e-2)
    data = examples or Spots(17)
    return train(network, loss, data, Spots(7, 1), told, step, prepare=prepare, right=right)


def test_masks_are_learned_and_the_history_tells_the_share_of_pixels_that_are_right() -> None:
    last = fit().history[-1]
    assert last.train_loss < 0.2
    assert last.validation_accuracy is not None and 0.95 < last.validation_accuracy <= 1


def test_a_fit_on_masks_that_was_cut_off_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "cut", cut_after=14)
    again = fit(tmp_path / "cut")
    assert [row.validation_loss for row in again.history] == [row.validation_loss for row in whole.history]


def test_a_checkpoint_of_other_masks_is_not_gone_on_from(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, cut_after=14)
    other = Spots(17)
    other.masks[0, 0, 0] = 1
    fit(tmp_path, other)
    assert "is of other data" in caplog.text


def test_one_mask_is_too_few() -> None:
    with pytest.raises(LeukcadError, match="two training examples or more, got 1"):
        fit(examples=Spots(1))
