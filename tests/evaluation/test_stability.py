from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from leukcad.evaluation.following import Seen, follows
from leukcad.evaluation.stability import jittered, median_over_groups, moved, stability


def test_jittered_copies_move_by_up_to_two_pixels_and_one_grey_level():
    pixels = np.random.default_rng(0).integers(1, 255, (20, 24, 3)).astype(np.uint8)
    copies = list(jittered(pixels))
    assert len(copies) == 20
    assert {abs(c.dy) for c in copies} | {abs(c.dx) for c in copies} == {0, 1, 2}
    for copy in copies:
        change = copy.pixels.astype(int) - moved(pixels, copy.dy, copy.dx)
        assert change.min() == change.max() and abs(change.min()) <= 1
    assert all((a.pixels == b.pixels).all() for a, b in zip(copies, jittered(pixels), strict=True))


def test_masks_move_with_the_pixels():
    array = np.arange(20).reshape(4, 5)
    assert moved(array, 1, -2)[3, 0] == array[2, 2]
    assert moved(array, 1, -2)[0, 4] == array[0, 4]


def test_stability_is_the_middle_95_percent_of_the_copies():
    assert stability(list(range(1001))) == pytest.approx((25, 975))
    assert stability([]) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=60, unique=True))
def test_the_interval_of_a_median_is_scipys_exact_one(values):
    told = median_over_groups({str(i): [v] for i, v in enumerate(values)})
    theirs = stats.quantile_test(values, p=0.5).confidence_interval(0.95)
    assert told.value == pytest.approx(np.median(values))
    assert told.n == len(values)
    if len(values) < 6:
        assert (told.low, told.high) == (None, None)
    else:
        assert (told.low, told.high) == (theirs.low, theirs.high)


def test_a_group_counts_once_whatever_the_number_of_its_fields():
    told = median_over_groups({"a": [0.0] * 50, "b": [1.0], "c": [2.0, 4.0], "none": []})
    assert (told.value, told.n) == (1.0, 3)
    assert median_over_groups({}).value is None


def at(draw: int, dose: int, heat: np.ndarray) -> Seen:
    """Cells of draw d lie in column d."""
    added = np.zeros((6, 6), bool)
    added[:dose, draw] = True
    return Seen(draw, dose, heat(added) if callable(heat) else heat, added)


def test_maps_that_lie_on_the_added_cells_follow_their_position_and_number():
    told = follows([at(draw, dose, lambda m: m * 1.0) for draw in range(3) for dose in (1, 2, 4)])
    assert told.position == pytest.approx(1) and told.number == pytest.approx(1)


def test_maps_that_stay_as_they_are_follow_neither():
    told = follows([at(draw, dose, np.ones((6, 6))) for draw in range(3) for dose in (1, 2, 4)])
    assert told.position == pytest.approx(0) and told.number == 0


def test_maps_may_follow_position_and_not_number():
    told = follows([at(draw, dose, lambda m: m / m.sum()) for draw in range(3) for dose in (1, 2, 4)])
    assert told.position == pytest.approx(1) and told.number == pytest.approx(0, abs=1e-9)


def test_what_cannot_be_told_is_none():
    assert follows([at(0, 1, np.ones((6, 6)))]) == (None, None)
    assert follows([at(draw, 1, np.zeros((6, 6))) for draw in range(2)]) == (None, None)
