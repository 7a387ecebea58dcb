from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from leukcad.evaluation.paired import mcnemar_exact
from leukcad.evaluation.power import detectable_difference, smallest_difference


def test_eleven_fields_show_no_difference_below_six_elevenths():
    assert smallest_difference(11) == pytest.approx(6 / 11)
    assert smallest_difference(5) is None and smallest_difference(0) is None


@given(st.integers(1, 300), st.sampled_from([0.05, 0.01, 0.001]))
def test_one_unit_less_than_the_smallest_difference_shows_nothing(n, alpha):
    least = smallest_difference(n, alpha)
    if least is None:
        assert mcnemar_exact(n, 0) > alpha
    else:
        units = round(least * n)
        assert mcnemar_exact(units, 0) <= alpha < mcnemar_exact(units - 1, 0)


@given(st.integers(6, 200), st.floats(0.5, 0.95))
def test_the_detectable_difference_is_shown_as_often_as_asked_for(n, power):
    difference = detectable_difference(n, power)
    shown = sum(binom.pmf(d, n, difference) for d in range(n + 1) if mcnemar_exact(d, 0) <= 0.05)
    assert shown == pytest.approx(power, abs=1e-9)


def test_what_has_no_meaning_is_refused():
    assert detectable_difference(5) is None
    with pytest.raises(ValueError, match="power"):
        detectable_difference(11, power=1)
    with pytest.raises(ValueError, match="n: expected"):
        smallest_difference(-1)
