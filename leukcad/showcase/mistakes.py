"""The worst errors of each pipeline: the wrong answers that it was surest of, the first of them with pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leukcad.answering import AnswerBook, SeriesPlan, Trained, versions
from leukcad.evaluation.answers import Answer
from leukcad.experiment import Bench
from leukcad.progress import track
from leukcad.report.layers import HeatAlbum
from leukcad.report.words import MISTAKES
from leukcad.showcase.examples import version
from leukcad.types import Field

PICTURED = 2  # errors of a pipeline with pictures: one on a field as it is, one with cells added


def mistakes(
    models: Sequence[Trained], books: Mapping[str, AnswerBook], bench: Bench, folder: Path, album: HeatAlbum
) -> list[dict[str, Any]]:
    """One row an error, by pipeline, the worst first; of the first some a `version` of the field with pictures.

    Pictures go into `folder`/pictures, heat maps wait in `album`. An error whose field cannot be made again pixel by
    pixel has none.
    """
    plan = bench.series() if bench.spec.synthesize else None
    rows: list[dict[str, Any]] = []
    for model in track(models, "drawing the worst errors"):
        errors = worst(books[model.name].answers)
        shown = pictured(errors)
        for answer in listed(errors, shown):
            field = _again(answer, bench, plan) if answer in shown else None
            drawn = None if field is None else version([model], field, folder, album, answer.dose)
            rows.append({"pipeline": model.name, **_told(answer), "version": drawn})
    return rows


def worst(answers: Sequence[Answer]) -> list[Answer]:
    """The wrong answers, those that left the truth least likely first; of several versions of a field the worst alone.

    A field as it is and the same with cells added are two. An abstention is no answer that anyone was sure of: it comes
    after all wrong ones.
    """
    wrong = [a for a in answers if a.truth is not None and not a.right]
    wrong.sort(key=lambda a: (a.called is None, a.probabilities.get(a.truth or "", 0.0), a.set, a.field))
    seen: set[tuple[str, str, bool]] = set()
    out = []
    for answer in wrong:
        if (kind := ("" if answer.dose else answer.set, answer.source, answer.dose > 0)) not in seen:
            seen.add(kind)
            out.append(answer)
    return out


def pictured(errors: Sequence[Answer]) -> list[Answer]:
    """The errors to be drawn: the worst on fields as they are and the worst with cells added, else the next."""
    first = [next((a for a in errors if (a.dose > 0) == added), None) for added in (False, True)]
    chosen = [a for a in first if a is not None]
    return [*chosen, *(a for a in errors if a not in chosen)][:PICTURED]


def listed(errors: Sequence[Answer], shown: Sequence[Answer], number: int = MISTAKES) -> list[Answer]:
    """The first `number` errors, among them those that are shown."""
    others = [a for a in errors if a not in shown][: number - len(shown)]
    return [a for a in errors if a in shown or a in others]


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "set": answer.set,
        "field": answer.field,
        "group": answer.group,
        "truth": answer.truth,
        "called": answer.called,
        "reason": answer.reason,
        "p_truth": answer.probabilities.get(answer.truth or "", 0.0),
        "p_called": None if answer.called is None else answer.probabilities[answer.called],
        "cells": answer.cells,
        "dose": answer.dose,
    }


def _again(answer: Answer, bench: Bench, plan: SeriesPlan | None) -> Field | None:
    """The very field that was answered; None where it cannot be had."""
    if answer.dose and plan is not None:
        record = next((r for r in plan.base.records if r.id == answer.source or r.source == answer.source), None)
        host = None if record is None else plan.base.source.read(record)
        made = () if host is None else (new for new, _, _ in versions(plan, host))
        return next((new for new in made if _is(new, answer)), None)
    for test in bench.sets:
        record = next((r for r in test.records if test.name == answer.set and r.id == answer.field), None)
        field = None if record is None else test.source.read(record)
        if field is not None:
            return field if _is(field, answer) else None
    return None


def _is(field: Field, answer: Answer) -> bool:
    return hashlib.sha256(field.array().tobytes()).hexdigest() == answer.sha256
