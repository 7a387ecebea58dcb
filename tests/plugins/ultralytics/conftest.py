"""Small YOLOs; all of it is skipped where ultralytics is not installed, which no requirement of leukcad asks for."""

from __future__ import annotations

from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from leukcad import Cells, Examples, Field, Step
from leukcad.testing import draw_field

CLASSES = ("lymphocyte", "lymphoblast")
MISSING = [name for name in ("ultralytics", "leukcad_ultralytics") if find_spec(name) is None]


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Skips where it is not."""
    if MISSING:
        pytest.skip(f"not installed: {', '.join(MISSING)} (AGPL-3.0; see plugins/leukcad-ultralytics/README.md)")


def drawn(n: int, seed: int = 0) -> list[Field]:
    """Fields with two leukocytes each."""
    return [draw_field(CLASSES, 100 * seed + i) for i in range(n)]


def examples(fields: list[Field]) -> Examples:
    """Fields with their cells."""
    return Examples(CLASSES, fields, [f.truth or Cells.empty(CLASSES) for f in fields])


def step_of(*, classes: tuple[str, ...] = CLASSES, folder: Any = None, **options: Any) -> Step:
    """A step around a small YOLO."""
    from leukcad_ultralytics.detector import Yolo
    from leukcad_ultralytics.options import YoloTraining

    told = {"model": "yolov8n", "input_side": 96, "most": 10, "train": YoloTraining(epochs=1, batch=2), **options}
    return Step("detect", "yolo", Yolo(**told), classes=classes, folder=folder)


def taught(fields: list[Field] | None = None, **options: Any) -> Step:
    """A step that has looked at some fields once."""
    step = step_of(**options)
    step.fit(examples(fields or drawn(4)), examples(drawn(1, seed=1)))
    return step


@pytest.fixture(scope="session")
def small() -> SimpleNamespace:
    """The things of this file by name."""
    return SimpleNamespace(drawn=drawn, examples=examples, step_of=step_of, taught=taught, classes=CLASSES)


@pytest.fixture(scope="session")
def barely(small: SimpleNamespace) -> Step:
    """One that has looked once and is then made bold, so that it finds a bit of everything."""
    step = small.taught()
    with torch.no_grad():
        for classes in step.component.network.model[-1].cv3:
            classes[-1].bias += 3  # begins where a cell is one in a thousand
    return step
