"""`transplant`: the leukocyte of a field taken out and one of another field put in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from pydantic import Field as Option

from leukcad.errors import LeukcadError
from leukcad_smears.donors import Donor, kind_of
from leukcad_smears.editing.blending import Blending
from leukcad_smears.editing.drawing import Drawing
from leukcad_smears.editing.edit import Edit, How, Task, named_truth
from leukcad_smears.editing.filling import fill, hole_of
from leukcad_smears.editing.host import Host
from leukcad_smears.editing.kinds import drawable
from leukcad_smears.editing.pieces import piece_of
from leukcad_smears.editing.pool import SHELF, pool
from leukcad_smears.editing.swap import beside_border, middle
from leukcad_smears.editing.workpiece import Workpiece
from leukcad_smears.matching import Match

#: A transplanted cell may be larger than a position: a field with one cell has room.
ROOM = 1.5


class Transplant(Edit):
    """The field's leukocyte exchanged for one of another field and another type; the ledger names donor and type.

    Every type that donors have is drawn equally often. `sham`: a donor of the same type, the control.
    """

    def __init__(
        self,
        *,
        sham: Annotated[bool, Option(description="a donor of the same type: the answer must not change")] = False,
        how: How = "auto",
        blending: Blending = "layer",
    ) -> None:
        super().__init__(how)
        self.sham, self.blending = sham, blending

    def drawn(self, work: Drawing, task: Task) -> Iterator[None]:
        """A cell of the donor's type as the simulator draws it, in the host's stain."""
        i, kind = the_cell(task.host)
        donor = self._donor(task, kind)
        (new_kind,) = drawable([donor.kind])
        rng = task.rng("cell")
        old = work.cell(work.index(i))
        new = work.fresh(new_kind, old.x, old.y, rng)
        told = {"was": kind, "donor": donor.id, "donor_source": donor.source}
        work.change(work.index(i), new, **told, **task.note("render"))
        yield

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """Plasma first, then the donor over it."""
        host = task.host
        i, kind = the_cell(host)
        donor = self._donor(task, kind)
        match = Match.of(host.field, host.survey, [donor])
        work.know({donor.kind})
        rng = task.rng("cell")
        piece = piece_of(donor, host, match, rng)
        fill(work, hole_of(work, i), rng)
        told = {"was": kind, **task.note("paste")}
        if work.exchange(i, piece, beside_border(host, i, piece), self.blending, told):
            yield

    def _donor(self, task: Task, kind: str) -> Donor:
        host, rng = task.host, task.rng("donor")
        kinds = {d.kind for d in SHELF.donors(task.donors)}
        wanted = {kind} if self.sham else kinds - {kind}
        if not wanted:
            raise LeukcadError(
                f"transplanting into {host.field.record.id}: expected donors of another type than {kind}, got none",
                cure="give `donors` fields of all types",
            )
        others = pool(host, task.donors, wanted, "transplanting into")
        match = Match.of(host.field, host.survey, others)
        others = [d for d in others if max(d.size) * match.scale(d) <= ROOM * host.side] or others
        types = sorted({d.kind for d in others})
        drawn = types[int(rng.integers(len(types)))]
        mine = [d for d in others if d.kind == drawn]
        return mine[int(rng.integers(len(mine)))]


def the_cell(host: Host) -> tuple[int, str]:
    """The leukocyte that a field's label is about: of its kind if there is one, and nearest to the middle; its kind."""
    names = named_truth(host.field, "transplanting into")
    kinds = [kind_of(host.field, name) for name in names]
    if not host.leukocytes:
        raise LeukcadError(
            f"transplanting into {host.field.record.id}: expected a field with a leukocyte, got one without"
        )
    own = [i for i in host.leukocytes if kinds[i] == host.field.record.label] or host.leukocytes
    centre = np.array([host.field.width / 2, host.field.height / 2])
    i = min(own, key=lambda i: float(np.hypot(*(np.array(middle(host, i)) - centre))))
    return i, kinds[i]
