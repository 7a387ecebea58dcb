"""The difference of two shares of the very same units."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from leukcad.evaluation.intervals import wilson


class Difference(NamedTuple):
    """second − first, with its two-sided 95 % interval; n: the units."""

    value: float
    low: float
    high: float
    n: int


def paired_difference(first: Sequence[bool], second: Sequence[bool]) -> Difference:
    """The share of `second` that is true less that of `first`, unit by unit, with Newcombe's square-and-add interval.

    It needs no resampling, so that it holds at few units and where no unit differs. Raises ValueError for unequal
    lengths. Newcombe, Statistics in Medicine 17 (1998), 2635–2650, method 10.
    """
    pairs = Counter((bool(a), bool(b)) for a, b in zip(first, second, strict=True))
    n = pairs.total()
    if n == 0:
        return Difference(0.0, -1.0, 1.0, 0)
    in_first, in_second = pairs[True, True] + pairs[True, False], pairs[True, True] + pairs[False, True]
    p, q = in_first / n, in_second / n
    (low_p, high_p), (low_q, high_q) = wilson(in_first, n), wilson(in_second, n)
    phi = _correlation(pairs, in_first, in_second, n)
    below = _added(q - low_q, high_p - p, phi)
    above = _added(high_q - q, p - low_p, phi)
    return Difference(q - p, max(-1.0, q - p - below), min(1.0, q - p + above), n)


def _added(a: float, b: float, phi: float) -> float:
    return math.sqrt(max(0.0, a * a - 2 * phi * a * b + b * b))


def _correlation(pairs: Counter[tuple[bool, bool]], in_first: int, in_second: int, n: int) -> float:
    """φ of the 2 × 2 table, a positive one corrected for continuity; 0 where a margin is empty."""
    margins = in_first * (n - in_first) * in_second * (n - in_second)
    if margins == 0:
        return 0.0
    excess: float = pairs[True, True] * pairs[False, False] - pairs[True, False] * pairs[False, True]
    if excess > 0:
        excess = max(excess - n / 2, 0.0)
    return excess / math.sqrt(margins)
