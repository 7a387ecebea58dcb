"""A rate pooled over what groups hold, such as the cells of a slide, with an exact interval at their level."""

from __future__ import annotations

from collections.abc import Mapping

from leukcad.evaluation.intervals import clopper_pearson, wilson
from leukcad.evaluation.metrics import UNDEFINED, Rate


def pooled_rate(groups: Mapping[str, tuple[int, int]]) -> Rate:
    """The rate over `groups`: group → (successes, trials). Its n: the groups that hold a trial.

    The trials of one group count as one cluster of perfectly dependent ones, the worst case: the interval is Clopper
    and Pearson's at n = (Σ trials)² / Σ trials² (Kish, 1965), as for rates of fields: `leukcad.evaluation.metrics`.
    """
    trials = [n for _, n in groups.values() if n]
    total = sum(trials)
    if not total:
        return UNDEFINED
    value = sum(k for k, _ in groups.values()) / total
    n = total**2 / sum(t * t for t in trials)
    low, high = clopper_pearson(value * n, n)
    return Rate(value, low, high, len(trials), wilson(value * n, n))
