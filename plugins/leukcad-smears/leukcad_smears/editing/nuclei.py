"""`erase-nuclei`: leukocytes without their nuclei, the cytoplasm drawn over them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Option

from leukcad_smears.editing.blending import blend
from leukcad_smears.editing.edit import Edit, InPixels, Task, named_truth
from leukcad_smears.editing.filling import bounds, low
from leukcad_smears.editing.kinds import Wanted, chosen
from leukcad_smears.editing.workpiece import Workpiece
from leukcad_smears.masks import eroded, grown
from leukcad_smears.survey import density_of

Bools = NDArray[np.bool_]
Erased = Annotated[
    Wanted | None, Option(description="which cells: healthy, or a list of kinds; blasts first, else all, if left out")
]

#: Cytoplasm and its edge beside a nucleus that are not touched, px.
RIM = 2
#: Least number of pixels of cytoplasm from which its colour is told.
ENOUGH = 25


class EraseNuclei(Edit):
    """The nuclei of some cells covered by the cells' own cytoplasm: outline and place stay, what types a cell is gone.

    of: which cells, in random order; by default blasts and positive cells where the field has any, else all leukocytes.
    """

    renders = False

    def __init__(self, *, of: Erased = None, how: InPixels = "auto") -> None:
        super().__init__("auto" if how == "render" else how)
        self.of = of

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """One nucleus a step; a cell that shows none is passed over."""
        host = task.host
        names = named_truth(host.field, "erasing nuclei of")
        positive = [i for i in host.leukocytes if names[i] in (*task.step.positive_cells, "lymphoblast")]
        meant = (positive or host.leukocytes) if self.of is None else chosen(names, self.of, task.step)
        rng = task.rng("order")
        for i in rng.permutation(meant):
            if not _erase(work, int(i), rng):
                continue
            x0, y0, x1, y1 = (float(v) for v in host.boxes[i])
            where = {"x": (x0 + x1) / 2, "y": (y0 + y1) / 2}
            work.note_change({"cell": int(i), "kind": names[i], **where, **task.note("paste")})
            yield


def _erase(work: Workpiece, i: int, rng: np.random.Generator) -> bool:
    import cv2

    cell = work.occupied == i + 1
    if not cell.any():
        return False
    y0, y1, x0, x1 = bounds(cell, 4)
    box = np.s_[y0:y1, x0:x1]
    cell, here, white = cell[box], work.image[box].astype(np.float32), work.host.white[box]
    nucleus = (work.nuclei[box] == i + 1) & cell
    if not nucleus.any():
        nucleus = _dark(here, white, cell)
    if not nucleus.any():
        return False
    hole = grown(nucleus, RIM) & eroded(cell, 1)
    body = cell & ~grown(nucleus, RIM + 1) & eroded(cell, 2)
    piece = np.empty_like(here)
    if body.sum() >= ENOUGH:
        piece[:] = np.median(here[body], axis=0)
        piece += low(here - piece, body)
    else:  # hardly any cytoplasm: a thin wash of the nucleus's own dye
        density = np.median(density_of(here, white)[nucleus], axis=0)
        piece[:] = (white + 1) * np.exp(-0.3 * density) - 1
    piece += rng.normal(0, work.host.survey.noise, here.shape).astype(np.float32)
    alpha = np.asarray(cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 1.0), np.float32) * cell
    mixed = blend(here, piece, hole, alpha, white, "grain")
    bytes_ = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    np.copyto(work.image[box], bytes_, where=(alpha > 0.02)[..., None])
    work.nuclei[work.nuclei == i + 1] = 0
    return True


def _dark(here: NDArray[np.float32], white: NDArray[np.float32], cell: Bools) -> Bools:
    """The nucleus of a cell whose annotation has none: what absorbs red light most."""
    import cv2

    red = density_of(here, white)[..., 0]
    level, _ = cv2.threshold((np.clip(red[cell], 0, 2) * 127).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    nucleus: Bools = cell & (red > level / 127)
    return nucleus
