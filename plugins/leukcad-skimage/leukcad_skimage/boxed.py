"""Nucleus and body of cells whose boxes are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from leukcad.regions import owners

from .body import bodies
from .grouping import split_touching
from .look import Stained, filled, look, otsu, separability
from .optics import F32, I32, U8
from .wbc import chromatic

MOST = 0.5  # of a piece of nucleus: the box that holds as much has it whole
SHARED = 0.25  # of a piece: boxes that each hold as much share it, pixel by pixel
AROUND = 0.3  # of a red cell's diameter: how far a cell may reach out of its box
TWO_KINDS_IN_A_CELL = 0.7  # separability from which on cytoplasm and nucleus are two kinds of pixel
LEAST = 0.3  # of the nucleus as it was found: less is granules
FAINT = 0.15  # chromatin in units of a red cell's stain: less is none


def segment_boxes(image: U8, boxes: F32, *, cell_diameter: float | None = None) -> tuple[I32, I32]:
    """Bodies and nuclei of the cells in `boxes` (N, 4) xyxy px of an (H, W, 3) uint8 field.

    Two int32 (H, W) label maps, i + 1 = cell i. A pixel between two cells belongs to the nearer nucleus. A box without
    anything stained like chromatin gets no pixel. `cell_diameter` is that of a red cell in px, measured if None.
    """
    stained = look(image, cell_diameter)
    height, width = stained.chromatin.shape
    scale = np.array([width / image.shape[1], height / image.shape[0]] * 2, np.float32)
    places = _at_least(boxes * scale, stained.diameter)
    owner = owners(places, height, width)
    nuclei = _with_faint(_claimed(_pieces(stained), owner, len(boxes)), owner, stained, len(boxes))
    regions = nuclei.copy()
    for label, (x0, y0), _, body in bodies(stained, nuclei):
        there = regions[y0 : y0 + body.shape[0], x0 : x0 + body.shape[1]]
        there[body & _within(places[label - 1], (x0, y0), body.shape, AROUND * stained.diameter) & (there == 0)] = label
    nuclei = sharpened(nuclei, regions, stained)
    return enlarged(regions, image.shape[:2]), enlarged(nuclei, image.shape[:2])


def sharpened(nuclei: I32, regions: I32, stained: Stained) -> I32:
    """Nuclei as what is darkest in their cells, by Otsu's rule, where that parts a cell's pixels into two kinds.

    Bluish cytoplasm holds stain like chromatin's, so that a cut which finds every nucleus draws most of them too large.
    """
    out = nuclei.copy()
    for label in np.unique(nuclei[nuclei > 0]).tolist():
        y, x = np.nonzero(regions == label)
        values = np.maximum(stained.chromatin[y, x], np.float32(0))
        cut = otsu(np.ascontiguousarray(values[:, None]), max(float(values.max()), 1e-6))
        dark = values > cut
        if separability(values, cut) > TWO_KINDS_IN_A_CELL and dark.sum() > LEAST * (nuclei == label).sum():
            out[nuclei == label] = 0
            out[y[dark], x[dark]] = label
    return out


def enlarged(labels: I32, size: tuple[int, ...]) -> I32:
    """A label map at another size (H, W), its outlines smooth: half of a pixel decides whose it is."""
    import cv2

    out = np.zeros(size[:2], np.int32)
    fy, fx = size[0] / labels.shape[0], size[1] / labels.shape[1]
    for label in range(1, int(labels.max()) + 1):
        x, y, w, h = cv2.boundingRect((labels == label).astype(np.uint8))
        if not w:
            continue
        x0, y0, x1, y1 = max(x - 1, 0), max(y - 1, 0), x + w + 1, y + h + 1
        part = np.asarray(labels[y0:y1, x0:x1] == label, np.float32)
        left, top = int(x0 * fx), int(y0 * fy)
        there = out[top : int(np.ceil(y1 * fy)), left : int(np.ceil(x1 * fx))]
        shift = np.array([[fx, 0, (x0 + 0.5) * fx - 0.5 - left], [0, fy, (y0 + 0.5) * fy - 0.5 - top]])
        soft = cv2.warpAffine(part, shift, there.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        there[(soft > 0.5) & (there == 0)] = label
    return out


def _pieces(stained: Stained) -> I32:
    """Label map of all that is stained like chromatin, touching nuclei parted, lobes not yet joined."""
    return split_touching(filled(chromatic(stained), 0.1 * stained.diameter**2), stained.diameter)


def _at_least(boxes: F32, side: float) -> F32:
    """Boxes at least `side` px wide and high; a point becomes a square."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, np.maximum((boxes[:, 2:] - boxes[:, :2]) / 2, side / 2)
    return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)


def _claimed(pieces: I32, owner: I32, boxes: int) -> I32:
    """Which box has which pixel of nucleus: int32 label map."""
    count = int(pieces.max()) + 1
    counts = np.bincount((owner * count + pieces).ravel(), minlength=(boxes + 1) * count).reshape(boxes + 1, count)
    share = counts[1:] / np.maximum(counts.sum(axis=0), 1)  # (boxes, pieces)
    whole = np.where((share >= MOST).any(axis=0), share.argmax(axis=0) + 1, 0) if boxes else np.zeros(count, int)
    whole[0] = 0
    cut = ((share >= SHARED).sum(axis=0) > 1)[pieces] & (pieces > 0)
    takes = np.concatenate([np.zeros((1, count), bool), share >= SHARED])[owner, pieces]
    return np.where(cut, np.where(takes, owner, whole[pieces]), whole[pieces]).astype(np.int32)


def _with_faint(nuclei: I32, owner: I32, stained: Stained, boxes: int) -> I32:
    """A box that has no nucleus takes what is darkest in it by Otsu's rule, if that is stained at all."""
    import cv2

    for number in np.setdiff1d(np.arange(1, boxes + 1), nuclei):
        mine = (owner == number) & (nuclei == 0)
        values = stained.chromatin[mine]
        if not values.size or values.max() < FAINT:
            continue
        grey = np.clip(values / values.max() * 255, 0, 255).astype(np.uint8)
        cut = max(cv2.threshold(grey, 0, 1, cv2.THRESH_OTSU)[0] / 255 * float(values.max()), FAINT)
        nuclei[mine & (stained.chromatin > cut)] = number
    return nuclei


def _within(box: F32, corner: tuple[int, int], shape: tuple[int, ...], around: float) -> npt.NDArray[np.bool_]:
    """Where a window of `shape` at `corner` (x, y) lies in the box widened by `around` px."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    x0, y0, x1, y1 = box.tolist()
    right = (x + corner[0] >= x0 - around) & (x + corner[0] < x1 + around)
    return np.asarray(right & (y + corner[1] >= y0 - around) & (y + corner[1] < y1 + around), np.bool_)
