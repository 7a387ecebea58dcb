"""Annotated fields at the scale that the network sees, with the kind of every pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leukcad import Cells, Examples, Field, LeukcadError
from leukcad.boxes import annotated
from leukcad_smp import masks

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Shown:
    """A field at the network's scale.

    image: uint8 (3, h, w). target: uint8 (h, w) into `masks.PARTS` (or WHOLE). areas: of its cells, float64 (N,) px².
    """

    image: Tensor
    target: Tensor
    areas: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, px."""
        return int(self.target.shape[0]), int(self.target.shape[1])


def shown(examples: Examples, side: int | None) -> list[Shown]:
    """The annotated fields of `examples` at the network's scale, their targets into PARTS; each is read once."""
    return [_shown(field, cells, side) for field, cells in annotated(examples)]


def _shown(field: Field, cells: Cells, side: int | None) -> Shown:
    import torch

    size = masks.size_at(field.height, field.width, side)
    target = masks.nearest(masks.target(field, cells), size)
    areas = torch.zeros(0, dtype=torch.float64)
    if cells.regions is not None:
        counts = torch.bincount(cells.regions.flatten(), minlength=len(cells) + 1)[1:].double()
        areas = counts[counts > 0] * (math.prod(size) / (field.height * field.width))
    return Shown(masks.scaled(field.image, size), target, areas)


def kinds(fields: Sequence[Shown]) -> tuple[str, ...]:
    """PARTS where every field that holds cells tells their nuclei, else WHOLE."""
    full = [one for one in fields if bool(one.target.any())]
    nucleus = masks.PARTS.index("nucleus")
    return masks.PARTS if full and all(bool((one.target == nucleus).any()) for one in full) else masks.WHOLE


def told_in(fields: Sequence[Shown], names: tuple[str, ...]) -> list[Shown]:
    """The fields with targets into `names`."""
    return [replace(one, target=one.target.clamp(max=len(names) - 1)) for one in fields]


def median_area(fields: Sequence[Shown]) -> float:
    """The area of the median cell, px². Raises LeukcadError where there is none."""
    import torch

    areas = torch.cat([one.areas for one in fields]) if fields else torch.zeros(0)
    if not len(areas):
        cure = "take a source with masks: folder with a mask column, allidb2 with masks, simulated"
        raise LeukcadError(f"expected masks of cells to learn from, got {len(fields)} fields without any", cure=cure)
    return float(areas.median())
