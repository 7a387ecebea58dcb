"""Exact counterfactuals: the same scene with another cell, count or stain; what is not edited stays as it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

import numpy as np

from leukcad_smears.appearance import draw_cell
from leukcad_smears.scene import Cell, Scene, Stain


def change_kind(scene: Scene, index: int, kind: str, *, keep_diameter: bool = True) -> Scene:
    """The cell at `index` becomes a `kind`, in the same place, drawn from its own seed; by default of the same size."""
    old = scene.cells[index]
    rng = np.random.default_rng([old.seed, 7])
    new = draw_cell(kind, old.x, old.y, scene.scale, rng, old.diameter if keep_diameter else None)
    return change_cell(scene, index, new)


def change_cell(scene: Scene, index: int, cell: Cell) -> Scene:
    """`cell` stands where the cell at `index` was. Raises IndexError when there is none."""
    cells = list(scene.cells)
    cells[index] = cell
    return scene.replace(cells=tuple(cells))


def add_cells(scene: Scene, cells: Sequence[Cell]) -> Scene:
    """More leukocytes, on top of what is there."""
    return scene.replace(cells=(*scene.cells, *cells))


def remove_cells(scene: Scene, indices: Collection[int]) -> Scene:
    """Fewer leukocytes; bare plasma is left behind."""
    gone = set(indices)
    return scene.replace(cells=tuple(c for i, c in enumerate(scene.cells) if i not in gone))


def change_stain(scene: Scene, stain: Stain) -> Scene:
    """The same cells, stained in another way."""
    return scene.replace(stain=stain)


def change_camera(scene: Scene, like: Scene) -> Scene:
    """The same cells under the light and the camera of another scene; the noise stays its own."""
    return scene.replace(light=like.light, camera=dataclasses.replace(like.camera, seed=scene.camera.seed))
