"""Hits, misses and false alarms, and what of a truth counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukcad.kinds import is_leukocyte
from leukcad.measuring.adjudication import Opinion
from leukcad.measuring.scoring import matched, score_field
from leukcad.measuring.targets import as_boxes, overlap, target_of, unnamed
from leukcad.types import Cells, Field, Record

A, B = [10, 10, 30, 30], [50, 50, 70, 70]
NONE = as_boxes([])


def field(boxes, names=None, size=100, **more):
    """A grey field with these true boxes."""
    kinds = tuple(dict.fromkeys(names or ["WBC"]))
    labels = [kinds.index(name) for name in names] if names else [0] * len(boxes)
    truth = Cells.of(np.reshape(boxes, (-1, 4)), labels=labels, classes=kinds, **more)
    return Field.of(Record("f"), np.full((size, size, 3), 128, np.uint8), truth=truth)


boxes_ = st.lists(
    st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(1, 30), st.integers(1, 30)).map(
        lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
    ),
    max_size=8,
).map(as_boxes)


@given(boxes_, boxes_, boxes_)
def test_every_found_and_every_true_cell_is_accounted_for_once(found, truth, ignored):
    match = matched(found, truth, ignored)
    assert sorted([i for i, _ in match.pairs] + match.alarms + match.excused) == list(range(len(found)))
    assert sorted([j for _, j in match.pairs] + match.missed) == list(range(len(truth)))


@given(boxes_)
def test_the_truth_itself_hits_all_of_it_unless_centres_lie_in_strange_boxes(truth):
    match = matched(truth, truth, NONE)
    assert len(match.pairs) == len(truth) and not match.missed and not match.alarms


def test_a_found_cell_with_its_centre_outside_is_an_alarm_and_the_true_one_missed():
    assert matched(as_boxes([[25, 25, 60, 60]]), as_boxes([A]), NONE) == ([], [0], [0], [])


def test_two_found_cells_in_one_true_box_are_one_hit_and_one_alarm():
    match = matched(as_boxes([A, [12, 12, 28, 28]]), as_boxes([A]), NONE)
    assert len(match.pairs) == 1 and len(match.alarms) == 1 and not match.missed


def test_what_lies_where_nothing_counts_is_excused_and_a_true_cell_there_still_can_be_hit():
    assert matched(as_boxes([A]), NONE, as_boxes([A])).excused == [0]
    assert matched(as_boxes([A]), as_boxes([A]), as_boxes([A])).pairs == [(0, 0)]


def test_a_true_point_is_hit_by_the_box_around_it():
    assert matched(as_boxes([A]), as_boxes([[20, 20, 20, 20]]), NONE).pairs == [(0, 0)]


@pytest.mark.parametrize("name", ["RBC", "Platelets", "red blood cells", "Erythrocyte", "red-cell", "thrombocytes"])
def test_red_cells_and_platelets_are_no_leukocytes_however_they_are_written(name):
    assert not is_leukocyte(name)


@pytest.mark.parametrize("name", ["WBC", "lymphoblast", "neut", "erythroblast", "basophil", ""])
def test_all_other_names_and_no_name_are_leukocytes(name):
    assert is_leukocyte(name)


def test_only_leukocytes_count_and_kinds_that_are_left_are_neither_hit_nor_miss():
    target = target_of(field([A, B, [0, 0, 5, 5]], ["WBC", "smudge", "RBC"]), leave={"smudge"})
    assert target is not None
    assert target.boxes.tolist() == [A] and target.kinds == ("WBC",) and target.ignored.tolist() == [B]
    assert target.other_kinds == ("RBC",)


def test_opinions_add_drop_and_leave_out():
    told = [
        Opinion((80, 80, 95, 95), "wbc"),
        Opinion((12, 12, 30, 30), "published_not_wbc"),
        Opinion((0, 50, 20, 70), "unsure"),
    ]
    target = target_of(field([A, B]), (), told)
    assert target is not None
    assert target.boxes.tolist() == [B, [80, 80, 95, 95]] and target.kinds == ("WBC", "")
    assert target.ignored.tolist() == [[0, 50, 20, 70]]


def test_a_field_without_annotation_has_no_target():
    assert target_of(Field.of(Record("f"), np.zeros((9, 9, 3), np.uint8))) is None


def test_kinds_that_a_bench_does_not_name_are_found_out_and_red_cells_are_none_of_them():
    classes = {"healthy": ("lymphocyte",), "lymphoblast": ()}
    assert unnamed(classes, ["lymphocyte", "lymphoblast", "smudge", "RBC"]) == {"smudge"}
    assert unnamed({}, ["anything"]) == set()


def test_dice_is_of_the_pixels_of_leukocytes_and_not_of_places_that_no_mask_speaks_of():
    regions = np.zeros((100, 100), np.int32)
    regions[10:30, 10:30] = 1
    truth = field([A], regions=regions)
    found_map = np.zeros((100, 100), np.int32)
    found_map[10:30, 20:40] = 1
    found_map[80:95, 80:95] = 2
    found = Cells.of([[20, 10, 40, 30], [80, 80, 95, 95]], labels=[0, 0], classes=("WBC",), regions=found_map)
    plain, added = target_of(truth), target_of(truth, (), [Opinion((80, 80, 95, 95), "wbc")])
    assert plain is not None and added is not None
    assert score_field(truth, "g", plain, found, found).dice == pytest.approx(2 * 200 / (400 + 400 + 225))
    assert score_field(truth, "g", added, found, found).dice == pytest.approx(2 * 200 / (400 + 400))


def test_dice_is_undefined_without_masks_and_where_there_is_nothing_on_either_side():
    empty = np.zeros((100, 100), np.int32)
    nothing = field([], regions=empty)
    target = target_of(nothing)
    assert target is not None
    none = Cells.of(np.zeros((0, 4)), classes=("WBC",), regions=empty)
    assert score_field(nothing, "g", target, none, none).dice is None
    assert score_field(nothing, "g", target, none.replace(regions=None), none).dice is None


def test_overlap_is_symmetric_and_one_for_the_same_box():
    assert overlap(A, A) == 1 and overlap(A, B) == 0 and overlap(A, [20, 10, 40, 30]) == pytest.approx(1 / 3)
