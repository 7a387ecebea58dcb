"""Example fields for the report: the field, what each pipeline found and saw in it, and its heat map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.answering import SeriesPlan, Trained, versions
from leukcad.experiment import QUICK, Bench
from leukcad.progress import bar
from leukcad.report import pictures
from leukcad.types import Cells, Field, Record

if TYPE_CHECKING:
    from leukcad.pipeline import State

SHOWN_DOSES = (5, 10)  # added cells; beside them the untouched field and the largest dose are drawn


def showcase(
    models: Sequence[Trained], bench: Bench, folder: Path
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw the bench's example fields into `folder`/pictures; returns the examples and what was pasted."""
    plan = bench.series() if bench.spec.synthesize else None
    base = plan.base if plan else bench.sets[0]
    number = min(bench.spec.explained, QUICK["explained"]) if bench.setting.quick else bench.spec.explained
    examples, ledger, album = [], [], pictures.HeatAlbum()
    with bar("drawing example fields", total=number) as advance:
        for record in choose(base.records, number, bench.spec.positive):
            field = base.source.read(record)
            if field is not None:
                shown = [field, *_some(plan, field)]
                drawn = [_version(models, f, folder, album, len(f.ledger) - len(field.ledger)) for f in shown]
                examples.append({"field": record.id, "label": record.label or "?", "versions": drawn})
                ledger += [dict(line) for line in shown[-1].ledger[len(field.ledger) :]]
            advance(1)
        album.draw()
    return examples, ledger


def choose(records: Sequence[Record], number: int, positive: str | None) -> list[Record]:
    """`number` fields, the classes in turn, those without the positive class first."""
    classes = sorted({r.label or "" for r in records}, key=lambda c: (c == positive, c))
    rows = [[r for r in records if (r.label or "") == c] for c in classes]
    longest = max(map(len, rows), default=0)
    return [row[i] for i in range(longest) for row in rows if i < len(row)][:number]


def _some(plan: SeriesPlan | None, field: Field) -> list[Field]:
    """A few of the field's synthetic versions: those nearest to the doses that are shown, and the largest."""
    made = [(dose, new) for new, dose, _ in versions(plan, field, draws=1)] if plan else []
    if not made:
        return []
    kept = {min(range(len(made)), key=lambda i: abs(made[i][0] - dose)) for dose in SHOWN_DOSES} | {len(made) - 1}
    return [made[i][1] for i in sorted(kept)]


def _version(
    models: Sequence[Trained], field: Field, folder: Path, album: pictures.HeatAlbum, dose: int
) -> dict[str, Any]:
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in field.record.id)
    picture = pictures.save(folder / "pictures" / f"{name}.jpg", field.array())
    answers = {
        model.name: _answer(model, field, folder / "pictures" / f"{name}--{model.name}", album) for model in models
    }
    return {"dose": dose, "picture": f"pictures/{picture.name}", "answers": answers}


def _answer(model: Trained, field: Field, stem: Path, album: pictures.HeatAlbum) -> dict[str, Any]:
    state = model.pipeline.run([field])
    called = model.call(state, 0)
    assert state.answers is not None  # call() has refused a pipeline without answers
    speaks = model.pipeline.positive or called or state.answers.classes[0]
    probability = float(state.answers.probabilities[0, state.answers.classes.index(speaks)])
    told: dict[str, Any] = {
        "called": called,
        "probability": probability,
        "of": speaks,
        "reason": state.answers.reasons[0],
    }
    found = state.found(0)
    told["n_cells"] = 1 if found is None else len(found)
    told |= {key: f"pictures/{path.name}" for key, path in _draw(model, state, field, stem, album).items()}
    return {"heat": None, "cells": None, "seen": None, **told}


def _draw(model: Trained, state: State, field: Field, stem: Path, album: pictures.HeatAlbum) -> dict[str, Path]:
    drawn: dict[str, Path] = {}
    found, told = state.found(0), state.predictions
    if found is not None and told is not None:
        names = found.names()
        speaks = [told.classes.index(c) for c in _positive_cells(model) if c in told.classes]
        sure = told.probabilities[:, speaks].sum(dim=1).tolist() if speaks else told.probabilities.amax(dim=1).tolist()
        outlined = pictures.outline_cells(field.array(), found, names, sure, _positive_cells(model))
        drawn["cells"] = pictures.save(stem.with_name(stem.name + "-cells.jpg"), outlined)
    if state.crops is not None and len(state.crops):
        drawn["seen"] = pictures.save(stem.with_name(stem.name + "-seen.png"), pictures.seen(state.crops.pixels))
    heat = model.pipeline.explain(state)[0]
    if heat is not None:
        drawn["heat"] = stem.with_name(stem.name + "-heat.jpg")
        album.add(model.name, drawn["heat"], field.array(), heat, _leukocytes(field))
    return drawn


def _positive_cells(model: Trained) -> tuple[str, ...]:
    return next((s.positive_cells for s in model.pipeline.steps if s.stage == "diagnose"), ())


def _leukocytes(field: Field) -> Cells | None:
    """The annotated cells that are neither red cells nor platelets."""
    if field.truth is None:
        return None
    names = field.truth.names()
    return field.truth.select([i for i, name in enumerate(names) if name not in ("RBC", "platelet")])
