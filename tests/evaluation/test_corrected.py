from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t, ttest_1samp

from leukcad.evaluation.corrected import nadeau_bengio

differences = st.lists(st.floats(-1, 1), min_size=2, max_size=50)


@given(differences, st.integers(2, 10))
def test_it_agrees_with_the_worked_example_of_scikit_learns_manual(some, k):
    """https://scikit-learn.org/stable/auto_examples/model_selection/plot_grid_search_stats.html, in NumPy."""
    n_train, n_test, kr = (k - 1) * 10, 10, len(some)
    spread = np.sqrt(np.var(some, ddof=1) * (1 / kr + n_test / n_train))
    told = nadeau_bengio(some, n_test / n_train)
    if spread < 1e-9:
        return
    assert told.p == pytest.approx(2 * t.sf(abs(np.mean(some)) / spread, kr - 1), abs=1e-9)
    assert (told.low, told.high) == pytest.approx(t.interval(0.95, kr - 1, np.mean(some), spread), abs=1e-9)


def test_folds_that_share_hardly_anything_get_students_test():
    some = list(np.random.default_rng(0).normal(0.1, 0.2, 20))
    assert nadeau_bengio(some, 1e-12).p == pytest.approx(ttest_1samp(some, 0).pvalue)


def test_sharing_training_fields_makes_a_difference_less_sure():
    some = [0.1, 0.2, 0.05, 0.12, 0.08]
    assert nadeau_bengio(some, 1 / 4).p > nadeau_bengio(some, 1e-9).p


@pytest.mark.parametrize("difference", [0.0, 0.5])
def test_folds_that_all_differ_by_the_same_show_nothing(difference):
    told = nadeau_bengio([difference] * 3, 0.25)
    assert (told.difference, told.p, told.low, told.high) == (difference, 1, None, None)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="two folds"):
        nadeau_bengio([0.1], 0.25)
    with pytest.raises(ValueError, match="> 0"):
        nadeau_bengio([0.1, 0.2], 0)
