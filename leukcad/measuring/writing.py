"""A measurement in its folder: figures, page, and the pictures of the worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.answering import TestSet
from leukcad.measuring import page
from leukcad.measuring.asking import Model
from leukcad.measuring.worst import draw
from leukcad.outcome import kind_of_source
from leukcad.step import log

if TYPE_CHECKING:
    from leukcad.measuring.adjudication import Adjudication
    from leukcad.measuring.results import Results

FORMAT = 1  # of measure.json


def write(
    models: Sequence[Model],
    tests: Sequence[TestSet],
    found: Results,
    folder: Path,
    *,
    command: str,
    quick: bool,
    runs: Mapping[str, Path],
    reader: Adjudication | None = None,
) -> tuple[dict[str, Any], Path]:
    """Write `found` into `folder`; what measure.json tells, and the page. runs: the run of each model that has one."""
    page.clear(folder)
    by_name = {test.name: test for test in tests}
    worst: dict[str, dict[str, Any]] = {}
    for number, ((model, of), bad) in enumerate(found.worst.items()):
        records = {r.id: r for r in by_name[of].records}
        source = by_name[of].source
        rows = draw(folder, f"{number:02d}", bad, lambda id_, s=source, r=records: s.read(r[id_]))  # type: ignore[misc]
        worst.setdefault(model, {})[of] = rows
    if reader is not None and not reader.used:
        log.warning("%s names no file of these fields: nothing was adjudicated", reader.path)
    kinds = {kind_of_source(test.source) for test in tests}
    told = {
        "format": FORMAT,
        "title": _title([m.name for m in models], list(by_name)),
        "command": command,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "data": next((kind for kind in ("simulated", "semi-real") if kind in kinds), "real"),
        "adjudicated": reader and {"file": reader.path.name, "files": len(reader.files), "used": len(reader.used)},
        "models": {m.name: _about(m, runs.get(m.name)) for m in models},
        "sets": found.sets,
        "figures": found.figures,
        "paired": found.paired,
        "worst": worst,
    }
    return told, page.write(folder, told)


def unreadable(told: Mapping[str, Any]) -> dict[str, str]:
    """The fields that could not be read, with the reason."""
    return {id_: why for about in told["sets"].values() for id_, why in about["unreadable"].items()}


def _about(model: Model, run: Path | None) -> dict[str, Any]:
    steps = [f"{step.stage}: {step.name}" for step in model.pipeline.steps]
    return {"steps": steps, "run": None if run is None else str(run)}


def _title(models: Sequence[str], sets: Sequence[str]) -> str:
    who = " against ".join(models) if len(models) <= 3 else f"{len(models)} pipelines"
    return f"Cells found by {who} on {', '.join(sets)}"
