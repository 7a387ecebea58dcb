"""Single-cell pictures in the manner of ALL-IDB2: one leukocyte in the middle, red cells around it."""

from __future__ import annotations

import dataclasses

import numpy as np

from leukcad_smears import appearance, presets
from leukcad_smears.placement import Ground, place_red_cells
from leukcad_smears.scene import Scene

Rng = np.random.Generator

#: ALL-IDB2's pictures measure 257 px where a field of ALL-IDB1 measures 1712.
SIDE = 257 / 1712
#: ALL-IDB2's healthy half holds more lymphocytes than blood does.
MIXTURE = {
    "neutrophil": 0.39,
    "lymphocyte": 0.38,
    "monocyte": 0.12,
    "eosinophil": 0.06,
    "basophil": 0.02,
    "reactive_lymphocyte": 0.03,
}


def draw_kinds(label: str, n: int, rng: Rng) -> list[str]:
    """Kinds of `n` single cells: lymphoblasts for "ALL", else a stratified healthy mixture in random order."""
    if label == "ALL":
        return ["lymphoblast"] * n
    ends = np.cumsum(list(MIXTURE.values()))
    ends /= ends[-1]
    kinds = [list(MIXTURE)[int(np.searchsorted(ends, u))] for u in (np.arange(n) + 0.5) / max(n, 1)]
    return [kinds[i] for i in rng.permutation(n)]


def sample_single(kind: str, label: str, rng: Rng, *, preset: str = "count", width: int = 800) -> Scene:
    """A small square scene with one cell in its middle, at the magnification of a field `width` px wide."""
    setting = presets.setting_of(preset, label)
    magnification = setting.magnification * float(np.exp(np.clip(rng.normal(0, 0.03), -0.06, 0.06)))
    scale = round(presets.SCALE * width / 800 * magnification, 4)
    side = round(SIDE * width)
    ground = Ground(side, side, scale)
    x, y = side / 2 + rng.normal(0, 0.012 * side, 2)
    cell = appearance.draw_cell(kind, float(x), float(y), scale, rng)
    ground.put(cell.x, cell.y, cell.diameter / 2)
    # Drawn in a wider field and cut out, so that border and clumps look as they do there.
    wide = Ground(4 * side, 4 * side, scale, [x + 1.5 * side], [y + 1.5 * side], [cell.diameter / 2])
    red = place_red_cells(wide, (), presets.draw_population(rng), rng)
    shift = 1.5 * side
    near = [dataclasses.replace(r, x=round(r.x - shift, 2), y=round(r.y - shift, 2)) for r in red]
    return Scene(
        width=side,
        height=side,
        scale=scale,
        cells=(cell,),
        red_cells=tuple(
            r for r in near if -r.diameter < r.x < side + r.diameter and -r.diameter < r.y < side + r.diameter
        ),
        particles=tuple(presets.draw_particles(ground, rng)),
        stain=appearance.draw_stain(rng, setting.stain),
        light=dataclasses.replace(appearance.draw_light(rng, setting.warmth), flare=0.0, vignette=0.0, slope=0.0),
        camera=appearance.draw_camera(rng, setting.camera, scale),
        seed=int(rng.integers(2**31)),
    )
