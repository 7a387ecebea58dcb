"""What is measured on a smear, the same way on real and on simulated fields. Sizes are first brought to one scale."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Bools = NDArray[np.bool_]

#: Every field is scaled until its red cells measure this many pixels across.
RED_CELL = 35.0


def measure(image: Pixels) -> dict[str, float] | None:
    """Figures of one field, RGB uint8 (H, W, 3); None where no red cell could be told (then nothing can be scaled)."""
    diameter = red_cell_diameter(image)
    if diameter is None:
        return None
    shrink = RED_CELL / diameter
    how = cv2.INTER_AREA if shrink < 1 else cv2.INTER_CUBIC
    small: Any = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=how)
    cells = foreground(small)
    plasma = ~cv2.dilate(cells.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    if plasma.mean() < 0.05 or cells.mean() < 0.02:
        return None
    clear = np.median(small[plasma], axis=0).astype(float)
    density = -np.log((small.astype(float) + 1) / (clear + 1))
    white = (density[..., 1] > 2.1 * max(0.12, float(np.median(density[..., 1][cells])))) & cells
    red = cells & ~white
    figures = {
        "red-cell cover": float(red.mean()),
        "share of red cells touching or overlapping": _touching(red),
        "red-cell size variation (CV)": _size_spread(red),
        "plasma noise, grey levels": _noise(small, plasma),
        "plasma gradient, share of brightness": _gradient(small, plasma),
        "slope of the power spectrum": _slope(small),
    }
    for name, mask in (("red cells", red), ("darkest 2 %", _darkest(density))):
        vector = np.median(density[mask], axis=0) if mask.any() else np.full(3, np.nan)
        figures[f"density of {name}, green"] = float(vector[1])
        figures[f"density of {name}, red : green"] = float(vector[0] / max(vector[1], 1e-6))
        figures[f"density of {name}, blue : green"] = float(vector[2] / max(vector[1], 1e-6))
    figures["plasma brightness, green"] = float(clear[1])
    return figures


def foreground(image: Pixels) -> Bools:
    """Cells against plasma: Otsu's threshold on green after taking the uneven light away, holes filled."""
    green = cv2.GaussianBlur(image[..., 1], (0, 0), 1.2).astype(np.float32)
    light = cv2.GaussianBlur(cv2.dilate(green, np.ones((25, 25), np.uint8)), (0, 0), 25)
    even = np.clip(green / np.maximum(light, 1) * 200, 0, 255).astype(np.uint8)
    _, mask = cv2.threshold(even, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    outlines, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    pallor = 0.35 * np.pi / 4 * (min(image.shape[:2]) / 8) ** 2
    for i, outline in enumerate(outlines):
        if tree[0][i][3] >= 0 and cv2.contourArea(outline) < pallor:
            cv2.drawContours(mask, outlines, i, 1, cv2.FILLED)
    return mask.astype(bool)


def _lone(mask: Bools) -> list[float]:
    """Diameters of single round cells."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    height, width = mask.shape
    found = []
    for outline in outlines:
        x, y, w, h = cv2.boundingRect(outline)
        area, hull = cv2.contourArea(outline), cv2.contourArea(cv2.convexHull(outline))
        inside = x > 1 and y > 1 and x + w < width - 1 and y + h < height - 1
        if inside and w >= 10 and area > 0.93 * hull and 0.7 < w / h < 1.43:
            found.append(float(np.sqrt(4 / np.pi * area)))
    return found


def red_cell_diameter(image: Pixels) -> float | None:
    """Typical diameter in px: the median of lone round cells but the small ones (platelets); None below three."""
    shrink = min(1.0, 1000 / max(image.shape[:2]))
    small: Any = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    sizes = np.array(_lone(foreground(small)))
    if len(sizes) < 3:
        return None
    sizes = sizes[sizes > 0.5 * np.percentile(sizes, 75)]
    return float(np.median(sizes) / shrink)


def _touching(red: Bools) -> float:
    """Share of the red area that lies in pieces of more than one and a half cells."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(red.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA].astype(float)
    one = np.pi / 4 * RED_CELL**2
    areas = areas[areas > 0.2 * one]
    return float(areas[areas > 1.5 * one].sum() / max(areas.sum(), 1))


def _size_spread(red: Bools) -> float:
    sizes = np.array([d for d in _lone(red) if 0.6 * RED_CELL < d < 1.4 * RED_CELL])
    return float(sizes.std() / sizes.mean()) if len(sizes) > 2 else float("nan")


def _noise(image: Pixels, plasma: Bools) -> float:
    """Robust spread of the second difference (Immerkær 1996), on green."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    second = cv2.filter2D(image[..., 1].astype(np.float32), -1, kernel)
    return float(np.median(np.abs(second[plasma])) / 0.6745 / 6)


def _gradient(image: Pixels, plasma: Bools) -> float:
    """5–95 % range of a smooth surface through the plasma, over its mean."""
    y, x = np.nonzero(plasma)
    step = max(1, len(x) // 4000)
    u, v = x[::step] / image.shape[1] - 0.5, y[::step] / image.shape[0] - 0.5
    terms = np.stack([np.ones_like(u), u, v, u * u, v * v, u * v], 1)
    values = image[y[::step], x[::step]].mean(1)
    fit, *_ = np.linalg.lstsq(terms, values, rcond=None)
    low, high = np.percentile(terms @ fit, [5, 95])
    return float((high - low) / values.mean())


def _slope(image: Pixels) -> float:
    """Slope of log power over log frequency, 0.04–0.3 cycles per px, grey."""
    side = min(image.shape[:2])
    grey = image[:side, :side].mean(2)
    window = np.hanning(side)
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window[:, None] * window)) ** 2
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    edges = np.geomspace(0.04, 0.3, 12)
    rings = [power[(f >= a) & (f < b)].mean() for a, b in pairwise(edges)]
    return float(np.polyfit(np.log(np.sqrt(edges[:-1] * edges[1:])), np.log(rings), 1)[0])


def _darkest(density: NDArray[np.float64]) -> Bools:
    return np.asarray(density[..., 1] >= np.percentile(density[..., 1], 98))
