from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukcad.evaluation.calibration import brier, calibration_curve, squared_error
from leukcad.evaluation.intervals import clopper_pearson

told = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50)


@given(told)
def test_the_brier_score_agrees_with_scikit_learn(rows):
    metrics = pytest.importorskip("sklearn.metrics")
    p, truth = [p for p, _ in rows], [t for _, t in rows]
    errors = [squared_error({"ALL": p, "healthy": 1 - p}, "ALL" if t else "healthy", "ALL") for p, t in rows]
    score = brier(errors, range(len(rows)))
    assert score.value == pytest.approx(metrics.brier_score_loss(truth, p, labels=[False, True]))
    assert score.low - 1e-9 <= score.value <= score.high + 1e-9


@given(st.floats(0, 1), st.booleans())
def test_of_two_classes_it_does_not_matter_which_is_positive(p, positive):
    row, truth = {"ALL": p, "healthy": 1 - p}, "ALL" if positive else "healthy"
    assert squared_error(row, truth, "ALL") == pytest.approx(squared_error(row, truth, "healthy"))
    assert squared_error(row, truth) == pytest.approx(squared_error(row, truth, "ALL"))


def test_with_few_groups_the_interval_of_the_brier_score_is_exact():
    score = brier([0.0, 0.04, 0.25], ["a", "b", "c"])
    assert (score.low, score.high) == clopper_pearson(0.29, 3)


def test_answers_of_one_group_count_once():
    assert brier([0.0, 0.5, 1.0], ["a", "b", "b"]).value == pytest.approx(0.375)


@pytest.mark.parametrize("n", [6, 11, 29, 30, 60])
def test_the_interval_of_the_brier_score_covers_the_true_one(n):
    rng = np.random.default_rng(n)
    runs, covered = 200 if n >= 30 else 400, 0
    for _ in range(runs):
        score = brier(list(rng.beta(0.5, 2.0, n)), range(n))  # its mean is 0.2
        covered += score.low <= 0.2 <= score.high
    assert covered / runs >= (0.95 if n < 30 else 0.9) - 2 * (0.05 / runs) ** 0.5


@given(told)
def test_the_curve_agrees_with_scikit_learn(rows):
    calibration = pytest.importorskip("sklearn.calibration")
    p, truth = [round(p, 6) for p, _ in rows], [t for _, t in rows]
    if any(x in (i / 10 for i in range(1, 10)) for x in p) or len(set(truth)) < 2:
        return  # what lies on an edge belongs to the part below for them, to the one above for us
    bins = calibration_curve(p, truth)
    share, mean = calibration.calibration_curve(truth, p, n_bins=10)
    assert [b.share for b in bins] == pytest.approx(list(share))
    assert [b.probability for b in bins] == pytest.approx(list(mean))
    assert sum(b.n for b in bins) == len(rows)


def test_a_part_of_the_curve_holds_its_share_within_its_exact_interval():
    (only,) = calibration_curve([0.91, 0.95, 1.0], [True, True, False])
    assert (only.start, only.end, only.n) == (0.9, 1.0, 3)
    assert (only.low, only.high) == clopper_pearson(2, 3)


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        calibration_curve([1.2], [True])
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        brier([-0.1], ["a"])
