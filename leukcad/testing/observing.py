"""How an observer is asked: it may see everything, change nothing, and live through a whole run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukcad.errors import LeukcadError
from leukcad.hookspecs import hookimpl
from leukcad.testing import samples
from leukcad.testing.sameness import difference
from leukcad.types import Cells, Field

if TYPE_CHECKING:
    from leukcad.runs import Run
    from leukcad.testing.subject import Subject


class Still:
    """A detector that answers with the truth."""

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field]) -> list[Cells]:
        """The annotated cells."""
        return [field.truth or Cells.empty(samples.CELL_CLASSES) for field in fields]


def watches(subject: Subject) -> None:
    """Take an observer through a run: what passes it stays as it is, and no event makes it raise."""
    from leukcad.step import Step

    observer = subject.untaught()
    assert observer.folder is not None  # a subject's steps have one
    step = Step("detect", "still", Still(), origin="leukcad.testing", observers=[observer.component])
    run, fields = _run(observer.folder / "runs"), samples.draw_fields()
    hooks = step.manager.hook
    hooks.leukcad_run_started(run=run)
    if told := difference(step.detect(fields), Still().leukcad_detect(fields)):
        raise LeukcadError(f"it changed what it watched: {told}", cure="end a wrapper with: return (yield)")
    hooks.leukcad_step_finished(run=run, step=step, seconds=0.5)
    hooks.leukcad_step_failed(run=run, step=step, error=LeukcadError("a failure that was made up"))
    rate = {"value": 0.5, "low": 0.1, "high": 0.9, "n": 4}
    found = {"pipelines": {run.name: {"test": {"accuracy": rate}}}, "quick": True}
    hooks.leukcad_run_finished(run=run, results=found)


def _run(folder: Path) -> Run:
    from leukcad.runs import Run

    run = Run(folder / "sample-0123abcd", "0123abcd" * 8)
    run.create("steps: []\n", {"pipeline": "sample", "seed": 0, "quick": True, "device": "cpu", "versions": {}})
    return run
