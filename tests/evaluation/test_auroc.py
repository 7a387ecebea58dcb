from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from leukcad.evaluation.auroc import _variance, auroc
from leukcad.evaluation.intervals import clopper_pearson

units = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=2, max_size=60)


@given(units)
def test_the_area_agrees_with_scikit_learn(rows):
    metrics = pytest.importorskip("sklearn.metrics")
    scores, truth = [s / 10 for s, _ in rows], [t for _, t in rows]
    if len(set(truth)) < 2:
        assert auroc(scores, truth).value is None
        return
    told = auroc(scores, truth)
    assert told.value == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert told.low - 1e-12 <= told.value <= told.high + 1e-12


def test_the_standard_error_of_109_ct_readings_is_as_printed():
    """Hanley and McNeil 1982's ratings; Stata's manual prints for them 0.8932, DeLong's standard error 0.0307."""
    normal, abnormal = np.repeat(range(1, 6), [33, 6, 6, 11, 2]), np.repeat(range(1, 6), [3, 2, 2, 11, 33])
    scores = [*map(float, normal), *map(float, abnormal)]
    told = auroc(scores, [False] * 58 + [True] * 51)
    assert told.value == pytest.approx(0.8932, abs=5e-5)
    wins = (abnormal[:, None] > normal) + 0.5 * (abnormal[:, None] == normal)
    assert _variance(wins, range(51), range(51, 109)) ** 0.5 == pytest.approx(0.0307, abs=5e-5)
    assert told.low < 0.8932 < told.high and told.high - told.low == pytest.approx(2 * 1.96 * 0.0307, abs=0.01)


def test_delongs_variance_is_that_of_his_structural_components():
    rng = np.random.default_rng(3)
    wins = (rng.normal(1, 1, 25)[:, None] > rng.normal(0, 1, 31)).astype(float)
    by_hand = np.var(wins.mean(axis=1), ddof=1) / 25 + np.var(wins.mean(axis=0), ddof=1) / 31
    assert _variance(wins, range(25), range(25, 56)) == pytest.approx(by_hand)


def test_saying_everything_twice_within_a_group_makes_no_interval_narrower():
    rng = np.random.default_rng(0)
    truth = [True] * 20 + [False] * 20
    scores = [*rng.normal(1, 1, 20), *rng.normal(0, 1, 20)]
    once = auroc(scores, truth)
    twice = auroc(scores * 2, truth * 2, [*range(40), *range(40)])
    assert (twice.value, twice.low, twice.high, twice.n) == pytest.approx((once.value, once.low, once.high, 40))
    assert auroc(scores * 2, truth * 2).low > once.low


def test_five_against_six_fields_told_apart_wholly_leave_half_the_scale_open():
    told = auroc([0.9] * 5 + [0.1] * 6, [True] * 5 + [False] * 6)
    assert (told.value, told.n) == (1.0, 11)
    assert (told.low, told.high) == pytest.approx(clopper_pearson(5, 5))


def test_an_area_of_one_has_an_interval_with_many_groups_too():
    told = auroc([0.9] * 20 + [0.1] * 20, [True] * 20 + [False] * 20)
    assert told.high == 1.0 and told.low == pytest.approx(clopper_pearson(20, 20)[0])


def steady(rng, n):
    return rng.normal(1.2, 1, n), 1 - norm.cdf(-1.2 / 2**0.5)


def split(rng, n):
    """Each positive lies far above or far below all negatives: the area varies as much as it can."""
    return np.where(rng.random(n) < 0.8, 9.0, -9.0), 0.8


def sharp(rng, n):
    return rng.normal(2.5, 1, n), norm.cdf(2.5 / 2**0.5)


@pytest.mark.parametrize("law", [steady, split, sharp])
@pytest.mark.parametrize(("n", "least"), [(6, 0.95), (11, 0.95), (29, 0.95), (30, 0.93), (60, 0.93)])
def test_the_interval_covers_the_true_area(n, least, law):
    rng = np.random.default_rng(n)
    positives, runs, covered = n // 2, 400, 0
    for _ in range(runs):
        high, area = law(rng, positives)
        told = auroc([*high, *rng.normal(0, 1, n - positives)], [True] * positives + [False] * (n - positives))
        covered += told.low <= area <= told.high
    assert covered / runs >= least - 2 * (least * (1 - least) / runs) ** 0.5
