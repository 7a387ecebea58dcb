"""What can be measured of one found leukocyte."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from leukcad_skimage.wbc import Found
from numpy.typing import NDArray

#: Areas are in red cells, densities in those of the field's red cells in the green.
MEASURES = (
    "nucleus", "body", "share", "depth", "spread", "fineness", "edge", "red_green", "cytoplasm_red", "cytoplasm_green",
    "solidity", "roundness", "cut",
)  # fmt: skip
Floats = NDArray[np.float32]


def measure_cells(found: Found, density: Floats, red: float) -> Floats:
    """float32 (N, len(MEASURES)) of the cells in `found`; `red` is the OD of red cells in the green."""
    rows = [_measure(found, i, density, max(red, 0.05)) for i in range(len(found.boxes))]
    return np.array(rows, np.float32).reshape(-1, len(MEASURES))


def _measure(found: Found, i: int, density: Floats, red: float) -> list[float]:
    height, width = density.shape[:2]
    x0, y0, x1, y1 = (int(v) for v in (*np.floor(found.boxes[i, :2]), *np.ceil(found.boxes[i, 2:])))
    x0, y0, x1, y1 = max(x0 - 1, 0), max(y0 - 1, 0), min(x1 + 1, width), min(y1 + 1, height)
    window = density[y0:y1, x0:x1]
    nucleus = found.nuclei[y0:y1, x0:x1] == i + 1
    body = (found.regions[y0:y1, x0:x1] == i + 1) | nucleus
    unit = np.pi / 4 * max(found.diameter, 4.0) ** 2
    green = np.ascontiguousarray(window[..., 1])
    inner: Any = cv2.erode(nucleus.astype(np.uint8), np.ones((3, 3), np.uint8))
    deep = inner.astype(bool) if inner.sum() >= 9 else nucleus
    stained = green[deep] if deep.any() else green.ravel()
    coarse: Any = cv2.GaussianBlur(green, (0, 0), 1.0)
    smooth: Any = cv2.GaussianBlur(green, (0, 0), 2.5)
    texture = (coarse - smooth)[deep] if deep.any() else np.zeros(1, np.float32)
    cytoplasm = window[body & ~nucleus]
    pale = cytoplasm.mean(axis=0) if len(cytoplasm) else np.zeros(3, np.float32)
    mean = max(float(stained.mean()), 0.05)
    reddish = float(window[..., 0][deep].mean()) if deep.any() else 0.0
    solidity, roundness = _outline(nucleus)
    return [
        float(nucleus.sum()) / unit,
        float(body.sum()) / unit,
        float(nucleus.sum()) / max(float(body.sum()), 1.0),
        mean / red,
        float(stained.std()) / mean,
        float(texture.std()) / mean,
        float(np.abs(texture).max()) / mean,
        reddish / mean,
        float(pale[0]) / red,
        float(pale[1]) / red,
        solidity,
        roundness,
        float(x0 == 0 or y0 == 0 or x1 == width or y1 == height),
    ]


def _outline(nucleus: NDArray[np.bool_]) -> tuple[float, float]:
    """Area over that of the convex hull, and 4π area over perimeter², of the largest piece."""
    contours, _ = cv2.findContours(nucleus.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return 0.0, 0.0
    largest = max(contours, key=cv2.contourArea)
    area, hull = cv2.contourArea(largest), cv2.contourArea(cv2.convexHull(largest))
    around = cv2.arcLength(largest, True)
    return float(area / max(hull, 1.0)), float(4 * np.pi * area / max(around, 1.0) ** 2)
