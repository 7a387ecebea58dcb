"""What probabilities are worth before any threshold: AUROC, Brier score, calibration curve, by set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.auroc import auroc
from leukcad.evaluation.calibration import brier, calibration_curve, squared_error
from leukcad.evaluation.metrics import rates
from leukcad.evaluation.units import believed, units


def scores(answers: Sequence[Answer], classes: Sequence[str], positive: str | None) -> dict[str, Any]:
    """`{"auroc", "brier", "calibration", "wilson"}` of one set, as plain data.

    auroc (with a positive class) and brier: `{"value", "low", "high", "n"}`, at the level of the group: over the mean
    probabilities, and the mean squared errors, of groups. calibration: the curve's parts, over the same means, without
    groups that abstained. wilson: Wilson's interval `[low, high]` of each rate, beside the exact one of `rates`.
    """
    told = units(answers)
    known = [a for a in answers if a.truth is not None]
    errors = [squared_error(believed(a), a.truth or "", positive) for a in known]
    found: dict[str, Any] = {"brier": brier(errors, [a.group for a in known]).to_dict()}
    if positive is not None:
        chances = [unit.probabilities.get(positive, 0.0) for unit in told]
        truth = [unit.truth == positive for unit in told]
        found["auroc"] = auroc(chances, truth, [unit.group for unit in told]).to_dict()
        sure = [(p, t) for p, t, unit in zip(chances, truth, told, strict=True) if not unit.abstained]
        found["calibration"] = [asdict(b) for b in calibration_curve([p for p, _ in sure], [t for _, t in sure])]
    found["wilson"] = {name: list(rate.wilson) for name, rate in rates(answers, classes, positive).items()}
    return found
