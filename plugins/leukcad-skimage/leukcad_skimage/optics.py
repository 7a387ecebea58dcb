"""Illumination, optical density and stains of a smear, measured in the field itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Optical density (red, green, blue) of Romanowsky-stained chromatin and of red cells, as directions. The red cells'
# is replaced by what the field shows; blue against green tells the two apart on every camera that was tried.
CHROMATIN: F32 = np.array([0.47, 0.86, 0.18], np.float32)
RED_CELLS: F32 = np.array([0.34, 0.74, 0.58], np.float32)
FEW_RED = 0.3  # of the stained pixels: below, the field shows no red cells (lowest among 400 real fields: 0.5)


def shrunk(image: U8, factor: float) -> U8:
    """The picture made smaller by averaging; unchanged where `factor` is 1 or more."""
    import cv2

    if factor >= 1.0:
        return image
    size = (max(round(image.shape[1] * factor), 1), max(round(image.shape[0] * factor), 1))
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1]:  # exact halves are six times cheaper
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def background(image: U8, *, flares: bool = True) -> U8:
    """Light without cells, per channel: (H, W, 3) uint8 of the same size.

    Works on a small copy: a quadratic for vignetting and slopes, fitted to the bright side of the grey values; with
    `flares` then a grey closing, wider than any cell, of what the quadratic leaves (a flare); then smoothed.
    """
    import cv2

    height, width = image.shape[:2]
    small: Any = cv2.medianBlur(shrunk(image, 96.0 / max(height, width)), 3)
    logs = np.log(small.astype(np.float32) + 2.0)
    smooth = _bright_surface(logs)
    if flares:
        smooth = smooth + _wider_than_cells(logs - smooth)
    light = np.clip(np.exp(smooth) - 2.0, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _wider_than_cells(rest: F32) -> F32:
    """What of (h, w, 3) is bright or dim over a wider place than a cell, smoothed."""
    import cv2

    across = int(min(rest.shape[:2]) * 0.3) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
    closed = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, disc, borderType=cv2.BORDER_REPLICATE)
    smooth = cv2.GaussianBlur(closed, (0, 0), max(across / 6.0, 0.5), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32)


def _bright_surface(logs: F32) -> F32:
    """A quadratic through the plasma: (h, w, 3) of log grey values; pixels far below it (cells) lose their weight."""
    height, width = logs.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6).astype(np.float32)
    values = logs.reshape(-1, 3)
    surface = np.broadcast_to(np.quantile(values, 0.8, axis=0), values.shape).astype(np.float32)
    for _ in range(6):
        off = (values - surface) @ np.ones(3, np.float32)
        weight = np.exp(-((np.minimum(off, 0.0) / 0.15) ** 2)) + 1e-3
        weight /= 1.0 + (np.maximum(off, 0.0) / 0.3) ** 2
        weighted = terms * weight[:, None]
        ridge = np.diag([1e-6, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3]) * float(weight.sum())
        surface = (terms @ np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ values)).astype(np.float32)
    return surface.reshape(logs.shape)


def optical_density(image: U8, light: U8) -> F32:
    """ln(light / image) per channel, (H, W, 3) float32; 0 on plasma, negative values (glare) are cut to 0."""
    import cv2

    logs = np.log(np.arange(256, dtype=np.float32) + 2.0)
    density = np.asarray(cv2.subtract(cv2.LUT(light, logs), cv2.LUT(image, logs)), np.float32)
    return np.maximum(density, np.float32(0), out=density)


def red_pixels(density: F32, mask: U8) -> tuple[F32, Mask]:
    """Densities (n, 3) of some of what is stained, and which of them have a red cell's colour, bool (n,).

    Red cells absorb far more blue, measured against green, than chromatin does.
    """
    pixels = density[::2, ::2][mask[::2, ::2] > 0]
    return pixels, np.asarray(pixels[:, 2] > 0.42 * pixels[:, 1], np.bool_)


def red_stain(density: F32, mask: U8) -> tuple[float, F32]:
    """Typical density of the field's red cells and its direction; usual values where there are none to measure."""
    pixels, reds = red_pixels(density, mask)
    if len(pixels) < 50:
        return 0.4, RED_CELLS
    size = np.linalg.norm(pixels, axis=1)
    if reds.mean() < FEW_RED:
        return float(np.clip(np.median(size) * 0.5, 0.15, 1.0)), RED_CELLS
    direction = np.median(pixels[reds] / size[reds, None], axis=0).astype(np.float32)
    return float(max(np.median(size[reds]), 0.05)), direction


def unmix(density: F32, red: F32, chromatin: F32 = CHROMATIN) -> tuple[F32, F32]:
    """Least-squares amounts of chromatin and red-cell stain in every pixel: two (H, W) float32 maps."""
    import cv2

    basis = np.stack([chromatin / np.linalg.norm(chromatin), red / np.linalg.norm(red)])
    # not a matrix product: one so slim costs a fifth of the whole detector when several threads share the processor
    first, second = cv2.split(cv2.transform(density, np.linalg.pinv(basis).T.astype(np.float32)))
    return np.asarray(first, np.float32), np.asarray(second, np.float32)
