"""Positions that a person chose, in the place of those that are found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field as Option

from leukcad.config import FilePath
from leukcad.positions import Position, read_positions

if TYPE_CHECKING:
    from leukcad import Field, Step

#: What `positions` of a component means.
PositionsFile = Annotated[
    FilePath | None,
    Option(description="paste at the positions in this file (COCO .json or .csv, from `leukcad place`), nowhere else"),
]


class ChosenPlaces:
    """Hands out a field's chosen boxes, in an order that differs by the draw: a cell goes to the middle of the next one
    that is large enough for it."""

    def __init__(self, chosen: Sequence[Position], rng: np.random.Generator) -> None:
        self._left = [chosen[i] for i in rng.permutation(len(chosen))]

    def next(self, width: float, height: float) -> tuple[int, int] | None:
        """Top left corner (x, y) px for a cell of width × height px; None where no box that is left can hold it."""
        for i, box in enumerate(self._left):
            if width <= box.width and height <= box.height:
                del self._left[i]
                x, y = round(box.x + (box.width - width) / 2), round(box.y + (box.height - height) / 2)
                # a box may end half a pixel beyond the field, a cell may not
                return min(x, int(box.x + box.width - width)), min(y, int(box.y + box.height - height))
        return None


def chosen_for(path: Path, field: Field, step: Step) -> list[Position]:
    """A field's positions that lie in it; a field that the file does not know has none, which is logged.

    The file is read each time: a person may be changing it. Raises `LeukcadError` for a file that holds none at all.
    """
    known = read_positions(path)
    record = field.record
    found = known.get(record.id, known.get(record.source))
    if found is None:
        step.log.warning("%s: no positions of this field in %s, so nothing is pasted", record.id, path)
    outside = [p for p in found or () if not p.within(field.width, field.height)]
    if outside:
        step.log.warning("%s: %d positions reach beyond the field and are left out", record.id, len(outside))
    return [p for p in found or () if p.within(field.width, field.height)]


def largest(chosen: Sequence[Position]) -> float:
    """Side of the largest square that fits into one of the positions, px."""
    return max(min(p.width, p.height) for p in chosen)
