"""From fields to patients or slides."""

from __future__ import annotations

import pytest
import torch
from leukcad_cells.rules import Number

from leukcad import Cells, Crops, Predictions, Record, Step, hookimpl
from leukcad.patients import unite, units
from leukcad.pipeline import Pipeline, State

CELLS, FIELDS = ("healthy", "lymphoblast"), ("healthy", "ALL")


def answered(*blasts: float) -> State:
    """A field whose cells are blasts with these probabilities."""
    n = len(blasts)
    cells = Cells.of([[0, 0, 9, 9]] * n)
    p = torch.tensor(blasts).reshape(n, 1)
    index = torch.zeros(n, dtype=torch.int64)
    crops = Crops(torch.zeros((n, 3, 8, 8), dtype=torch.uint8), cells.boxes, index, torch.arange(n), index)
    return State([], [cells], crops, Predictions.of(torch.cat([1 - p, p], 1), CELLS))


def pipeline() -> Pipeline:
    rule = Step(
        "diagnose", "number", Number(at_least=2), classes=FIELDS, positive="ALL", positive_cells=("lymphoblast",)
    )
    return Pipeline([rule], FIELDS, "ALL")


def test_two_blasts_in_two_fields_of_one_patient_are_two_blasts() -> None:
    alone = unite(pipeline(), [answered(1.0, 0.0)]).probabilities[0, 1]
    both = unite(pipeline(), [answered(1.0, 0.0), answered(0.0, 1.0)]).probabilities[0, 1]
    assert float(alone) == 0 and float(both) == 1


def test_a_patient_without_any_cell_abstains() -> None:
    assert unite(pipeline(), [answered(), answered()]).abstain.tolist() == [True]


def test_a_field_in_which_a_detector_found_nothing_may_be_one_of_a_patients() -> None:
    bare = State([], [Cells.empty()], None, None)  # it names no class, as where nobody classifies
    found = Cells.of([[0, 0, 9, 9]] * 2, labels=[1, 1], classes=CELLS)
    assert float(unite(pipeline(), [bare, State([], [found], None, None)]).probabilities[0, 1]) == 1


def test_a_rule_hears_of_a_patients_cells_that_their_classifier_abstained() -> None:
    heard: list[list[bool]] = []

    class Hears(Number):
        @hookimpl
        def leukcad_diagnose(self, cells, predictions, field_index, step):
            heard.append(predictions.abstain.tolist())
            return super().leukcad_diagnose(cells, predictions, field_index, step)

    rule = Step("diagnose", "hears", Hears(), classes=FIELDS, positive="ALL", positive_cells=("lymphoblast",))
    unsure = answered(1.0)
    told = unsure.predictions
    assert told is not None
    unsure.predictions = Predictions(told.probabilities, told.classes, torch.tensor([True]), ("out of focus",))
    unite(Pipeline([rule], FIELDS, "ALL"), [unsure, answered(0.0)])
    assert heard == [[True, False]]


def test_without_a_rule_a_patient_has_the_mean_of_its_answered_fields() -> None:
    told = torch.tensor([[0.9, 0.1], [0.5, 0.5], [0.0, 1.0]])
    answers = Predictions(told, FIELDS, torch.tensor([False, False, True]), ("", "", "blurred"))
    mean = unite(Pipeline([], FIELDS, "ALL"), [State([], answers=answers)])
    assert mean.probabilities[0].tolist() == pytest.approx([0.7, 0.3])


def test_one_positive_field_makes_the_patient_positive() -> None:
    records = [
        Record("a", group="p", label="healthy"),
        Record("b", group="p", label="ALL"),
        Record("c", label="healthy"),
    ]
    assert {k: v[0] for k, v in units(records, "ALL").items()} == {"p": "ALL", "c": "healthy"}


def test_without_a_positive_class_a_group_of_several_labels_is_a_slide_of_each() -> None:
    records = [
        Record("a", group="1", label="baso"),
        Record("b", group="1", label="eosi"),
        Record("c", group="1", label="eosi"),
    ]
    assert {k: len(v[1]) for k, v in units(records, None).items()} == {"1/baso": 1, "1/eosi": 2}


def test_fields_that_are_their_own_group_make_no_units() -> None:
    assert units([Record("a", label="ALL"), Record("b", label="healthy")], "ALL") == {}
