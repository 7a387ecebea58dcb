"""Cutting one leukocyte out of a picture that has no mask of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.masks import (
    Bools,
    Floats,
    disc,
    distance_to,
    eroded,
    filled,
    grown,
    joined,
    opened,
    pallor_filled,
    smooth,
)
from leukcad_smears.survey import Survey, density_of

#: Pictures are worked on at about this many pixels a red cell: finer detail does not help an outline.
RED_CELL = 34.0
#: Share of an outline that must lie on an edge of the picture.
EDGED = 0.85


def cut_out(
    image: NDArray[np.uint8], seen: Survey, box: NDArray[np.float32] | None = None
) -> tuple[Bools, Bools] | None:
    """Masks (H, W) of the whole cell and its nucleus, of the cell in `box` (xyxy px) or at the picture's centre.

    The nucleus by its colour, then all that differs from plasma and from the picture's own red cells around it, grown
    by watershed. None where the outcome has not a leukocyte's shape: better no donor than a torn one.
    """
    import cv2

    height, width = image.shape[:2]
    if box is None:
        side = min(height, width)
        box = np.array([(width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2], np.float32)
        centre = (width / 2, height / 2)
    else:
        centre = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
    reach = 0.25 * max(box[2] - box[0], box[3] - box[1])
    x0, y0 = max(0, int(box[0] - reach)), max(0, int(box[1] - reach))
    x1, y1 = min(width, int(box[2] + reach) + 1), min(height, int(box[3] + reach) + 1)
    unit = max(seen.red_cell or 0.2 * (x1 - x0), 0.1 * (x1 - x0))
    scale = min(1.0, RED_CELL / unit)
    size = (max(16, round((x1 - x0) * scale)), max(16, round((y1 - y0) * scale)))
    small = np.asarray(cv2.resize(image[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA), np.uint8)
    density = density_of(small, seen.white_at(*centre))
    middle = ((centre[0] - x0) * scale, (centre[1] - y0) * scale)
    found = _cell(small, density, seen, unit * scale, middle)
    if found is None:
        return None
    whole, nucleus = (_at_full_size(m, (x1 - x0, y1 - y0)) for m in found)
    masks = []
    for part in (whole, nucleus & whole):
        mask = np.zeros((height, width), bool)
        mask[y0:y1, x0:x1] = part
        masks.append(mask)
    return masks[0], masks[1]


def _cell(
    small: NDArray[np.uint8], density: Floats, seen: Survey, red_cell: float, middle: tuple[float, float]
) -> tuple[Bools, Bools] | None:

    nucleus = _nucleus(density, seen, red_cell, middle)
    if nucleus is None:
        return None
    red = np.array(seen.red_density or (0.1, 0.3, 0.2), np.float32)
    foreground = pallor_filled(density.mean(axis=2) > max(0.045, 0.3 * float(red.mean()))) | nucleus
    # A cell that touches no other, or at narrow necks only; else its colour must set it apart.
    candidates = [(_parted(foreground, nucleus, round(neck * red_cell)), 0.955) for neck in (0.12, 0.25, 0.36, 0.48)]
    candidates.append((_by_colour(small, density, foreground, nucleus, red, red_cell), 0.93))
    for candidate, convex in candidates:
        whole = joined(opened(candidate | nucleus, max(2, round(0.14 * red_cell))), nucleus)
        whole = filled(smooth(whole | grown(nucleus, 1), 0.05 * red_cell))
        if _plausible(whole, nucleus, red_cell, convex) and _edged(whole, density) > EDGED:
            return whole, nucleus
    return None


def _edged(whole: Bools, density: Floats) -> float:
    """Share of the outline along which the picture has an edge."""
    import cv2

    soft = cv2.GaussianBlur(density.mean(axis=2), (0, 0), 1)
    slope = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125))
    steepest = np.asarray(cv2.dilate(slope, disc(1)))
    return float((steepest[whole & ~eroded(whole, 1)] > 0.025).mean())


def _parted(foreground: Bools, nucleus: Bools, radius: int) -> Bools:
    """All that hangs together with the nucleus when what is narrower than 2 × `radius` is cut through."""
    core = eroded(foreground, radius)
    seed = core & nucleus
    return (grown(joined(core, seed), radius) & foreground) if seed.any() else nucleus


def _by_colour(
    small: NDArray[np.uint8], density: Floats, foreground: Bools, nucleus: Bools, red: Floats, red_cell: float
) -> Bools:
    """What deviates from the red cells' colour, with the edge where the picture has one."""
    import cv2

    # Along the red cells' own colour nothing is told apart; what deviates from it is cytoplasm.
    along = density @ red / float(red @ red)
    different = np.sqrt(((density - along[..., None] * red) ** 2).sum(axis=2))
    near = distance_to(nucleus)
    cytoplasm = foreground & (different > 0.06) & (near < 0.9 * red_cell)
    cytoplasm = joined(opened(cytoplasm | nucleus, 1), nucleus)
    markers = np.zeros(nucleus.shape, np.int32)
    markers[(near > 0.9 * red_cell) | ~grown(foreground, 1)] = 1
    markers[foreground & ~cytoplasm & (near > 3) & (distance_to(cytoplasm) > 3)] = 1
    markers[eroded(cytoplasm, 2) | nucleus] = 2
    cv2.watershed(np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), np.uint8), markers)
    return np.asarray(markers == 2, bool)


