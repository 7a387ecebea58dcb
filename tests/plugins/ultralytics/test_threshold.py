"""The frozen score: where the F1 of the validation fields is best."""

from __future__ import annotations

import pytest

from leukcad import Cells

SPOTS = [[100.0 * i, 0.0, 100.0 * i + 50, 50.0] for i in range(8)]


def cells(spots: list[int], scores: list[float] | None = None, labels: list[int] | None = None) -> Cells:
    """Cells at some of the spots."""
    at = [SPOTS[i] for i in spots]
    return Cells.of(at, scores=scores, labels=labels or [0] * len(spots), classes=("WBC", "RBC"))


def best(found: list[Cells], truth: list[Cells]) -> tuple[float, float]:
    from leukcad_ultralytics import threshold

    return threshold.best(found, truth)


def test_it_lies_halfway_between_the_last_cell_and_the_first_false_alarm():
    found = [cells([0, 1], [0.9, 0.6]), cells([2, 3], [0.8, 0.4])]
    assert best(found, [cells([0, 1]), cells([2])]) == (pytest.approx(0.5), pytest.approx(1.0))


def test_a_second_box_on_one_cell_is_a_false_alarm():
    assert best([cells([0, 0, 1], [0.9, 0.5, 0.8])], [cells([0, 1])]) == (pytest.approx(0.65), 1)


def test_a_cell_of_another_class_is_no_hit():
    assert best([cells([0], [0.9], [1])], [cells([0], labels=[0])]) == (0.5, 0.0)


def test_without_cells_to_find_it_is_one_half():
    assert best([cells([0], [0.9])], [cells([])]) == best([], []) == (0.5, 0.0)
