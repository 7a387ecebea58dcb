"""`add`: more leukocytes, at positions that depend on the field and the draw only."""

from __future__ import annotations

from collections.abc import Iterator

from leukcad_smears.chosen import PositionsFile
from leukcad_smears.editing.blending import Blending
from leukcad_smears.editing.drawing import Drawing
from leukcad_smears.editing.edit import Edit, How, InPixels, Task
from leukcad_smears.editing.kinds import Kinds, donors_dealt, drawable, kinds_dealt, wanted_names
from leukcad_smears.editing.pieces import piece_of
from leukcad_smears.editing.pool import fitting, pool
from leukcad_smears.editing.workpiece import Workpiece
from leukcad_smears.matching import Match
from leukcad_smears.pasting import Differential, Overlap


class Add(Edit):
    """Leukocytes added on plasma; whatever their kinds, and drawn or pasted, they lie at the same positions."""

    def __init__(
        self,
        *,
        kinds: Kinds = "healthy",
        differential: Differential = "natural",
        how: How = "auto",
        blending: Blending = "layer",
        max_overlap: Overlap = 1.0,
        positions: PositionsFile = None,
    ) -> None:
        super().__init__(how)
        self.kinds, self.differential = kinds, differential
        self.blending, self.max_overlap, self.positions = blending, max_overlap, positions

    def drawn(self, work: Drawing, task: Task) -> Iterator[None]:
        """Cells as the simulator draws them."""
        dealt = kinds_dealt(drawable(self.kinds), self.differential, task.rng("kinds"))
        rng = task.rng("cells")
        for (x, y), kind in zip(task.host.spots(task.step, self.max_overlap, self.positions), dealt, strict=False):
            work.add(work.fresh(kind, x, y, rng, task.host.side), **task.note("render"))
            yield

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """Donors, matched to the field."""
        host = task.host
        donors = pool(host, task.donors, wanted_names(self.kinds), "adding cells to")
        match = Match.of(host.field, host.survey, donors)
        donors = fitting(donors, match, host.side, host)
        kinds = {d.kind for d in donors}
        work.know(kinds)
        rng = task.rng("cells")
        dealt = donors_dealt(donors, kinds_dealt(tuple(kinds), self.differential, task.rng("kinds")), rng)
        note = task.note("paste")
        for (x, y), donor in zip(host.spots(task.step, self.max_overlap, self.positions), dealt, strict=False):
            piece = piece_of(donor, host, match, rng)
            if not work.set_in(piece, piece.corner(x, y), self.blending, {**note, "x": x, "y": y}):
                return
            yield


class ShamAdd(Edit):
    """Plasma of the same field set in at `add`'s positions, with a cell's outline and the same blending."""

    renders = False

    def __init__(
        self,
        *,
        how: InPixels = "auto",
        blending: Blending = "layer",
        max_overlap: Overlap = 1.0,
        positions: PositionsFile = None,
    ) -> None:
        super().__init__("auto" if how == "render" else how)
        self.blending, self.max_overlap, self.positions = blending, max_overlap, positions

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """Donors give the outline; without donors it is a wobbly disc."""
        from leukcad_smears.editing.sham import outlines, plasma_piece

        host, rng = task.host, task.rng("sham")
        shapes = outlines(host, task.donors, rng)
        note = {**task.note("paste"), "blending": self.blending}
        for (x, y), shape in zip(host.spots(task.step, self.max_overlap, self.positions), shapes, strict=False):
            piece = plasma_piece(host, shape, rng)
            work.lay(piece, piece.corner(x, y), self.blending)
            work.note_change({"kind": "plasma", "x": x, "y": y, **piece.about, **note})
            yield
