"""Which truth belongs to which found cell."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leukcad.labels import called, mapped, match
from leukcad.types import Cells, Field, Record

CLASSES = {"healthy": ("lymphocyte", "neutrophil"), "lymphoblast": ("lymphoblast",)}


def test_two_found_boxes_on_one_true_cell_give_one_match() -> None:
    found = Cells.of([[0, 0, 10, 10], [1, 1, 11, 11]])
    truth = Cells.of([[0, 0, 10, 10]], labels=[0], classes=["lymphocyte"])
    assert match(found, truth).tolist() == [0, -1]


def test_a_blast_centre_without_a_box_matches_the_box_that_holds_it() -> None:
    found = Cells.of([[0, 0, 10, 10], [20, 20, 40, 40]])
    truth = Cells.of([[33, 31, 33, 31]], labels=[0], classes=["lymphoblast"])
    assert match(found, truth).tolist() == [-1, 0]


def test_as_many_cells_as_possible_are_matched_before_distance_counts() -> None:
    # greedily, found 0 would take truth 1 (nearest) and leave found 1 without a partner
    found = Cells.of([[8, 0, 12, 4], [13, 0, 17, 4]])
    truth = Cells.of([[0, 0, 11, 4], [9, 0, 17, 4]], labels=[0, 0], classes=["lymphocyte"])
    assert sorted(match(found, truth).tolist()) == [0, 1]


@given(st.integers(0, 2**32 - 1), st.integers(0, 8), st.integers(0, 8))
def test_a_match_is_one_to_one_and_lies_inside(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    corners = [np.sort(rng.uniform(0, 50, (k, 2, 2)), axis=1).reshape(k, 4) for k in (n, m)]
    found, truth = Cells.of(corners[0]), Cells.of(corners[1], labels=np.zeros(m), classes=["WBC"])
    hits = match(found, truth)
    taken = hits[hits >= 0]
    assert len(set(taken.tolist())) == len(taken)
    for i in np.flatnonzero(hits >= 0):
        x0, y0, x1, y1 = found.boxes[i].tolist()
        tx0, ty0, tx1, ty1 = truth.boxes[hits[i]].tolist()
        assert tx0 <= (x0 + x1) / 2 <= tx1 and ty0 <= (y0 + y1) / 2 <= ty1


def test_cells_of_a_kind_that_no_class_names_are_left_out_of_the_truth() -> None:
    truth = Cells.of(np.zeros((3, 4)), labels=[0, 1, 2], classes=["RBC", "neutrophil", "lymphoblast"])
    assert mapped(truth, CLASSES).names() == ["healthy", "lymphoblast"]


def field(truth: Cells | None, *complete: str) -> Field:
    return Field.of(Record("f"), np.zeros((80, 80, 3), np.uint8), truth=truth, complete=frozenset(complete))


def test_a_found_cell_without_truth_is_other_only_where_that_class_exists() -> None:
    found = Cells.of([[0, 0, 10, 10], [50, 50, 60, 60]])
    shown = field(Cells.of([[0, 0, 10, 10]], labels=[0], classes=["lymphoblast"]), "lymphoblast")
    assert called(found, shown, CLASSES).names() == ["lymphoblast", ""]
    assert called(found, shown, {**CLASSES, "other": ()}).names() == ["lymphoblast", "other"]
    assert called(found, field(None), {**CLASSES, "other": ()}).names() == ["", ""]


def test_a_found_cell_without_truth_is_no_other_where_not_all_leukocytes_are_annotated() -> None:
    found = Cells.of([[50, 50, 60, 60]])
    truth = Cells.of([[0, 0, 10, 10]], labels=[0], classes=["lymphoblast", "WBC", "RBC"])
    for complete, name in ((("lymphoblast",), ""), ((), ""), (("RBC",), ""), (("lymphoblast", "WBC"), "other")):
        assert called(found, field(truth, *complete), {**CLASSES, "other": ()}).names() == [name]
    red = Cells.of([[0, 0, 10, 10]], labels=[0], classes=["RBC"])
    assert called(found, field(red, "RBC"), {**CLASSES, "other": ()}).names() == [""]


def test_an_annotated_cell_of_an_unnamed_kind_is_not_other() -> None:
    found = Cells.of([[0, 0, 10, 10]])
    shown = field(Cells.of([[0, 0, 10, 10]], labels=[0], classes=["smudge"]), "smudge")
    assert called(found, shown, {**CLASSES, "other": ()}).names() == [""]
