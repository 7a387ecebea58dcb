"""Outlines: wobbly discs and unions of discs, as signed distances in pixels (negative inside)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_ANGLES = np.linspace(0, 2 * np.pi, 257, dtype=np.float32)


@dataclass(frozen=True)
class Grid:
    """Pixel coordinates of a square stamp, relative to the cell's centre; x0, y0 place it in the field."""

    x: Floats
    y: Floats
    x0: int
    y0: int

    @classmethod
    def around(cls, x: float, y: float, reach: float) -> Grid:
        """A stamp that holds every pixel within `reach` of (x, y)."""
        x0, y0 = int(np.floor(x - reach)), int(np.floor(y - reach))
        side = int(np.ceil(2 * reach)) + 2
        along = np.arange(side, dtype=np.float32)
        gx, gy = np.meshgrid(along + np.float32(x0 + 0.5 - x), along + np.float32(y0 + 0.5 - y))
        return cls(gx, gy, x0, y0)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        return self.x.shape[0], self.x.shape[1]


def soft(distance: Floats, width: float = 1.2) -> Floats:
    """Coverage 0–1 of a shape whose signed distance this is; the edge is `width` px wide."""
    cover: Floats = np.clip(0.5 - distance / width, 0, 1, dtype=np.float32)
    return cover


def wobble(rng: np.random.Generator, strength: float, low: int = 2, high: int = 6) -> Floats:
    """Relative radius over 257 angles: 1 + a few low harmonics of total size about `strength`."""
    k = np.arange(low, high + 1, dtype=np.float32)
    amplitude = (strength * rng.standard_normal(len(k)) / k**0.7).astype(np.float32)
    phase = (rng.random(len(k)) * 2 * np.pi).astype(np.float32)
    radius: Floats = np.float32(1) + (amplitude[:, None] * np.cos(k[:, None] * _ANGLES + phase[:, None])).sum(
        0, dtype=np.float32
    )
    return radius


def blob(
    grid: Grid,
    radius: float,
    outline: Floats,
    elongation: float = 1.0,
    angle: float = 0.0,
    cx: float = 0.0,
    cy: float = 0.0,
) -> Floats:
    """Signed distance of a wobbly ellipse of equal area whatever its `elongation`."""
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    stretch = np.float32(np.sqrt(elongation))
    dx, dy = grid.x - np.float32(cx), grid.y - np.float32(cy)
    u, v = (c * dx + s * dy) / stretch, (c * dy - s * dx) * stretch
    place = (np.arctan2(v, u) + np.float32(np.pi)) * np.float32(256 / (2 * np.pi))
    reach = np.take(outline, place.astype(np.int32))
    distance: Floats = np.hypot(u, v) - np.float32(radius) * reach
    return distance


def union(grid: Grid, discs: Sequence[tuple[float, float, float]], blend: float) -> Floats:
    """Signed distance of discs (x, y, radius) in px, melted together over about `blend` px."""
    x, y, r = (np.array(v, np.float32)[:, None, None] for v in zip(*discs, strict=True))
    each = np.hypot(grid.x - x, grid.y - y) - r
    low: Floats = each.min(0)
    if len(discs) > 1 and blend > 0:
        low = low - np.float32(blend) * np.log(np.exp((low - each) / np.float32(blend)).sum(0))
    return low


def chain(points: Sequence[tuple[float, float]], radius: float, step: float) -> list[tuple[float, float, float]]:
    """Discs along a polyline, `step` px apart: a thread, or a band."""
    discs: list[tuple[float, float, float]] = []
    for (ax, ay), (bx, by) in pairwise(points):
        n = max(2, int(np.hypot(bx - ax, by - ay) / max(step, 0.5)) + 1)
        discs += [(ax + (bx - ax) * t, ay + (by - ay) * t, radius) for t in np.linspace(0, 1, n)]
    return discs


Slices = tuple[slice, slice]


def overlap(x0: int, y0: int, shape: tuple[int, int], width: int, height: int) -> tuple[Slices, Slices] | None:
    """Where a stamp cornered at (x0, y0) meets the field: slices of the field and of the stamp; None if nowhere."""
    a, b = max(0, y0), min(height, y0 + shape[0])
    c, d = max(0, x0), min(width, x0 + shape[1])
    if a >= b or c >= d:
        return None
    return (slice(a, b), slice(c, d)), (slice(a - y0, b - y0), slice(c - x0, d - x0))
