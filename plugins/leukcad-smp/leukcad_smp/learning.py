"""What the network learns from: squares out of fields, with the kind of every pixel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.boxes import starts
from leukcad_smp import masks
from leukcad_smp.shown import Shown

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from leukcad.options import Augment, TrainOptions

AT_CELLS = 0.5  # share of the squares that are laid over a cell: most of a large field holds none


@dataclass(eq=False)
class Squares:
    """Squares of `tile` px out of fields: `leukcad.training.Batches`.

    Learning, each draws its place (every second one over a cell), size, turn and tone; a field gives as many as cover
    it. In order, they are the tiles that cover the fields. Inputs: uint8 (B, 3, tile, tile); targets: int64
    (B, tile, tile), IGNORED outside the field.
    """

    fields: Sequence[Shown]
    tile: int
    changes: Augment
    device: str

    def __post_init__(self) -> None:
        self._which = [i for i, one in enumerate(self.fields) for _ in range(self._many(one))]

    def _many(self, one: Shown) -> int:
        return max(1, round(math.prod(one.size) / self.tile**2))

    def __len__(self) -> int:
        return len(self._which)

    def shuffled(self, size: int, order: torch.Generator, changes: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """One epoch of drawn squares."""
        import torch

        from leukcad.training import augment_with_maps, steps

        rows = torch.randperm(len(self), generator=order).tolist()
        for number in range(steps(len(self), size)):
            drawn = [self._drawn(self._which[i], changes) for i in rows[number * size : (number + 1) * size]]
            pixels, targets = (torch.stack(column).to(self.device) for column in zip(*drawn, strict=True))
            pixels, targets = augment_with_maps(pixels, targets, self.changes, changes)
            yield pixels, targets.long()

    def in_order(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The tiles of one field after the other."""
        import torch

        from leukcad.training import inference_batch

        for one in self.fields:
            corners = [(y, x) for y in starts(one.size[0], self.tile, 0) for x in starts(one.size[1], self.tile, 0)]
            for first in range(0, len(corners), inference_batch(self.tile)):
                some = corners[first : first + inference_batch(self.tile)]
                parts = [cut(one, top, left, self.tile, self.tile) for top, left in some]
                pixels, targets = (torch.stack(column).to(self.device) for column in zip(*parts, strict=True))
                yield pixels, targets.long()

    def tensors(self) -> Iterator[Tensor]:
        """Images and targets."""
        for one in self.fields:
            yield from (one.image, one.target)

    def _drawn(self, index: int, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        """A square at a random place, its side changed by up to `changes.scale`."""
        import torch

        one = self.fields[index]
        factor, across, down, at_cell, which = torch.rand(5, generator=draws, dtype=torch.float64).tolist()
        side = max(1, round(self.tile / (1 + (2 * factor - 1) * self.changes.scale)))
        cells = (one.target.flatten() > 0).nonzero()[:, 0] if at_cell < AT_CELLS else one.target.new_zeros(0)
        if len(cells):
            y, x = divmod(int(cells[int(which * len(cells))]), one.size[1])
            top, left = y - round(down * side), x - round(across * side)
            top, left = _within(top, one.size[0], side), _within(left, one.size[1], side)
        else:
            top, left = (
                round(share * (length - side)) if length > side else (length - side) // 2
                for share, length in ((down, one.size[0]), (across, one.size[1]))
            )
        return cut(one, top, left, side, self.tile)


def _within(start: int, length: int, side: int) -> int:
    """A start at which the square lies in the field; in the middle where it is larger."""
    return min(max(start, 0), length - side) if length > side else (length - side) // 2


def cut(one: Shown, top: int, left: int, side: int, tile: int) -> tuple[Tensor, Tensor]:
    """The square of `side` px at (top, left) as uint8 (3, tile, tile) and (tile, tile); it may exceed the field."""
    import torch

    from leukcad.regions import sample

    box = torch.tensor([[left, top, left + side, top + side]], dtype=torch.float32)
    rows, columns = (((torch.arange(tile) + 0.5) * side / tile).long() + start for start in (top, left))
    height, width = one.size
    target = one.target[rows.clamp(0, height - 1)][:, columns.clamp(0, width - 1)].clone()
    target[(rows < 0) | (rows >= height)] = masks.IGNORED
    target[:, (columns < 0) | (columns >= width)] = masks.IGNORED
    return sample(one.image, box, tile)[0], target


def loss_of(options: TrainOptions, fields: Sequence[Shown], kinds_: int) -> Callable[[Any, Tensor], Tensor]:
    """Cross entropy and Dice of scores (B, C, S, S) and kinds (B, S, S), summed; what has no truth counts in neither.

    With `balance` a kind weighs N / (kinds · its pixels in `fields`) in the cross entropy. Dice is over all kinds that
    the batch holds (Milletari et al. 2016, arXiv:1606.04797, section 3, by smp).
    """
    import torch
    import torch.nn.functional as F
    from segmentation_models_pytorch.losses import DiceLoss  # type: ignore[import-untyped]

    dice = DiceLoss("multiclass", ignore_index=masks.IGNORED)
    counts = sum((torch.bincount(one.target.flatten(), minlength=kinds_) for one in fields), torch.zeros(kinds_))
    weights = counts.sum() / (kinds_ * counts.clamp(min=1)) if options.balance else torch.ones(kinds_)

    def loss(output: Any, wanted: Tensor) -> Tensor:
        nonlocal weights
        scores = output.float()
        weights = weights.to(scores.device)
        more: dict[str, Any] = {"weight": weights, "label_smoothing": options.label_smoothing}
        told: Tensor = F.cross_entropy(scores, wanted, ignore_index=masks.IGNORED, **more) + dice(scores, wanted)
        return told

    return loss


def right(output: Any, wanted: Tensor) -> Tensor:
    """The share of the pixels with truth whose kind has the highest score, (B,)."""
    known = wanted != masks.IGNORED
    hits: Tensor = ((output.argmax(dim=1) == wanted) & known).flatten(1).sum(1)
    return hits / known.flatten(1).sum(1).clamp(min=1)
