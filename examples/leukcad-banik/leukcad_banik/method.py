"""Nuclei by two colour channels and two clusters, as published.

P. P. Banik, R. Saha and K.-D. Kim, *An automatic nucleus segmentation and CNN model based classification method of
white blood cell*, Expert Systems with Applications 149 (2020) 113211. Where the text leaves something open, the
authors' own MATLAB program decides: github.com/ParthaPratimBanik, `nuclei_seg.m` and `crop_seg_wbc.m`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
LARGE, SHRUNK = 1024, 0.25  # a picture with a longer side is worked on at a quarter of its size


def nuclei(image: Image, radius: int) -> Mask:
    """Where nuclei are, bool (H, W), in a field of uint8 RGB (H, W, 3); `radius` of the disc that blurs, px.

    It always splits the field in two, so a field without a leukocyte gets its most coloured things for nuclei. A field
    of one colour gets none.
    """
    large = max(image.shape[:2]) > LARGE
    worked = cv2.resize(image, None, fx=SHRUNK, fy=SHRUNK, interpolation=cv2.INTER_AREA) if large else image
    blurred = cv2.filter2D(stained(np.asarray(worked, np.uint8)), -1, disc(radius), borderType=cv2.BORDER_REPLICATE)
    found = filled(upper_cluster(np.asarray(blurred, np.float32)))
    if not large:
        return found
    back = cv2.resize(found.astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return np.asarray(back > 0)


def stained(image: Image) -> Plane:
    """How much stain: the dimmest of H, S, V times the dimmest of L*, a*, b*, over the former's mean; 0..255."""
    unit = image.astype(np.float32) / 255
    hsv = cv2.cvtColor(unit, cv2.COLOR_RGB2HSV) * np.array([255 / 360, 255, 255], np.float32)
    lab = cv2.cvtColor(unit, cv2.COLOR_RGB2Lab)
    first = hsv[..., int(hsv.mean(axis=(0, 1)).argmin())]
    second = np.abs(lab[..., int(lab.mean(axis=(0, 1)).argmin())])
    mean = float(first.mean())
    product = first * second / mean if mean else np.zeros_like(first)
    return np.asarray(np.clip(np.rint(product), 0, 255), np.float32)


def disc(radius: int) -> Plane:
    """The kernel of a disc, its border pixels weighed by how much of them it covers; the sum is 1."""
    fine = 8  # points along a pixel's side
    steps = (np.arange((2 * radius + 1) * fine) + 0.5) / fine - radius - 0.5
    inside = (steps[:, None] ** 2 + steps[None] ** 2 <= radius**2).astype(np.float32)
    side = 2 * radius + 1
    cover = inside.reshape(side, fine, side, fine).mean(axis=(1, 3))
    return np.asarray(cover / cover.sum(), np.float32)


def upper_cluster(values: Plane, rounds: int = 100) -> Mask:
    """The brighter of two clusters (k-means), bool of the same shape.

    Both centres start at 0, as published; the second, which thereby gets nothing, then takes the largest value
    (MATLAB's rule for an empty cluster).
    """
    low, high = float(values[values < values.max()].mean()) if np.ptp(values) else 0.0, float(values.max())
    if high - low < 1:  # less than a grey level: one colour
        return np.zeros(values.shape, np.bool_)
    for _ in range(rounds):
        upper = values > (low + high) / 2
        new = float(values[~upper].mean()), float(values[upper].mean())
        if new == (low, high):
            break
        low, high = new
    return np.asarray(values > (low + high) / 2)


def filled(mask: Mask) -> Mask:
    """The mask without holes."""
    padded = np.pad(mask.astype(np.uint8), 1)
    cv2.floodFill(padded, None, (0, 0), (2,))
    return np.asarray(padded[1:-1, 1:-1] != 2)


def boxes(mask: Mask, erode: int, widen: float) -> NDArray[np.float32]:
    """A square xyxy px around each nucleus that is not eroded away by a disc of radius `erode`, (N, 4), in the field.

    Its side is `widen` times the nucleus's longer side, or that side alone where the nucleus is longer than `widen`
    times its width.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * erode + 1, 2 * erode + 1))
    solid = cv2.erode(mask.astype(np.uint8), kernel)
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    kept = sorted(set(numbers[solid > 0].tolist()) - {0})
    height, width = mask.shape
    found = []
    for x, y, w, h in (stats[number, :4].tolist() for number in kept):
        longer, shorter = max(w, h), min(w, h)
        half = longer * (widen if longer < widen * shorter else 1) / 2
        cx, cy = x + w / 2, y + h / 2
        found.append([max(cx - half, 0), max(cy - half, 0), min(cx + half, width), min(cy + half, height)])
    return np.asarray(found, np.float32).reshape(-1, 4)
