"""Comparing two pipelines over repeated k-fold, whose training sets overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Corrected:
    """The mean difference over all folds, its interval, and the two-sided p of no difference (t with `df`).

    low, high: None without any spread, which the test cannot judge.
    """

    difference: float
    low: float | None
    high: float | None
    p: float
    df: int


def nadeau_bengio(differences: Sequence[float], test_over_train: float, confidence: float = 0.95) -> Corrected:
    """The corrected resampled t-test.

    differences: first minus second, one a fold of each repetition. test_over_train: size of a test side over that of
    its training side, 1 / (k - 1) in k-fold; it stands for how much the folds share. Without any spread p is 1: a few
    small folds often agree by their few fields alone, and that shows nothing. Raises ValueError for fewer than two
    folds or a ratio ≤ 0.
    Nadeau and Bengio, Machine Learning 52 (2003), 239–281; for repeated k-fold Bouckaert and Frank, PAKDD 2004.
    """
    from scipy.special import stdtr, stdtrit

    n = len(differences)
    if n < 2:
        raise ValueError(f"differences: expected two folds or more, got {n}")
    if not test_over_train > 0:
        raise ValueError(f"test_over_train: expected a ratio > 0, got {test_over_train}")
    mean = math.fsum(differences) / n
    variance = math.fsum((d - mean) ** 2 for d in differences) / (n - 1)
    spread = math.sqrt((1 / n + test_over_train) * variance)
    if spread == 0:
        return Corrected(mean, None, None, 1.0, n - 1)
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * spread
    p = 2 * float(stdtr(n - 1, -abs(mean) / spread))
    return Corrected(mean, mean - half, mean + half, p, n - 1)
