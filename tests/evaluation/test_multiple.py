from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukcad.evaluation.multiple import holm


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_agrees_with_statsmodels(p_values):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    assert holm(p_values) == pytest.approx(multitest.multipletests(p_values, method="holm")[1], abs=1e-12)


def test_of_one_test_nothing_is_corrected_and_of_none_nothing_is_left():
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


def test_a_test_never_gets_surer_than_one_with_a_smaller_p():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # R's p.adjust(…, "holm")


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        holm([0.1, float("nan")])
