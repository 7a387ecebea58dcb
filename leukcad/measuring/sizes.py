"""Thirds of the true cells by their diameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukcad.measuring.scoring import Score
    from leukcad.measuring.targets import Boxes

NAMES = ("small", "middle", "large")
LEAST = 9  # cells, below which thirds say nothing


@dataclass(frozen=True)
class Size:
    """Cells whose diameter, √(width · height) px, is from `low` to below `high`; share: their mean share of the field.

    last: `high` itself belongs to it.
    """

    name: str
    low: float
    high: float
    share: float
    last: bool = False

    @property
    def area(self) -> tuple[float, float]:
        """The areas of their boxes, px², both ends included."""
        return self.low**2 * (1 - 1e-9), self.high**2 * (1 + 1e-9 if self.last else 1 - 1e-9)

    def holds(self, box: Boxes) -> bool:
        """Whether a box is of this size."""
        low, high = self.area
        return low <= float((box[2] - box[0]) * (box[3] - box[1])) <= high


def sizes_of(scores: Sequence[Score]) -> list[Size]:
    """Three sizes that hold about as many true leukocytes each; none for fewer than nine cells, or for points."""
    import numpy as np

    told = [(box, s.width * s.height) for s in scores for box in s.target.boxes]
    if len(told) < LEAST:
        return []
    areas = np.array([(b[2] - b[0]) * (b[3] - b[1]) for b, _ in told])
    shares = areas / np.array([whole for _, whole in told])
    edges = np.quantile(np.sqrt(areas), [0, 1 / 3, 2 / 3, 1])
    if edges[0] <= 0 or (np.diff(edges) <= 1e-6 * edges[-1]).any():
        return []
    sizes = []
    for name, (low, high) in zip(NAMES, pairwise(map(float, edges)), strict=True):
        plain = Size(name, low, high, 0.0, name == NAMES[-1])
        mine = np.array([plain.holds(box) for box, _ in told])
        sizes.append(Size(name, low, high, float(shares[mine].mean()), plain.last))
    return sizes
