"""`detect: nuclei`: leukocytes by the stain and size of their nuclei."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad import Cells, Field, Step, hookimpl

from .abreast import each

if TYPE_CHECKING:
    from .wbc import Found


class Nuclei:
    """WBC nuclei by stain, at the scale of the field's own red cells; classical, no training."""

    def __init__(
        self,
        *,
        min_score: Annotated[
            float, Option(ge=0, le=1, description="cells that score less are dropped; lower finds more")
        ] = 0.5,
        cell_diameter: Annotated[
            float | None, Option(gt=2, description="diameter of a red cell, px; measured in each field if left out")
        ] = None,
    ) -> None:
        self.min_score = min_score
        self.cell_diameter = cell_diameter

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field], step: Step) -> list[Cells]:
        """Boxes of whole cells, scores in 0..1, nuclei and cell regions; every label is WBC."""
        from .wbc import find_wbc

        score, diameter = self.min_score, self.cell_diameter
        return each(lambda field: as_cells(find_wbc(field.array(), min_score=score, cell_diameter=diameter)), fields)


def as_cells(found: Found) -> Cells:
    """What was found as cells of the one class WBC."""
    maps = {"regions": found.regions, "nuclei": found.nuclei}
    return Cells.of(found.boxes, scores=found.scores, labels=[0] * len(found.boxes), classes=("WBC",), **maps)
