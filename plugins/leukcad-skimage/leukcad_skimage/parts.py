"""The cell that a crop shows, and its nucleus."""

from __future__ import annotations

import numpy as np

from .optics import U8, Mask
from .wbc import find_wbc

CENTRAL = 0.3  # sides of the crop by which the cell's middle may be off its centre


def parts(picture: U8) -> tuple[Mask, Mask]:
    """Nucleus and cell of the leukocyte in the middle of an (S, S, 3) uint8 crop, bool (S, S); the cell holds both.

    By the detector's chromatin cut and body, whatever its score. Both are empty where no nucleus lies in the middle.
    """
    none = np.zeros(picture.shape[:2], np.bool_)
    found = find_wbc(picture, min_score=0.0)
    if not len(found.boxes):
        return none, none
    middles = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    off = np.hypot(*(middles - np.array(picture.shape[1::-1]) / 2).T) / max(picture.shape[:2])
    sizes = np.bincount(found.nuclei.ravel(), minlength=len(off) + 1)[1:]
    best = int(np.argmax(np.where(off <= CENTRAL, sizes, 0)))  # a speck in the middle is not the cell
    if off[best] > CENTRAL or not sizes[best]:
        return none, none
    nucleus = np.asarray(found.nuclei == best + 1, np.bool_)
    return nucleus, np.asarray((found.regions == best + 1) | nucleus, np.bool_)
