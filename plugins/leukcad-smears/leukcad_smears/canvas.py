"""A field that cells are set into: a running copy with exact truth, kept at any dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from leukcad import Field, Record

Bools = NDArray[np.bool_]


class Canvas:
    """Pixels, boxes, labels and label maps of a field and of what is set into it.

    Cells of the field without a region keep none; every cell set in has one.
    """

    def __init__(self, field: Field, kinds: Sequence[str]) -> None:
        truth = field.truth
        self._field = field
        self.image = field.array().copy()
        shape = self.image.shape[:2]
        known = () if truth is None else truth.classes
        self.classes = (*known, *(k for k in kinds if k not in known))
        self._boxes = [] if truth is None else truth.boxes.cpu().numpy().tolist()
        self._scores = [] if truth is None else truth.scores.cpu().tolist()
        self._labels = [] if truth is None else truth.labels.cpu().tolist()
        maps = [None, None] if truth is None else [truth.regions, truth.nuclei]
        self.regions, self.nuclei = (
            np.zeros(shape, np.int32) if m is None else m.cpu().numpy().astype(np.int32, copy=True) for m in maps
        )
        self._ledger: list[Mapping[str, Any]] = []

    def place(self, x0: int, y0: int, mask: Bools, nucleus: Bools | None) -> dict[str, Any]:
        """Note a cell whose mask lies with its top left corner at (x0, y0), and say where its middle is.

        Its pixels are set by the caller, its kind by `note`.
        """
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        box = [float(v) for v in (x0 + columns[0], y0 + rows[0], x0 + columns[-1] + 1, y0 + rows[-1] + 1)]
        here = np.s_[y0 : y0 + mask.shape[0], x0 : x0 + mask.shape[1]]
        self._boxes.append(box)
        self.regions[here][mask] = len(self._boxes)
        self.nuclei[here][mask] = 0
        if nucleus is not None:
            self.nuclei[here][nucleus & mask] = len(self._boxes)
        return {"x": (box[0] + box[2]) / 2, "y": (box[1] + box[3]) / 2}

    def note(self, kind: str, entry: Mapping[str, Any]) -> None:
        """The kind of the cell last placed, and its line in the ledger."""
        self._labels.append(self.classes.index(kind))
        self._scores.append(1.0)
        self._ledger.append({"cell": len(self._boxes) - 1, **entry})

    @property
    def added(self) -> int:
        """How many cells were set in."""
        return len(self._ledger)

    def original(self) -> Field:
        """The field as it now is, under its own name: for a field that is made, not changed."""
        return self._made(self._field.record)

    def field(self, id: str, **extra: str | int | float | bool) -> Field:
        """The field as it now is, as a field made of the first one, in arrays of its own."""
        old = self._field.record
        return self._made(old.replace(id=id, path=None, sha256=None, content=None, extra={**old.extra, **extra}))

    def _made(self, record: Record) -> Field:
        from leukcad import Cells, Field
        from leukcad.labels import whole

        old = self._field
        new = {*self.classes} - {*(old.truth.classes if old.truth is not None else ())}  # of these only what was set in
        truth = Cells.of(
            self._boxes,
            labels=self._labels,
            scores=self._scores,
            classes=self.classes,
            regions=self.regions.copy(),
            nuclei=self.nuclei.copy(),
        )
        return Field.of(
            record,
            self.image.copy(),
            truth=truth,
            complete=old.complete | new if whole(old) else old.complete,
            pixel_size=old.pixel_size,
            ledger=(*old.ledger, *self._ledger),
        )
