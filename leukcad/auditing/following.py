"""What the heat maps of one pipeline follow as healthy cells are added: Loddo & Putzu (2022), Fig. 8, as numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from leukcad.answering import Trained
from leukcad.auditing.arms import CURVE
from leukcad.auditing.plan import CURVE_DRAWS, Plan
from leukcad.auditing.recoding import recoded
from leukcad.errors import LeukcadError
from leukcad.evaluation.following import Seen, follows
from leukcad.evaluation.stability import median_over_groups
from leukcad.progress import track
from leukcad.types import Field

FIELDS = 10  # untouched negative fields whose series is looked at


def following_of(model: Trained, plan: Plan) -> dict[str, Any] | None:
    """Over some negative fields: whether maps move with the added cells, and whether they grow with their number.

    Medians over groups of `Follows`; None where the plan adds no cells.
    """
    arm = next((a for a in plan.arms if a.curve == CURVE and a.name in plan.steps), None)
    if arm is None:
        return None
    position: dict[str, list[float]] = {}
    number: dict[str, list[float]] = {}
    for record in track(plan.hosts(arm)[:FIELDS], f"following heat maps of {model.name}"):
        host = plan.base.source.read(record)
        if host is None:
            continue
        told = follows(list(_series(model, plan, arm.name, host)))
        for values, value in ((position, told.position), (number, told.number)):
            if value is not None:
                values.setdefault(record.group, []).append(value)
    medians = {"position": median_over_groups(position), "number": median_over_groups(number)}
    return {name: median._asdict() for name, median in medians.items()}


def _series(model: Trained, plan: Plan, arm: str, host: Field) -> Iterator[Seen]:
    """The maps of one field's series, draw by draw; a draw that cannot be made is left out."""
    donors = [d for d in plan.donors if d.record.home != host.record.source]
    for draw in range(CURVE_DRAWS):
        try:
            made = dataclasses.replace(plan.steps[arm], draw=draw).synthesize(host, plan.doses, donors)
        except LeukcadError:  # too few places: the audit's own table says how often
            continue
        for new in made:
            seen = _seen(model, host, new, draw)
            if seen is not None:
                yield seen


def _seen(model: Trained, host: Field, new: Field, draw: int) -> Seen | None:
    import numpy as np

    heat = model.pipeline.explain(model.pipeline.run([recoded(new)]))[0]
    if heat is None or new.truth is None or new.truth.regions is None:
        return None
    lines = new.ledger[len(host.ledger) :]
    added = np.isin(new.truth.regions.cpu().numpy(), [int(line["cell"]) + 1 for line in lines])
    return Seen(draw, len(lines), heat.values.cpu().double().numpy(), added)