def _nucleus(density: Floats, seen: Survey, red_cell: float, middle: tuple[float, float]) -> Bools | None:
    """The lobes that lie together around the cell's middle."""
    import cv2

    lead = density[..., 0] - density[..., 2] * 0.5
    red = seen.red_density or (0.1, 0.3, 0.2)
    high = density[..., 0]
    floor = max(0.25, 1.6 * red[0])
    candidates = high[(high > floor) & (lead > 0.05)]
    if candidates.size < 0.05 * red_cell**2:
        return None
    level, _ = cv2.threshold((np.clip(candidates, 0, 2) * 127).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    # Otsu parts chromatin from cytoplasm; where all is chromatin it would part the nucleus itself, hence the bound.
    threshold = min(max(floor, level / 127 * 0.9), 0.62 * float(np.percentile(candidates, 90)))
    dark = opened(high > threshold, 1)
    n, labels, stats, centres = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    best, least = 0, np.inf
    for i in range(1, n):
        distance = float(np.hypot(centres[i][0] - middle[0], centres[i][1] - middle[1]))
        if areas[i] > 0.03 * red_cell**2 and distance - 0.5 * np.sqrt(areas[i]) < least:
            best, least = i, distance - 0.5 * np.sqrt(areas[i])
    if not best or least > 0.8 * red_cell:
        return None
    first = labels == best
    near = distance_to(first)
    lobes = [i for i in range(1, n) if areas[i] > 0.02 * red_cell**2 and near[labels == i].min() < 0.3 * red_cell]
    return filled(np.isin(labels, lobes))


def _plausible(whole: Bools, nucleus: Bools, red_cell: float, convex: float) -> bool:
    """Whole, about as large as leukocytes are, rather convex, and more than its nucleus but not by far."""
    import cv2

    if whole[0].any() or whole[-1].any() or whole[:, 0].any() or whole[:, -1].any():
        return False
    outlines, _ = cv2.findContours(whole.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=cv2.contourArea)
    area, hull = cv2.contourArea(outline), cv2.contourArea(cv2.convexHull(outline))
    diameter = float(np.sqrt(4 * area / np.pi)) / red_cell
    length, wide = sorted(cv2.minAreaRect(outline)[1])[::-1]
    share = float(nucleus.sum()) / max(float(whole.sum()), 1)
    return bool(0.8 < diameter < 3.2 and area > convex * hull and length < 1.6 * wide and 0.12 < share < 0.97)


def _at_full_size(mask: Bools, size: tuple[int, int]) -> Bools:
    import cv2

    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5, bool)
