"""What a pipeline called, found and saw in one field: figures as plain data, and pictures beside the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.answering import Trained
from leukcad.kinds import is_leukocyte
from leukcad.report import pictures
from leukcad.report.layers import HeatAlbum
from leukcad.report.outlines import outlines
from leukcad.types import Cells, Field

if TYPE_CHECKING:
    from leukcad.pipeline import State

LARGEST = 16383  # px: more a side WebP cannot hold
COLD = 1e-12  # the hottest value of a map that holds none


def safe(name: str) -> str:
    """A name that a file may have."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)


def ground(field: Field, folder: Path, name: str) -> dict[str, Any]:
    """The field's picture at its own resolution, in `folder`/pictures, its size, and its annotated white cells."""
    array = field.array()
    suffix = "webp" if max(array.shape[:2]) <= LARGEST else "jpg"
    path = pictures.save(folder / "pictures" / f"{safe(name)}.{suffix}", array)
    truth = leukocytes(field)
    return {
        "picture": f"pictures/{path.name}",
        "size": [array.shape[1], array.shape[0]],
        "truth": [] if truth is None else outlines(truth),
    }


def card(model: Trained, field: Field, folder: Path, name: str, album: HeatAlbum) -> dict[str, Any]:
    """What `model` made of a field; its pictures are called after `name`, heat maps wait in `album`.

    `{"called", "probability", "of", "reason", "n_cells", "heat", "cold", "seen", "cells"}`; heat and seen are paths or
    None, cold tells that nothing in the map speaks for the class, cells None where nothing looked for any, else
    `{"outline", "name", "probability", "alarm"}` of each.
    """
    state = model.pipeline.run([field])
    called = model.call(state, 0)
    assert state.answers is not None  # call() has refused a pipeline without answers
    speaks = model.pipeline.positive or called or state.answers.classes[0]
    found = state.found(0)
    told: dict[str, Any] = {
        "called": called,
        "probability": float(state.answers.probabilities[0, state.answers.classes.index(speaks)]),
        "of": speaks,
        "reason": state.answers.reasons[0],
        "n_cells": 1 if found is None else len(found),
        "cells": None if found is None else _cells(model, state, found),
    }
    return {**told, **_pictures(model, state, folder / "pictures" / f"{safe(name)}--{safe(model.name)}", album)}


def _pictures(model: Trained, state: State, stem: Path, album: HeatAlbum) -> dict[str, str | bool | None]:
    seen = heat = None
    cold = False
    if state.crops is not None and len(state.crops):
        seen = pictures.save(stem.with_name(f"{stem.name}-seen.webp"), pictures.seen(state.crops.pixels))
    if (values := model.pipeline.explain(state)[0]) is not None:
        heat = stem.with_name(f"{stem.name}-heat.webp")
        album.add(model.name, heat, values)
        cold = float(values.values.max()) <= COLD
    paths = {"heat": heat, "seen": seen}
    return {"cold": cold} | {key: f"pictures/{path.name}" if path else None for key, path in paths.items()}


def _cells(model: Trained, state: State, found: Cells) -> list[dict[str, Any]]:
    """Each cell with its name and the probability that it speaks for the positive class, else of its own class."""
    told, alarming = state.predictions, _positive_cells(model)
    sure: list[float] = found.scores.tolist()
    if told is not None and len(told) == len(found):
        speaks = [told.classes.index(c) for c in alarming if c in told.classes]
        rows = told.probabilities
        sure = (rows[:, speaks].sum(dim=1) if speaks else rows.amax(dim=1)).tolist()
    return [
        {"outline": outline, "name": name, "probability": round(p, 4), "alarm": name in alarming}
        for outline, name, p in zip(outlines(found), found.names(), sure, strict=True)
    ]


def _positive_cells(model: Trained) -> tuple[str, ...]:
    return next((s.positive_cells for s in model.pipeline.steps if s.stage == "diagnose"), ())


def leukocytes(field: Field) -> Cells | None:
    """The annotated cells that are neither red cells nor platelets."""
    if field.truth is None:
        return None
    return field.truth.select([i for i, name in enumerate(field.truth.names()) if is_leukocyte(name)])
