"""`thin`: leukocytes taken out, plasma in their place; and its control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from pydantic import Field as Option

from leukcad_smears.editing.drawing import Drawing
from leukcad_smears.editing.edit import Edit, How, InPixels, Task, named_truth
from leukcad_smears.editing.filling import fill, hole_of, with_halo
from leukcad_smears.editing.sham import MARGIN, outlines
from leukcad_smears.editing.workpiece import Workpiece

Keep = Annotated[
    list[str], Option(description="kinds that go last: with lymphoblast, what is left are blasts as long as there are")
]


class Thin(Edit):
    """Leukocytes removed in random order, those whose kind is in `keep` only when no other is left."""

    def __init__(self, *, keep: Keep = [], how: How = "auto") -> None:  # noqa: B006 (never changed)
        super().__init__(how)
        self.keep = tuple(keep)

    def _order(self, task: Task) -> list[int]:
        names = named_truth(task.host.field, "thinning")
        shuffled = task.rng("order").permutation(task.host.leukocytes)
        return sorted((int(i) for i in shuffled), key=lambda i: names[i] in self.keep)

    def drawn(self, work: Drawing, task: Task) -> Iterator[None]:
        """The scene without them: what lies below shows."""
        for i in self._order(task):
            work.remove(work.index(i), i, **task.note("render"))
            yield

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """Plasma of the same field over them."""
        rng = task.rng("fill")
        for i in self._order(task):
            fill(work, hole_of(work, i), rng)
            work.remove(i, **task.note("paste"))
            yield


class ShamThin(Edit):
    """Plasma over places of a cell's size that hold no leukocyte, filled in as `thin` does."""

    renders = False

    def __init__(self, *, how: InPixels = "auto") -> None:
        super().__init__("auto" if how == "render" else how)

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """Outlines are those of donors where there are any."""
        host, rng = task.host, task.rng("fill")
        places = host.places(task.rng("places"))
        for shape in outlines(host, task.donors, rng):
            mask = shape[MARGIN:-MARGIN, MARGIN:-MARGIN]
            height, width = mask.shape
            corner = places.next(width, height)
            if corner is None:
                return
            x, y = corner
            region = np.zeros(host.image.shape[:2], bool)
            region[y : y + height, x : x + width] = mask[: host.field.height - y, : host.field.width - x]
            fill(work, with_halo(work, region), rng)
            where = {"x": x + width / 2, "y": y + height / 2}
            work.note_change({"kind": "plasma", **where, **task.note("paste")})
            yield
