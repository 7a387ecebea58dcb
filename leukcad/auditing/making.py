"""Edited fields, each made once for all who answer: the right dose, the arm's truth, one more pass through JPEG."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leukcad.assembly import cell_classes
from leukcad.auditing.arms import PREFIX, Arm
from leukcad.auditing.counts import leukocytes, number_of
from leukcad.auditing.plan import CURVE_DRAWS, Plan
from leukcad.auditing.recoding import Compression, compression_of, through_jpeg
from leukcad.errors import LeukcadError
from leukcad.step import Step
from leukcad.types import Field


@dataclass(frozen=True, eq=False)
class Edited:
    """A field to be asked about; `sets`: the sets that its answer belongs to; `jpeg`: the file that its pixels are."""

    field: Field
    sets: tuple[str, ...]
    dose: int = 0
    draw: int = 0
    jpeg: bytes = b""


def edited(plan: Plan, arm: Arm, host: Field) -> Iterator[Edited]:
    """An arm's versions of one field, in the draws that can be made.

    Raises LeukcadError with the reason where none can.
    """
    how = compression_of(host)
    if not arm.use:
        field, jpeg = through_jpeg(host, how)
        yield Edited(field, (arm.set,), jpeg=jpeg)
        return
    wanted = _wanted(plan, arm, host)
    others = [d for d in plan.donors if d.record.home != host.record.source]
    donors = plan.donors if len(others) == len(plan.donors) else others  # the same list is cut out once
    reasons: list[LeukcadError] = []
    for draw in range(plan.draws_of(arm)):
        step = dataclasses.replace(plan.steps[arm.name], draw=draw)
        try:
            made = [_finished(plan, arm, host, new, how) for new in _of_one_draw(plan, arm, host, step, donors, wanted)]
        except LeukcadError as error:
            reasons.append(error)
            continue
        yield from made
    if len(reasons) == plan.draws_of(arm):
        raise reasons[0]


def _of_one_draw(plan: Plan, arm: Arm, host: Field, step: Step, donors: Sequence[Field], wanted: int) -> list[Edited]:
    """The versions of one draw, with the doses of the arm's curve; not yet labelled."""
    least = -(-wanted // 2) if arm.dose == "k" else wanted
    on_curve = set(plan.doses) if arm.curve and step.draw < CURVE_DRAWS else set()
    made = _made(step, host, sorted({wanted, *on_curve}), donors)
    if least < wanted and wanted not in made:  # as many as fit, if that is half of what is wanted
        made |= _made(step, host, list(range(least, wanted)), donors)
    fits = max((dose for dose in made if least <= dose <= wanted), default=None)
    if fits is None:
        raise LeukcadError(
            f"fewer than {least} cells fit" if arm.dose == "k" else f"not all of {wanted} cells could be edited"
        )
    versions = []
    for dose, new in made.items():
        sets = (*((PREFIX + arm.curve,) if dose in on_curve else ()), *((arm.set,) if dose == fits else ()))
        if sets:
            versions.append(Edited(new, sets, dose, step.draw))
    return versions


def _made(step: Step, host: Field, doses: Sequence[int], donors: Sequence[Field]) -> dict[int, Field]:
    """Dose → field, of the doses that fit."""
    return {len(new.ledger) - len(host.ledger): new for new in step.synthesize(host, doses, donors)}


def _wanted(plan: Plan, arm: Arm, host: Field) -> int:
    """How many cells of this field the arm edits. Raises LeukcadError where that is none, or not known."""
    number = leukocytes(host)
    if arm.dose in ("blasts", "healthy", "thin") and number is None:
        raise LeukcadError("its cells are not annotated")
    blasts = number_of(host, plan.kinds.blasts) if plan.kinds else 0
    dose = {
        "k": plan.counts.k,
        "one": 1,
        "blasts": blasts,
        "healthy": number_of(host, plan.kinds.healthy) if plan.kinds else 0,  # smudges are swapped for nothing
        "thin": (number or 0) - plan.least,
    }[arm.dose]
    if arm.dose == "thin" and blasts < plan.least:
        raise LeukcadError(f"fewer than {plan.least} blasts")
    if dose < 1:
        raise LeukcadError("no cell to edit" if arm.dose != "thin" else f"it holds no more than {plan.least} cells")
    return dose


def _finished(plan: Plan, arm: Arm, host: Field, made: Edited, how: Compression) -> Edited:
    new = made.field
    label = _truth(plan, arm, host, new)
    if arm.role in ("arm", "twin", "control") and label == plan.spec.positive and plan.kinds and arm.dose != "none":
        _enough_blasts(plan, new)
    field, jpeg = through_jpeg(new.replace(record=new.record.replace(label=label)), how)
    return dataclasses.replace(made, field=field, jpeg=jpeg)


def _truth(plan: Plan, arm: Arm, host: Field, new: Field) -> str | None:
    if arm.truth == "positive":
        return plan.spec.positive
    if arm.truth == "negative" and host.record.label == plan.spec.positive:
        return next(c for c in plan.spec.classes if c != plan.spec.positive)
    if arm.truth == "donor":
        return _donor_class(plan, new.ledger[-1])
    return host.record.label


def _donor_class(plan: Plan, line: Mapping[str, Any]) -> str:
    """The class that the transplanted cell stands for: its kind's, else that of the field it comes from."""
    kind, source = str(line.get("kind")), str(line.get("donor_source"))
    by_kind = [name for name, kinds in cell_classes(plan.spec).items() if kind in (name, *kinds)]
    label = by_kind[0] if by_kind else plan.labels.get(source)
    if label not in plan.spec.classes:
        raise LeukcadError(f"the ledger names a {kind!r} of {source!r}, whose class is not known")
    return label


def _enough_blasts(plan: Plan, new: Field) -> None:
    """A scored positive field holds at least 2 blasts that are half of its leukocytes. Raises LeukcadError."""
    number, blasts = leukocytes(new), number_of(new, plan.kinds.blasts if plan.kinds else ())
    if number is not None and (blasts < max(2, plan.spec.audit.min_blasts) or 2 * blasts < number):
        raise LeukcadError("fewer than 2 blasts, or than half of its leukocytes: neither class by count")
