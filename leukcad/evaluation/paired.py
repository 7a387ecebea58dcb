"""Tests of whether pipelines differ that answered the very same units."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

ENOUGH = 24  # discordant units × pipelines from which on Q is chi-square enough: Tate and Brown 1970


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value, given how many units the first pipeline alone and the second alone got right.

    Twice the smaller tail of Binomial(only_first + only_second, 1/2), at most 1. Raises ValueError for a negative
    count. McNemar, Psychometrika 12 (1947), 153–157.
    """
    if min(only_first, only_second) < 0:
        raise ValueError(f"discordant units: expected counts ≥ 0, got {only_first} and {only_second}")
    n = only_first + only_second
    tail = sum(math.comb(n, i) for i in range(min(only_first, only_second) + 1))
    return min(1.0, 2 * tail / (1 << n))  # whole numbers until here: exact at any n


def discordant(first: Sequence[bool], second: Sequence[bool]) -> tuple[int, int]:
    """How many units only the first, and only the second, got right. Raises ValueError for unequal lengths."""
    pairs = Counter((bool(a), bool(b)) for a, b in zip(first, second, strict=True))
    return pairs[True, False], pairs[False, True]


def least_discordant(alpha: float = 0.05) -> int:
    """The fewest discordant units, all one way, at which exact McNemar's p ≤ `alpha`: 6 for 0.05.

    Raises ValueError unless 0 < alpha ≤ 1.
    """
    if not 0 < alpha <= 1:
        raise ValueError(f"alpha: expected a value in (0, 1], got {alpha}")
    n = 0
    while mcnemar_exact(n, 0) > alpha:
        n += 1
    return n


@dataclass(frozen=True)
class CochranQ:
    """Whether several pipelines are right equally often.

    statistic: Q, chi-square distributed with `df` where the units are many. p: of that distribution, or of the exact
    one (`exact`) where they are few. discordant: units that not all pipelines answered alike.
    """

    statistic: float
    df: int
    p: float
    exact: bool
    discordant: int


def cochran_q(right: Sequence[Sequence[bool]]) -> CochranQ:
    """Cochran's Q over `right`, one row a pipeline and one column a unit.

    With fewer than 24 discordant units × pipelines, p is exact: over all ways to deal each unit's right answers out
    to the pipelines. Raises ValueError for fewer than two rows, or rows of unequal length.
    Cochran, Biometrika 37 (1950), 256–266; Tate and Brown, JASA 65 (1970), 155–160.
    """
    if len(right) < 2:
        raise ValueError(f"right: expected two pipelines or more, got {len(right)}")
    k = len(right)
    hits = [sum(map(bool, unit)) for unit in zip(*right, strict=True)]
    open_ = [r for r in hits if 0 < r < k]
    if not open_:
        return CochranQ(0.0, k - 1, 1.0, True, 0)
    spread = k * sum(hits) - sum(r * r for r in hits)

    def q(totals: Sequence[int]) -> float:
        return (k - 1) * (k * sum(c * c for c in totals) - sum(totals) ** 2) / spread

    given = [sum(map(bool, row)) - hits.count(k) for row in right]
    statistic = q(given)  # units that all got right move every total alike, and Q not at all
    exact = len(open_) * k < ENOUGH
    if exact:
        p = math.fsum(weight for totals, weight in _dealt(open_, k).items() if q(totals) >= statistic - 1e-9)
    else:
        from scipy.special import chdtrc

        p = float(chdtrc(k - 1, statistic))
    return CochranQ(statistic, k - 1, min(1.0, p), exact, len(open_))


def _dealt(hits: Sequence[int], k: int) -> dict[tuple[int, ...], float]:
    """The pipelines' totals, sorted, and how likely each is if every unit's hits fall on any pipelines alike."""
    reached = {(0,) * k: 1.0}
    for r in hits:
        after: defaultdict[tuple[int, ...], float] = defaultdict(float)
        share = 1 / math.comb(k, r)
        for totals, weight in reached.items():
            for to in combinations(range(k), r):
                after[tuple(sorted(t + (i in to) for i, t in enumerate(totals)))] += weight * share
        reached = dict(after)
    return reached
