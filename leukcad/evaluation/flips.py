"""Where a group's answer turns: its flip dose, out of nested series of doses.

A (group, draw) flips at the smallest dose from which on every tested dose is called positive; a group flips at the
median over its draws. What never flips is censored at the last dose that fitted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from leukcad.evaluation.answers import Answer


class Asked(NamedTuple):
    """One answer at one dose.

    draw: any key of a nested series. x: where the dose stands on the axis, None for the dose itself.
    """

    group: str
    draw: Hashable
    dose: int
    positive: bool
    x: float | None = None


class Flip(NamedTuple):
    """Where on the axis a group flips, or, censored, up to where it did not."""

    x: float
    flipped: bool


@dataclass(frozen=True)
class Flips:
    """The groups that can flip. positive_at_zero: groups called positive before any cell was added, excluded.

    without_dose: groups into which no cell fitted. last: the largest x that was tested.
    """

    groups: Mapping[str, Flip]
    positive_at_zero: int
    without_dose: int
    last: float | None


def asked(answers: Iterable[Answer], positive: str, axis: Mapping[str, float] | None = None) -> list[Asked]:
    """Answers as a dose series, the untouched ones (dose 0) among them.

    axis: field id → where it stands, such as the percentile of its total; None for the dose. Series of several fields
    of one group stay apart.
    """
    return [
        Asked(a.group, (a.source, a.draw), a.dose, a.called == positive, None if axis is None else axis[a.field])
        for a in answers
    ]


def flips(answers: Iterable[Asked]) -> Flips:
    """The flip of every group.

    A group is positive at dose 0 if at least half of its draws are. Among draws, one that never flips counts as
    flipping after every one that does; the median of an even number is the mean of its two middle ones, censored where
    one of them is.
    """
    told: dict[str, dict[Hashable, dict[int, Asked]]] = defaultdict(lambda: defaultdict(dict))
    for a in answers:
        told[a.group][a.draw][a.dose] = a
    found: dict[str, Flip] = {}
    excluded = 0
    for group, draws in told.items():
        before = [d[0].positive for d in draws.values() if 0 in d]
        if before and 2 * sum(before) >= len(before):
            excluded += 1
            continue
        of_draws = [flip for d in draws.values() if (flip := _flip(d)) is not None]
        if of_draws:
            found[group] = _median(of_draws)
    last = max((_x(a) for d in told.values() for of in d.values() for a in of.values() if a.dose), default=None)
    return Flips(found, excluded, len(told) - excluded - len(found), last)


def _flip(draw: Mapping[int, Asked]) -> Flip | None:
    doses = sorted(dose for dose in draw if dose > 0)
    if not doses:
        return None
    at = None
    for dose in reversed(doses):
        if not draw[dose].positive:
            break
        at = dose
    return Flip(_x(draw[doses[-1] if at is None else at]), at is not None)


def _x(asked: Asked) -> float:
    return float(asked.dose if asked.x is None else asked.x)


def _median(draws: Sequence[Flip]) -> Flip:
    ranked = sorted(draws, key=lambda f: (not f.flipped, f.x))
    low, high = ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]
    return Flip((low.x + high.x) / 2, low.flipped and high.flipped)


def percentiles(totals: Mapping[Any, int], training: Sequence[int]) -> dict[Any, float]:
    """Where totals of cells stand among the training fields' counts: the percentage that hold at most as many.

    100: no training field holds more. Raises ValueError without training counts.
    """
    if not training:
        raise ValueError("training: expected the number of cells of each training field, got none")
    ranked = sorted(training)
    return {key: 100 * bisect_right(ranked, total) / len(ranked) for key, total in totals.items()}
