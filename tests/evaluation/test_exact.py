from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from leukcad import LeukcadError
from leukcad.evaluation.exact import at_least, least_n, reach, upper_limit

counts = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
rates = st.floats(0.01, 0.99)


@settings(deadline=None)
@given(counts, rates)
def test_the_one_sided_p_is_scipys(count, rate):
    x, n = count
    assert at_least(x, n, rate) == pytest.approx(stats.binomtest(x, n, rate, "greater").pvalue, abs=1e-12)


@settings(deadline=None)
@given(counts)
def test_the_upper_limit_is_that_of_statsmodels_at_two_sided_90_percent(count):
    x, n = count
    assert upper_limit(x, n) == pytest.approx(proportion_confint(x, n, alpha=0.1, method="beta")[1], abs=1e-9)


def test_sixty_groups_clear_at_6_and_convict_at_20_at_the_strictest_step():
    assert reach(60, 0.2) == (60, 6, 20, 4)


def test_six_groups_convict_at_5_and_never_clear():
    can = reach(6, 0.2)
    assert can == (6, None, 5, 4)
    assert can.sentence == "6 groups convict at 5 failures or more and can never clear"


def test_fourteen_is_the_least_number_of_groups_that_can_clear():
    assert least_n(0.2) == 14
    assert reach(14, 0.2).clears == 0 and reach(13, 0.2).clears is None


@given(st.floats(0.01, 0.9))
def test_the_least_number_that_can_clear_is_the_least_for_every_margin(margin):
    n = least_n(margin)
    assert upper_limit(0, n) <= margin
    assert n == 1 or upper_limit(0, n - 1) > margin


@pytest.mark.parametrize("n", [6, 11, 14, 30, 60])
@pytest.mark.parametrize("rate", [0.02, 0.2, 0.5])
def test_the_upper_limit_holds_its_coverage(n, rate):
    chances = stats.binom.pmf(np.arange(n + 1), n, rate)  # exact, over every outcome
    assert sum(p for x, p in enumerate(chances) if upper_limit(x, n) >= rate) >= 0.95


@pytest.mark.parametrize("n", [6, 14, 60])
def test_at_the_margin_itself_an_arm_convicts_in_at_most_one_case_of_twenty(n):
    chances = stats.binom.pmf(np.arange(n + 1), n, 0.2)
    assert sum(p for x, p in enumerate(chances) if at_least(x, n, 0.2) <= 0.05) <= 0.05


@pytest.mark.parametrize(("x", "n"), [(-1, 5), (6, 5)])
def test_more_failures_than_groups_are_refused(x, n):
    with pytest.raises(LeukcadError, match="expected 0 to 5"):
        at_least(x, n, 0.2)
    with pytest.raises(LeukcadError, match="expected 0 to 5"):
        upper_limit(x, n)
