"""Leukocytes of a field by their chromatin: no training, one scale measured from the field's own red cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .body import bodies
from .grouping import join_lobes, split_touching
from .look import Stained, filled, look
from .optics import F32, I32, U8, Mask

Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Found:
    """What a field holds, in order of falling score.

    boxes: float32 (N, 4) xyxy px of whole cells. scores: float32 (N,) in 0..1. nuclei, regions: int32 (H, W) label
    maps, i + 1 = cell i. diameter: px of the field's red cells.
    """

    boxes: F32
    scores: F32
    nuclei: I32
    regions: I32
    diameter: float


def find_wbc(image: U8, *, min_score: float = 0.5, cell_diameter: float | None = None) -> Found:
    """Leukocytes of an (H, W, 3) uint8 RGB field.

    `cell_diameter` is that of a red cell in px of the given picture, measured if None. Boxes enclose nucleus and
    cytoplasm. N = 0 gives (0, 4), (0,) and empty maps.
    """
    stained = look(image, cell_diameter)
    labels = nuclei_of(stained)
    cells = [cell for cell in measure(stained, labels) if cell.score >= min_score]
    cells.sort(key=lambda cell: -cell.score)
    return _to_picture(cells, stained, labels, *image.shape[:2])


def nuclei_of(stained: Stained) -> I32:
    """Label map of nuclei at the working scale: chromatin above a red-cell multiple, split and joined to cells."""
    pieces = split_touching(filled(chromatic(stained), 0.1 * stained.diameter**2), stained.diameter)
    return join_lobes(pieces, stained.cells, stained.diameter)


def chromatic(stained: Stained) -> U8:
    """Where the stain is that of a nucleus: mask 0/1 at the working scale."""
    import cv2

    strong = (stained.chromatin > max(0.4 + 0.6 * stained.noise, 0.45)).astype(np.uint8)
    across = 3 if stained.diameter >= 14 else 1
    cross = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
    return np.asarray(cv2.morphologyEx(strong, cv2.MORPH_OPEN, cross), np.uint8)


@dataclass(frozen=True)
class Cell:
    """One leukocyte at the working scale: its number in the map of nuclei, score in 0..1, and body in a window."""

    label: int
    score: float
    corner: tuple[int, int]
    body: Mask


def measure(stained: Stained, labels: I32) -> list[Cell]:
    """Body and score of every nucleus."""
    height, width = labels.shape
    cells = []
    for label, (x0, y0), nucleus, body in bodies(stained, labels):
        ys, xs = np.nonzero(nucleus)
        ys += y0
        xs += x0
        touches = ys.min() == 0 or xs.min() == 0 or ys.max() == height - 1 or xs.max() == width - 1
        cells.append(Cell(label, _score(stained, ys, xs, nucleus, body, bool(touches)), (x0, y0), body))
    return cells


def _score(stained: Stained, ys: Index, xs: Index, nucleus: Mask, body: Mask, touches: bool) -> float:
    """0..1: the worst of how well size, stain and colour fit a leukocyte; 0.5 at a limit.

    Areas are in red cells; a ragged nucleus (clumped platelets) counts less than its area. Dirt and pointers are black:
    they absorb all three channels alike. Glare is no darker in the green than a red cell.
    """
    from .body import hull

    unit = np.pi / 4 * stained.diameter**2
    solidity = ys.size / max(int(hull(nucleus).sum()), 1)
    red, green, blue = (float(value) for value in np.median(stained.density[ys, xs], axis=0))
    contrast = float(stained.chromatin[ys, xs].mean()) - 0.8 * stained.noise
    factors = (
        _rise(ys.size / unit * min(1.0, solidity / 0.8) ** 2 / (0.28 if touches else 0.48), 6.0),
        _rise(int(body.sum()) / unit / (0.4 if touches else 0.9), 6.0),
        _rise(contrast / 0.55, 8.0),
        _rise(0.95 * green / max(min(red, 2.0 * blue), 1e-6), 12.0),
        _rise(max(0.55, 0.75 * stained.red_blue) * green / max(blue, 1e-6), 12.0),
        _rise(green / 0.45, 8.0),
    )
    return min(factors)


def _rise(ratio: float, steepness: float) -> float:
    """Logistic in the logarithm: 0.5 at ratio 1."""
    return float(1.0 / (1.0 + min(max(ratio, 1e-3), 1e3) ** -steepness))


def _to_picture(cells: list[Cell], stained: Stained, labels: I32, height: int, width: int) -> Found:
    """Boxes and label maps in px of the given picture; where bodies overlap the better cell stands in front."""
    import cv2

    regions = np.zeros(labels.shape, np.int16)
    number = np.zeros(int(labels.max()) + 1, np.int16)
    boxes = np.zeros((len(cells), 4), np.float32)
    for index, cell in reversed(list(enumerate(cells))):
        x0, y0 = cell.corner
        regions[y0 : y0 + cell.body.shape[0], x0 : x0 + cell.body.shape[1]][cell.body] = index + 1
        number[cell.label] = index + 1
        x, y, w, h = cv2.boundingRect(cell.body.astype(np.uint8))
        boxes[index] = x0 + x, y0 + y, x0 + x + w, y0 + y + h
    scale = np.array([width / labels.shape[1], height / labels.shape[0]] * 2, np.float32)
    scores = np.array([cell.score for cell in cells], np.float32)
    maps = [
        np.asarray(cv2.resize(layer, (width, height), interpolation=cv2.INTER_NEAREST), np.int32)
        for layer in (number[labels], regions)
    ]
    return Found(boxes * scale, scores, maps[0], maps[1], stained.diameter / stained.shrink)
