"""What TensorBoard reads is what the events told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leukcad.runs import Run
from leukcad.testing import Contract, Subject

RATE = {"value": 0.75, "low": 0.4, "high": 0.95, "n": 8}


class TestContract(Contract):
    """The questions that every observer is asked."""

    stage, name = "observe", "tensorboard"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run's folder with its pipeline and provenance."""
    made = Run(tmp_path / "mine-0123abcd", "0123abcd")
    made.create("steps: []\n", {"seed": 7})
    return made


def board(run: Run) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(run.folder / "tensorboard"))
    read.Reload()
    return read


def test_rates_become_scalars_and_the_dose_is_the_step(run: Run) -> None:
    tracker = Subject("observe", "tensorboard").step().component
    sets = {"test": {"accuracy": RATE}, "imgSynt5": {"specificity": RATE}, "empty": {"f1": {**RATE, "value": None}}}
    tracker.leukcad_run_finished(run, {"pipelines": {"mine": sets}})
    read = board(run)
    assert sorted(read.Tags()["scalars"]) == ["imgSynt/specificity", "test/accuracy"]
    assert read.Scalars("imgSynt/specificity")[0].step == 5 and read.Scalars("test/accuracy")[0].value == 0.75


def test_a_history_becomes_a_curve_for_each_column(run: Run, tmp_path: Path) -> None:
    step = Subject("observe", "tensorboard").step()
    step.folder = tmp_path
    (tmp_path / "history.csv").write_text("epoch,train_loss,validation_loss\n1,0.9,\n2,0.5,0.7\n")
    step.component.leukcad_step_finished(run, step, 1.5)
    read, name = board(run), "1-observe-tensorboard"
    assert [one.value for one in read.Scalars(f"{name}/train_loss")] == pytest.approx([0.9, 0.5])
    assert [(one.step, one.value) for one in read.Scalars(f"{name}/validation_loss")] == [(1, pytest.approx(0.7))]
    assert read.Scalars(f"seconds/{name}")[0].value == 1.5
