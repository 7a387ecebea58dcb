"""One picture, one diagnosis: what `leukcad predict` says of an image that nobody has labelled."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from leukcad.answering import Trained
from leukcad.data.images import read_image
from leukcad.errors import LeukcadError
from leukcad.report import pictures
from leukcad.types import Field, Record


def predict_one(model: Trained, image: Path, overlay: Path | None) -> dict[str, Any]:
    """The diagnosis of one image file, with a picture at `overlay` if that is given; `error` where it failed.

    found: how many cells of each class; cells: the box (xyxy px) and class of each. Both are None where whole
    fields are looked at.
    """
    told: dict[str, Any] = {"image": str(image), "called": None, "probabilities": None, "found": None, "cells": None}
    told["reason"] = ""
    try:
        field = Field.of(Record(image.stem, path=str(image)), read_image(image))
        state = model.pipeline.run([field])
        called = model.call(state, 0)
    except LeukcadError as error:
        return {**told, "error": str(error)}
    assert state.answers is not None  # call() has refused a pipeline without answers
    row = state.answers.probabilities[0].tolist()
    found = state.found(0)
    told |= {
        "called": called,
        "probabilities": {c: round(p, 6) for c, p in zip(state.answers.classes, row, strict=True)},
        "threshold": model.threshold,
        "reason": state.answers.reasons[0],
    }
    if found is not None:
        told["found"] = dict(Counter(name or "unknown" for name in found.names()).most_common())
        told["cells"] = [_cell(b, n) for b, n in zip(found.boxes.tolist(), found.names(), strict=True)]
    if overlay is not None:
        told["overlay"] = str(_overlay(model, state, field, overlay))
    return told


def _cell(box: list[float], name: str) -> dict[str, Any]:
    return {"box": [round(v, 1) for v in box], "class": name}


def _overlay(model: Trained, state: Any, field: Field, path: Path) -> Path:
    """The field with its heat map and its cells."""
    heat = model.pipeline.explain(state)[0]
    drawn = field.array() if heat is None else pictures.overlay_heat(field.array(), heat)
    found, told = state.found(0), state.predictions
    if found is not None and told is not None:
        speaks = next((s.positive_cells for s in model.pipeline.steps if s.stage == "diagnose"), ())
        drawn = pictures.outline_cells(drawn, found, found.names(), told.probabilities.amax(dim=1).tolist(), speaks)
    return pictures.save(path, drawn)
