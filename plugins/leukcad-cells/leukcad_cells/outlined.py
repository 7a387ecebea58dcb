"""Crops by a cell's outline: as tight as its region, or with nothing but its region to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Option

from leukcad import Cells, Crops, Field, LeukcadError, Step, hookimpl
from leukcad.regions import border_colour, sample
from leukcad_cells.crops import Context, Fitting, no_points
from leukcad_cells.cutting import cut, gathered, squares, widened
from leukcad_cells.jitter import Jittered, Jittering

if TYPE_CHECKING:
    from torch import Tensor

Part = Literal["cell", "nucleus"]
Fill = Literal["plasma", "mean"] | Annotated[int, Option(ge=0, le=255)]


class Tight(Jittering):
    """Each cell's box and nothing around it; or the tightest box around its segmented region, or its nucleus."""

    def __init__(
        self,
        *,
        around: Annotated[
            Literal["box", "cell", "nucleus"], Option(description="the box as found, or what was segmented")
        ] = "box",
        fit: Fitting = "squash",
        jitter: Jittered = None,
    ) -> None:
        super().__init__(jitter)
        self.around = around
        self.fit: Literal["squash", "letterbox"] = fit

    @hookimpl
    def leukcad_crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int, step: Step) -> Crops:
        """Crops of boxes; a cell in whose region no pixel lies keeps the box that it was found with."""
        boxes = []
        if self.around == "box":
            no_points(fields, cells, step)
        for field, found in zip(fields, cells, strict=True):
            own = found.boxes if self.around == "box" else _around(found, self.around, field, step)
            boxes.append(self.moved(own, field, step))
        return cut(fields, boxes, cells, size, self.fit)


class Masked(Jittering):
    """Each cell alone: whatever is not its region, or not its nucleus, is filled with one colour."""

    def __init__(
        self,
        *,
        of: Annotated[Part, Option(description="what is left to be seen")] = "cell",
        fill: Annotated[
            Fill, Option(description="the median colour of the field's border, the cell's own mean, or a grey value")
        ] = "plasma",
        context: Context = 1.0,
        fit: Fitting = "letterbox",
        unsegmented: Annotated[
            Literal["refuse", "box"], Option(description="what becomes of cells that no step has segmented")
        ] = "refuse",
        jitter: Jittered = None,
    ) -> None:
        super().__init__(jitter)
        self.of: Part = of
        self.fill: Fill = fill
        self.context, self.fit, self.unsegmented = context, fit, unsegmented

    @hookimpl
    def leukcad_crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int, step: Step) -> Crops:
        """Crops of masked boxes (letterbox: squares); a cell in whose region no pixel lies is shown as it is.

        Raises `LeukcadError` where no step has segmented the cells, unless `unsegmented` says otherwise.
        """
        pixels, boxes = [], []
        no_points(fields, cells, step)
        for field, found in zip(fields, cells, strict=True):
            around = squares if self.fit == "letterbox" else widened
            regions = self.moved(around(found.boxes, self.context), field, step)
            lenient = self.unsegmented == "box"
            map_ = _map(found, self.of) if lenient else _known(found, self.of, field, step)
            pixels.append(self._shown(field.image, map_, regions, size))
            boxes.append(regions)
        return gathered(pixels, boxes, cells, size)

    def _shown(self, image: Tensor, map_: Tensor | None, regions: Tensor, size: int) -> Tensor:
        """uint8 (N, 3, size, size)."""
        import torch

        if map_ is None or not len(regions):
            return sample(image, regions, size)
        map_, plasma = map_.to(image.device), border_colour(image)
        rows = []
        for number, region in enumerate(regions, 1):
            alone = self._alone(image, map_, number, region, plasma)
            if alone is None:
                rows.append(sample(image, region[None], size))
            else:
                whole = regions.new_tensor([[0, 0, alone.shape[2], alone.shape[1]]])
                rows.append(sample(alone, whole, size))
        return torch.cat(rows).contiguous(memory_format=torch.channels_last)

    def _alone(self, image: Tensor, map_: Tensor, number: int, region: Tensor, plasma: Tensor) -> Tensor | None:
        """The region with cell `number` in it and the fill around it, uint8 (3, h, w); None where no pixel is its."""
        x0, y0, x1, y1 = region.round().long().tolist()
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
        left, top = max(x0, 0), max(y0, 0)
        seen = image[:, top : max(y1, 0), left : max(x1, 0)]
        own = map_[top : max(y1, 0), left : max(x1, 0)] == number
        if not bool(own.any()):
            return None
        colour = plasma
        if self.fill == "mean":
            colour = seen[:, own].float().mean(dim=1).round().to(image.dtype)
        elif self.fill != "plasma":
            colour = image.new_full((3,), int(self.fill))
        alone = colour[:, None, None].expand(3, y1 - y0, x1 - x0).clone()
        part = alone[:, top - y0 : top - y0 + seen.shape[1], left - x0 : left - x0 + seen.shape[2]]
        part.copy_(seen.where(own, part))
        return alone


def _map(cells: Cells, part: Part) -> Tensor | None:
    return cells.regions if part == "cell" else cells.nuclei


def _known(cells: Cells, part: Part, field: Field, step: Step) -> Tensor | None:
    """The label map of `part`; None without cells. Raises `LeukcadError` where there are cells and no map."""
    map_ = _map(cells, part)
    if map_ is None and len(cells):
        what = "regions" if part == "cell" else "nuclei"
        cure = "put a segment step before it, such as `segment: nucleus-cytoplasm`, or take `crop: square`"
        raise LeukcadError(f"{step.title}: the cells of {field.record.id} have no {what}", cure=cure)
    return map_


def _around(cells: Cells, part: Part, field: Field, step: Step) -> Tensor:
    """The boxes (N, 4) around what is segmented of each cell."""
    from scipy.ndimage import find_objects

    map_ = _known(cells, part, field, step)
    boxes = cells.boxes.clone()
    found = find_objects(map_.cpu().numpy(), len(cells)) if map_ is not None else []
    for number, place in enumerate(found):
        if place is not None:
            rows, columns = place
            boxes[number] = boxes.new_tensor([columns.start, rows.start, columns.stop, rows.stop])
    return boxes
