"""Batches out of pictures that lie whole in memory: an index, no data loader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor

BUDGET = 16 * 224 * 224  # px at once without gradients: enough to be fast, small beside a training batch
SMALL = 2**29  # bytes of pictures that are copied into the CPU's memory as a whole


class Labelled(Protocol):
    """Pictures with labels, such as `Crops`: pixels uint8 (N, 3, S, S), labels int64 (N,) ≥ 0."""

    @property
    def pixels(self) -> Tensor: ...
    @property
    def labels(self) -> Tensor: ...


def inference_batch(size: int) -> int:
    """How many squares of `size` px to take at once where no gradients are kept."""
    return max(1, min(256, BUDGET // (size * size)))


@dataclass(frozen=True, eq=False)
class Resident:
    """Pictures and labels where training wants them: on the device as a whole if they fill less than half of it."""

    pixels: Tensor
    labels: Tensor
    device: torch.device

    @classmethod
    def of(cls, examples: Labelled, device: torch.device) -> Resident:
        """`examples` on `device`; many pictures that are mapped from disk stay there."""
        import torch

        pixels = examples.pixels
        room = torch.cuda.mem_get_info(device)[0] / 2 if device.type == "cuda" else SMALL
        if pixels.nbytes < room:
            pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        return cls(pixels, examples.labels.to(device), device)

    def __len__(self) -> int:
        return int(self.labels.shape[0])

    def take(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """The pictures, uint8 with channels-last strides, and labels at `index` (B,), on the device."""
        rows = self.pixels.permute(0, 2, 3, 1).index_select(0, index.to(self.pixels.device))  # (B, S, S, 3)
        return rows.to(self.device).permute(0, 3, 1, 2), self.labels[index.to(self.device)]

    def shuffled(self, size: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of `size` in random order. A last batch of one is dropped: batch norm has nothing to norm there."""
        import torch

        order = torch.randperm(len(self), generator=generator)
        for number in range(steps(len(self), size)):
            yield self.take(order[number * size : (number + 1) * size])

    def in_order(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """All batches of `size` in order."""
        import torch

        order = torch.arange(len(self))
        for start in range(0, len(self), size):
            yield self.take(order[start : start + size])


def steps(examples: int, size: int) -> int:
    """How many batches of `size` an epoch has."""
    full, rest = divmod(examples, size)
    return full + (rest > 1 or (rest == 1 and full == 0))
