"""A field brought to one scale and one stain: what the nuclei are then found in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .frame import without_frame
from .optics import F32, FEW_RED, U8, background, optical_density, red_pixels, red_stain, shrunk, unmix

ROUGH = 512.0  # px of the longer side where the scale is measured
INSCRIBED = 1.03  # diameter of a red cell in those of the disc that fits in: they are not quite round
MOST_ACROSS = 60  # red cells side by side in a field: what is smaller is noise, at any magnification that shows nuclei
SPECKLE = 1.25  # times the radius of the smallest of these: up to it, votes pile up at the limit
MOSTLY_RED = 0.5  # of the stained pixels: no fewer are red in any of 400 real fields
TWO_KINDS = 0.8  # separability from which pixels are of two kinds
WORK = 24.0  # px of a red cell at the working scale


@dataclass(frozen=True)
class Stained:
    """A field at the working scale (h, w); amounts of stain are in units of its typical red cell.

    chromatin: float32. density: float32 (h, w, 3). cells: mask 0/1 of all that is darker than plasma, pale cytoplasm
    included. red_cells: mask 0/1. diameter: px of a red cell. shrink: this scale against the picture's. noise: what
    unmixing makes of red cells, which hold no chromatin. red_blue: blue density of red cells in their green.
    """

    chromatin: F32
    density: F32
    cells: U8
    red_cells: U8
    diameter: float
    shrink: float
    noise: float
    red_blue: float


def look(image: U8, cell_diameter: float | None = None, *, flares: bool = True) -> Stained:
    """Bring an (H, W, 3) uint8 field to the working scale and separate chromatin from red-cell stain.

    `cell_diameter` is that of a red cell in px of the picture, measured if None. flares: whether bright and dim places
    wider than 0.3 of the shorter side are light, and no cells.
    """
    import cv2

    small = shrunk(image, min(ROUGH / max(image.shape[:2]), WORK / cell_diameter if cell_diameter else 1.0))
    small = without_frame(small)
    light = background(small, flares=flares)
    density = optical_density(small, light)
    mask = foreground(density)
    shrink = small.shape[1] / image.shape[1]
    diameter = cell_diameter * shrink if cell_diameter else _measured(density, mask)
    if diameter > 1.15 * WORK:
        smaller = shrunk(small, WORK / diameter)
        diameter *= smaller.shape[1] / small.shape[1]
        shrink = smaller.shape[1] / image.shape[1]
        density = optical_density(smaller, np.asarray(cv2.resize(light, smaller.shape[1::-1]), np.uint8))
        mask = foreground(density)
    unit, direction = red_stain(density, mask)
    chromatin, red = unmix(density, direction)
    chromatin = np.asarray(cv2.blur(chromatin, (3, 3)), np.float32) / np.float32(unit)
    inside = chromatin[::2, ::2][mask[::2, ::2] > 0]
    noise = max(-float(np.quantile(inside, 0.05)), 0.0) if inside.size else 0.0
    density = density / np.float32(unit)
    red_blue = float(direction[2] / max(float(direction[1]), 1e-6))
    reds = _red_cells(chromatin, red / np.float32(unit), diameter)
    return Stained(chromatin, density, _above_plasma(density[..., 1], mask), reds, diameter, shrink, noise, red_blue)


def foreground(density: F32) -> U8:
    """Where there is anything stained: mask 0/1 (h, w), cut in the green by Otsu's rule.

    Where most of what is cut out is purple, nuclei abound and the cut fell between them and the red cells: a second
    one among the paler pixels is taken if it parts them into two: Otsu's separability (1979, eq. 17) of one bell curve
    is 0.64, of two apart far above.
    """
    import cv2

    green = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(density[..., 1]), (0, 0), 1.0), np.float32)
    top = max(float(np.percentile(green[::3, ::3], 90)) * 1.2, 0.05)
    cut = max(otsu(green, top), 0.02)
    mask = np.asarray(green > cut, np.uint8)
    _, reds = red_pixels(density, mask)
    paler = green[green <= cut]
    if len(reds) and reds.mean() < MOSTLY_RED and paler.size:
        lower = otsu(paler[:, None], cut)
        if separability(paler, lower) > TWO_KINDS:
            mask = np.asarray(green > max(lower, 0.02), np.uint8)
    return mask


def otsu(values: F32, top: float) -> float:
    """Otsu's cut of values (h, w) between 0 and `top`."""
    import cv2

    grey = np.minimum(values * np.float32(255.0 / top), np.float32(255)).astype(np.uint8)
    return float(cv2.threshold(grey, 0, 1, cv2.THRESH_OTSU)[0]) / 255.0 * top


