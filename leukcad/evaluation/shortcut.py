"""The shortcut index: the share of the alarm raised by lymphoblasts that as many healthy cells raise as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leukcad.evaluation.bootstrap import MANY, cluster_bca
from leukcad.evaluation.differences import Difference, paired_difference
from leukcad.evaluation.intervals import Interval

LEAST_ALARM = 0.20  # below it there is too little alarm to share out


@dataclass(frozen=True)
class Shortcut:
    """index = count / (count + type), None where undefined. interval: BCa over groups, None where there is none.

    count = P(M0) − P(A−), type = P(M1) − P(M0), where P is the share of groups called positive. alarm = count + type
    with its 95 % interval. note: why the index or its interval is missing, else ''.
    """

    index: float | None
    interval: Interval | None
    count: float
    type: float
    alarm: Difference
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As verdict.json has it."""
        low, high = self.interval or (None, None)
        alarm = {"value": self.alarm.value, "low": self.alarm.low, "high": self.alarm.high}
        told = {"index": self.index, "low": low, "high": high, "count": self.count, "type": self.type}
        return {**told, "alarm": alarm, "n": self.alarm.n, "note": self.note}


def shortcut_index(
    untouched: Mapping[str, bool], healthy_added: Mapping[str, bool], blasts_added: Mapping[str, bool], seed: int = 0
) -> Shortcut:
    """The index over the negative groups that have all three: group → called positive in A−, M0 and M1.

    Every negative group enters, those too that are called positive when untouched (else P(A−) were 0 by choice).
    Undefined unless the lower 95 % limit of P(M1) − P(A−) is at least 0.20. The interval is BCa from 30 groups on,
    none below; none either where every resample gives the same index. It may leave [0, 1]: a network that healthy
    cells alarm more than blasts has an index above 1.
    """
    shared = [g for g in untouched if g in healthy_added and g in blasts_added]
    columns = [[answers[g] for g in shared] for answers in (untouched, healthy_added, blasts_added)]
    alarm = paired_difference(columns[0], columns[2])
    count = paired_difference(columns[0], columns[1]).value
    kind = alarm.value - count
    if alarm.low < LEAST_ALARM:
        note = f"undefined: blasts raise the alarm by {alarm.value:.2f}, at its lower 95 % limit by {alarm.low:.2f}"
        return Shortcut(None, None, count, kind, alarm, note)
    interval, note = _interval(columns, seed)
    return Shortcut(count / alarm.value, interval, count, kind, alarm, note)


def _interval(columns: list[list[bool]], seed: int) -> tuple[Interval | None, str]:
    import numpy as np

    groups = np.asarray(columns, dtype=np.float64).T  # (G, 3)
    if len(groups) < MANY:
        return None, f"no interval: {len(groups)} groups, {MANY} are needed"
    interval = cluster_bca(groups, _index, seed=seed)
    return interval, "" if interval else "no interval: every resample gives the same index"


def _index(untouched: Any, healthy: Any, blasts: Any) -> Any:
    base = untouched.mean(axis=-1)
    return (healthy.mean(axis=-1) - base) / (blasts.mean(axis=-1) - base)
