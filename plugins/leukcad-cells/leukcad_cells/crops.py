"""Crops: which region around a cell the classifier sees, and how it becomes a square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field as Option

from leukcad import Cells, Crops, Field, LeukcadError, Step, hookimpl
from leukcad_cells.cutting import cut, squares, widened
from leukcad_cells.jitter import Jittered, Jittering

Context = Annotated[float, Option(gt=0, le=20, description="side of the region, as a multiple of the cell's")]
Fitting = Annotated[Literal["squash", "letterbox"], Option(description="pull to a square, or pad")]


def no_points(fields: Sequence[Field], cells: Sequence[Cells], step: Step) -> None:
    """Raises `LeukcadError` for a cell without extent: its crop would be one pixel, drawn large."""
    for field, found in zip(fields, cells, strict=True):
        if bool((found.boxes[:, 2:] <= found.boxes[:, :2]).any()):
            cure = "say `side` of crop: square, in px, or give data with boxes or masks"
            raise LeukcadError(f"{step.title}: {field.record.id}: a cell is a point, without a box", cure=cure)


class Square(Jittering):
    """A square around each cell's centre: the cell keeps its shape, `context` says how much surrounds it."""

    def __init__(
        self,
        *,
        context: Context = 1.5,
        side: Annotated[
            float | None, Option(gt=0, description="a fixed side in px instead, so that size shows")
        ] = None,
        jitter: Jittered = None,
    ) -> None:
        super().__init__(jitter)
        self.context, self.side = context, side

    @hookimpl
    def leukcad_crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int, step: Step) -> Crops:
        """Crops of squares, context · max(width, height) on a side (or `side` px)."""
        if self.side is None:
            no_points(fields, cells, step)
        boxes = [squares(c.boxes, self.context, self.side, least=0.5) for c in cells]
        boxes = [self.moved(b, f, step) for b, f in zip(boxes, fields, strict=True)]
        return cut(fields, boxes, cells, size, "squash")


class Box(Jittering):
    """Each cell's own box, widened by `context`, squashed into the square or letterboxed."""

    def __init__(self, *, context: Context = 1.0, fit: Fitting = "squash", jitter: Jittered = None) -> None:
        super().__init__(jitter)
        self.context = context
        self.fit: Literal["squash", "letterbox"] = fit

    @hookimpl
    def leukcad_crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int, step: Step) -> Crops:
        """Crops of boxes; with letterbox the region's `boxes` are the padded squares."""
        no_points(fields, cells, step)
        boxes = [self.moved(widened(c.boxes, self.context), f, step) for c, f in zip(cells, fields, strict=True)]
        return cut(fields, boxes, cells, size, self.fit)


class Physical(Jittering):
    """A square of so many µm around each cell's centre: cells show in their true sizes at any magnification."""

    def __init__(
        self,
        *,
        side: Annotated[float, Option(gt=0, le=1000, description="of the square, µm; a red cell has 7.2")] = 20.0,
        fallback: Annotated[
            float | None, Option(gt=0, description="px instead, where a field does not tell its pixel size")
        ] = None,
        jitter: Jittered = None,
    ) -> None:
        super().__init__(jitter)
        self.side, self.fallback = side, fallback

    @hookimpl
    def leukcad_crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int, step: Step) -> Crops:
        """Crops of squares; raises `LeukcadError` for a field with cells, without pixel size, where no fallback is."""
        boxes = []
        for field, found in zip(fields, cells, strict=True):
            side = self._px(field, step) if len(found) else 1.0
            boxes.append(self.moved(squares(found.boxes, side=side), field, step))
        return cut(fields, boxes, cells, size, "squash")

    def _px(self, field: Field, step: Step) -> float:
        if field.pixel_size:
            return self.side / field.pixel_size
        if self.fallback is None:
            cure = "put `preprocess: red-cell-scale` before it, or say `fallback`, in px"
            raise LeukcadError(f"{step.title}: {field.record.id} does not tell its pixel size (µm/px)", cure=cure)
        return self.fallback
