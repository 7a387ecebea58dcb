from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from leukcad.evaluation.comparisons import compare_failing
from leukcad.evaluation.kappa import agreement

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_kappa_is_that_of_scikit_learn(some):
    first, second = [a for a, _ in some], [b for _, b in some]
    told = agreement(dict(enumerate(first)), dict(enumerate(second)))
    if len({*first, *second}) == 1:
        assert told.kappa is None and told.share == 1
    else:
        assert told.kappa == pytest.approx(cohen_kappa_score(first, second))


def test_agreement_is_over_the_units_that_both_have():
    told = agreement({"a": True, "b": False, "c": True, "d": False}, {"a": True, "b": True, "c": False, "e": True})
    assert (told.n, told.only_first, told.only_second) == (3, 1, 1)
    assert agreement({"a": True}, {"b": True}).kappa is None


@pytest.mark.parametrize("seed", range(3))
def test_all_pairs_and_arms_are_one_family_of_exact_mcnemar_tests(seed):
    rng = np.random.default_rng(seed)
    failing = {
        name: {arm: dict(enumerate((rng.random(40) < share).tolist())) for arm in ("A", "M0")}
        for name, share in zip("pqr", (0.1, 0.3, 0.7), strict=True)
    }
    told = compare_failing(failing)
    assert [(c.first, c.second, c.arm) for c in told] == [
        (a, b, arm) for a, b in ("pq", "pr", "qr") for arm in ("A", "M0")
    ]
    for c in told:
        table = [[0, c.only_first], [c.only_second, 0]]
        theirs = mcnemar(table, exact=True).pvalue if c.only_first + c.only_second else 1.0
        assert c.p == pytest.approx(min(1.0, theirs))
    assert [c.p_holm for c in told] == pytest.approx(multipletests([c.p for c in told], method="holm")[1])


def test_fewer_than_six_discordant_groups_are_said_to_show_nothing():
    few = compare_failing({"p": {"A": dict.fromkeys(range(9), True)}, "q": {"A": {i: i > 4 for i in range(9)}}})[0]
    assert few.only_first == 5 and few.p == 0.0625
    assert few.note == "5 discordant groups: fewer than 6 cannot reach 0.05"
    enough = compare_failing({"p": {"A": dict.fromkeys(range(9), True)}, "q": {"A": {i: i > 5 for i in range(9)}}})[0]
    assert enough.p < 0.05 and enough.note == ""


def test_of_m0_only_groups_that_entered_with_both_are_compared():
    told = compare_failing({"p": {"M0": {"a": True, "b": False}}, "q": {"M0": {"b": True, "c": True}}})
    assert (told[0].n, told[0].only_second) == (1, 1)
