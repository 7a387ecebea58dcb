"""Small steps on bool masks (H, W)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


def disc(radius: int) -> NDArray[np.uint8]:
    """A round structuring element."""
    import cv2

    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


def opened(mask: Bools, radius: int) -> Bools:
    """Without what is thinner than a disc."""
    import cv2

    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc(radius)), bool)


def grown(mask: Bools, radius: int) -> Bools:
    """Grown by `radius` px."""
    import cv2

    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc(radius)), bool)


def eroded(mask: Bools, radius: int) -> Bools:
    """Shrunk by `radius` px."""
    import cv2

    return np.asarray(cv2.erode(mask.astype(np.uint8), disc(radius)), bool)


def smooth(mask: Bools, sigma: float) -> Bools:
    """With its outline smoothed."""
    import cv2

    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(sigma, 0.8)) > 0.5, bool)


def distance_to(mask: Bools) -> Floats:
    """How far each pixel is from the mask."""
    import cv2

    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def joined(mask: Bools, seed: Bools) -> Bools:
    """The parts of a mask that touch the seed, and the seed."""
    import cv2

    _, labels = cv2.connectedComponents((mask | seed).astype(np.uint8), connectivity=4)
    touched = np.zeros(int(np.max(labels)) + 1, bool)
    touched[np.asarray(labels)[seed]] = True
    return np.asarray(touched[np.asarray(labels)], bool)


def filled(mask: Bools) -> Bools:
    """Without holes."""
    import cv2

    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros(mask.shape, np.uint8), outlines, -1, 1, cv2.FILLED), bool)


def pallor_filled(mask: Bools) -> Bools:
    """With the pale centres of red cells filled: holes that are round and smaller than a cell.

    The plasma that touching cells enclose stays open: it is larger, or has corners.
    """
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not areas.size:
        return mask
    usual = np.median(areas[areas > 0.1 * np.percentile(areas, 95)])
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    area, wide, high = (stats[:, c] for c in (cv2.CC_STAT_AREA, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    round_ = (area > 0.55 * wide * high) & (np.maximum(wide, high) < 2 * np.minimum(wide, high))
    fill = ((area < 0.6 * usual) & round_) | (area < 0.04 * usual)
    fill[0] = False
    return np.asarray(mask | fill[labels], bool)


def without_specks(mask: Bools, area: float) -> Bools:
    """Without parts smaller than `area` px²."""
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= area
    keep[0] = False
    return np.asarray(keep[labels], bool)
