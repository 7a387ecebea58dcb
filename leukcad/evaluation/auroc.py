"""The area under the ROC curve, with an interval that is right for few groups and for many."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from leukcad.evaluation.bootstrap import MANY
from leukcad.evaluation.intervals import Interval, clopper_pearson
from leukcad.evaluation.metrics import UNDEFINED, Rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def auroc(
    scores: Sequence[float], truth: Sequence[bool], groups: Sequence[Hashable] | None = None, confidence: float = 0.95
) -> Rate:
    """P(a positive scores higher than a negative), ties half, with its interval; n: the groups.

    scores, truth, groups: one a unit; units of one group (by default each is its own) depend on each other. From 30
    groups on the interval is normal on the logit scale, with the variance that DeLong gives and Obuchowski extends to
    clusters. Below, and where nothing varies (area 0 or 1), it is Clopper–Pearson's for area · k of k, k the disjoint
    pairs of a positive and a negative group that can be made: the area is a mean over such pairings, so it varies no
    more than a proportion of k. Undefined without units of both kinds. Raises ValueError for unequal lengths.
    DeLong et al., Biometrics 44 (1988), 837–845; Obuchowski, Biometrics 53 (1997), 567–578; Birnbaum and Klose, Annals
    of Mathematical Statistics 28 (1957), 933–945, for the bound.
    """
    import numpy as np

    names = range(len(scores)) if groups is None else groups
    rows = list(zip(scores, truth, names, strict=True))
    positive, negative = [(s, g) for s, t, g in rows if t], [(s, g) for s, t, g in rows if not t]
    if not positive or not negative:
        return UNDEFINED
    high, low = np.array([s for s, _ in positive]), np.array([s for s, _ in negative])
    wins = (high[:, None] > low).astype(float) + 0.5 * (high[:, None] == low)  # (positives, negatives)
    area = float(wins.mean())
    homes = [g for _, g in positive], [g for _, g in negative]
    n = len({*homes[0], *homes[1]})
    variance = _variance(wins, *homes) if n >= MANY else 0.0
    if variance > 0 and 0 < area < 1:
        return Rate(area, *_logit_interval(area, variance, confidence), n)
    pairs = min(len(set(homes[0])), len(set(homes[1])), max(1, n // 2))
    return Rate(area, *clopper_pearson(area * pairs, pairs, confidence), n)


def _logit_interval(area: float, variance: float, confidence: float) -> Interval:
    from scipy.special import expit, logit, ndtri

    half = float(ndtri((1 + confidence) / 2)) * variance**0.5 / (area * (1 - area))
    return float(expit(logit(area) - half)), float(expit(logit(area) + half))


def _variance(wins: NDArray[np.float64], positives: Sequence[Hashable], negatives: Sequence[Hashable]) -> float:
    """Obuchowski's variance of the area; DeLong's where every unit is its own group."""
    area = float(wins.mean())
    m, n = wins.shape
    above = _sums(wins.mean(axis=1) - area, positives)
    below = _sums(wins.mean(axis=0) - area, negatives)
    if len(above) < 2 or len(below) < 2:
        return 0.0
    both = sum(above[g] * below[g] for g in above.keys() & below.keys())
    all_ = len(above.keys() | below.keys())
    parts = (
        len(above) / (len(above) - 1) * sum(v * v for v in above.values()) / m**2,
        len(below) / (len(below) - 1) * sum(v * v for v in below.values()) / n**2,
        2 * all_ / (all_ - 1) * both / (m * n),
    )
    return max(0.0, float(sum(parts)))


def _sums(values: NDArray[np.float64], groups: Sequence[Hashable]) -> dict[Hashable, float]:
    told: dict[Hashable, float] = {}
    for value, group in zip(values, groups, strict=True):
        told[group] = told.get(group, 0.0) + float(value)
    return told
