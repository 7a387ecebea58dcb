"""Where cells lie: leukocytes apart or touching, red cells around them in clumps and rouleaux, and gaps of plasma."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from leukcad_smears.scene import Cell, RedCell

Rng = np.random.Generator


@dataclass
class Ground:
    """A field being filled. gaps: (x, y, radius) that stay free of red cells."""

    width: int
    height: int
    scale: float
    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    radius: list[float] = field(default_factory=list)

    def clear(self, x: float, y: float, radius: float, share: float = 1.0) -> bool:
        """Whether a disc keeps `share` of the touching distance from all that lies here."""
        if not self.x:
            return True
        far = np.hypot(np.array(self.x) - x, np.array(self.y) - y)
        return bool((far > share * (np.array(self.radius) + radius)).all())

    def put(self, x: float, y: float, radius: float) -> None:
        """Occupy a disc."""
        self.x.append(x)
        self.y.append(y)
        self.radius.append(radius)


def place_leukocyte(
    ground: Ground, diameter: float, rng: Rng, touching: float = 0.10, cut: float = 0.06
) -> tuple[float, float]:
    """A place for one leukocyte; sometimes it touches another one or is cut by the border. Occupies it."""
    radius = diameter / 2
    for attempt in range(300):
        margin = -0.6 * radius if rng.random() < cut else radius + 2
        x = rng.uniform(margin, ground.width - margin)
        y = rng.uniform(margin, ground.height - margin)
        if ground.x and rng.random() < touching:
            near, turn = int(rng.integers(len(ground.x))), rng.random() * 2 * np.pi
            far = (ground.radius[near] + radius) * rng.uniform(0.95, 1.02)
            x, y = ground.x[near] + far * np.cos(turn), ground.y[near] + far * np.sin(turn)
            if not (radius < x < ground.width - radius and radius < y < ground.height - radius):
                continue
        if ground.clear(x, y, radius, 0.94 if attempt > 30 or rng.random() < 0.2 else 1.08):
            break
    ground.put(x, y, radius)
    return float(x), float(y)


def leave_gaps(
    cells: Sequence[Cell], ground: Ground, n: int, radius: float, rng: Rng
) -> list[tuple[float, float, float]]:
    """Up to `n` places without leukocytes, apart from one another, that red cells shall leave free."""
    taken = Ground(ground.width, ground.height, ground.scale)
    for cell in cells:
        taken.put(cell.x, cell.y, cell.diameter / 2)
    gaps = []
    for _ in range(n * 12):
        x, y = rng.uniform(radius, ground.width - radius), rng.uniform(radius, ground.height - radius)
        if taken.clear(x, y, radius, 1.02):
            taken.put(x, y, radius)
            gaps.append((x, y, radius))
        if len(gaps) == n:
            break
    return gaps


@dataclass(frozen=True)
class Population:
    """What a field's red cells have in common. cover: share of the free area; stacking: share lying on a neighbour."""

    cover: float = 0.32
    stacking: float = 0.3
    pallor: float = 0.5
    size_spread: float = 0.06
    shape_spread: float = 0.08
    crenated: float = 0.0
    refractile: float = 0.02
    diameter: float = 7.3


def place_red_cells(
    ground: Ground, gaps: Sequence[tuple[float, float, float]], population: Population, rng: Rng
) -> list[RedCell]:
    """Red cells around what lies on the ground already, in clumps and short rouleaux, until the cover is reached."""
    free = ground.width * ground.height - sum(np.pi * r * r for r in ground.radius)
    mean = population.diameter * ground.scale
    wanted = int(population.cover * free / (np.pi / 4 * mean**2))
    fixed = np.array([*zip(ground.x, ground.y, ground.radius, strict=True), *gaps], float).reshape(-1, 3)
    clumps = rng.random((7, 3)) * (ground.width, ground.height, 1)
    cells: list[RedCell] = []
    spots = np.zeros((wanted + 1, 3))
    for _ in range(wanted * 14):
        if len(cells) >= wanted:
            break
        size = mean * float(np.exp(np.clip(rng.normal(0, population.size_spread), -0.3, 0.25)))
        x, y, direction = _candidate(ground, spots[: len(cells)], clumps, size, population, rng)
        if not (-0.4 * size < x < ground.width + 0.4 * size and -0.4 * size < y < ground.height + 0.4 * size):
            continue
        if len(fixed) and (np.hypot(fixed[:, 0] - x, fixed[:, 1] - y) < fixed[:, 2] + 0.45 * size).any():
            continue
        others = spots[: len(cells)]
        far = np.hypot(others[:, 0] - x, others[:, 1] - y) if len(cells) else np.array([np.inf])
        limit = 0.52 if direction is not None else 1.04
        if far.min() < limit * size:
            continue
        spots[len(cells)] = x, y, rng.random() * 6.28 if direction is None else direction
        cells.append(_red_cell(x, y, size, population, rng))
    return cells


def _candidate(
    ground: Ground, spots: np.ndarray, clumps: np.ndarray, size: float, population: Population, rng: Rng
) -> tuple[float, float, float | None]:
    """A place, and the direction of the stack that it goes on (None: it lies alone)."""
    if len(spots) > 3 and rng.random() < population.stacking:
        base = spots[int(rng.integers(len(spots)))]
        turn = base[2] + rng.normal(0, 0.5) if rng.random() < 0.6 else rng.random() * 6.28
        far = size * rng.uniform(0.6, 1.02)
        return base[0] + far * np.cos(turn), base[1] + far * np.sin(turn), turn
    for _ in range(4):
        x = rng.uniform(-0.3 * size, ground.width + 0.3 * size)
        y = rng.uniform(-0.3 * size, ground.height + 0.3 * size)
        near = np.hypot(clumps[:, 0] - x, clumps[:, 1] - y).min() / (0.3 * ground.width)
        if rng.random() < np.exp(-0.8 * near):
            break
    return x, y, None


def _red_cell(x: float, y: float, size: float, population: Population, rng: Rng) -> RedCell:
    odd = rng.random() < 0.04
    stretch = 1 + abs(rng.normal(0, population.shape_spread * (4 if odd else 1)))
    crenated = rng.random() < population.crenated
    return RedCell(
        x=round(float(x), 2),
        y=round(float(y), 2),
        diameter=round(size, 2),
        angle=round(float(rng.random() * np.pi), 3),
        elongation=round(float(stretch), 3),
        pallor=round(float(np.clip(rng.normal(population.pallor, 0.17), 0.02, 0.92)), 3),
        crenation=round(float(rng.uniform(0.04, 0.12)), 3) if crenated else 0.0,
        depth=round(float(np.clip(rng.normal(1, 0.09), 0.7, 1.4)), 3),
        spot=round(float(rng.uniform(0.2, 0.6)), 3) if rng.random() < population.refractile else 0.0,
        seed=int(rng.integers(2**31)),
    )
