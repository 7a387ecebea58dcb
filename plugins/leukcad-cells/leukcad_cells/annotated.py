"""`detect: annotated`: the leukocytes that the data name, in place of a detector's."""

from __future__ import annotations

from collections.abc import Sequence

from leukcad import Cells, Field, LeukcadError, Step, hookimpl
from leukcad.kinds import is_leukocyte


class Annotated:
    """The annotated leukocytes: what the rest of a pipeline makes of cells that no detector missed or made up.

    It is for comparisons: at work there is no truth. A cell says where it is and not what: its label is WBC.
    """

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field], step: Step) -> list[Cells]:
        """Boxes, regions and nuclei as annotated, scores 1. Raises `LeukcadError` for a field without annotation."""
        return [_leukocytes(field, step) for field in fields]


def _leukocytes(field: Field, step: Step) -> Cells:
    truth = field.truth
    if truth is None:
        cure = "detect: nuclei finds cells without it"
        raise LeukcadError(f"{step.title}: {field.record.id} has no annotated cells", cure=cure)
    kept = truth.select([i for i, name in enumerate(truth.names()) if is_leukocyte(name)])
    return Cells.of(kept.boxes, labels=[0] * len(kept), classes=("WBC",)).replace(
        regions=kept.regions, nuclei=kept.nuclei
    )
