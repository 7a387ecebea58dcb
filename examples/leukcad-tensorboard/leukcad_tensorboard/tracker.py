"""`observe: [{use: tensorboard}]`: what happens in a run, as TensorBoard's event files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field as Option

from leukcad import Step, hookimpl

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

HISTORY = "history.csv"  # what a network's training leaves in its step's folder, a row an epoch


class Tensorboard:
    """Writes a run's pipeline, learning curves, seconds, failures and results where TensorBoard reads them.

    Event files lie in the run's own folder, so that `tensorboard --logdir runs` shows all runs side by side. A run that
    goes on after an interruption adds to what stands there.
    """

    def __init__(
        self,
        *,
        folder: Annotated[
            str, Option(pattern=r"^[\w.-]+$", description="folder of the event files, in the run's own")
        ] = "tensorboard",
    ) -> None:
        self.folder = folder

    @hookimpl
    def leukcad_run_started(self, run: Any) -> None:
        """The pipeline as text, and what the run is made of."""
        with self._writer(run) as board:
            board.add_text("pipeline", _code((run.folder / "pipeline.yaml").read_text(encoding="utf-8")))
            made_of = run.provenance()
            board.add_text("provenance", "  \n".join(f"{key}: {made_of[key]}" for key in made_of))

    @hookimpl
    def leukcad_step_finished(self, run: Any, step: Step, seconds: float) -> None:
        """Seconds of learning (or of taking back what was learned before), and the learning curves."""
        with self._writer(run) as board:
            board.add_scalar(f"seconds/{_name(step)}", seconds)
            if step.folder is None:
                return
            for epoch, row in enumerate(_history(step.folder / HISTORY)):
                for column, value in row.items():
                    board.add_scalar(f"{_name(step)}/{column}", value, epoch)

    @hookimpl
    def leukcad_step_failed(self, run: Any, step: Step, error: BaseException) -> None:
        """What was raised, under the step's name."""
        with self._writer(run) as board:
            board.add_text(f"failed/{_name(step)}", _code(f"{type(error).__name__}: {error}"))

    @hookimpl
    def leukcad_run_finished(self, run: Any, results: dict[str, Any]) -> None:
        """Every rate of every set; for a series of synthetic fields the number of added cells is the x-axis."""
        with self._writer(run) as board:
            for sets in results["pipelines"].values():
                for name, rates in sets.items():
                    kind, dose = _series(name)
                    for metric, rate in rates.items():
                        if rate["value"] is not None:
                            board.add_scalar(f"{kind}/{metric}", rate["value"], dose)

    def _writer(self, run: Any) -> SummaryWriter:
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(run.folder / self.folder))


def _name(step: Step) -> str:
    return f"{step.place}-{step.stage}-{step.name}"


def _series(name: str) -> tuple[str, int]:
    """imgSynt5 → imgSynt with 5 cells added; other sets as they are, with none."""
    dose = name.removeprefix("imgSynt")
    return ("imgSynt", int(dose)) if name != dose and dose.isdigit() else (name, 0)


def _code(text: str) -> str:
    """Text as TensorBoard's Markdown shows it unchanged."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def _history(path: Path) -> list[dict[str, float]]:
    """The rows of a learning history, their numbers only; none where nothing was written."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as table:
        return [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(table)]
