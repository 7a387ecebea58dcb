"""Edits of a whole field: done once, dose 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.editing.drawing import Drawing
from leukcad_smears.editing.edit import Edit, Task
from leukcad_smears.editing.workpiece import Workpiece
from leukcad_smears.scene import Scene

Pixels = NDArray[np.uint8]
Told = Mapping[str, Any]


class Once(Edit):
    """An edit that there is only one dose of: `scene` changes the scene, `pixels` the picture."""

    def drawn(self, work: Drawing, task: Task) -> Iterator[None]:
        """The changed scene, drawn."""
        scene, told = self.scene(work.scene, task)
        work.become(scene, {**self._where(task), **told, **task.note("render")})
        yield

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """The changed pixels."""
        told = self.pixels(work, task)
        work.note_change({**self._where(task), **told, **task.note("paste")})
        yield

    def scene(self, scene: Scene, task: Task) -> tuple[Scene, Told]:
        """The changed scene, and what the ledger tells of it."""
        raise NotImplementedError

    def pixels(self, work: Workpiece, task: Task) -> Told:
        """Change the picture, and say what the ledger tells of it."""
        raise NotImplementedError

    def _where(self, task: Task) -> Told:
        field = task.host.field
        return {"kind": "", "x": field.width / 2, "y": field.height / 2}


def to_bytes(values: NDArray[np.floating[Any]]) -> Pixels:
    """Grey levels, rounded and bounded."""
    pixels: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return pixels
