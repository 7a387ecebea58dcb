"""One leukocyte: outline, cytoplasm, granules and nucleus, as optical density with coverage and label masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.nuclei import chromatin, nucleus_distance
from leukcad_smears.scene import Cell, Stain
from leukcad_smears.shapes import Grid, blob, soft, wobble
from leukcad_smears.textures import texture

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Stamp:
    """density: optical density (side, side, 3); cover: 0–1 (side, side), what it hides; whole, nucleus: masks."""

    density: Floats
    cover: Floats
    whole: Bools
    nucleus: Bools
    x0: int
    y0: int


#: Kind → (basophilia, lilac, orange) of the cytoplasm.
_CYTOPLASM = {
    "lymphoblast": (0.62, 0.10, 0.0),
    "lymphocyte": (0.50, 0.10, 0.0),
    "reactive_lymphocyte": (0.62, 0.06, 0.0),
    "neutrophil": (0.05, 0.52, 0.06),
    "monocyte": (0.42, 0.34, 0.0),
    "eosinophil": (0.05, 0.16, 0.55),
    "basophil": (0.16, 0.45, 0.0),
}
_OUTLINE = {"reactive_lymphocyte": 0.08, "monocyte": 0.055, "lymphoblast": 0.045}
#: Least cytoplasm between nucleus and margin, as a share of the diameter.
_RIM = {"monocyte": 0.035, "neutrophil": 0.03, "eosinophil": 0.025, "reactive_lymphocyte": 0.03}


def draw_leukocyte(cell: Cell, stain: Stain, scale: float) -> Stamp:
    """The stamp of one cell; depends on nothing but its arguments."""
    rng = np.random.default_rng(cell.seed)
    if cell.kind == "smudge":
        return _smudge(cell, stain, scale, rng)
    grid = Grid.around(cell.x, cell.y, cell.diameter / 2 * cell.elongation**0.5 * 1.25 + 3)
    outline = wobble(rng, _OUTLINE.get(cell.kind, 0.03), 2, 5)
    whole = blob(grid, cell.diameter / 2, outline, cell.elongation, cell.angle)
    inner = np.maximum(
        nucleus_distance(cell, grid, rng), whole + np.float32(_RIM.get(cell.kind, 0.012) * cell.diameter)
    )
    cover, core = soft(whole, 1.6), soft(inner)
    blue, lilac, orange = _cytoplasm(cell, grid, whole, inner, scale, rng)
    body = (cover * (1 - core * np.float32(0.85)))[..., None]
    dyes = [np.array(v, np.float32) for v in (stain.basophilia, stain.lilac, stain.orange, stain.chromatin)]
    density = body * (blue[..., None] * dyes[0] + lilac[..., None] * dyes[1] + orange[..., None] * dyes[2])
    nucleus = chromatin(cell, grid, inner, scale, rng)
    if cell.kind == "basophil":
        nucleus = _basophil_granules(cell, grid, whole, nucleus, scale, rng)
    density += nucleus[..., None] * dyes[3]
    return Stamp(density, cover, whole < 0, (inner < 0) & (whole < 0), grid.x0, grid.y0)


def _cytoplasm(
    cell: Cell, grid: Grid, whole: Floats, inner: Floats, scale: float, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Concentrations of basophilia, lilac and orange over the stamp."""
    blue0, lilac0, orange0 = (np.float32(v * cell.depth) for v in _CYTOPLASM[cell.kind])
    grain = texture("medium", grid.shape, scale, rng)
    cloud = texture("coarse", grid.shape, scale, rng)
    # The margin is deeper than the zone around the nucleus (a paler court in lymphoid cells).
    margin = np.exp(-(((whole + 1.5) / (0.07 * cell.diameter)) ** 2))
    blue = (
        blue0
        * np.float32(0.55 + 0.9 * cell.blueness)
        * (np.float32(0.9) + np.float32(0.35) * margin + np.float32(0.10) * cloud)
    )
    lilac = lilac0 * (1 + np.float32(0.22) * grain + np.float32(0.08) * cloud + np.float32(0.25) * margin)
    orange = np.full(grid.shape, orange0, np.float32)
    if cell.kind == "neutrophil":
        lilac += np.float32(0.30) * np.clip(texture("fine", grid.shape, scale, rng) - 0.9, 0, 2)
    elif cell.kind == "eosinophil":
        granules = texture("fine", grid.shape, scale, rng, 1.25)
        orange = orange0 * (np.float32(0.95) + np.float32(0.45) * np.tanh(granules * 1.5))
    elif cell.kind == "monocyte":
        holes = np.clip(texture("medium", grid.shape, scale, rng) - 1.5, 0, 1.2) * np.float32(0.7)
        blue, lilac = blue * (1 - holes), lilac * (1 - holes)
        lilac += np.float32(0.16) * np.clip(texture("fine", grid.shape, scale, rng) - 0.8, 0, 2)
    elif cell.kind == "reactive_lymphocyte":
        blue = blue * (np.float32(0.8) + np.float32(0.45) * margin)
    return np.maximum(blue, 0), np.maximum(lilac, 0), np.maximum(orange, 0)


def _basophil_granules(
    cell: Cell, grid: Grid, whole: Floats, nucleus: Floats, scale: float, rng: np.random.Generator
) -> Floats:
    granules = np.clip(texture("fine", grid.shape, scale, rng, 1.8) * 1.7 - 0.55, 0, 1)
    patches = np.clip(texture("coarse", grid.shape, scale, rng) * 0.5 + 0.85, 0.2, 1)
    dark = granules * patches * soft(whole + 1) * np.float32(1.25 * cell.depth)
    granular: Floats = np.maximum(nucleus * np.float32(0.8), dark)
    return granular


def _smudge(cell: Cell, stain: Stain, scale: float, rng: np.random.Generator) -> Stamp:
    """A crushed nucleus without membrane or cytoplasm, smeared out and streaky."""
    grid = Grid.around(cell.x, cell.y, cell.diameter * 0.85 + 4)
    whole = blob(grid, cell.diameter / 2, wobble(rng, 0.13, 2, 6), cell.elongation * 1.15, cell.angle)
    whole += texture("broad", grid.shape, scale, rng) * np.float32(0.07 * cell.diameter)
    fade = np.clip(-whole / np.float32(0.2 * cell.diameter), 0, 1)
    streaks = (
        1
        + np.float32(0.22) * texture("broad", grid.shape, scale, rng)
        + np.float32(0.16) * texture("coarse", grid.shape, scale, rng)
    )
    amount = fade * np.clip(streaks, 0.3, 1.8) * np.float32(0.42 * cell.depth)
    dye = 0.75 * np.array(stain.chromatin, np.float32) + 0.3 * np.array(stain.lilac, np.float32)
    mask = whole < -0.04 * cell.diameter
    return Stamp(amount[..., None] * dye, fade * np.float32(0.8), mask, mask, grid.x0, grid.y0)
