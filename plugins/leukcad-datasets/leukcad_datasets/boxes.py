"""Boxes of detection data sets, checked against their picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukcad import Cells, Field, LeukcadError, Record
from leukcad.data.images import read_image


@dataclass(frozen=True)
class Drawn:
    """One annotated box: x0, y0, x1, y1 in px, its class, and where it stands (for messages)."""

    box: tuple[float, float, float, float]
    kind: str
    where: str


def read_field(record: Record) -> NDArray[np.uint8]:
    """The picture of a record, uint8 (H, W, 3). Raises LeukcadError naming the file."""
    return read_image(str(record.path))


def field_of(
    record: Record, image: NDArray[np.uint8], drawn: Sequence[Drawn], kinds: Sequence[str], open_: Sequence[str] = ()
) -> Field:
    """The field with its boxes as truth, complete for all classes but `open_`; boxes are cut at the picture's edge.

    Raises LeukcadError for a box that is no box or of which less than one pixel lies in the picture.
    """
    height, width = image.shape[:2]
    boxes = [within(d, height, width) for d in drawn]
    truth = Cells.of(
        np.array(boxes, np.float32).reshape(-1, 4), labels=[kinds.index(d.kind) for d in drawn], classes=kinds
    )
    return Field.of(record, image, truth=truth, complete=frozenset(kinds) - frozenset(open_))


def within(drawn: Drawn, height: int, width: int) -> tuple[float, float, float, float]:
    """The box cut at the picture's edge. Raises LeukcadError as `field_of` does."""
    x0, y0, x1, y1 = drawn.box
    told = ", ".join(f"{value:g}" for value in drawn.box)
    if not np.isfinite(drawn.box).all():
        raise LeukcadError(f"{drawn.where}: expected a box of finite numbers, got {told}")
    if x1 < x0 or y1 < y0:
        raise LeukcadError(f"{drawn.where}: a box turned inside out: {told} (x0, y0, x1, y1)")
    cut = max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))
    if cut[2] - cut[0] < 1 or cut[3] - cut[1] < 1:
        where = f"the picture of {width} × {height} px"
        raise LeukcadError(f"{drawn.where}: less than a pixel of the box {told} (x0, y0, x1, y1) lies in {where}")
    return cut


def same_size(where: str, told: tuple[int, int], image: NDArray[np.uint8]) -> None:
    """Raises LeukcadError where an annotation was made for a picture of another width and height (0: not said)."""
    size = (image.shape[1], image.shape[0])
    if all(told) and told != size:
        message = f"{where}: drawn on {told[0]} × {told[1]} px, but the picture has {size[0]} × {size[1]} px"
        raise LeukcadError(message, cure="scale the boxes, or bring the picture they were drawn on")
