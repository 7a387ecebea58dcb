"""The texture of the grey values under a mask, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optics import U8, Mask

DISTANCES = (1, 3)  # px between the two pixels of a pair
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "entropy")
LEVELS = 32  # grey levels that pairs are counted in
CIRCLES = ((8, 1), (16, 2))  # points and radius in px of the binary patterns
GLCM_NAMES = tuple(f"{name}_{distance}" for distance in DISTANCES for name in PROPERTIES)
LBP_NAMES = tuple(f"lbp_{points}_{number}" for points, _ in CIRCLES for number in range(points + 2))


def cooccurrence(grey: U8, mask: Mask) -> list[float]:
    """GLCM_NAMES (Haralick 1973) over the pairs that lie whole under a bool (S, S) mask; all 0 without any.

    Means over four directions, of 32 grey levels.
    """
    from skimage.feature import graycomatrix, graycoprops

    inside = np.where(mask, grey // (256 // LEVELS) + 1, 0).astype(np.uint8)  # 0: outside
    angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    counted: Any = graycomatrix(inside, DISTANCES, angles, levels=LEVELS + 1, symmetric=True)  # type: ignore[no-untyped-call]
    pairs = counted[1:, 1:].astype(np.float64)  # without those that reach outside
    if not pairs.sum(axis=(0, 1)).all():
        return [0.0] * len(GLCM_NAMES)
    pairs /= pairs.sum(axis=(0, 1))
    columns = [graycoprops(pairs, name).mean(axis=1) for name in PROPERTIES]  # type: ignore[no-untyped-call]
    table = np.stack(columns, axis=1)  # (distances, properties)
    return [float(value) for value in table.ravel()]


def patterns(grey: U8, mask: Mask) -> list[float]:
    """LBP_NAMES: shares of the uniform binary patterns (Ojala 2002) under a bool (S, S) mask; all 0 if it is empty."""
    from skimage.feature import local_binary_pattern

    told: list[float] = []
    for points, radius in CIRCLES:
        whole: Any = local_binary_pattern(grey, points, radius, "uniform")  # type: ignore[no-untyped-call]
        codes = whole[mask].astype(np.int64)
        told += (np.bincount(codes, minlength=points + 2) / max(len(codes), 1)).tolist()
    return told
