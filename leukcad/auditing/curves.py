"""Dose curves: the share of groups called positive as cells are added, and how many it takes to turn an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.dose import dose_response
from leukcad.evaluation.flips import asked, flips, percentiles
from leukcad.evaluation.groups import positive_share
from leukcad.evaluation.intervals import clopper_pearson


def curve(
    untouched: Sequence[Answer],
    dosed: Sequence[Answer],
    positive: str,
    leukocytes: Mapping[str, int],
    training: Sequence[int],
) -> dict[str, Any]:
    """Per dose the share of groups called positive with its exact 95 % interval, D50 by added cells and, where counts
    are known, by the percentile of the field's total among the training fields'.

    leukocytes: source field → its own cells. training: cells of each training field.
    """
    every = [*untouched, *dosed]
    by_dose: dict[int, list[Answer]] = defaultdict(list)
    for answer in every:
        by_dose[answer.dose].append(answer)
    told: dict[str, Any] = {
        "shares": [_share(dose, by_dose[dose], positive) for dose in sorted(by_dose)],
        "added": dose_response(flips(asked(every, positive))).to_dict(),
    }
    if training and all(a.source in leukocytes for a in every):
        totals = {a.field: leukocytes[a.source] + a.dose for a in every}
        axis = {name: round(value, 1) for name, value in percentiles(totals, training).items()}
        told["percentile"] = dose_response(flips(asked(every, positive, axis))).to_dict()
    return told


def _share(dose: int, answers: Sequence[Answer], positive: str) -> dict[str, Any]:
    called = positive_share(answers, positive)
    low, high = clopper_pearson(sum(called.values()), len(called))
    return {"dose": dose, "value": sum(called.values()) / len(called), "low": low, "high": high, "n": len(called)}
