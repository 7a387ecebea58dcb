"""The score of a found cell, and the threshold that is frozen on the validation fields."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from leukcad_smp.segmenter import Smp

from leukcad import Cells, Examples, Field, Step
from leukcad.options import TrainOptions
from leukcad.testing import CELL_CLASSES, draw_field


class Painter(Smp):
    """Paints the annotated cells of a field, each as surely as it is told, whatever its network has learned."""

    sure: tuple[float, ...] = (0.9, 0.7)

    def probabilities(self, field: Field, step: Step) -> torch.Tensor:
        cell = torch.full((field.height, field.width), 0.1)
        truth = PAINTED[field.record.id]
        assert truth.regions is not None
        for number, sure in enumerate(self.sure, 1):
            cell[truth.regions == number] = sure
        return torch.stack([1 - cell, cell])


FIELDS = [draw_field(CELL_CLASSES, seed, f"drawn {seed}") for seed in range(6)]
PAINTED = {field.record.id: field.truth or Cells.empty() for field in FIELDS}


def step_of(**more: Any) -> Step:
    told = TrainOptions(epochs=1, batch=4)
    component = Painter(encoder="tu-test_resnet.r160_in1k", side=64, tile=64, overlap=0, train=told, **more)
    return Step("segment", "smp", component, classes=CELL_CLASSES)


def fitted(validation: list[Cells], **more: Any) -> Step:
    """A step whose two validation fields hold these cells."""
    step = step_of(**more)
    train = Examples(CELL_CLASSES, FIELDS[:4], [PAINTED[f.record.id] for f in FIELDS[:4]])
    step.fit(train, Examples(CELL_CLASSES, FIELDS[4:], validation))
    return step


def scores(step: Step) -> list[float]:
    return [round(score, 2) for score in step.segment(FIELDS[:1], None)[0].scores.tolist()]


def test_by_default_every_cell_stays_with_the_mean_probability_in_it_for_a_score():
    step = fitted([PAINTED[f.record.id] for f in FIELDS[4:]])
    assert scores(step) == [0.9, 0.7]


def test_a_score_that_is_told_leaves_out_what_is_below_it_but_no_cell_that_a_detector_gave():
    step = fitted([PAINTED[f.record.id] for f in FIELDS[4:]], score=0.8)
    assert scores(step) == [0.9]
    assert len(step.segment(FIELDS[:1], [PAINTED[FIELDS[0].record.id]])[0]) == 2


def test_auto_freezes_the_score_that_tells_the_validation_cells_from_the_rest_and_keeps_it():
    step = fitted([PAINTED[f.record.id].select([0]) for f in FIELDS[4:]], score="auto")
    assert step.component.min_score == pytest.approx(0.8, abs=0.01) and scores(step) == [0.9]
    fresh = step_of(score="auto")
    fresh.restore(step.state())
    assert fresh.component.min_score == step.component.min_score


def test_auto_leaves_nothing_out_where_all_that_it_finds_is_there():
    step = fitted([PAINTED[f.record.id] for f in FIELDS[4:]], score="auto")
    assert scores(step) == [0.9, 0.7]
