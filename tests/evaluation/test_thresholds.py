from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.errors import LeukcadError
from leukcad.evaluation.thresholds import freeze

told = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.500001, 0.7, 0.99, 1.0]), st.booleans()), min_size=1)


def balanced_accuracy(rows: list[tuple[float, bool]], threshold: float) -> float:
    recalls = [
        sum((p >= threshold) == side for p, truth in rows if truth == side) / sum(t == side for _, t in rows)
        for side in (True, False)
    ]
    return sum(recalls) / 2


def test_half_is_kept_where_it_is_among_the_best():
    assert freeze([0.1, 0.2, 0.8, 0.9], [False, False, True, True]) == 0.5


def test_half_is_kept_when_a_positive_field_has_exactly_half():
    assert freeze([0.2, 0.5], [False, True]) == 0.5


def test_the_middle_of_the_best_gap_is_taken_where_half_is_not_among_the_best():
    assert freeze([0.1, 0.2, 0.3, 0.4], [False, False, True, True]) == pytest.approx(0.25)
    assert freeze([0.6, 0.7, 0.8, 0.9], [False, False, True, True]) == pytest.approx(0.75)


def test_of_two_best_gaps_the_one_nearest_to_half_is_taken():
    probabilities, truth = [0.1, 0.2, 0.3, 0.35, 0.4], [False, True, False, False, True]
    assert freeze(probabilities, truth) == pytest.approx(0.375)


def test_a_negative_field_with_exactly_half_moves_the_threshold_above_it():
    assert freeze([0.5, 0.8], [False, True]) == pytest.approx(0.65)


def test_fixed_is_the_value_whatever_the_fields_say():
    assert freeze([0.9], [False], "fixed", 0.3) == 0.3


@pytest.mark.parametrize("truth", [[], [True], [False, False]])
def test_without_both_kinds_of_field_the_value_stays_and_a_warning_says_so(truth, caplog):
    with caplog.at_level(logging.WARNING, logger="leukcad"):
        assert freeze([0.2] * len(truth), truth) == 0.5
    assert "both kinds" in caplog.text


def test_an_unknown_rule_is_refused():
    with pytest.raises(LeukcadError, match="balanced or fixed"):
        freeze([0.1], [True], "best")


def test_a_value_out_of_range_is_refused():
    with pytest.raises(LeukcadError, match="0 to 1"):
        freeze([0.1], [True], "fixed", 1.5)


@settings(deadline=None)
@given(told)
def test_no_threshold_beats_the_frozen_one(rows):
    if len({t for _, t in rows}) < 2:
        return
    chosen = freeze([p for p, _ in rows], [t for _, t in rows])
    assert 0 <= chosen <= 1
    every = [i / 1000 for i in range(1001)]
    assert balanced_accuracy(rows, chosen) >= max(balanced_accuracy(rows, t) for t in every) - 1e-12
