"""Platelets, stain precipitate, dust, fibres and pale out-of-focus marks, added to a field's optical density."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.scene import Particle, Stain
from leukcad_smears.shapes import Grid, blob, chain, overlap, soft, union, wobble
from leukcad_smears.textures import texture

Floats = NDArray[np.float32]


def draw_particles(density: Floats, particles: Sequence[Particle], stain: Stain, scale: float) -> None:
    """Add every particle to `density`, optical density (H, W, 3), in place."""
    height, width = density.shape[:2]
    for particle in particles:
        rng = np.random.default_rng(particle.seed)
        grid = Grid.around(particle.x, particle.y, particle.size * 1.1 + 4)
        amount = _DRAW[particle.kind](particle, grid, scale, rng)
        if met := overlap(grid.x0, grid.y0, grid.shape, width, height):
            density[met[0]] += amount[met[1]][..., None] * _dye(particle.kind, stain)


def _dye(kind: str, stain: Stain) -> Floats:
    lilac, chromatin = np.array(stain.lilac, np.float32), np.array(stain.chromatin, np.float32)
    if kind == "platelet":
        return np.float32(0.55) * chromatin + np.float32(0.7) * lilac
    if kind == "precipitate":
        return np.float32(0.9) * chromatin
    if kind == "fibre":
        return np.float32(0.9) * lilac
    return np.array((0.5, 0.5, 0.55) if kind == "dust" else (0.10, 0.06, -0.01), np.float32)


def _platelet(particle: Particle, grid: Grid, scale: float, rng: np.random.Generator) -> Floats:
    """A granular fragment, deeper in the middle, often with a ragged margin; size is its radius."""
    distance = blob(grid, particle.size, wobble(rng, 0.13, 2, 7), 1 + 0.6 * rng.random(), particle.angle)
    cover = soft(distance, 1.8)
    granules = np.clip(0.75 + 0.35 * texture("fine", grid.shape, scale, rng, 1.3), 0.1, 1.6)
    core = np.exp(-np.hypot(grid.x, grid.y) / np.float32(particle.size) * 1.1)
    amount: Floats = cover * granules.astype(np.float32) * (np.float32(0.28) + np.float32(0.75) * core)
    return amount * np.float32(0.7 + 0.5 * rng.random())


def _precipitate(particle: Particle, grid: Grid, scale: float, rng: np.random.Generator) -> Floats:
    """A spray of tiny dark grains."""
    n = int(rng.integers(2, 14))
    place = rng.normal(0, particle.size * 0.42, (n, 2))
    discs = [(float(x), float(y), float(rng.uniform(0.10, 0.32) * scale * 0.5)) for x, y in place]
    return soft(union(grid, discs, 0.0), 1.5) * np.float32(0.7)


def _dust(particle: Particle, grid: Grid, scale: float, rng: np.random.Generator) -> Floats:
    cover = soft(blob(grid, particle.size * 0.5, wobble(rng, 0.2, 2, 5), 1.5, particle.angle), 2.5)
    return cover * np.float32(rng.uniform(0.3, 0.9))


def _fibre(particle: Particle, grid: Grid, scale: float, rng: np.random.Generator) -> Floats:
    c, s, bend = np.cos(particle.angle), np.sin(particle.angle), rng.normal(0, 0.25)
    along = np.linspace(-1, 1, 6) * particle.size
    across = bend * along * np.abs(along) / particle.size
    points = [(float(c * u - s * v), float(s * u + c * v)) for u, v in zip(along, across, strict=True)]
    return soft(union(grid, chain(points, 0.5, 1.5), 0.0), 2.0) * np.float32(rng.uniform(0.15, 0.4))


def _ghost(particle: Particle, grid: Grid, scale: float, rng: np.random.Generator) -> Floats:
    """Dirt on a lens: a wide, pale, out-of-focus spot."""
    far = np.hypot(grid.x, grid.y) / np.float32(particle.size)
    return np.exp(-(far**2) * 4, dtype=np.float32) * np.float32(rng.uniform(0.3, 1.0))


_DRAW = {
    "platelet": _platelet,
    "precipitate": _precipitate,
    "dust": _dust,
    "fibre": _fibre,
    "ghost": _ghost,
}
