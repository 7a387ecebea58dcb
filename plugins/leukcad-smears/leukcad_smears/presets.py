"""Presets: the traps that a set of simulated fields can hold, each named and switchable.

In every preset stain, light and thickness vary between fields. A preset says which of them, and whether the number of
leukocytes, also go with the class; nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from leukcad_smears import appearance
from leukcad_smears.placement import Ground, Population, leave_gaps, place_leukocyte, place_red_cells
from leukcad_smears.scene import Particle, Scene

Rng = np.random.Generator
Preset = Literal["count", "overlap", "camera", "both", "balanced", "leukocytosis"]
PRESETS: tuple[str, ...] = get_args(Preset)
LABELS = ("healthy", "ALL")

#: Pixels per µm at 800 px width: the field of view of ALL-IDB1's 1712 × 1368.
SCALE = 4.75
#: Share of each kind among healthy leukocytes.
DIFFERENTIAL = {
    "neutrophil": 0.59,
    "lymphocyte": 0.275,
    "monocyte": 0.06,
    "eosinophil": 0.028,
    "basophil": 0.007,
    "reactive_lymphocyte": 0.02,
    "smudge": 0.02,
}
LEUKOCYTOSIS = {
    "neutrophil": 0.50,
    "lymphocyte": 0.12,
    "monocyte": 0.06,
    "eosinophil": 0.15,
    "basophil": 0.02,
    "reactive_lymphocyte": 0.15,
}


def draw_counts(preset: str, label: str, n: int, rng: Rng) -> list[int]:
    """Numbers of leukocytes for `n` fields, stratified: even few fields cover the preset's whole range."""
    u = (np.arange(n) + rng.random(n)) / max(n, 1)
    rng.shuffle(u)
    if preset == "leukocytosis":
        return [int(v) for v in 10 + u * 19]
    if preset == "camera":
        return [int(v) for v in 3 + u * 10]
    if preset == "balanced":
        return [int(v) for v in np.exp(np.log(2) + u * np.log(31 / 2))]
    if label == "healthy":
        return [int(v) for v in 1 + u * (4 if preset == "count" else 8)]
    if preset == "count":
        return [int(v) for v in np.exp(np.log(5) + u * np.log(31 / 5))]
    low, high = 2 + u / 0.26 * 3, np.exp(np.log(5) + (u - 0.26) / 0.74 * np.log(31 / 5))
    return [int(v) for v in np.where(u < 0.26, low, high)]


@dataclass(frozen=True)
class Setting:
    """What a field was taken with: stain weights, camera, warmth of the light, magnification; None is drawn."""

    stain: dict[str, float] | None = None
    camera: str | None = None
    warmth: float | None = None
    magnification: float = 1.0


#: `camera` and `both`: each class comes from its own laboratory.
CONFOUNDED = {
    "healthy": Setting({"classic": 0.6, "rose": 0.4}, "a", -0.3, 0.94),
    "ALL": Setting({"slate": 0.6, "peach": 0.4}, "b", 0.6, 1.08),
}


def setting_of(preset: str, label: str) -> Setting:
    """How fields of `label` are taken under `preset`."""
    return CONFOUNDED[label] if preset in ("camera", "both") else Setting()


def share_of(confounded: float, label: str, number: int) -> Setting:
    """How field `number` (from 1) is taken if this share of all, evenly spread, comes from its class's laboratory."""
    own = round(number * confounded, 9) // 1 > round((number - 1) * confounded, 9) // 1
    return CONFOUNDED[label] if own else Setting()


