"""Crops: which region around a cell the classifier sees, and how it becomes a square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Option

from leukcad import Cells, Crops, Field, hookimpl
from leukcad.regions import sample

if TYPE_CHECKING:
    from torch import Tensor

Context = Annotated[float, Option(gt=0, le=20, description="side of the region, as a multiple of the cell's")]


class Square:
    """A square around each cell's centre: the cell keeps its shape, `context` says how much surrounds it."""

    def __init__(
        self,
        *,
        context: Context = 1.5,
        side: Annotated[
            float | None, Option(gt=0, description="a fixed side in px instead, so that size shows")
        ] = None,
    ) -> None:
        self.context, self.side = context, side

    @hookimpl
    def leukcad_crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int) -> Crops:
        """Crops of squares, context · max(width, height) on a side (or `side` px)."""
        return cut(fields, [self._squares(c.boxes) for c in cells], cells, size, "squash")

    def _squares(self, boxes: Tensor) -> Tensor:
        import torch

        centre = (boxes[:, :2] + boxes[:, 2:]) / 2
        extent = (boxes[:, 2:] - boxes[:, :2]).amax(dim=1, keepdim=True)
        half = torch.full_like(extent, self.side / 2) if self.side else (extent * self.context / 2).clamp(min=0.5)
        return torch.cat([centre - half, centre + half], dim=1)  # (N, 4)


class Box:
    """Each cell's own box, widened by `context`, squashed into the square or letterboxed."""

    def __init__(
        self,
        *,
        context: Context = 1.0,
        fit: Annotated[Literal["squash", "letterbox"], Option(description="pull to a square, or pad")] = "squash",
    ) -> None:
        self.context = context
        self.fit: Literal["squash", "letterbox"] = fit

    @hookimpl
    def leukcad_crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int) -> Crops:
        """Crops of boxes; with letterbox the region's `boxes` are the padded squares."""
        import torch

        boxes = []
        for c in cells:
            centre, half = (c.boxes[:, :2] + c.boxes[:, 2:]) / 2, (c.boxes[:, 2:] - c.boxes[:, :2]) / 2 * self.context
            boxes.append(torch.cat([centre - half, centre + half], dim=1))  # (N, 4)
        crops = cut(fields, boxes, cells, size, self.fit)
        return crops if self.fit == "squash" else crops.replace(boxes=_padded(crops.boxes))


def cut(
    fields: Sequence[Field],
    boxes: Sequence[Tensor],
    cells: Sequence[Cells],
    size: int,
    fit: Literal["squash", "letterbox"],
) -> Crops:
    """Sample `boxes` out of `fields`, one list of boxes per field, keeping the cells' labels."""
    import torch

    pixels = [sample(f.image, b, size, fit) for f, b in zip(fields, boxes, strict=True)]
    counts = [len(b) for b in boxes]
    empty = torch.zeros(0, dtype=torch.int64)
    return Crops(
        torch.cat(pixels) if pixels else torch.zeros((0, 3, size, size), dtype=torch.uint8),
        torch.cat(list(boxes)) if boxes else torch.zeros((0, 4)),
        torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts, dtype=torch.int64)),
        torch.cat([torch.arange(n) for n in counts]) if counts else empty,
        torch.cat([c.labels.cpu() for c in cells]) if cells else empty,
    )


def _padded(boxes: Tensor) -> Tensor:
    """The square that a letterboxed region fills, so that heat maps come back to the right place."""
    import torch

    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(dim=1, keepdim=True) / 2
    return torch.cat([centre - half, centre + half], dim=1)