def separability(values: F32, cut: float) -> float:
    """Share of the variance of values (n,) that lies between those above and those below the cut, 0..1."""
    above = values > cut
    share = float(above.mean())
    if share in (0.0, 1.0):
        return 0.0
    apart = float(values[above].mean() - values[~above].mean())
    return share * (1 - share) * apart**2 / max(float(values.var()), 1e-12)


def _measured(density: F32, mask: U8) -> float:
    """Diameter in px of a red cell; of a leukocyte, less a third, where there are none; else a guess."""
    diameter = red_cell_diameter(_not_purple(mask, density))
    if diameter is None:
        return 0.06 * float(max(mask.shape))
    _, reds = red_pixels(density, mask)
    return diameter / 1.5 if float(np.mean(reds)) < FEW_RED else diameter


def red_cell_across(density: F32, mask: U8) -> float | None:
    """Diameter in px of a red cell, measured, never guessed: None where too little is red, or nothing round is seen."""
    _, reds = red_pixels(density, mask)
    if not len(reds) or float(np.mean(reds)) < FEW_RED:
        return None
    return red_cell_diameter(_not_purple(mask, density))


def _not_purple(mask: U8, density: F32) -> U8:
    """The mask without nuclei: darker in the green, and letting through more blue, than red cells.

    Red cells are known by their colour where they are a tenth of what is stained; else by being most of it.
    """
    green, blue = density[..., 1], density[..., 2]
    pixels, reds = red_pixels(density, mask)
    if not len(pixels):
        return mask
    typical = pixels[reds] if reds.mean() > 0.1 else pixels
    middle = float(np.median(typical[:, 1]))
    share = float(np.median(typical[:, 2])) / max(middle, 1e-6)
    nuclei = (green > 1.4 * middle) & (blue < 0.7 * share * green)
    return mask & (~nuclei).astype(np.uint8)


def filled(mask: U8, limit: float) -> U8:
    """The mask with holes (pallor of red cells) below `limit` px² filled."""
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(1 - mask, np.uint8), connectivity=4)
    hole = (stats[:, cv2.CC_STAT_AREA] < limit).astype(np.uint8)
    hole[0] = 0
    return np.asarray(mask | hole[labels], np.uint8)


def red_cell_diameter(mask: U8) -> float | None:
    """Diameter in px of the field's typical cell, from the foreground mask (h, w); None where there is none.

    Every disc that fits into the foreground votes with its width, and the commonest size wins: the inscribed discs of
    overlapping cells are those of the single ones, so that crowded fields are measured too. Where the commonest is
    hardly larger than what is no cell at any magnification, it is the speckle of a field out of focus: None, too.
    """
    import cv2

    solid = filled(np.asarray(cv2.medianBlur(mask, 3), np.uint8), 0.008 * mask.size)
    far = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(far, (0, 0), 1.0)
    peaks = smooth >= cv2.dilate(smooth, np.ones((5, 5), np.uint8))
    least = max(mask.shape) / (2 * MOST_ACROSS)
    radii = far[peaks & (far > least) & (far < 0.25 * min(mask.shape))]
    if radii.size < 3:
        return None
    logs = np.log(radii)
    grid = np.arange(logs.min(), logs.max() + 0.02, 0.02)
    votes = np.exp(-0.5 * ((grid[:, None] - logs) / 0.1) ** 2) @ radii
    commonest = float(np.exp(grid[int(votes.argmax())]))
    return None if commonest < SPECKLE * least else 2.0 * INSCRIBED * commonest


def _above_plasma(green: F32, mask: U8) -> U8:
    """Where the field is darker than plasma: mask 0/1; `mask` is what is surely stained."""
    import cv2

    smooth = np.asarray(cv2.GaussianBlur(green, (0, 0), 0.8), np.float32)
    plasma = smooth[cv2.dilate(mask, np.ones((5, 5), np.uint8)) == 0][::4]
    if plasma.size < 20:
        return mask
    middle = float(np.median(plasma))
    spread = 1.48 * float(np.median(np.abs(plasma - middle)))
    return (smooth > middle + max(3.0 * spread, 0.1)).astype(np.uint8)


def _red_cells(chromatin: F32, red: F32, diameter: float) -> U8:
    """Red cells, pallor included: mask 0/1. Pink cytoplasm is paler, granules of eosinophils are too small."""
    import cv2

    solid = cv2.medianBlur(((red > 0.7) & (chromatin < 0.15)).astype(np.uint8), 5)
    return filled(np.asarray(solid, np.uint8), 0.3 * diameter**2)
