"""What a picture of a smear says about itself: plasma, stain, red-cell size, noise and sharpness, from pixels alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.masks import Bools, Floats, grown, opened, pallor_filled, without_specks

Image = NDArray[np.uint8]
RGB = tuple[float, float, float]

#: The maps are made at about this width: a red cell then still measures 15 px and more.
WIDTH = 400


@dataclass(frozen=True, eq=False)
class Survey:
    """Maps at 1/`step` of the picture's size, and figures in pixels of the picture.

    covered: bool (h, w), any cell. dark: bool (h, w), stained like a nucleus, with a margin. white: float32 (h, w, 3),
    the colour of clear plasma (0–255) there. red_cell: median diameter px or None. red_density, nucleus_density: mean
    optical density (natural logarithm) or None. noise: grey levels. edge: width of a red cell's edge px or None.
    """

    step: int
    covered: Bools
    dark: Bools
    white: Floats
    red_cell: float | None
    red_density: RGB | None
    nucleus_density: RGB | None
    noise: float
    edge: float | None

    def white_at(self, x: float, y: float) -> Floats:
        """The colour of clear plasma around (x, y) px: float32 (3,)."""
        h, w = self.covered.shape
        colour: Floats = self.white[min(h - 1, int(y / self.step)), min(w - 1, int(x / self.step))]
        return colour


def survey(image: Image, leukocytes: Bools | None = None) -> Survey:
    """Look at an RGB picture, uint8 (H, W, 3); what is known to be leukocyte (H, W) is not taken for plasma."""
    import cv2

    step = max(1, round(image.shape[1] / WIDTH))
    size = (max(1, image.shape[1] // step), max(1, image.shape[0] // step))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    known = np.zeros(small.shape[:2], bool)
    if leukocytes is not None:
        known |= cv2.resize(leukocytes.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        known = grown(known, 2)
    white, covered, density = _plasma(small, known)
    nuclei = opened(_chromatin(density, covered), 2)
    covered = pallor_filled(covered | nuclei)
    red_cell = _red_cell(covered & ~grown(nuclei, 3))
    margin = round(0.35 * (red_cell or 20))
    nuclei = without_specks(nuclei, 0.15 * (red_cell or 20) ** 2)
    dark = grown(nuclei, margin)
    red = covered & ~dark
    red_density, nucleus_density = _mean(density, red), _mean(density, nuclei)
    return Survey(
        step,
        covered,
        dark,
        _local(small, white, covered),
        None if red_cell is None else red_cell * step,
        red_density,
        nucleus_density,
        _noise(image, covered, step),
        _edge(image, covered & ~dark, step, red_density),
    )


def density_of(image: NDArray[np.generic], white: NDArray[np.generic]) -> Floats:
    """Optical density (natural logarithm) against `white`, never negative beyond what noise makes of clear glass."""
    ratio = (image.astype(np.float32) + 1) / (np.asarray(white, np.float32) + 1)
    density: Floats = -np.log(ratio)
    return density


def _chromatin(density: Floats, covered: Bools) -> Bools:
    """Chromatin and blue cytoplasm absorb red light more than blue, haemoglobin the other way round."""
    lead = density[..., 0] - density[..., 2]
    usual = float(np.median(lead[covered])) if covered.any() else 0.0
    chromatin: Bools = (lead > max(0.1, usual + 0.15)) & (density[..., 0] > 0.22)
    return chromatin


def _plasma(small: Floats, known: Bools) -> tuple[Floats, Bools, Floats]:
    """Colour of clear plasma everywhere (a curved surface through what is bright), what is covered, densities."""
    green = small[..., 1]
    rest = green[~known] if not known.all() else green
    bright = (green >= np.percentile(rest, 75)) & ~known
    for _ in range(3):
        white = _surface(small, bright)
        density = density_of(small, white)
        level = np.clip(density[..., 1], -0.05, 0.5)
        threshold = min(max(_otsu(level), 0.04), 0.3)
        covered = (level > threshold) | known
        bright = (level < threshold * 0.7) & (level > -0.15) & ~known
        if bright.sum() < 50:
            break
    return white, covered, density


def _local(small: Floats, white: Floats, covered: Bools) -> Floats:
    """The plasma's own colour where plasma is near (a flare, a stain's shade), else the surface through all of it."""
    import cv2

    clear = (~grown(covered, 2)).astype(np.float32)
    share = cv2.blur(clear, (25, 25))[..., None]
    near = cv2.blur(small * clear[..., None], (25, 25)) / np.maximum(share, 1e-3)
    trust = np.clip(share / 0.15, 0, 1)
    mixed: Floats = trust * near + (1 - trust) * white
    return mixed


def _surface(small: Floats, where: Bools) -> Floats:
    terms = _terms(*where.shape)
    rows = np.flatnonzero(where)
    rows = rows[:: max(1, len(rows) // 3000)]
    chosen = terms.reshape(-1, 6)[rows].astype(np.float64)
    if len(rows) < 50:
        return np.broadcast_to(np.percentile(small, 90, axis=(0, 1)).astype(np.float32), small.shape).copy()
    # Normal equations: six well-scaled terms need no decomposition, which costs a hundred times more.
    square = chosen.T @ chosen + 1e-6 * np.eye(6)
    weights = np.linalg.solve(square, chosen.T @ small.reshape(-1, 3)[rows].astype(np.float64))
    surface: Floats = np.clip(terms @ weights.astype(np.float32), 1, 255)
    return surface


@lru_cache(maxsize=4)
def _terms(h: int, w: int) -> Floats:
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _otsu(level: Floats) -> float:
    import cv2

    low, high = float(level.min()), float(level.max())
    if high - low < 1e-3:
        return high
    grey = ((level - low) * (255 / (high - low))).astype(np.uint8)
    return low + float(cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)[0]) * (high - low) / 255


def _red_cell(mask: Bools) -> float | None:
    """Median diameter, from the peaks of the distance to the outside (they survive overlap); None below four cells."""
    import cv2

    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    smooth = cv2.GaussianBlur(distance, (0, 0), 1.5)
    peaks = (smooth == cv2.dilate(smooth, np.ones((9, 9), np.uint8))) & (distance > 3)
    edge = int(np.percentile(distance[peaks], 80)) if peaks.any() else 0
    inner = np.zeros_like(peaks)
    inner[edge : mask.shape[0] - edge, edge : mask.shape[1] - edge] = True
    radii = distance[peaks & inner]
    radii = radii[radii > 0.5 * np.percentile(radii, 90)] if radii.size else radii
    if radii.size < 4:
        return None
    # Weighted by area, so that the rims of pale red cells do not count like whole ones.
    radii = np.sort(radii)
    weight = np.cumsum(radii**2)
    return 2 * float(radii[np.searchsorted(weight, weight[-1] / 2)])


def _mean(density: Floats, where: Bools) -> RGB | None:
    if where.sum() < 30:
        return None
    r, g, b = (float(v) for v in np.median(density[where], axis=0))
    return r, g, b


def _noise(image: Image, covered: Bools, step: int) -> float:
    """Standard deviation of the finest detail in plasma, grey levels."""
    import cv2

    green = image[..., 1].astype(np.float32)
    fine = np.abs(green - cv2.blur(green, (3, 3)))[::step, ::step][: covered.shape[0], : covered.shape[1]]
    clear = ~grown(covered, 3)
    values = fine[clear] if clear.sum() > 100 else fine
    # 1.4826 turns a median deviation into a standard one; the 3×3 mean leaves 8/9 of the variance.
    return float(np.median(values) * 1.4826 / (8 / 9) ** 0.5)


def _edge(image: Image, covered: Bools, step: int, density: RGB | None) -> float | None:
    """How many pixels the brightness takes from plasma to red cell: contrast over steepest slope, median."""
    import cv2

    if density is None or covered.mean() < 0.01:
        return None
    green = cv2.GaussianBlur(np.log(image[..., 1].astype(np.float32) + 1), (3, 3), 0)
    slope = np.hypot(cv2.Sobel(green, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(green, cv2.CV_32F, 0, 1, scale=0.125))
    steepest = cv2.dilate(slope, np.ones((5, 5), np.uint8))[::step, ::step][: covered.shape[0], : covered.shape[1]]
    border = covered & ~cv2.erode(covered.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    border[[0, -1]] = False
    border[:, [0, -1]] = False
    if border.sum() < 30:
        return None
    return float(density[1] / max(float(np.median(steepest[border])), 1e-3))
