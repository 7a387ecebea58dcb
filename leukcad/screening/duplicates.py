"""Fields that are there twice: pixel by pixel, or recompressed, resized, brightened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from leukcad.screening.looks import Look

# Measured on 967 real fields and cells: of different pictures at least 74 bits differ and thumbnails correlate by at
# most 0.88; of recompressed, halved and darkened copies at most 12 bits differ, and they correlate by 0.99 or more.
NEAR_BITS = 40  # of 256 that may differ
NEAR_CORRELATION = 0.9  # of the thumbnails, so that a hash that agrees by chance does not count
CHUNK = 512  # rows compared at once


@dataclass(frozen=True)
class Pair:
    """Two fields that are the same picture; kind 'exact' or 'near'. alike: correlation of their thumbnails."""

    first: Look
    second: Look
    kind: str
    alike: float

    @property
    def across(self) -> bool:
        """Whether they stand on different sides of the split, or in different sets."""
        return self.first.side != self.second.side

    @property
    def disagree(self) -> bool:
        """Whether they have different labels."""
        return self.first.label != self.second.label


def duplicates(looks: Sequence[Look]) -> list[Pair]:
    """Every pair of fields that are the same picture, those across sides first.

    exact: equal pixels. near: at most 40 of the hash's 256 bits differ, and the thumbnails' correlation is 0.9 or
    more. Turned and mirrored pictures are not looked for.
    """
    import numpy as np

    found = {}
    of: dict[str, list[int]] = defaultdict(list)
    for at, look in enumerate(looks):
        of[look.sha256].append(at)
    for some in of.values():
        found.update(dict.fromkeys(combinations(some, 2), ("exact", 1.0)))
    if looks:
        signs = np.stack([2 * look.bits.astype(np.float32) - 1 for look in looks])
        small = np.stack([look.small.ravel() for look in looks])
        for start in range(0, len(looks), CHUNK):
            differing = (signs.shape[1] - signs[start : start + CHUNK] @ signs.T) / 2
            for row, column in zip(*np.nonzero(differing <= NEAR_BITS), strict=True):
                pair = (start + int(row), int(column))
                alike = float(small[pair[0]] @ small[pair[1]])
                if pair[0] < pair[1] and pair not in found and alike >= NEAR_CORRELATION:
                    found[pair] = ("near", alike)
    pairs = [Pair(looks[i], looks[j], kind, alike) for (i, j), (kind, alike) in found.items()]
    return sorted(pairs, key=lambda p: (not p.across, p.kind, -p.alike, p.first.name, p.second.name))
