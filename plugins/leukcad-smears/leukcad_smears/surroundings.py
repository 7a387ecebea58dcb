"""Where red cells and platelets lie in a drawn field, for those who ask what a heat map rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.particles import draw_particles
from leukcad_smears.red_cells import draw_red_cells
from leukcad_smears.scene import Scene

FAINTEST = 0.1  # of a red cell's rim: paler than any pallor, darker than the blur around a cell


@dataclass(frozen=True)
class Surroundings:
    """Called, it gives the masks; two of the same scene are equal."""

    scene: Scene

    def __call__(self) -> dict[str, NDArray[np.bool_]]:
        """Masks (H, W) of red cells and platelets; leukocytes that lie on them are not cut out."""
        return _drawn(self.scene)


def _drawn(scene: Scene) -> dict[str, NDArray[np.bool_]]:
    platelets = np.zeros((scene.height, scene.width, 3), np.float32)
    draw_particles(platelets, [p for p in scene.particles if p.kind == "platelet"], scene.stain, scene.scale)
    red = draw_red_cells(scene.red_cells, scene.width, scene.height, scene.scale)
    return {"platelet": platelets.max(axis=2) > FAINTEST * max(scene.stain.lilac), "RBC": red > FAINTEST}
