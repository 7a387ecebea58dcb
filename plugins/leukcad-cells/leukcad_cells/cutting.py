"""Regions of fields as crops: squares around boxes, and all of a batch in one tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from leukcad import Cells, Crops, Field
from leukcad.regions import sample

if TYPE_CHECKING:
    from torch import Tensor

Fit = Literal["squash", "letterbox"]


def cut(fields: Sequence[Field], boxes: Sequence[Tensor], cells: Sequence[Cells], size: int, fit: Fit) -> Crops:
    """Sample `boxes` out of `fields`, one list of boxes per field; with letterbox crops name the padded squares."""
    pixels = [sample(f.image, b, size, fit) for f, b in zip(fields, boxes, strict=True)]
    return gathered(pixels, boxes if fit == "squash" else [squares(b) for b in boxes], cells, size)


def gathered(pixels: Sequence[Tensor], boxes: Sequence[Tensor], cells: Sequence[Cells], size: int) -> Crops:
    """One batch out of the pixels (N, 3, size, size) and the regions (N, 4) of each field, with the cells' labels."""
    import torch

    counts = [len(b) for b in boxes]
    empty = torch.zeros(0, dtype=torch.int64)
    return Crops(
        torch.cat(list(pixels)) if pixels else torch.zeros((0, 3, size, size), dtype=torch.uint8),
        torch.cat(list(boxes)) if boxes else torch.zeros((0, 4)),
        torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts, dtype=torch.int64)),
        torch.cat([torch.arange(n) for n in counts]) if counts else empty,
        torch.cat([c.labels.cpu() for c in cells]) if cells else empty,
    )


def widened(boxes: Tensor, context: float) -> Tensor:
    """Boxes (N, 4) `context` times as wide and high about their centres."""
    import torch

    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2 * context
    return torch.cat([centre - half, centre + half], dim=1)


def squares(boxes: Tensor, context: float = 1.0, side: float | None = None, least: float = 0.0) -> Tensor:
    """Squares (N, 4) about the centres of boxes: `side` px wide, else `context` times the longer side.

    least: px that half a square has anyhow.
    """
    import torch

    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    extent = (boxes[:, 2:] - boxes[:, :2]).amax(dim=1, keepdim=True)
    half = torch.full_like(extent, side / 2) if side else (extent * context / 2).clamp(min=least)
    return torch.cat([centre - half, centre + half], dim=1)
