"""Rates of answers with exact intervals at the level of the group.

An abstention is the wrong answer: a missed positive field, or a negative field that was not cleared.

The value is pooled over answers. The interval treats the answers of one group (patient, else source field) as one
cluster of perfectly dependent answers, which is the worst case: with D_g answers of group g in the rate's denominator,
the pooled rate varies as if there were n = (Σ D_g)² / Σ D_g² independent answers (Kish, 1965), and the interval is
Clopper–Pearson's for value · n successes of n. With as many draws of every group this is the sum of the groups' mean
successes over the number of groups. For precision and F1, whose denominators depend on what was called, n is at most
the sum over groups of the share of its answers that enter. Reported n: the groups that enter.

F1 = 2J / (1 + J), J = TP / (TP + FP + FN) a proportion and F1 growing with it: its limits are those of J, transformed.
Balanced accuracy: MOVER over the intervals of its classes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.intervals import Interval, clopper_pearson, mean_of_proportions, wilson

Judge = Callable[[Answer], bool]


@dataclass(frozen=True)
class Rate:
    """A rate in [0, 1] with its exact 95 % interval; n: the groups behind it. value None: undefined (0/0).

    wilson: Wilson's interval of the same counts.
    """

    value: float | None
    low: float
    high: float
    n: int
    wilson: Interval = (0.0, 1.0)

    def to_dict(self) -> dict[str, float | int | None]:
        """`{"value", "low", "high", "n"}`, as results.json has it."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


UNDEFINED = Rate(None, 0.0, 1.0, 0)


def rates(answers: Sequence[Answer], classes: Sequence[str], positive: str | None) -> dict[str, Rate]:
    """The rates of one set; answers to fields without truth do not enter.

    With a positive class: accuracy, precision, sensitivity, specificity, f1, where all other classes are negative.
    Without: accuracy, balanced_accuracy (over the classes that occur) and `sensitivity:NAME` of each class.
    """
    told = [a for a in answers if a.truth is not None]
    if positive is None:  # a slide holds one label; where labels share slide numbers, each has a slide of that number
        told = [replace(a, group=f"{a.group}/{a.truth}") for a in told]
    accuracy = {"accuracy": _rate(told, lambda a: True, lambda a: a.right)}
    if positive is not None:
        return {**accuracy, **_binary(told, positive)}
    by_class = {c: _rate(told, lambda a, c=c: a.truth == c, lambda a: a.right) for c in classes}  # type: ignore[misc]
    return {
        **accuracy,
        "balanced_accuracy": _mean([r for r in by_class.values() if r.value is not None], told),
        **{f"sensitivity:{name}": rate for name, rate in by_class.items()},
    }


def curve(
    by_dose: Mapping[int, Sequence[Answer]], classes: Sequence[str], positive: str | None
) -> list[dict[str, Any]]:
    """`[{"dose": int, METRIC: Rate, …}]` in the order of the doses."""
    return [{"dose": dose, **rates(by_dose[dose], classes, positive)} for dose in sorted(by_dose)]


def _binary(told: Sequence[Answer], positive: str) -> dict[str, Rate]:
    def is_positive(a: Answer) -> bool:
        return a.truth == positive

    def hit(a: Answer) -> bool:
        return is_positive(a) and a.called == positive

    def alarm(a: Answer) -> bool:
        # an abstention on a negative field is the wrong answer, so it stands as a false alarm
        return a.called == positive or (a.called is None and not is_positive(a))

    jaccard = _rate(told, lambda a: is_positive(a) or alarm(a), hit, called=True)
    return {
        "precision": _rate(told, alarm, hit, called=True),
        "sensitivity": _rate(told, is_positive, hit),
        "specificity": _rate(told, lambda a: not is_positive(a), lambda a: not alarm(a)),
        "f1": _f1_of(jaccard),
    }


def _f1_of(jaccard: Rate) -> Rate:
    def f1(j: float) -> float:
        return 2 * j / (1 + j)

    low, high = jaccard.wilson
    value = None if jaccard.value is None else f1(jaccard.value)
    return Rate(value, f1(jaccard.low), f1(jaccard.high), jaccard.n, (f1(low), f1(high)))


def _rate(told: Sequence[Answer], enters: Judge, succeeds: Judge, called: bool = False) -> Rate:
    """Successes among the answers that enter. called: whether entering depends on what was called."""
    sizes: dict[str, int] = defaultdict(int)
    entered: dict[str, int] = defaultdict(int)
    successes = 0
    for answer in told:
        sizes[answer.group] += 1
        if enters(answer):
            entered[answer.group] += 1
            successes += succeeds(answer)
    total = sum(entered.values())
    if total == 0:
        return UNDEFINED
    n = total**2 / sum(d * d for d in entered.values())
    if called:
        n = min(n, sum(d / sizes[group] for group, d in entered.items()))
    low, high = clopper_pearson(successes * n / total, n)
    return Rate(successes / total, low, high, len(entered), wilson(successes * n / total, n))


def _mean(parts: Sequence[Rate], told: Sequence[Answer]) -> Rate:
    values = [r.value for r in parts if r.value is not None]
    if not values:
        return UNDEFINED
    low, high = mean_of_proportions(values, [(r.low, r.high) for r in parts])
    scores = mean_of_proportions(values, [r.wilson for r in parts])
    return Rate(sum(values) / len(values), low, high, len({a.group for a in told}), scores)
