"""`segment: nucleus-cytoplasm`: the outline of every cell and of its nucleus, by stain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field as Option

from leukcad import Cells, Field, hookimpl

from .abreast import each


class NucleusCytoplasm:
    """Nucleus and cytoplasm of given cells, or of those that it finds itself, by stain; classical, no training."""

    def __init__(
        self,
        *,
        min_score: Annotated[
            float, Option(ge=0, le=1, description="without a detector: cells that score less are dropped")
        ] = 0.5,
        cell_diameter: Annotated[
            float | None, Option(gt=2, description="diameter of a red cell, px; measured in each field if left out")
        ] = None,
    ) -> None:
        self.min_score = min_score
        self.cell_diameter = cell_diameter

    @hookimpl
    def leukcad_segment(self, fields: Sequence[Field], cells: Sequence[Cells] | None) -> list[Cells]:
        """The cells with regions (nucleus and cytoplasm) and nuclei; touching cells are split between their nuclei.

        Given cells keep number, boxes, scores and labels; one in whose box nothing is stained gets no pixel.
        """
        if cells is None:
            return each(self._found, fields)
        pairs = zip(fields, cells, strict=True)
        return [_outlined(field, given, self.cell_diameter) for field, given in pairs]

    def _found(self, field: Field) -> Cells:
        from .nuclei import as_cells
        from .wbc import find_wbc

        found = find_wbc(field.array(), min_score=self.min_score, cell_diameter=self.cell_diameter)
        return _outlined(field, as_cells(found), found.diameter)


def _outlined(field: Field, given: Cells, diameter: float | None) -> Cells:
    """The given cells with their pixels; `diameter` is that of a red cell in px, measured if None."""
    import numpy as np
    import torch

    from .boxed import segment_boxes

    boxes = np.asarray(given.boxes.cpu().numpy(), np.float32)
    maps = segment_boxes(field.array(), boxes, cell_diameter=diameter)
    regions, nuclei = (torch.from_numpy(map_).to(given.boxes.device) for map_ in maps)
    return given.replace(regions=regions, nuclei=nuclei)
