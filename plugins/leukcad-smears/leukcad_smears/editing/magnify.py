"""`magnify`: the middle of the field, enlarged."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import Field as Option

from leukcad_smears.editing.edit import How, Task
from leukcad_smears.editing.once import Once, Told
from leukcad_smears.editing.workpiece import Workpiece
from leukcad_smears.scene import Cell, Particle, RedCell, Scene

T = TypeVar("T", Cell, RedCell, Particle)


class Magnify(Once):
    """The same field of as many pixels under a stronger objective: cells at its margin fall out of sight."""

    def __init__(
        self,
        *,
        factor: Annotated[float, Option(gt=1, le=3, description="how much larger all becomes")] = 1.15,
        how: How = "auto",
    ) -> None:
        super().__init__(how)
        self.factor = factor

    def scene(self, scene: Scene, task: Task) -> tuple[Scene, Told]:
        """All lengths of what lies on the glass; the optics stay."""
        f, cx, cy = self.factor, scene.width / 2, scene.height / 2

        def larger(thing: T, length: str) -> T:
            changes: dict[str, Any] = {
                "x": round(cx + f * (thing.x - cx), 2),
                "y": round(cy + f * (thing.y - cy), 2),
                length: round(getattr(thing, length) * f, 2),
            }
            return dataclasses.replace(thing, **changes)

        cells = tuple(larger(c, "diameter") for c in scene.cells)
        red = tuple(larger(c, "diameter") for c in scene.red_cells)
        particles = tuple(larger(p, "size") for p in scene.particles)
        scale = round(scene.scale * f, 4)
        changed = scene.replace(scale=scale, cells=cells, red_cells=red, particles=particles)
        return changed, {"scale": f}

    def pixels(self, work: Workpiece, task: Task) -> Told:
        """Resampled; label maps by the nearest pixel."""
        import cv2

        height, width = work.image.shape[:2]
        f = self.factor
        # Pixel centres lie at half numbers: the field's middle stays where it is.
        matrix = np.array([[f, 0, (1 - f) * (width - 1) / 2], [0, f, (1 - f) * (height - 1) / 2]])
        size, edge = (width, height), cv2.BORDER_REPLICATE
        image = cv2.warpAffine(work.image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=edge)
        maps = [
            np.rint(cv2.warpAffine(m.astype(np.float32), matrix, size, flags=cv2.INTER_NEAREST, borderMode=edge))
            for m in (work.regions, work.nuclei, work.occupied)
        ]
        middle = np.array([width, height, width, height], np.float32) / 2
        boxes = ((task.host.boxes - middle) * np.float32(f) + middle).astype(np.float32)
        work.become(np.asarray(image, np.uint8), [m.astype(np.int32) for m in maps], boxes)
        work.pixel_size = None if work.pixel_size is None else work.pixel_size / f
        return {"scale": f}
