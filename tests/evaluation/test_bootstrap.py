from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from leukcad.evaluation.bootstrap import cluster_bca, mean, ratio


def test_of_a_symmetric_mean_the_interval_is_students_within_a_few_percent():
    values = np.random.default_rng(1).normal(0, 1, 60)
    low, high = cluster_bca(values[:, None], mean)
    theirs = t.interval(0.95, 59, values.mean(), values.std(ddof=1) / 60**0.5)
    assert (low, high) == pytest.approx(theirs, abs=0.03)


def test_of_a_skewed_mean_the_interval_reaches_further_towards_the_tail():
    values = np.random.default_rng(2).exponential(1, 40)
    low, high = cluster_bca(values[:, None], mean)
    assert high - values.mean() > values.mean() - low


@pytest.mark.parametrize("n", [30, 60])
def test_a_pooled_rate_of_unequal_groups_is_covered(n):
    rng = np.random.default_rng(n)
    runs, covered = 150, 0
    for _ in range(runs):
        trials = rng.integers(1, 6, n)
        hits = rng.binomial(trials, rng.beta(7, 3, n))  # 0.7 on average, each group its own
        low, high = cluster_bca(np.stack([hits, trials], axis=1), ratio, resamples=999)
        covered += low <= 0.7 <= high
    assert covered / runs >= 0.9 - 2 * (0.09 / runs) ** 0.5


def test_the_same_seed_gives_the_same_interval_and_another_seed_nearly():
    values = np.random.default_rng(3).random((40, 1))
    assert cluster_bca(values, mean) == cluster_bca(values, mean)
    assert cluster_bca(values, mean, seed=1) == pytest.approx(cluster_bca(values, mean), abs=0.01)
    assert cluster_bca(values, mean, seed=1) != cluster_bca(values, mean)


def test_groups_that_do_not_differ_say_nothing_of_their_spread():
    assert cluster_bca(np.ones((40, 1)), mean) is None


def test_fewer_than_thirty_groups_are_refused():
    with pytest.raises(ValueError, match="30 or more, got 29"):
        cluster_bca(np.zeros((29, 1)), mean)
