"""`add-red-cells`: more red cells, away from leukocytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.editing.blending import Blending
from leukcad_smears.editing.drawing import Drawing
from leukcad_smears.editing.edit import Edit, How, Task
from leukcad_smears.editing.host import Host
from leukcad_smears.editing.pieces import Piece
from leukcad_smears.editing.workpiece import Workpiece
from leukcad_smears.masks import filled, grown
from leukcad_smears.scene import RedCell
from leukcad_smears.survey import density_of

Bools = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)
USUAL_DIAMETER = 7.3  # µm
#: Room around a red cell, px.
MARGIN = 5


class AddRedCells(Edit):
    """Red cells added where the field has plasma: drawn like the field's own, or copies of those that lie alone."""

    def __init__(self, *, how: How = "auto", blending: Blending = "layer") -> None:
        super().__init__(how)
        self.blending = blending

    def drawn(self, work: Drawing, task: Task) -> Iterator[None]:
        """Each looks like one of the field's red cells, but has an outline of its own."""
        rng, scene = task.rng("cells"), work.scene
        models = scene.red_cells or (RedCell(0, 0, USUAL_DIAMETER * scene.scale),)
        side = float(np.percentile([m.diameter * m.elongation**0.5 for m in models], 90)) + 2
        places = task.host.places(task.rng("red places"))
        while (corner := places.next(side, side)) is not None:
            x, y = round(corner[0] + side / 2, 2), round(corner[1] + side / 2, 2)
            model = models[int(rng.integers(len(models)))]
            turned, seed = round(float(rng.random() * np.pi), 3), int(rng.integers(2**31))
            cell = dataclasses.replace(model, x=x, y=y, angle=turned, seed=seed)
            scene = work.scene.replace(red_cells=(*work.scene.red_cells, cell))
            told = {"kind": "RBC", "x": x, "y": y, "diameter": cell.diameter, "seed": seed}
            work.become(scene, {**told, **task.note("render")})
            yield

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """Copies, turned; none where the field has no red cell that lies alone."""
        host, rng = task.host, task.rng("cells")
        models = alone(host)
        if not models:
            return
        if told := "RBC" in host.field.complete:
            work.know({"RBC"})
        side = float(np.percentile([max(m.size) for m in models], 90)) + 2
        places = host.places(task.rng("red places"))
        while (corner := places.next(side, side)) is not None:
            x, y = corner[0] + side / 2, corner[1] + side / 2
            piece = _turned(models[int(rng.integers(len(models)))], rng)
            entry = {"x": x, "y": y, **task.note("paste")}
            if told:
                work.set_in(piece, piece.corner(x, y), self.blending, entry)
            else:
                work.lay(piece, piece.corner(x, y), self.blending)
                work.note_change({"kind": "RBC", "blending": self.blending, **piece.about, **entry})
            yield


def alone(host: Host) -> list[Piece]:
    """The red cells of a field that touch no other cell and are whole, as pieces."""
    import cv2

    seen = host.survey
    if not seen.red_cell:
        return []
    n, labels, stats, _ = cv2.connectedComponentsWithStats(seen.covered.astype(np.uint8), connectivity=8)
    wanted = np.pi / 4 * (seen.red_cell / seen.step) ** 2
    pieces = []
    for i in range(1, n):
        left, top, wide, high, area = (int(v) for v in stats[i])
        inside = left > 1 and top > 1 and left + wide < labels.shape[1] - 1 and top + high < labels.shape[0] - 1
        round_ = max(wide, high) < 1.25 * min(wide, high) and area > 0.7 * wide * high
        if inside and round_ and 0.7 * wanted < area < 1.5 * wanted and not seen.dark[labels == i].any():
            pieces.append(_cut(host, labels == i, (left, top, wide, high)))
    return pieces


def _cut(host: Host, mask: Bools, bounds: tuple[int, int, int, int]) -> Piece:
    import cv2

    step = host.survey.step
    left, top, wide, high = bounds
    x0, y0 = max(0, left * step - MARGIN), max(0, top * step - MARGIN)
    x1, y1 = min(host.field.width, (left + wide) * step + MARGIN), min(host.field.height, (top + high) * step + MARGIN)
    whole = np.zeros((y1 - y0, x1 - x0), np.uint8)
    size = (wide * step, high * step)
    part = filled(mask[top : top + high, left : left + wide]).astype(np.uint8)
    large = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_NEAREST))
    oy, ox = top * step - y0, left * step - x0
    whole[oy : oy + size[1], ox : ox + size[0]] = large[: whole.shape[0] - oy, : whole.shape[1] - ox]
    grown_mask = grown(whole > 0, 1)
    alpha = np.asarray(cv2.GaussianBlur(grown_mask.astype(np.float32), (0, 0), 0.9), np.float32)
    alpha[alpha < 0.03] = 0
    density = density_of(host.image[y0:y1, x0:x1], host.white[y0:y1, x0:x1])
    source = host.field.record.source
    about = {"donor": host.field.record.id, "donor_source": source, "donor_x": (x0 + x1) / 2, "donor_y": (y0 + y1) / 2}
    return Piece("RBC", density, grown_mask, alpha, about=about)


def _turned(model: Piece, rng: np.random.Generator) -> Piece:
    """A copy, turned at random."""
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))

    def turn(array: NDArray[T]) -> NDArray[T]:
        after = np.rot90(array, turns)
        return np.ascontiguousarray(after[:, ::-1] if flip else after)

    about = {**model.about, "rotation": 90 * turns, "flip": flip, "scale": 1.0}
    return Piece("RBC", turn(model.density), turn(model.mask), turn(model.alpha), about=about)
