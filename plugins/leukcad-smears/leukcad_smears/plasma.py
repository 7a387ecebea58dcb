"""Candidate positions: where in a field a cell can lie on plasma, found from pixels alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.survey import Survey

Box = tuple[float, float, float, float]
#: Share of all corners still free below which places are dealt sparingly.
SCARCE = 0.25


class Places:
    """Hands out boxes on plasma one after another, none over another and none over a leukocyte.

    Each is drawn at random among those that cover the least of the red cells (within `tolerance`, a share of the box),
    so that a crowded field is used up gently. `most` is the largest share of a box that red cells may take.
    """

    def __init__(
        self,
        survey: Survey,
        width: int,
        height: int,
        rng: np.random.Generator,
        *,
        avoid: Iterable[Box] = (),
        regions: NDArray[np.int32] | None = None,
        most: float = 1.0,
        tolerance: float = 0.05,
    ) -> None:
        self._step, self._rng, self._most, self._tolerance = survey.step, rng, most, tolerance
        self._width, self._height = width, height
        self._covered = survey.covered.astype(np.float32)
        # Stain like a nucleus's is kept clear of, unless nearly everything is (a smear stained beyond telling).
        self._taken = survey.dark.astype(np.float32) if survey.dark.mean() < 0.5 else np.zeros_like(self._covered)
        if regions is not None:
            there = regions[:: self._step, :: self._step] > 0
            h, w = min(there.shape[0], self._taken.shape[0]), min(there.shape[1], self._taken.shape[1])
            self._taken[:h, :w][there[:h, :w]] = 1
        for box in avoid:
            self._take(box)

    def next(self, width: float, height: float) -> tuple[int, int] | None:
        """Top left corner (x, y) px of a box of width × height px wholly inside the field; None where none is left."""
        import cv2

        # One map pixel more than the box needs: corners are not bound to the map's grid.
        w, h = int(np.ceil(width / self._step)) + 1, int(np.ceil(height / self._step)) + 1
        rows, columns = self._covered.shape[0] - h + 1, self._covered.shape[1] - w + 1
        if rows < 1 or columns < 1:
            return None
        shares = np.asarray(cv2.boxFilter(self._covered, -1, (w, h), anchor=(0, 0)))[:rows, :columns]
        free = np.asarray(cv2.boxFilter(self._taken, -1, (w, h), anchor=(0, 0)))[:rows, :columns] * (w * h) < 0.5
        if not free.any():
            return None
        least = float(shares[free].min())
        if least > self._most + 1e-6:
            return None
        fitting = free & (shares <= min(least + self._tolerance, self._most + 1e-6))
        if free.mean() < SCARCE:
            # Room runs out: lie close to what is there, and against the field's edge, so that more cells fit.
            walled = np.pad(self._taken, 2, constant_values=1)
            beside = np.asarray(cv2.boxFilter(walled, -1, (w + 4, h + 4), anchor=(0, 0)))[:rows, :columns]
            fitting &= beside >= beside[fitting].max() - 1e-6
        ys, xs = np.nonzero(fitting)
        chosen = int(self._rng.integers(len(ys)))
        jitter = self._rng.integers(self._step, size=2)
        x = min(int(xs[chosen] * self._step + jitter[0]), self._width - int(np.ceil(width)))
        y = min(int(ys[chosen] * self._step + jitter[1]), self._height - int(np.ceil(height)))
        self._take((x, y, x + width, y + height))
        return x, y

    def _take(self, box: Box) -> None:
        x0, y0, x1, y1 = box
        rows = slice(max(0, int(y0 // self._step)), max(0, int(np.ceil(y1 / self._step))))
        self._taken[rows, max(0, int(x0 // self._step)) : max(0, int(np.ceil(x1 / self._step)))] = 1


def free_positions(
    survey: Survey,
    width: int,
    height: int,
    box: tuple[float, float],
    count: int,
    rng: np.random.Generator,
    *,
    avoid: Iterable[Box] = (),
    regions: NDArray[np.int32] | None = None,
    most: float = 1.0,
) -> list[tuple[int, int]]:
    """Up to `count` corners (x, y) px of free boxes (width, height) px in a field of width × height px, shuffled."""
    places = Places(survey, width, height, rng, avoid=avoid, regions=regions, most=most)
    found: list[tuple[int, int]] = []
    while len(found) < count and (corner := places.next(*box)):
        found.append(corner)
    rng.shuffle(found)
    return [(int(x), int(y)) for x, y in found]
