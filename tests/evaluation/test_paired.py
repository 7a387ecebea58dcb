from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.evaluation.paired import cochran_q, discordant, least_discordant, mcnemar_exact

contingency = pytest.importorskip("statsmodels.stats.contingency_tables")


def test_seven_of_eleven_against_eleven_of_eleven_is_not_distinguishable():
    assert mcnemar_exact(0, 4) == 0.125


def test_six_discordant_units_are_the_fewest_that_can_reach_0_05():
    assert least_discordant(0.05) == 6
    assert mcnemar_exact(0, 6) <= 0.05 < mcnemar_exact(0, 5)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_agrees_with_statsmodels(only_first, only_second):
    theirs = contingency.mcnemar([[3, only_first], [only_second, 5]], exact=True).pvalue
    assert mcnemar_exact(only_first, only_second) == pytest.approx(theirs, abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_swapping_the_pipelines_swaps_the_discordant_units_and_keeps_the_p_value(answers):
    first, second = [a for a, _ in answers], [b for _, b in answers]
    b, c = discordant(first, second)
    assert discordant(second, first) == (c, b)
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b)


def test_q_of_cochrans_four_media_is_as_printed():
    """Biometrika 37 (1950), table 1: four media, 69 specimens, Q = 8.05, P = 0.045."""
    rows = {(1, 1, 1, 1): 4, (1, 1, 0, 1): 2, (0, 1, 1, 1): 3, (0, 1, 0, 1): 1, (0, 0, 0, 0): 59}
    specimens = [row for row, n in rows.items() for _ in range(n)]
    told = cochran_q([[bool(s[i]) for s in specimens] for i in range(4)])
    assert told.statistic == pytest.approx(8.05, abs=0.005)
    assert told.p == pytest.approx(0.045, abs=0.0005)
    assert (told.df, told.discordant, told.exact) == (3, 6, False)


@settings(max_examples=50)
@given(st.integers(2, 5), st.integers(1, 40), st.randoms(use_true_random=False))
def test_q_agrees_with_statsmodels(k, n, random):
    right = [[random.random() < 0.7 for _ in range(n)] for _ in range(k)]
    told = cochran_q(right)
    if told.discordant == 0:
        assert told.p == 1
        return
    theirs = contingency.cochrans_q([list(map(int, unit)) for unit in zip(*right, strict=True)])
    assert told.statistic == pytest.approx(theirs.statistic)
    if not told.exact:
        assert told.p == pytest.approx(theirs.pvalue)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.booleans()] * 3), min_size=1, max_size=7))
def test_the_exact_p_of_few_units_counts_every_way_to_deal_them_out(units):
    told = cochran_q(list(zip(*units, strict=True)))
    ways = itertools.product(*[set(itertools.permutations(unit)) for unit in units])
    spread = [sum((sum(column) - sum(map(sum, way)) / 3) ** 2 for column in zip(*way, strict=True)) for way in ways]
    ours = sum((sum(column) - sum(map(sum, units)) / 3) ** 2 for column in zip(*units, strict=True))
    assert told.exact
    assert told.p == pytest.approx(sum(s >= ours - 1e-9 for s in spread) / len(spread))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=11))
def test_of_two_pipelines_the_exact_q_is_mcnemars(units):
    first, second = [a for a, _ in units], [b for _, b in units]
    told = cochran_q([first, second])
    assert told.p == pytest.approx(mcnemar_exact(*discordant(first, second)))


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="two pipelines"):
        cochran_q([[True]])
    with pytest.raises(ValueError, match="shorter"):
        discordant([True, False], [True])
    with pytest.raises(ValueError, match="≥ 0"):
        mcnemar_exact(-1, 2)
    with pytest.raises(ValueError, match="alpha"):
        least_discordant(0)
