"""Nuclei of each kind of leukocyte, as signed distances in px and chromatin density."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.scene import Cell
from leukcad_smears.shapes import Grid, blob, chain, soft, union, wobble
from leukcad_smears.textures import texture

Floats = NDArray[np.float32]


def nucleus_distance(cell: Cell, grid: Grid, rng: np.random.Generator) -> Floats:
    """Signed distance of the nucleus, not yet cut by the cell's outline."""
    if cell.kind in ("neutrophil", "eosinophil", "basophil"):
        return _segmented(cell, grid, rng)
    if cell.kind == "monocyte":
        return _kidney(cell, grid, rng)
    return _round(cell, grid, rng)


def _round(cell: Cell, grid: Grid, rng: np.random.Generator) -> Floats:
    """A wobbly disc off the centre; in immature cells sometimes with a cleft."""
    big = cell.diameter / 2
    radius = big * np.sqrt(cell.share)
    away = (big - radius) * (0.25 + 0.6 * rng.random())
    turn = rng.random() * 2 * np.pi
    cx, cy = away * np.cos(turn), away * np.sin(turn)
    outline = wobble(rng, 0.022 + 0.02 * rng.random(), 2, 5)
    elongation = 1 + (cell.elongation - 1) * 0.8
    distance = blob(grid, radius, outline, elongation, cell.angle, cx, cy)
    if rng.random() < (0.35 if cell.kind == "lymphoblast" else 0.22):
        distance = np.maximum(distance, -_cleft(grid, radius, (cx, cy), turn + np.pi + rng.normal(0, 0.7), rng))
    return distance


def _cleft(grid: Grid, radius: float, centre: tuple[float, float], side: float, rng: np.random.Generator) -> Floats:
    """A wedge that opens outwards: the fold of an indented nucleus."""
    depth = rng.uniform(0.72, 0.93)
    discs = []
    for t in np.linspace(depth, 1.35, 6):
        x, y = centre[0] + t * radius * np.cos(side), centre[1] + t * radius * np.sin(side)
        discs.append((float(x), float(y), radius * (0.03 + 0.3 * (t - depth))))
    return union(grid, discs, radius * 0.03)


def _segmented(cell: Cell, grid: Grid, rng: np.random.Generator) -> Floats:
    """Lobes strung along an arc by threads; with one lobe a band."""
    big = cell.diameter / 2
    n = cell.lobes
    area = cell.share * big * big
    if n <= 1:
        return _band(big, area, grid, rng, cell.angle)
    sizes = 0.8 + 0.4 * rng.random(n)
    radii = np.sqrt(sizes / (sizes**2).sum() * area * sizes) * 1.02
    ring = min(big * 0.53, big - float(radii.max()) * 1.04)
    gaps = np.array([radii[i] + radii[(i + 1) % n] for i in range(n)]) * rng.uniform(0.95, 1.45, n)
    gaps *= min(1.0, 5.6 * ring / max(float(gaps[:-1].sum()), 1.0))
    turns = cell.angle + np.concatenate([[0], np.cumsum(gaps[:-1])]) / max(ring, 1.0)
    spots = [(ring * rng.uniform(0.75, 1.0) * np.cos(t), ring * rng.uniform(0.75, 1.0) * np.sin(t)) for t in turns]
    discs = []
    for (x, y), r in zip(spots, radii, strict=True):
        tilt, part = rng.random() * np.pi, 0.34 * rng.random() * r
        discs += [
            (x + part * np.cos(tilt), y + part * np.sin(tilt), r * 0.92),
            (x - part * np.cos(tilt), y - part * np.sin(tilt), r * 0.92),
        ]
    threads = chain(spots, max(0.9, big * 0.06), big * 0.10)
    return union(grid, discs + threads, big * 0.035)


def _band(big: float, area: float, grid: Grid, rng: np.random.Generator, angle: float) -> Floats:
    span = rng.uniform(2.4, 4.3)
    ring = big * rng.uniform(0.42, 0.52)
    half = max(big * 0.13, area * np.pi / (2 * span * ring) * 0.86)
    turns = angle + np.linspace(0, span, 9)
    points = [(ring * np.cos(t), ring * np.sin(t)) for t in turns]
    discs = [(x, y, r * half * rng.uniform(0.88, 1.14)) for x, y, r in chain(points, 1.0, half * 0.7)]
    return union(grid, discs, big * 0.04)


def _kidney(cell: Cell, grid: Grid, rng: np.random.Generator) -> Floats:
    """A large folded nucleus: kidney, horseshoe or lobulated."""
    big = cell.diameter / 2
    area = cell.share * big * big
    bend = rng.uniform(0.5, 2.9)
    half = big * np.sqrt(cell.share) * rng.uniform(0.58, 0.80)
    length = max(0.2 * big, (area - half * half) * np.pi / (2 * half))
    ring = max(big * 0.3, length / bend)
    away = ring - rng.uniform(0.0, 0.12) * big
    turns = np.linspace(-bend / 2, bend / 2, 7)
    c, s = np.cos(cell.angle), np.sin(cell.angle)
    points = [(ring * np.cos(t) - away, ring * np.sin(t)) for t in turns]
    points = [(c * x - s * y, s * x + c * y) for x, y in points]
    discs = [(x, y, half * rng.uniform(0.82, 1.08)) for x, y, _ in chain(points, half, half * 0.7)]
    return union(grid, discs, big * 0.06)


def chromatin(cell: Cell, grid: Grid, distance: Floats, scale: float, rng: np.random.Generator) -> Floats:
    """Chromatin density in the nucleus, float32; about 1 in a mature nucleus.

    Clumps grow from lace (chromatin 0) to blocks (1); nucleoli are pale spots with a dark border.
    """
    coarse = np.float32(cell.chromatin)
    shape = grid.shape
    lace = texture("fine", shape, scale, rng, 1.1)
    clumps = texture("medium", shape, scale, rng)
    blocks = texture("coarse", shape, scale, rng)
    pattern = (1 - coarse) * (np.float32(0.45) * lace + np.float32(0.55) * clumps)
    pattern += coarse * (np.float32(0.5) * clumps + np.float32(0.75) * blocks)
    strength = np.float32(0.15 + 0.07 * cell.chromatin)
    density = np.float32(0.74 + 0.30 * cell.chromatin) * (1 + strength * np.clip(pattern, -2.2, 2.2))
    membrane = np.exp(-(((distance + 1.6) / 1.6) ** 2)) * np.float32(0.10)
    density = density + membrane
    radius = cell.diameter / 2 * np.sqrt(cell.share)
    for _ in range(cell.nucleoli):
        density = _nucleolus(density, grid, radius, rng)
    return density * np.float32(cell.depth) * soft(distance)


def _nucleolus(density: Floats, grid: Grid, radius: float, rng: np.random.Generator) -> Floats:
    angle, away, size = rng.random() * 6.2832, 0.55 * rng.random() ** 0.5, rng.uniform(0.10, 0.19)
    far = np.hypot(
        grid.x - np.float32(away * radius * np.cos(angle)), grid.y - np.float32(away * radius * np.sin(angle))
    ) / np.float32(size * radius)
    pale = np.exp(-(far**4)) * np.float32(rng.uniform(0.20, 0.42))
    dark = np.exp(-(((far - 1.35) * 2.6) ** 2)) * np.float32(0.07)
    spotted: Floats = density * (1 - pale + dark)
    return spotted
