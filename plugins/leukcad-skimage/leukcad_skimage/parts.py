"""The cell that a crop shows, and its nucleus."""

from __future__ import annotations

import numpy as np

from .boxed import enlarged, sharpened
from .look import Stained, look
from .optics import I32, U8, Mask
from .scale import red_cell_px
from .wbc import Cell, measure, nuclei_of

TYPICAL = 0.45  # sides of the crop that a red cell has across, where there is none to measure
CENTRAL = 0.3  # sides of the crop by which the middle of the nucleus may be off its centre


def parts(picture: U8) -> tuple[Mask, Mask]:
    """Nucleus and cell of the leukocyte in the middle of an (S, S, 3) uint8 crop, bool (S, S); the cell holds both.

    By the detector's chromatin cut and body, whatever its score; the nucleus is what is darkest in the body. Both are
    empty where no nucleus lies in the middle.
    """
    across = red_cell_px(picture) or TYPICAL * picture.shape[0]
    stained = look(picture, across, flares=False)  # a cell may fill the crop
    labels = nuclei_of(stained)
    cell = _central(measure(stained, labels), labels)
    if cell is None:
        none = np.zeros(picture.shape[:2], np.bool_)
        return none, none
    nucleus, body = _maps(cell, labels, stained)
    whole, inner = (enlarged(map_, picture.shape) > 0 for map_ in (body, nucleus))
    return np.asarray(inner & whole, np.bool_), np.asarray(whole, np.bool_)


def _central(cells: list[Cell], labels: I32) -> Cell | None:
    """The cell whose nucleus lies in the middle; of several the one that is most central, like a cell, and no speck."""
    sizes = np.bincount(labels.ravel())
    middle = np.array(labels.shape) / 2
    best, most = None, 0.0
    for cell in cells:
        off = np.linalg.norm(np.mean(np.nonzero(labels == cell.label), axis=1) + 0.5 - middle) / max(labels.shape)
        value = float(sizes[cell.label] * cell.score * (1 - off / CENTRAL))
        if value > most:
            best, most = cell, value
    return best


def _maps(cell: Cell, labels: I32, stained: Stained) -> tuple[I32, I32]:
    """Nucleus and body as label maps of one cell, 0 and 1, at the working scale."""
    x, y = cell.corner
    nucleus = (labels == cell.label).astype(np.int32)
    body = nucleus.copy()
    body[y : y + cell.body.shape[0], x : x + cell.body.shape[1]] |= cell.body
    return sharpened(nucleus, body, stained), body
