"""How well size, colour, sharpness and darkness alone tell the classes apart: what no diagnosis should rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leukcad.evaluation.auroc import auroc
from leukcad.screening.looks import Look

TOGETHER = "all together"
FOLDS, RIDGE = 5, 1.0


def tells(looks: Sequence[Look], one: str) -> list[dict[str, Any]]:
    """How well each number tells the class `one` from all others: AUROC, with its interval at the level of the group.

    `{"number", "higher", "auroc", "low", "high", "n", "means"}`, the best first: auroc is at least 0.5, `higher` says
    which class has the higher values, means: mean by class. The last row is all numbers together: a ridge regression
    on the label (the direction of Fisher's discriminant), told from groups that it did not learn from. Fields without
    a label do not enter; empty without two classes.
    """
    told = [look for look in looks if look.label is not None]
    truth = [look.label == one for look in told]
    if len(set(truth)) < 2:
        return []
    groups = [look.group for look in told]
    rows = []
    for number in told[0].numbers:
        values = [look.numbers[number] for look in told]
        rate = auroc(values, truth, groups)
        if rate.value is not None and rate.value < 0.5:
            rate = auroc([-v for v in values], truth, groups)
            rows.append(_row(number, "others", rate, told, values))
        else:
            rows.append(_row(number, one, rate, told, values))
    rows.sort(key=lambda row: -row["auroc"])
    scores = _out_of_fold(told, truth)
    if scores is not None:
        rows.append(_row(TOGETHER, one, auroc(scores, truth, groups), told, None))
    return rows


def _row(number: str, higher: str, rate: Any, told: Sequence[Look], values: Sequence[float] | None) -> dict[str, Any]:
    means = {}
    for label in sorted({str(look.label) for look in told}) if values is not None else ():
        some = [v for v, look in zip(values or (), told, strict=True) if look.label == label]
        means[label] = sum(some) / len(some)
    row = {"number": number, "higher": higher, "auroc": rate.value, "low": rate.low, "high": rate.high}
    return {**row, "n": rate.n, "means": means}


def _out_of_fold(told: Sequence[Look], truth: Sequence[bool]) -> list[float] | None:
    """A score a field from the other groups' fields; None where there are too few groups."""
    import numpy as np

    from leukcad.data.dealing import deal, units
    from leukcad.types import Record

    records = [Record(str(i), group=look.group, label=look.label) for i, look in enumerate(told)]
    some = units(records, "group")
    if len(some) < 2 * FOLDS:
        return None
    values = np.array([list(look.numbers.values()) for look in told])
    target = np.where(truth, 1.0, -1.0)
    scores = np.zeros(len(told))
    for part in deal(some, [1 / FOLDS] * FOLDS, 0):
        out = np.array([int(id_) for unit in part for id_ in unit.ids])
        rest = np.setdiff1d(np.arange(len(told)), out)
        middle, spread = values[rest].mean(axis=0), values[rest].std(axis=0)
        scaled = (values - middle) / np.where(spread > 1e-9, spread, 1.0)
        matrix = scaled[rest].T @ scaled[rest] + RIDGE * np.eye(scaled.shape[1])
        weights = np.linalg.solve(matrix, scaled[rest].T @ (target[rest] - target[rest].mean()))
        scores[out] = scaled[out] @ weights
    return [float(score) for score in scores]
