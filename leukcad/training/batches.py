"""Batches out of pictures that lie whole in memory: an index, no data loader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from leukcad.training.augment import augment

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from leukcad.options import Augment

BUDGET = 16 * 224 * 224  # px at once without gradients: enough to be fast, small beside a training batch
SMALL = 2**29  # bytes of pictures that are copied into the CPU's memory as a whole


class Labelled(Protocol):
    """Pictures with labels, such as `Crops`: pixels uint8 (N, 3, S, S), labels int64 (N,) ≥ 0."""

    @property
    def pixels(self) -> Tensor: ...
    @property
    def labels(self) -> Tensor: ...


class Batches(Protocol):
    """What the loop learns from, where it is no pictures with a label each: fields with masks or boxes, say.

    A batch is (inputs, targets): inputs go through `prepare` into the network, targets into the loss beside its output;
    `len(targets)` is how many examples the batch holds. All is on the device, and inputs are changed already.
    """

    def __len__(self) -> int: ...
    def shuffled(self, size: int, order: torch.Generator, changes: torch.Generator) -> Iterator[tuple[Any, Any]]:
        """One epoch in random order, `steps(len(self), size)` batches; `changes` draws augmentation."""

    def in_order(self) -> Iterator[tuple[Any, Any]]:
        """All examples in order as they are, in batches that fit into memory without gradients."""

    def tensors(self) -> Iterator[Tensor]:
        """All that the examples hold, in order: a checkpoint of other examples is not gone on from."""


def inference_batch(size: int) -> int:
    """How many squares of `size` px to take at once where no gradients are kept."""
    return max(1, min(256, BUDGET // (size * size)))


@dataclass(frozen=True, eq=False)
class Resident:
    """Pictures and labels where training wants them: on the device as a whole if they fill less than half of it."""

    pixels: Tensor
    labels: Tensor
    device: torch.device
    changes: Augment

    @classmethod
    def of(cls, examples: Labelled, device: torch.device, changes: Augment) -> Resident:
        """`examples` on `device`; many pictures that are mapped from disk stay there."""
        import torch

        pixels = examples.pixels
        room = torch.cuda.mem_get_info(device)[0] / 2 if device.type == "cuda" else SMALL
        if pixels.nbytes < room:
            pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        return cls(pixels, examples.labels.to(device), device, changes)

    def __len__(self) -> int:
        return int(self.labels.shape[0])

    def take(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """The pictures, uint8 with channels-last strides, and labels at `index` (B,), on the device."""
        rows = self.pixels.permute(0, 2, 3, 1).index_select(0, index.to(self.pixels.device))  # (B, S, S, 3)
        return rows.to(self.device).permute(0, 3, 1, 2), self.labels[index.to(self.device)]

    def shuffled(self, size: int, order: torch.Generator, changes: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """Changed batches of `size`. A last batch of one is dropped: batch norm has nothing to norm there."""
        import torch

        rows = torch.randperm(len(self), generator=order)
        for number in range(steps(len(self), size)):
            pixels, labels = self.take(rows[number * size : (number + 1) * size])
            yield augment(pixels, self.changes, changes), labels

    def in_order(self) -> Iterator[tuple[Tensor, Tensor]]:
        """All batches in order, as large as memory likes."""
        import torch

        order, size = torch.arange(len(self)), inference_batch(self.pixels.shape[-1])
        for start in range(0, len(self), size):
            yield self.take(order[start : start + size])

    def tensors(self) -> Iterator[Tensor]:
        """Pixels and labels."""
        yield from (self.pixels, self.labels)


def steps(examples: int, size: int) -> int:
    """How many batches of `size` an epoch has."""
    full, rest = divmod(examples, size)
    return full + (rest > 1 or (rest == 1 and full == 0))
