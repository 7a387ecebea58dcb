"""Figures of scored fields: average precision, rates with intervals, counts, sizes, classes, and paired tests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.evaluation.intervals import clopper_pearson
from leukcad.evaluation.pooled import pooled_rate
from leukcad.measuring.average import Ranked, average_precision
from leukcad.measuring.classes import by_class
from leukcad.measuring.figures import figures
from leukcad.measuring.paired import pairs
from leukcad.measuring.scoring import score_field
from leukcad.measuring.targets import as_boxes, target_of
from leukcad.types import Cells, Field, Record

A, B, C = [10, 10, 30, 30], [50, 50, 70, 70], [10, 60, 30, 80]
NONE = as_boxes([])


def ranked(truth, found, scores, ignored=()):
    return Ranked(as_boxes(truth), as_boxes(ignored), as_boxes(found), np.array(scores, float))


def score(truth, found, name="f", group="", kinds=None, found_kinds=None, scores=None):
    """A field of 100 px with true and found boxes, scored."""
    classes = tuple(dict.fromkeys(kinds or ["WBC"]))
    labels = [classes.index(kind) for kind in kinds] if kinds else [0] * len(truth)
    cells = Cells.of(np.reshape(truth, (-1, 4)), labels=labels, classes=classes)
    field = Field.of(Record(name, group=group), np.zeros((100, 100, 3), np.uint8), truth=cells)
    told = tuple(dict.fromkeys(found_kinds or ["WBC"]))
    at = [told.index(kind) for kind in found_kinds] if found_kinds else [0] * len(found)
    seen = Cells.of(np.reshape(found, (-1, 4)), labels=at, scores=scores, classes=told)
    target = target_of(field)
    assert target is not None
    return score_field(field, group or name, target, seen, seen)


def plain_ap(fields, threshold):
    """Average precision as COCO's paper has it, written anew: 101 recall points of the precision's envelope."""
    rows, total = [], 0
    for field in fields:
        total += len(field.truth)
        taken = set()
        for i in np.argsort(-field.scores, kind="mergesort"):
            best, which = threshold - 1e-10, None
            for j, true in enumerate(field.truth):
                iou = _iou(field.found[i], true)
                if j not in taken and iou >= best:
                    best, which = iou, j
            taken |= {which} - {None}
            rows.append((field.scores[i], which is not None))
    rows.sort(key=lambda row: -row[0])
    hits = np.cumsum([hit for _, hit in rows])
    recall, precision = hits / total, hits / np.arange(1, len(rows) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1] if rows else precision
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.mean([envelope[i] if i < len(envelope) else 0.0 for i in at]))


def _iou(a, b):
    w, h = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = max(w, 0) * max(h, 0)
    return shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


box = st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(5, 40)] * 2).map(
    lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.lists(box, max_size=4), st.lists(box, max_size=5)), min_size=1, max_size=3), st.randoms())
def test_average_precision_is_that_of_the_definition(drawn, random):
    fields = []
    for truth, found in drawn:
        scores = random.sample(range(1000), len(found))
        fields.append(ranked(truth, found, [(s + len(fields) / 10) / 1000 for s in scores]))
    told, _ = average_precision(fields)
    if not any(len(f.truth) for f in fields):
        assert told.ap50 is None and told.ap is None
    else:
        assert told.ap50 == pytest.approx(plain_ap(fields, 0.5), abs=1e-9)
        assert told.ap == pytest.approx(np.mean([plain_ap(fields, t) for t in np.arange(0.5, 0.96, 0.05)]), abs=1e-9)


def test_a_perfect_detector_has_an_average_precision_of_one_also_with_empty_fields():
    told, (small, large) = average_precision(
        [ranked([A, [50, 50, 90, 90]], [A, [50, 50, 90, 90]], [0.9, 0.8]), ranked([], [], [])],
        [(0, 500), (500, 5000)],
    )
    assert (told.ap50, told.ap, small.ap50, large.ap50) == pytest.approx((1, 1, 1, 1))


def test_what_lies_in_an_ignored_place_does_not_lower_the_average_precision():
    counted, _ = average_precision([ranked([A], [A, B], [0.5, 0.9])])
    excused, _ = average_precision([ranked([A], [A, B], [0.5, 0.9], ignored=[B])])
    assert counted.ap50 == pytest.approx(0.5) and excused.ap50 == pytest.approx(1)


def test_points_have_no_average_precision_and_neither_has_an_empty_truth():
    assert average_precision([ranked([[5, 5, 5, 5]], [A], [1.0])])[0].ap50 is None
    assert average_precision([ranked([], [A], [1.0])], [(0, 9)]) == (
        average_precision([])[0],
        [average_precision([])[0]],
    )


def test_nothing_is_printed_by_the_library(capsys):
    average_precision([ranked([A], [A], [1.0])])
    assert capsys.readouterr().out == ""


@given(st.dictionaries(st.text(max_size=2), st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6))
def test_a_pooled_rate_has_the_exact_interval_where_groups_hold_one_trial_each_and_a_wider_one_otherwise(drawn):
    groups = {name: (min(k, n), n) for name, (k, n) in drawn.items()}
    rate = pooled_rate(groups)
    hits, trials = sum(k for k, _ in groups.values()), sum(n for _, n in groups.values())
    if not trials:
        assert rate.value is None
        return
    low, high = clopper_pearson(hits, trials)
    assert rate.value == hits / trials and rate.low <= rate.value <= rate.high
    assert rate.high - rate.low >= high - low - 1e-9
    if all(n <= 1 for _, n in groups.values()):
        assert (rate.low, rate.high) == pytest.approx((low, high))


def test_figures_count_hits_misses_alarms_and_errors_of_the_count():
    scores = [score([A, B], [A], "1"), score([], [], "2"), score([A], [A, B, C], "3")]
    told = figures(scores)
    assert (told["fields"], told["cells"], told["found"]) == (3, 3, 4)
    assert (told["recall"]["hits"], told["recall"]["of"], told["recall"]["n"]) == (2, 3, 2)
    assert (told["precision"]["hits"], told["precision"]["of"]) == (2, 4)
    assert told["count"]["value"] == pytest.approx(1 / 3) and told["count"]["absolute"] == pytest.approx(1)
    assert told["count"]["exact"] == pytest.approx(1 / 3) and told["dice"] is None and told["sizes"] == []
    spread = 1.96 * np.std([-1, 0, 2], ddof=1)
    assert told["count"]["agree"] == pytest.approx([1 / 3 - spread, 1 / 3 + spread])


def test_fields_of_one_slide_are_one_witness():
    alone = figures([score([A], [A] if i else [], str(i)) for i in range(8)])["recall"]
    together = figures([score([A], [A] if i else [], str(i), group="slide") for i in range(8)])["recall"]
    assert alone["n"] == 8 and together["n"] == 1 and together["low"] < alone["low"]


def test_thirds_by_diameter_hold_all_cells_once_and_each_has_its_own_recall():
    sides = [10, 12, 14, 30, 32, 34, 60, 62, 64]
    scores = [score([[0, 0, s, s]], [[0, 0, s, s]] if s > 20 else [], str(s)) for s in sides]
    sizes = figures(scores)["sizes"]
    assert [s["recall"]["of"] for s in sizes] == [3, 3, 3] and [s["recall"]["value"] for s in sizes] == [0, 1, 1]
    assert [s["ap50"] for s in sizes] == [0, 1, 1] and sizes[0]["to"] == sizes[1]["from"]
    assert sizes[2]["share_of_field"] > sizes[0]["share_of_field"]


def test_classes_are_told_apart_where_pipeline_and_truth_share_them():
    kinds = ["WBC", "RBC"]
    told = by_class([score([A, B], [A, B], kinds=kinds, found_kinds=["WBC", "WBC"])], ["WBC", "RBC"], {})
    assert told["classes"]["WBC"]["recall"]["value"] == 1 and told["classes"]["WBC"]["precision"]["value"] == 0.5
    assert told["classes"]["RBC"]["recall"]["value"] == 0 and told["map50"] == pytest.approx(0.5)


def test_names_of_the_truth_are_taken_for_the_cell_class_that_they_stand_for():
    one = score([A, B], [A, B], kinds=["neutrophil", "blast"], found_kinds=["healthy", "sick"])
    assert by_class([one], ["healthy", "sick"], {}) is None
    told = by_class([one], ["healthy", "sick"], {"healthy": ("neutrophil",), "sick": ("blast",)})
    assert told["map50"] == pytest.approx(1)


def test_a_pipeline_that_knows_one_kind_has_no_figures_by_class():
    assert by_class([score([A, B], [A], kinds=["WBC", "RBC"])], ["WBC"], {}) is None


def test_the_sign_test_counts_groups_in_which_one_finds_more():
    good = [score([A, B], [A, B], str(i)) for i in range(8)]
    bad = [score([A, B], [A] if i < 6 else [A, B], str(i)) for i in range(8)]
    (pair,) = pairs({"good": good, "bad": bad})
    assert (pair["more_by_first"], pair["more_by_second"], pair["groups"]) == (6, 0, 8)
    assert pair["p"] == pytest.approx(2 / 2**6) and pair["difference"] == pytest.approx(6 / 16)
    assert pair["says"] == "good finds more than bad" and pair["low"] is None  # fewer than 30 groups


def test_from_thirty_groups_on_the_difference_has_an_interval():
    good = [score([A], [A], str(i)) for i in range(40)]
    bad = [score([A], [A] if i % 4 else [], str(i)) for i in range(40)]
    (pair,) = pairs({"good": good, "bad": bad})
    assert 0 < pair["low"] < 0.25 < pair["high"] < 1
