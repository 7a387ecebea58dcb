"""From answers to the figures that a study prints: rates, series by dose both ways, the dose at which it first fails.

A printed share of a series may be of 11 fields × 3 draws, or of 6 healthy fields × 11 draws: both are told. `all`: the
first 3 draws of every field, so that fields of the positive class hold the rate up; `healthy`: all draws of the
negative fields alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.intervals import clopper_pearson
from leukcad.evaluation.metrics import rates

OURS = {"recall": "sensitivity"}  # the study's word: ours
FEW = 3  # draws of the reading that counts every field
READINGS = ("all", "healthy")

Told = dict[str, Any]


def table(answers: Sequence[Answer], classes: Sequence[str], positive: str, metrics: Sequence[str]) -> Told:
    """`{METRIC: {"value", "low", "high", "n", "of"}}`; of: the answers in the rate's denominator. Rates in [0, 1]."""
    found = rates(answers, classes, positive)
    of = _denominators(answers, positive)
    return {m: {**found[OURS.get(m, m)].to_dict(), "of": of[m]} for m in metrics}


def _denominators(answers: Sequence[Answer], positive: str) -> dict[str, int]:
    told = [a for a in answers if a.truth is not None]
    ill = sum(a.truth == positive for a in told)
    alarms = sum(a.called == positive or (a.called is None and a.truth != positive) for a in told)
    return {"accuracy": len(told), "precision": alarms, "recall": ill, "specificity": len(told) - ill, "f1": len(told)}


def series(answers: Sequence[Answer], positive: str) -> list[Told]:
    """A row a dose, 0 first: `{"dose", "all": SHARE, "healthy": SHARE}`, SHARE = right, n, value, low, high.

    The interval takes the draws of one field for one answer, the worst case.
    """
    by_dose: dict[int, list[Answer]] = defaultdict(list)
    for a in answers:
        by_dose[a.dose].append(a)
    return [
        {"dose": dose, "all": _share(_all(by_dose[dose])), "healthy": _share(_healthy(by_dose[dose], positive))}
        for dose in sorted(by_dose)
    ]


def first_failing(answers: Sequence[Answer], positive: str) -> Told:
    """The least dose at which a field that was right untouched is wrong in any draw, in both readings; None: never."""
    right = {a.source for a in answers if a.dose == 0 and a.right}
    kept = [a for a in answers if a.dose > 0 and a.source in right]
    told = {"all": _all(kept), "healthy": _healthy(kept, positive)}
    return {name: min((a.dose for a in some if not a.right), default=None) for name, some in told.items()}


def _all(answers: Sequence[Answer]) -> list[Answer]:
    return [a for a in answers if a.draw < FEW]


def _healthy(answers: Sequence[Answer], positive: str) -> list[Answer]:
    return [a for a in answers if a.truth != positive]


def _share(answers: Sequence[Answer]) -> Told:
    right, n, groups = sum(a.right for a in answers), len(answers), len({a.group for a in answers})
    low, high = clopper_pearson(right / n * groups, groups) if n else (0.0, 1.0)
    return {"right": right, "n": n, "value": right / n if n else None, "low": low, "high": high}
