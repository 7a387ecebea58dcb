"""A fixed bank of periodic noise tiles, from which every cell cuts its own texture."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Pixels per µm in the tiles; their side is SIDE px, so 64 µm.
TILE_SCALE = 8.0
SIDE = 512
#: Grain → wavelengths in µm (low, high) of the noise.
GRAINS = {"fine": (0.55, 1.1), "medium": (0.9, 2.0), "coarse": (1.7, 3.6), "broad": (4.0, 12.0)}


@cache
def tile(grain: str) -> Floats:
    """Periodic band-limited noise of zero mean and unit variance, float32 (SIDE, SIDE)."""
    low, high = GRAINS[grain]
    rng = np.random.default_rng([20220712, sorted(GRAINS).index(grain)])
    white = np.fft.rfft2(rng.standard_normal((SIDE, SIDE)))
    fy = np.fft.fftfreq(SIDE)[:, None] * TILE_SCALE
    fx = np.fft.rfftfreq(SIDE)[None, :] * TILE_SCALE
    frequency = np.hypot(fy, fx)
    band = ((frequency > 1 / high) & (frequency < 1 / low)).astype(np.float64)
    noise = np.fft.irfft2(white * cv2.GaussianBlur(band, (0, 0), 1.0), s=(SIDE, SIDE))
    unit: Floats = ((noise - noise.mean()) / noise.std()).astype(np.float32)
    return unit


def texture(grain: str, shape: tuple[int, int], scale: float, rng: np.random.Generator, stretch: float = 1.0) -> Floats:
    """A patch of noise, float32 `shape`, at `scale` px/µm with a random place and turn; `stretch` > 1 coarsens it."""
    angle, ox, oy = rng.random(3)
    zoom = TILE_SCALE / (scale * stretch)
    c, s = np.cos(angle * 2 * np.pi) * zoom, np.sin(angle * 2 * np.pi) * zoom
    matrix = np.array([[c, -s, ox * SIDE], [s, c, oy * SIDE]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch: Any = cv2.warpAffine(tile(grain), matrix, shape[::-1], flags=flags, borderMode=cv2.BORDER_WRAP)
    return patch  # type: ignore[no-any-return]
