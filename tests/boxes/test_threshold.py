"""The frozen score: where the F1 of the validation fields is best."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukcad import Cells, Examples, Field, Step
from leukcad.boxes import FLOOR, frozen
from leukcad.boxes.threshold import best
from leukcad.testing import draw_field

SPOTS = [[100.0 * i, 0.0, 100.0 * i + 50, 50.0] for i in range(8)]


def cells(spots: list[int], scores: list[float] | None = None, labels: list[int] | None = None) -> Cells:
    """Cells at some of the spots."""
    at = [SPOTS[i] for i in spots]
    return Cells.of(at, scores=scores, labels=labels or [0] * len(spots), classes=("WBC", "RBC"))


def test_it_lies_halfway_between_the_last_cell_and_the_first_false_alarm():
    found = [cells([0, 1], [0.9, 0.6]), cells([2, 3], [0.8, 0.4])]
    assert best(found, [cells([0, 1]), cells([2])]) == (pytest.approx(0.5), pytest.approx(1.0))


def test_a_second_box_on_one_cell_is_a_false_alarm():
    threshold, f1 = best([cells([0, 0, 1], [0.9, 0.5, 0.8])], [cells([0, 1])])
    assert threshold == pytest.approx(0.65)
    assert f1 == 1


def test_a_cell_of_another_class_is_no_hit():
    assert best([cells([0], [0.9], [1])], [cells([0], labels=[0])]) == (0.5, 0.0)


def test_without_cells_to_find_it_is_one_half():
    assert best([cells([0], [0.9])], [cells([])]) == (0.5, 0.0)
    assert best([], []) == (0.5, 0.0)


@given(
    scores=st.lists(st.integers(4, 64).map(lambda n: n / 64), min_size=8, max_size=8), true=st.sets(st.integers(0, 7))
)
def test_no_other_threshold_has_a_better_f1(scores, true):
    found, truth = cells(list(range(8)), scores), cells(sorted(true))
    threshold, f1 = best([found], [truth])

    def at(least: float) -> float:
        kept = [i for i in range(8) if scores[i] >= least]
        return 2 * len(true & set(kept)) / max(len(kept) + len(true), 1)

    if not true:
        assert f1 == 0
        return
    assert f1 == pytest.approx(at(threshold))
    assert all(f1 >= at(score) - 1e-9 for score in scores)


def test_it_is_frozen_on_annotated_fields_alone_whatever_kinds_the_truth_names_and_never_below_the_floor():
    kinds = ("lymphocyte", "lymphoblast")
    fields = [draw_field(kinds, i) for i in range(3)]
    fields[2] = fields[2].replace(truth=None)
    examples = Examples(kinds, fields, [f.truth or Cells.empty(kinds) for f in fields])
    step = Step("detect", "some", object(), classes=kinds)

    def find(least: float, score: float = 1.0) -> float:
        def told(field: Field) -> Cells:
            assert field.truth is not None, "nobody knows what is in it"
            boxes = [*field.truth.boxes.tolist(), [0.0, 0.0, 4.0, 4.0]]
            return Cells.of(boxes, scores=[score, score, least], labels=[0, 0, 0], classes=("WBC",))

        return frozen(told, examples, True, step)

    assert find(0.5) == pytest.approx(0.75)
    assert find(0.01, score=0.03) == FLOOR
