"""How cells, stains, lights and cameras vary: draws the parts of a scene from a random generator.

Cell sizes in µm and nucleus shares follow the published masks of ALL-IDB1 and ALL-IDB2 (lputzu/ALL-IDB2_masks,
andrealoddo/ALL-IDB1-masks); what is drawn is calibrated by `benchmarks/realism.py`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import cast

import numpy as np

from leukcad_smears.scene import RGB, Camera, Cell, Light, Stain

Rng = np.random.Generator


@dataclass(frozen=True)
class Look:
    """A kind: mean and spread of diameter (µm), nucleus share …; chances of 0, 1, 2 … nucleoli and lobes."""

    diameter: tuple[float, float]
    share: tuple[float, float]
    chromatin: tuple[float, float]
    blueness: tuple[float, float] = (0.5, 0.12)
    nucleoli: tuple[float, ...] = (1.0,)
    lobes: tuple[float, ...] = (0.0, 1.0)
    elongation: float = 0.05
    depth: float = 1.0


#: Kind → looks with their weights. Lymphoblasts and lymphocytes overlap on purpose: some of each cannot be told.
LOOKS: dict[str, tuple[tuple[float, Look], ...]] = {
    "lymphoblast": (
        (
            0.87,
            Look((11.8, 1.15), (0.840, 0.055), (0.22, 0.12), (0.58, 0.16), (0.25, 0.35, 0.28, 0.12), elongation=0.08),
        ),
        (0.13, Look((9.7, 0.60), (0.800, 0.050), (0.74, 0.13), (0.24, 0.14), (0.95, 0.05), elongation=0.06)),
    ),
    "lymphocyte": (
        (0.72, Look((9.3, 0.55), (0.785, 0.055), (0.88, 0.09), (0.42, 0.14))),
        (0.245, Look((11.2, 0.75), (0.665, 0.080), (0.76, 0.12), (0.45, 0.15), (0.9, 0.1), elongation=0.07)),
        (0.035, Look((10.5, 0.80), (0.800, 0.045), (0.42, 0.13), (0.50, 0.15), (0.6, 0.4), elongation=0.07)),
    ),
    "reactive_lymphocyte": (
        (1.0, Look((13.2, 1.1), (0.50, 0.080), (0.56, 0.15), (0.78, 0.15), (0.75, 0.25), elongation=0.14)),
    ),
    "neutrophil": (
        (0.93, Look((11.7, 0.65), (0.41, 0.045), (0.90, 0.08), lobes=(0.0, 0.0, 0.14, 0.45, 0.32, 0.09))),
        (0.07, Look((11.9, 0.65), (0.45, 0.045), (0.80, 0.08))),
    ),
    "monocyte": ((1.0, Look((13.6, 1.1), (0.56, 0.065), (0.50, 0.13), (0.50, 0.15), elongation=0.12, depth=0.92)),),
    "eosinophil": ((1.0, Look((12.2, 0.70), (0.38, 0.045), (0.86, 0.09), lobes=(0.0, 0.0, 0.80, 0.20))),),
    "basophil": ((1.0, Look((11.0, 0.70), (0.55, 0.06), (0.75, 0.10), lobes=(0.0, 0.0, 0.60, 0.40), depth=0.95)),),
    "smudge": ((1.0, Look((14.0, 1.8), (0.9, 0.02), (0.3, 0.1), elongation=0.3)),),
}


def draw_cell(kind: str, x: float, y: float, scale: float, rng: Rng, diameter: float | None = None) -> Cell:
    """A cell of `kind` at (x, y) px; its diameter is drawn unless given in px."""
    weights = np.array([w for w, _ in LOOKS[kind]])
    look = LOOKS[kind][int(rng.choice(len(weights), p=weights / weights.sum()))][1]

    def near(spread: tuple[float, float], low: float, high: float) -> float:
        return round(float(np.clip(spread[0] + spread[1] * np.clip(rng.standard_normal(), -2.4, 2.4), low, high)), 3)

    own = near(look.diameter, 7.0, 18.0) * scale
    return Cell(
        kind=kind,
        x=round(x, 2),
        y=round(y, 2),
        diameter=round(own if diameter is None else diameter, 2),
        angle=round(float(rng.random() * 2 * np.pi), 3),
        elongation=round(1 + abs(float(rng.normal(0, look.elongation))), 3),
        share=near(look.share, 0.2, 0.95),
        chromatin=near(look.chromatin, 0.0, 1.0),
        nucleoli=int(rng.choice(len(look.nucleoli), p=look.nucleoli)),
        lobes=int(rng.choice(len(look.lobes), p=look.lobes)),
        blueness=near(look.blueness, 0.0, 1.0),
        depth=near((look.depth, 0.06), 0.7, 1.3),
        seed=int(rng.integers(2**31)),
    )


def moved(cell: Cell, x: float, y: float) -> Cell:
    """The same cell at (x, y) px."""
    return dataclasses.replace(cell, x=round(x, 2), y=round(y, 2))


#: Laboratories between which stains vary: dyes as optical density per unit (R, G, B).
LABS: dict[str, Stain] = {
    "classic": Stain(
        (0.21, 0.36, 0.24), (1.10, 1.55, 0.50), (0.55, 0.48, 0.10), (0.22, 0.38, 0.13), (0.25, 0.72, 0.60)
    ),
    "rose": Stain((0.14, 0.52, 0.34), (0.95, 1.60, 0.62), (0.55, 0.55, 0.16), (0.20, 0.48, 0.20), (0.20, 0.85, 0.66)),
    "slate": Stain((0.29, 0.46, 0.27), (1.20, 1.45, 0.42), (0.62, 0.50, 0.10), (0.28, 0.40, 0.12), (0.32, 0.70, 0.52)),
    "peach": Stain((0.07, 0.30, 0.34), (0.85, 1.25, 0.28), (0.50, 0.48, 0.10), (0.16, 0.34, 0.14), (0.15, 0.66, 0.62)),
}


def draw_stain(rng: Rng, weights: dict[str, float] | None = None, spread: float = 1.0) -> Stain:
    """A mixture of the laboratories' stains with its own strength of each dye.

    weights: how much of each laboratory, drawn if left out. spread scales the variation from field to field.
    """
    names = sorted(LABS)
    parts = rng.dirichlet([0.9] * len(names))
    if weights is not None:
        fixed = np.array([weights.get(n, 0.0) for n in names])
        parts = 0.12 * parts + 0.88 * fixed / fixed.sum()

    def dye(name: str, sigma: float) -> RGB:
        mean = sum(p * np.array(getattr(LABS[n], name)) for p, n in zip(parts, names, strict=True))
        strength = np.exp(spread * sigma * rng.standard_normal())
        channels = np.exp(spread * 0.05 * rng.standard_normal(3))
        return _rgb(mean * strength * channels)

    return Stain(
        haemoglobin=dye("haemoglobin", 0.16),
        chromatin=dye("chromatin", 0.09),
        basophilia=dye("basophilia", 0.16),
        lilac=dye("lilac", 0.16),
        orange=dye("orange", 0.12),
        plasma=_rgb(np.array([0.02, 0.03, 0.02]) * rng.gamma(1.5, 1.0)),
    )


def draw_light(rng: Rng, warmth: float | None = None) -> Light:
    """Illumination; `warmth` −1 bluish … 1 yellowish is drawn if left out."""
    warm = float(np.clip(rng.normal(0.15, 0.45), -1, 1)) if warmth is None else warmth + float(rng.normal(0, 0.12))
    level = rng.uniform(0.80, 0.92)
    colour = level * np.array([1 + 0.05 * warm, 1.0, 0.97 - 0.09 * warm]) + rng.normal(0, 0.008, 3)
    flared = rng.random() < 0.10
    return Light(
        colour=_rgb(colour),
        slope=round(float(abs(rng.normal(0, 0.05))), 4),
        slope_angle=round(float(rng.random() * 2 * np.pi), 3),
        vignette=round(float(rng.gamma(1.5, 0.035)), 4),
        flare=round(float(rng.uniform(0.06, 0.35)), 3) if flared else 0.0,
        flare_x=round(float(rng.random()), 3),
        flare_y=round(float(rng.random()), 3),
        flare_size=round(float(rng.uniform(0.05, 0.14)), 3),
        flare_colour=_rgb(np.array([0.8, 1.0, 1.0]) + rng.normal(0, 0.05, 3)),
    )


def draw_camera(rng: Rng, name: str | None = None, scale: float = 4.75) -> Camera:
    """One of two cameras, `a` (clean, sharp) or `b` (warmer, noisier, sharpened), with its focus of the day."""
    name = name or ("a", "b")[int(rng.integers(2))]
    focus = scale / 4.75 * (0.75 + float(rng.gamma(2.0, 0.17)))
    jitter = np.exp(rng.normal(0, 0.012, 3))
    seed = int(rng.integers(2**31))
    if name == "a":
        noise, quality = rng.uniform(1.2, 2.4), int(rng.integers(88, 97))
        return Camera("a", _rgb(jitter), 1.0, round(focus, 3), 0.02, round(float(noise), 3), 0.5, 0.35, quality, seed)
    noise, quality = rng.uniform(2.2, 4.0), int(rng.integers(80, 92))
    gain = _rgb(jitter * np.array([1.03, 0.98, 0.94]))
    return Camera("b", gain, 1.12, round(focus * 1.1, 3), 0.06, round(float(noise), 3), 0.8, 0.7, quality, seed)


def _rgb(values: object) -> RGB:
    return cast("RGB", tuple(round(float(v), 4) for v in np.asarray(values)))
