"""Whether probabilities mean what they say: the Brier score and the calibration curve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from leukcad.evaluation.bootstrap import MANY, cluster_bca, mean
from leukcad.evaluation.intervals import clopper_pearson
from leukcad.evaluation.metrics import UNDEFINED, Rate

BINS = 10


def brier(errors: Sequence[float], groups: Sequence[Hashable]) -> Rate:
    """The mean over groups of their mean squared error, in [0, 1], 0 the best, with its 95 % interval.

    errors: `squared_error` of each answer. The interval is BCa over groups from 30 on; below, and where nothing
    varies, Clopper–Pearson's for score · n of n groups, which a mean of values in [0, 1] does not spread beyond.
    Raises ValueError for unequal lengths or an error outside [0, 1]. Brier, Monthly Weather Review 78 (1950), 1–3.
    """
    import numpy as np

    of: dict[Hashable, list[float]] = defaultdict(list)
    for error, group in zip(errors, groups, strict=True):
        if not 0 <= error <= 1:
            raise ValueError(f"errors: expected values in [0, 1], got {error}")
        of[group].append(error)
    if not of:
        return UNDEFINED
    means = np.array([sum(some) / len(some) for some in of.values()])
    value, n = float(means.mean()), len(means)
    found = cluster_bca(means[:, None], mean) if n >= MANY else None
    low, high = found or clopper_pearson(value * n, n)
    return Rate(value, low, high, n)


def squared_error(probabilities: Mapping[str, float], truth: str, positive: str | None = None) -> float:
    """(p - y)² of the positive class; without one, half of its sum over all classes: of two classes the same."""
    if positive is not None:
        return min(1.0, (probabilities.get(positive, 0.0) - (truth == positive)) ** 2)
    return min(1.0, sum((p - (name == truth)) ** 2 for name, p in probabilities.items()) / 2)


@dataclass(frozen=True)
class Bin:
    """Units whose probability lies in [start, end): their mean probability, and the share of them that is positive."""

    start: float
    end: float
    probability: float
    share: float
    low: float
    high: float
    n: int


def calibration_curve(probabilities: Sequence[float], truth: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """The non-empty ones of `bins` equal parts of [0, 1], with the exact 95 % interval of each share.

    probabilities, truth: one an independent unit (a group). The last part holds 1. Raises ValueError for unequal
    lengths or a probability outside [0, 1].
    """
    held: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for p, is_positive in zip(probabilities, truth, strict=True):
        if not 0 <= p <= 1:
            raise ValueError(f"probabilities: expected values in [0, 1], got {p}")
        held[min(int(p * bins), bins - 1)].append((p, bool(is_positive)))
    return [_bin(at, bins, held[at]) for at in sorted(held)]


def _bin(at: int, bins: int, some: Sequence[tuple[float, bool]]) -> Bin:
    hits, n = sum(t for _, t in some), len(some)
    return Bin(at / bins, (at + 1) / bins, sum(p for p, _ in some) / n, hits / n, *clopper_pearson(hits, n), n)
