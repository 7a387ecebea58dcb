"""Pages in a real Chromium, used with keys and mouse, and what is served to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from leukcad_cells.rules import Number

from leukcad import Cells, Field, Step, hookimpl
from leukcad.answering import Trained
from leukcad.assembly import Setting, make_source
from leukcad.cli.sources import pasting, sources
from leukcad.config import load_pipeline
from leukcad.data.images import write_png
from leukcad.host import discover
from leukcad.laboratory import Rules
from leukcad.pipeline import Pipeline
from leukcad.placing import Finder, Placement
from leukcad.placing.finder import spread
from leukcad.positions import PositionFile
from leukcad.reviewing import OverrideLog, Review, from_files
from leukcad.reviewing.cells import Cell
from leukcad.runs import Run
from leukcad.testing import draw_field

if TYPE_CHECKING:
    from chromium import Chromium, Tab


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Tab]:
    """A new visitor's tab."""
    opened = chromium.tab(1300, 900)
    yield opened
    opened.close()


Make = Callable[..., Placement]


@pytest.fixture(scope="session")
def placement_in() -> Make:
    """Makes a placement of 3 fields of 640 × 480 px whose file lies in a folder."""
    setting = Setting(discover())
    small = ["healthy=3", "leukaemic=0", "width=640", "height=480", "seed=5"]
    fields = make_source(sources("simulated", small)["data"], setting)
    cells = make_source(
        sources("simulated-cells", ["healthy=24", "leukaemic=2", "width=640", "seed=77"])["data"], setting
    )
    use, _ = pasting(None, (), "paste")
    assert use is not None
    read = [cells.step.read(record) for record in spread(cells.records, 16)]

    def make(folder: Path, finding: bool = True) -> Placement:
        finder = Finder(use, setting, lambda: read, folder / "scratch") if finding else None
        return Placement(fields, PositionFile.open(folder / "p.json"), finder)

    return make


CLASSES = ("lymphocyte", "lymphoblast", "platelet")
YAML = """
data: {use: simulated, healthy: 4, leukaemic: 3, width: 640, height: 480}
classes: [healthy, ALL]
positive: ALL
cell_classes: {lymphocyte: [lymphocyte], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: stratified, train: 0.5, validation: 0.25, test: 0.25, seed: 0}
steps: [{detect: nuclei}, {diagnose: number}]
"""


class Reader:
    """Finds six cells a field at fixed places; two are called lymphoblasts, the last a platelet."""

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field]) -> list[Cells]:
        boxes = [[20 + 40 * i, 30, 50 + 40 * i, 65] for i in range(6)]
        boxes[4] = [250, 200, 280, 240]  # at the right and lower edge of a field of 280 × 240 px
        labels, scores = [1, 0, 0, 1, 0, 2], [0.95, 0.9, 0.8, 0.7, 0.6, 0.9]
        return [Cells.of(boxes, labels=labels, scores=scores, classes=CLASSES) for _ in fields]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A pipeline over `Reader`'s cells, in a run's folder."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "mine.yaml").write_text(YAML)
    spec = load_pipeline(folder / "mine.yaml", discover())
    told: dict[str, Any] = {"classes": spec.classes, "positive": "ALL", "positive_cells": spec.positive_cells}
    steps = [Step("detect", "reader", Reader()), Step("diagnose", "number", Number(at_least=2), **told)]
    return Trained("mine", Run(folder / "mine-0", "0"), spec, Pipeline(steps, spec.classes, "ALL"), 0.5)


@pytest.fixture(scope="session")
def slides(model: Trained, tmp_path_factory: pytest.TempPathFactory) -> list[Cell]:
    """What the model finds on two slides of 2 and 1 fields."""
    folder = tmp_path_factory.mktemp("slides")
    groups: dict[str, list[Path]] = {"slide 1": [], "slide 2": []}
    for i, group in enumerate(("slide 1", "slide 1", "slide 2")):
        groups[group].append(folder / f"{i}.png")
        write_png(draw_field(seed=i).array(), groups[group][-1])
    return from_files(model, groups, Rules())


@pytest.fixture
def reviewed(slides: list[Cell], tmp_path: Path) -> Callable[..., Review]:
    """Makes a review of these slides by C. Janssen; a second one takes up the first one's log."""

    def make(**options: Any) -> Review:
        log = OverrideLog(tmp_path / "review" / "overrides.jsonl")
        return Review(
            slides, log, CLASSES[:2], positive=("lymphoblast",), reviewer="C. Janssen", run="mine-0", **options
        )

    return make
