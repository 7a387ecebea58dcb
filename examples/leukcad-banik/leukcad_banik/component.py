"""`segment: banik2020`: the published method as a component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad import Cells, Field, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Banik:
    """WBC nuclei by colour spaces and 2-means (Banik, Saha & Kim 2020, Expert Syst. Appl. 149:113211). No training."""

    def __init__(
        self,
        *,
        radius: Annotated[
            int,
            Option(ge=1, le=100, description="of the blur, px; published: 15 for BCCD, 10 for ALL-IDB2"),
        ] = 15,
        erode: Annotated[int, Option(ge=0, le=50, description="thinner nuclei are no cells, px; published: 5")] = 5,
        widen: Annotated[
            float, Option(ge=1, le=3, description="cell over nucleus; published: 1.5 for BCCD, 1 for ALL-IDB2")
        ] = 1.5,
    ) -> None:
        self.radius, self.erode, self.widen = radius, erode, widen

    @hookimpl
    def leukcad_segment(self, fields: Sequence[Field], cells: Sequence[Cells] | None) -> list[Cells]:
        """The cells with `nuclei` filled; without a detector, a square around each nucleus is a cell of class WBC."""
        from leukcad_banik import method

        answered = []
        for number, field in enumerate(fields):
            mask = method.nuclei(field.array(), self.radius)
            found = _squares(method.boxes(mask, self.erode, self.widen)) if cells is None else cells[number]
            answered.append(_numbered(found, mask))
        return answered


def _squares(boxes: NDArray[np.float32]) -> Cells:
    return Cells.of(boxes, labels=[0] * len(boxes), classes=("WBC",))


def _numbered(cells: Cells, mask: NDArray[np.bool_]) -> Cells:
    """Each nucleus pixel belongs to the box that it lies in; where two overlap, to the first."""
    import numpy as np
    import torch

    numbers = np.zeros(mask.shape, np.int32)
    for number, (x0, y0, x1, y1) in enumerate(cells.boxes.round().int().tolist(), 1):
        here = np.s_[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
        numbers[here][mask[here] & (numbers[here] == 0)] = number
    return cells.replace(nuclei=torch.from_numpy(numbers))
