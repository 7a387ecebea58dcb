"""Plants that read the truth of a field's cells, with rules and error rates of their own: all right, if it works."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukcad import Field
from plants.plant import BLAST, Answer, Plant, Rule, calls

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """A field's leukocytes: blast or not, as this oracle takes them; area px; noise: standard normal, one per cell."""

    blasts: NDArray[np.bool_]
    areas: Numbers
    noise: Numbers
    pixels: int


def seen(field: Field, *, missed: float = 0.0, mistaken: float = 0.0, lost: float = 0.0) -> Seen:
    """The cells of a field. missed: chance that a blast is taken for healthy; mistaken: the reverse; lost: not seen.

    A cell is taken alike whenever it stands in the same place of the same host, as by a classifier.
    """
    if field.truth is None:
        raise ValueError(f"{field.record.id}: expected a field with truth, got none")
    names, boxes = field.truth.names(), field.truth.boxes.cpu().numpy()
    keys = [f"{field.record.source}/{n}/{np.round(b).tolist()}" for n, b in zip(names, boxes, strict=True)]
    luck = np.array([_luck(k) for k in keys]).reshape(-1, 3)
    blasts = np.array([n == BLAST for n in names], bool)
    blasts ^= luck[:, 0] < np.where(blasts, missed, mistaken)
    there = luck[:, 1] >= lost
    regions = field.truth.regions
    areas = (
        np.zeros(len(names)) if regions is None else np.bincount(regions.numpy().ravel(), minlength=len(names) + 1)[1:]
    )
    return Seen(blasts[there], areas[there].astype(float), luck[there, 2], field.height * field.width)


def _luck(key: str) -> list[float]:
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))
    return [rng.random(), rng.random(), rng.standard_normal()]


def _share(cells: Seen, at_least: float) -> bool:
    return len(cells.blasts) > 0 and float(cells.blasts.mean()) >= at_least


def _excess(cells: Seen) -> bool:
    return float(cells.blasts.sum()) - float((~cells.blasts).sum()) / 3 > 1


def _area_share(cells: Seen) -> bool:
    return float(cells.areas[cells.blasts].sum()) >= 0.35 * max(float(cells.areas.sum()), 1.0)


def _blast_area(cells: Seen) -> bool:
    return float(cells.areas[cells.blasts].sum()) >= 0.004 * cells.pixels


def _mean_score(cells: Seen) -> bool:
    """Each cell scores −1 or 1 with noise of 0.8: some are on the wrong side, their mean decides."""
    return len(cells.blasts) > 0 and float(np.mean(np.where(cells.blasts, 1.0, -1.0) + 0.8 * cells.noise)) > -0.25


def _two_best(cells: Seen) -> bool:
    """The mean of the two highest scores, noise of 0.35."""
    scores = np.sort(np.where(cells.blasts, 1.0, -1.0) + 0.35 * cells.noise)[-2:]
    return len(scores) > 0 and float(scores.mean()) > 0.0


def _oracle(rule: Callable[[Seen], bool], **errors: float) -> Callable[[object], Rule]:
    def answer(fields: Sequence[Field]) -> list[Answer]:
        return calls([rule(seen(f, **errors)) for f in fields])

    return lambda training: answer


def _plant(name: str, how: str, rule: Callable[[Seen], bool], **errors: float) -> Plant:
    return Plant(name, "right", how, _oracle(rule, **errors), reads="truth")


PLANTS = [
    _plant("any-blast", "one lymphoblast is enough", lambda c: bool(c.blasts.any())),
    _plant("two-blasts", "two lymphoblasts are needed", lambda c: int(c.blasts.sum()) >= 2),
    _plant("share", "30 % of the WBC are blasts", lambda c: _share(c, 0.3)),
    _plant("majority", "half of the WBC are blasts", lambda c: _share(c, 0.5)),
    _plant("excess", "blasts less a third of the healthy cells: over 1", _excess),
    _plant("area", "blasts cover 0.4 % of the field", _blast_area),
    _plant("area-share", "blasts are 35 % of the WBC's area", _area_share),
    _plant("misses-cells", "any blast, 10 % of the cells not seen", lambda c: bool(c.blasts.any()), lost=0.1),
    _plant("misses-blasts", "any blast, 12 % of blasts taken for healthy", lambda c: bool(c.blasts.any()), missed=0.12),
    _plant("errs", "40 % of the WBC, 1 % of healthy and 8 % of blasts mistaken", lambda c: _share(c, 0.4),
           missed=0.08, mistaken=0.01),
    _plant("mean-score", "mean of noisy scores of the cells", _mean_score),
    _plant("two-best", "mean of the two highest noisy scores", _two_best),
]  # fmt: skip
