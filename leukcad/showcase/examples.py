"""Example fields for the report, and versions of them with cells added: what each pipeline made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leukcad.answering import SeriesPlan, Trained, versions
from leukcad.experiment import QUICK, Bench
from leukcad.progress import bar
from leukcad.report.layers import HeatAlbum
from leukcad.showcase.cards import card, ground
from leukcad.types import Field, Record

SHOWN_DOSES = (5, 10)  # added cells; beside them the untouched field and the largest dose are drawn


def examples(
    models: Sequence[Trained], bench: Bench, folder: Path, album: HeatAlbum
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw the bench's example fields into `folder`/pictures; returns the examples and what was pasted.

    Heat maps wait in `album`.
    """
    plan = bench.series() if bench.spec.synthesize else None
    base = plan.base if plan else bench.sets[0]
    number = min(bench.spec.explained, QUICK["explained"]) if bench.setting.quick else bench.spec.explained
    found, ledger = [], []
    with bar("drawing example fields", total=number) as advance:
        for record in choose(base.records, number, bench.spec.positive):
            field = base.source.read(record)
            if field is not None:
                shown = [field, *_some(plan, field)]
                drawn = [version(models, f, folder, album, len(f.ledger) - len(field.ledger)) for f in shown]
                found.append({"field": record.id, "label": record.label or "?", "versions": drawn})
                ledger += [{"field": record.id, **line} for line in shown[-1].ledger[len(field.ledger) :]]
            advance(1)
    return found, ledger


def choose(records: Sequence[Record], number: int, positive: str | None) -> list[Record]:
    """`number` fields, the classes in turn, those without the positive class first."""
    classes = sorted({r.label or "" for r in records}, key=lambda c: (c == positive, c))
    rows = [[r for r in records if (r.label or "") == c] for c in classes]
    longest = max(map(len, rows), default=0)
    return [row[i] for i in range(longest) for row in rows if i < len(row)][:number]


def version(models: Sequence[Trained], field: Field, folder: Path, album: HeatAlbum, dose: int) -> dict[str, Any]:
    """One field as the page shows it: its picture, and what each model made of it."""
    name = name_of(field)
    answers = {model.name: card(model, field, folder, name, album) for model in models}
    return {"dose": dose, **ground(field, folder, name), "answers": answers}


def name_of(field: Field) -> str:
    """What its pictures are called: two sets may hold fields of one id, and those are other pixels."""
    return f"{field.record.id}-{hashlib.sha256(field.array().tobytes()).hexdigest()[:8]}"


def _some(plan: SeriesPlan | None, field: Field) -> list[Field]:
    """A few of the field's synthetic versions: those nearest to the doses that are shown, and the largest."""
    made = [(dose, new) for new, dose, _ in versions(plan, field, draws=1)] if plan else []
    if not made:
        return []
    kept = {min(range(len(made)), key=lambda i: abs(made[i][0] - dose)) for dose in SHOWN_DOSES} | {len(made) - 1}
    return [made[i][1] for i in sorted(kept)]
