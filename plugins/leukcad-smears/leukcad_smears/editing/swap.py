"""`swap`: leukocytes exchanged for others in place; count and places are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from pydantic import Field as Option

from leukcad_smears.editing.blending import Blending
from leukcad_smears.editing.drawing import Drawing
from leukcad_smears.editing.edit import Edit, How, Task, named_truth
from leukcad_smears.editing.filling import fill, hole_of
from leukcad_smears.editing.host import Host
from leukcad_smears.editing.kinds import Kinds, Of, chosen, donors_dealt, drawable, kinds_dealt, wanted_names
from leukcad_smears.editing.pieces import Piece, piece_of
from leukcad_smears.editing.pool import fitting, pool
from leukcad_smears.editing.workpiece import Workpiece
from leukcad_smears.matching import Match
from leukcad_smears.pasting import Differential

KeepDiameter = Annotated[
    bool, Option(description="the new cell is as large as the old one; by default as large as its own kind is")
]


class Swap(Edit):
    """Cells of some kinds exchanged for cells of others, each where the old one was.

    A new cell has its own kind's size unless `keep_diameter`: size and nucleus share are part of what a kind is, and
    healthy cells of blasts' size would be cells that no smear holds.
    """

    def __init__(
        self,
        *,
        of: Of,
        to: Kinds,
        differential: Differential = "natural",
        keep_diameter: KeepDiameter = False,
        how: How = "auto",
        blending: Blending = "layer",
    ) -> None:
        super().__init__(how)
        self.of, self.to, self.differential = of, to, differential
        self.keep_diameter, self.blending = keep_diameter, blending

    def _order(self, task: Task) -> list[int]:
        names = named_truth(task.host.field, "swapping cells of")
        return [int(i) for i in task.rng("order").permutation(chosen(names, self.of, task.step))]

    def drawn(self, work: Drawing, task: Task) -> Iterator[None]:
        """Cells as the simulator draws them, at the old ones' middles."""
        order = self._order(task)
        dealt = kinds_dealt(drawable(self.to), self.differential, task.rng("kinds"))
        rng = task.rng("cells")
        for i, kind in zip(order, dealt, strict=False):
            old = work.cell(work.index(i))
            new = work.fresh(kind, old.x, old.y, rng, old.diameter if self.keep_diameter else None)
            work.change(work.index(i), new, was=old.kind, **task.note("render"))
            yield

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """The old cell is taken out, then a donor set in, matched to the field."""
        order, host = self._order(task), task.host
        donors = pool(host, task.donors, wanted_names(self.to), "swapping cells of")
        match = Match.of(host.field, host.survey, donors)
        donors = fitting(donors, match, host.side, host)
        kinds = {d.kind for d in donors}
        work.know(kinds)
        rng = task.rng("cells")
        dealt = donors_dealt(donors, kinds_dealt(tuple(kinds), self.differential, task.rng("kinds")), rng)
        note = task.note("paste")
        names = named_truth(host.field, "swapping cells of")
        for i, donor in zip(order, dealt, strict=False):
            piece = piece_of(donor, host, match, rng)
            fill(work, hole_of(work, i), rng)
            told = {"was": names[i], **note}
            places = (beside_border(host, i, piece), piece.corner(*middle(host, i)))
            if not any(work.exchange(i, piece, at, self.blending, told) for at in places):
                work.remove(i, **told)  # no part of the new cell would show; the old one has been taken out
            yield


def middle(host: Host, i: int) -> tuple[float, float]:
    """The middle of a cell's box, px."""
    x0, y0, x1, y1 = (float(v) for v in host.boxes[i])
    return (x0 + x1) / 2, (y0 + y1) / 2


def beside_border(host: Host, i: int, piece: Piece) -> tuple[int, int]:
    """The piece's corner: middle on middle, or edge on edge inside the field where the border cuts the old cell."""
    x0, y0, x1, y1 = (float(v) for v in host.boxes[i])
    width, height = piece.size
    x, y = middle(host, i)
    x = _along(x0, x1, x, width, host.field.width)
    y = _along(y0, y1, y, height, host.field.height)
    return piece.corner(x, y)


def _along(low: float, high: float, at: float, size: int, end: int) -> float:
    if low <= 1 and high < end - 1:
        return float(min(high - size / 2, at))
    if high >= end - 1 and low > 1:
        return float(max(low + size / 2, at))
    return float(np.clip(at, 0, end))