def sample_kinds(preset: str, label: str, n: int, rng: Rng) -> list[str]:
    """Kinds of `n` leukocytes. ALL: at least two blasts and at least half of the cells. Healthy: none."""
    if preset == "leukocytosis" or label == "healthy":
        return _healthy(n, LEUKOCYTOSIS if preset == "leukocytosis" else DIFFERENTIAL, rng)
    share = 0.5 + 0.5 * rng.beta(3.2, 1.3)
    blasts = max(2, -(-n // 2), round(share * n))
    return ["lymphoblast"] * min(n, blasts) + _healthy(max(0, n - blasts), DIFFERENTIAL, rng)


def _healthy(n: int, differential: dict[str, float], rng: Rng) -> list[str]:
    weights = np.array(list(differential.values()))
    return [str(k) for k in rng.choice(list(differential), size=n, p=weights / weights.sum())]


def sample_scene(
    preset: str,
    label: str,
    rng: Rng,
    *,
    count: int | None = None,
    width: int = 800,
    height: int = 600,
    setting: Setting | None = None,
) -> Scene:
    """A field of `label` ("healthy" or "ALL") under `preset`, with `count` leukocytes; cells scale with `width`.

    setting: what it is taken with, in place of the preset's.
    """
    n = draw_counts(preset, label, 1, rng)[0] if count is None else count
    setting = setting or setting_of(preset, label)
    scale = SCALE * width / 800 * setting.magnification * float(np.exp(np.clip(rng.normal(0, 0.03), -0.06, 0.06)))
    kinds = sample_kinds(preset, label, n, rng)
    rng.shuffle(kinds)
    return compose(kinds, rng, setting=setting, scale=round(scale, 4), width=width, height=height)


def compose(kinds: list[str], rng: Rng, *, setting: Setting, scale: float, width: int, height: int) -> Scene:
    """A field with these leukocytes; everything else is drawn."""
    ground = Ground(width, height, scale)
    cells = []
    for kind in sorted(kinds, key=lambda k: k == "smudge"):
        cell = appearance.draw_cell(kind, 0.0, 0.0, scale, rng)
        x, y = place_leukocyte(ground, cell.diameter, rng)
        cells.append(appearance.moved(cell, x, y))
    population = draw_population(rng)
    gaps = leave_gaps(cells, ground, 24, 5.9 * scale, rng)
    red_cells = place_red_cells(ground, gaps, population, rng)
    return Scene(
        width=width,
        height=height,
        scale=scale,
        cells=tuple(cells),
        red_cells=tuple(red_cells),
        particles=tuple(draw_particles(ground, rng)),
        stain=appearance.draw_stain(rng, setting.stain),
        light=appearance.draw_light(rng, setting.warmth),
        camera=appearance.draw_camera(rng, setting.camera, scale),
        seed=int(rng.integers(2**31)),
    )


def draw_population(rng: Rng) -> Population:
    """Thickness and shape of a field's red cells: from thin with pale centres to thicker, flatter and stacked."""
    thickness = rng.random()
    return Population(
        cover=0.27 + 0.13 * thickness + float(rng.normal(0, 0.02)),
        stacking=float(np.clip(0.04 + 0.38 * thickness + rng.normal(0, 0.08), 0.02, 0.6)),
        pallor=float(np.clip(0.72 - 0.42 * thickness + rng.normal(0, 0.13), 0.1, 0.85)),
        size_spread=float(rng.uniform(0.04, 0.09)),
        shape_spread=float(rng.uniform(0.05, 0.13)),
        crenated=float(rng.uniform(0.3, 0.9)) if rng.random() < 0.08 else 0.01,
        refractile=float(rng.uniform(0.1, 0.4)) if rng.random() < 0.12 else 0.01,
        diameter=float(np.clip(rng.normal(7.3, 0.2), 6.8, 7.8)),
    )


def draw_particles(ground: Ground, rng: Rng) -> list[Particle]:
    """Platelets, and the dirt of an ordinary slide; numbers follow the area of the field."""
    area = ground.width * ground.height / (168.4 * 126.3 * ground.scale**2)
    rates = {
        "platelet": (rng.gamma(2.5, 2.6), 1.25, 0.3),
        "precipitate": (rng.gamma(0.35, 4.0), 1.6, 0.5),
        "dust": (rng.gamma(0.5, 1.6), 0.9, 0.4),
        "fibre": (rng.gamma(0.2, 1.5), 6.0, 2.5),
        "ghost": (rng.gamma(0.5, 1.6), 4.0, 1.5),
    }
    particles = []
    for kind, (rate, size, spread) in rates.items():
        for _ in range(rng.poisson(rate * area)):
            across = max(0.5, rng.normal(size, spread)) * ground.scale
            x, y = rng.uniform(0, ground.width), rng.uniform(0, ground.height)
            seed, angle = int(rng.integers(2**31)), round(float(rng.random() * 6.283), 3)
            particles.append(Particle(kind, round(x, 2), round(y, 2), round(across, 2), angle, seed))
    return particles
