"""Red cells: biconcave discs with a pale centre, drawn in batches as haemoglobin density."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.scene import RedCell
from leukcad_smears.shapes import overlap
from leukcad_smears.textures import texture

Floats = NDArray[np.float32]
_BATCH = 32


def draw_red_cells(cells: Sequence[RedCell], width: int, height: int, scale: float) -> Floats:
    """Haemoglobin density, float32 (height, width): about 1 in the rim of one cell; overlaps add."""
    field = np.zeros((height, width), np.float32)
    for start in range(0, len(cells), _BATCH):
        _draw_batch(field, cells[start : start + _BATCH], scale)
    # Two cells on top of one another absorb a little less than twice: scattered light fills in.
    return np.where(field > 1, 1 + (field - 1) * np.float32(0.6), field)


def _draw_batch(field: Floats, cells: Sequence[RedCell], scale: float) -> None:
    height, width = field.shape
    reach = max(c.diameter * c.elongation**0.5 for c in cells) * 0.62 + 3
    side = int(2 * reach) + 2
    x = np.array([c.x for c in cells])
    y = np.array([c.y for c in cells])
    x0, y0 = np.floor(x - reach).astype(int), np.floor(y - reach).astype(int)
    along = np.arange(side, dtype=np.float32) + np.float32(0.5)
    dx = along[None, None, :] + (x0 - x).astype(np.float32)[:, None, None]
    dy = along[None, :, None] + (y0 - y).astype(np.float32)[:, None, None]
    stamps = _stamps(cells, dx, dy, scale)
    for stamp, left, top in zip(stamps, x0, y0, strict=True):
        if met := overlap(int(left), int(top), (side, side), width, height):
            field[met[0]] += stamp[met[1]]


def _stamps(cells: Sequence[RedCell], dx: Floats, dy: Floats, scale: float) -> Floats:
    """float32 (N, side, side)."""

    def column(values: list[float]) -> Floats:
        return np.array(values, np.float32)[:, None, None]

    radius = column([c.diameter / 2 for c in cells])
    cos, sin = column([np.cos(c.angle) for c in cells]), column([np.sin(c.angle) for c in cells])
    stretch = column([c.elongation**0.5 for c in cells])
    u, v = (cos * dx + sin * dy) / stretch, (cos * dy - sin * dx) * stretch
    place = np.arctan2(v, u)
    place += np.float32(np.pi)
    place *= np.float32(128 / np.pi)
    outlines = np.stack([_outline(c) for c in cells])
    index = place.astype(np.int32) + np.arange(len(cells), dtype=np.int32)[:, None, None] * outlines.shape[1]
    rho = np.hypot(u, v)
    rho /= radius * np.take(outlines, index)
    edge = np.float32(1.5) / radius
    cover = np.clip((np.float32(1) - rho) / edge + np.float32(0.5), 0, 1)
    inside = np.minimum(rho, 1)
    pallor = column([c.pallor for c in cells])
    spread = column([0.36 + 0.12 * ((c.seed >> 8) % 97) / 97 for c in cells])
    dip = np.exp(-((inside / spread) ** 4)) * np.float32(0.85) + np.exp(-((inside / (spread * 1.7)) ** 2)) * np.float32(
        0.15
    )
    thickness = (np.float32(1) - pallor * dip) * (np.float32(0.93) + np.float32(0.13) * inside**6)
    # Phase contrast at the margin: a dark line just inside and a faint bright one just outside.
    rim = np.exp(-(((rho - np.float32(0.97)) / (edge * np.float32(0.9))) ** 2)) * np.float32(0.10)
    halo = np.exp(-(((rho - np.float32(1) - edge * 2) / (edge * np.float32(1.3))) ** 2)) * np.float32(-0.05)
    stamps: Floats = column([c.depth for c in cells]) * (cover * thickness + rim) + halo
    for i, cell in enumerate(cells):
        if cell.spot > 0:
            _refract(stamps[i], dx[i], dy[i], cell)
        elif cell.crenation > 0:
            rng = np.random.default_rng(cell.seed + 1)
            stamps[i] *= 1 + np.float32(0.10) * texture("medium", stamps[i].shape, scale, rng)
    return stamps


def _outline(cell: RedCell) -> Floats:
    """Relative radius over 257 angles; spikes where the cell is crenated."""
    rng = np.random.default_rng(cell.seed)
    angles = np.linspace(0, 2 * np.pi, 257, dtype=np.float32)
    k = np.arange(2, 6, dtype=np.float32)[:, None]
    amplitude = (0.022 * rng.standard_normal((4, 1)) / k**0.5).astype(np.float32)
    radius: Floats = 1 + (amplitude * np.cos(k * angles + rng.random((4, 1)).astype(np.float32) * 6.2832)).sum(0)
    if cell.crenation > 0:
        spikes = int(rng.integers(11, 19))
        wave = np.cos(spikes * angles + rng.random() * 6.28 + 0.8 * np.sin(2 * angles + rng.random() * 6.28))
        radius += cell.crenation * (np.maximum(wave, 0) ** 2 - 0.25)
    return radius


def _refract(stamp: Floats, dx: Floats, dy: Floats, cell: RedCell) -> None:
    """Refractile artefacts: small bright bubbles with a dark border, from water in the stain."""
    rng = np.random.default_rng(cell.seed + 2)
    for _ in range(int(rng.integers(1, 4))):
        angle, away, size = rng.random() * 6.2832, rng.random() ** 0.5 * 0.28, 0.035 + 0.05 * rng.random()
        x, y, r = away * np.cos(angle) * cell.diameter, away * np.sin(angle) * cell.diameter, size * cell.diameter
        far = np.hypot(dx - np.float32(x), dy - np.float32(y)) / np.float32(max(r, 1.0))
        stamp += np.float32(cell.spot) * (
            np.float32(0.9) * np.exp(-(((far - 1.25) * 3) ** 2)) - np.float32(1.5) * np.exp(-(far**2) * 2)
        )
