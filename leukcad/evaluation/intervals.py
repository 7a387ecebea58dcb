"""Intervals for proportions: exact ones, and Wilson's for whoever wants to compare with papers that print them."""

from __future__ import annotations

from collections.abc import Sequence

Interval = tuple[float, float]


def clopper_pearson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """The exact two-sided interval of a proportion, (low, high) within [0, 1]; n = 0 gives (0, 1).

    Beta quantiles, so that fractional counts (clusters, weights) work as well. Raises ValueError unless
    0 ≤ successes ≤ n and 0 < confidence < 1. Clopper and Pearson, Biometrika 26 (1934), 404–413.
    """
    from scipy.special import betaincinv

    _check(successes, n, confidence)
    if n <= 0:
        return 0.0, 1.0
    x = min(max(successes, 0.0), n)
    tail = (1 - confidence) / 2
    low = float(betaincinv(x, n - x + 1, tail)) if x > 0 else 0.0
    high = float(betaincinv(x + 1, n - x, 1 - tail)) if x < n else 1.0
    return low, high


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion, (low, high) within [0, 1]; n = 0 gives (0, 1).

    Narrower than the exact one: it holds its coverage on average over rates, not at each. Raises ValueError as
    `clopper_pearson` does. Wilson, JASA 22 (1927), 209–212.
    """
    from scipy.special import ndtri

    _check(successes, n, confidence)
    if n <= 0:
        return 0.0, 1.0
    z2, share = float(ndtri((1 + confidence) / 2)) ** 2, min(max(successes / n, 0.0), 1.0)
    middle = share + z2 / (2 * n)
    half = (z2 * (share * (1 - share) / n + z2 / (4 * n * n))) ** 0.5
    low, high = (middle - half) / (1 + z2 / n), (middle + half) / (1 + z2 / n)
    return (low if share > 0 else 0.0), (high if share < 1 else 1.0)


def _check(successes: float, n: float, confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a value between 0 and 1, got {confidence}")
    if not -1e-9 <= successes <= n + 1e-9:
        raise ValueError(f"successes: expected 0 to {n}, got {successes}")


def mean_of_proportions(values: Sequence[float], intervals: Sequence[Interval]) -> Interval:
    """An interval of the mean of independent proportions, from the interval of each (MOVER).

    Zou and Donner, Statistics in Medicine 27 (2008), 1693–1702, equation 5 with weights 1/k.
    """
    k = len(values)
    middle = sum(values) / k
    below = sum((v - low) ** 2 for v, (low, _) in zip(values, intervals, strict=True)) ** 0.5 / k
    above = sum((high - v) ** 2 for v, (_, high) in zip(values, intervals, strict=True)) ** 0.5 / k
    return max(0.0, middle - below), min(1.0, middle + above)
