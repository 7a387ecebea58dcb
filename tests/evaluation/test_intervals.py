from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from leukcad.evaluation.intervals import clopper_pearson, mean_of_proportions, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (11, 11, 0.715, 1.0),  # eleven test fields, all right
        (0, 60, 0.0, 0.0596),
        (58, 60, 0.885, 0.996),
        (81, 263, 0.2527, 0.3676),  # Newcombe 1998, Statistics in Medicine 17, table I
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_limits_agree_with_published_ones(successes, n, low, high):
    assert clopper_pearson(successes, n) == pytest.approx((low, high), abs=6e-4)


@settings(deadline=None)
@given(st.integers(1, 300), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_limits_agree_with_statsmodels(n, data, confidence):
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    x = data.draw(st.integers(0, n))
    theirs = proportion.proportion_confint(x, n, alpha=1 - confidence, method="beta")
    ours = clopper_pearson(x, n, confidence)
    assert ours == pytest.approx([0 if x == 0 else theirs[0], 1 if x == n else theirs[1]], abs=1e-9)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_limits_are_those_of_newcombes_table(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 300), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilsons_limits_agree_with_statsmodels(n, data, confidence):
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    x = data.draw(st.integers(0, n))
    theirs = proportion.proportion_confint(x, n, alpha=1 - confidence, method="wilson")
    assert wilson(x, n, confidence) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("n", [6, 11, 30, 60])
def test_wilsons_interval_covers_95_percent_on_average_and_less_at_some_rates(n):
    limits = [wilson(x, n) for x in range(n + 1)]
    rates = [step / 200 for step in range(1, 200)]
    covered = [sum(binom.pmf(x, n, p) for x, (low, high) in enumerate(limits) if low <= p <= high) for p in rates]
    assert sum(covered) / len(covered) == pytest.approx(0.95, abs=0.015)
    assert min(covered) < 0.95


@settings(deadline=None)
@given(st.floats(0, 100), st.floats(0, 100))
def test_the_interval_of_fractional_counts_holds_their_ratio(a, b):
    x, n = min(a, b), max(a, b)
    low, high = clopper_pearson(x, n)
    assert 0 <= low <= high <= 1
    assert n == 0 or low - 1e-9 <= x / n <= high + 1e-9


def test_nothing_seen_says_nothing():
    assert clopper_pearson(0, 0) == wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("x", "n", "confidence"), [(2, 1, 0.95), (-1, 3, 0.95), (1, 3, 1.0), (1, 3, 0)])
def test_impossible_counts_are_refused(x, n, confidence):
    for interval in (clopper_pearson, wilson):
        with pytest.raises(ValueError, match="expected"):
            interval(x, n, confidence)


@pytest.mark.parametrize("n", [6, 11, 30, 60])
def test_the_exact_interval_covers_at_least_95_percent_whatever_the_rate(n):
    limits = [clopper_pearson(x, n) for x in range(n + 1)]
    for step in range(1, 200):
        p = step / 200
        covered = sum(binom.pmf(x, n, p) for x, (low, high) in enumerate(limits) if low <= p <= high)
        assert covered >= 0.95 - 1e-9


def test_the_mean_of_one_proportion_has_its_own_interval():
    assert mean_of_proportions([0.4], [(0.1, 0.8)]) == pytest.approx((0.1, 0.8))


def test_the_mean_of_many_proportions_is_surer_than_each():
    one = clopper_pearson(12, 20)
    low, high = mean_of_proportions([0.6] * 4, [one] * 4)
    assert one[0] < low < 0.6 < high < one[1]
    assert high - 0.6 == pytest.approx((one[1] - 0.6) / 2)
