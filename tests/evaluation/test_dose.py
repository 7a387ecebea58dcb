from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.dose import dose_response
from leukcad.evaluation.flips import Asked, Flip, Flips, asked, flips, percentiles


def series(group: str, calls: str, draw: int = 0, start: int = 1) -> list[Asked]:
    """One answer a dose from `start` on: + is positive."""
    return [Asked(group, draw, dose, call == "+") for dose, call in enumerate(calls, start)]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ("---++", Flip(4, True)),
        ("-+-++", Flip(4, True)),  # called back at 3, so that 2 was no flip
        ("+++++", Flip(1, True)),
        ("++++-", Flip(5, False)),
        ("---", Flip(3, False)),  # only three fitted
    ],
)
def test_a_draw_flips_where_every_further_dose_is_called_positive(calls, expected):
    assert flips(series("a", calls)).groups == {"a": expected}


def test_a_group_flips_at_the_median_over_its_draws():
    draws = ["-++++", "--+++", "----+", "-----", "-----"]
    told = flips([a for i, calls in enumerate(draws) for a in series("a", calls, i)])
    assert told.groups == {"a": Flip(5, True)}


def test_a_group_most_of_whose_draws_never_flip_is_censored_where_the_first_of_them_ran_out():
    draws = ["-++++", "-++++", "---", "-----", "-----"]
    told = flips([a for i, calls in enumerate(draws) for a in series("a", calls, i)])
    assert told.groups == {"a": Flip(3, False)}


def test_groups_positive_before_any_dose_are_excluded_and_counted():
    told = flips(series("a", "+++", start=0) + series("b", "-++", start=0) + series("c", "-", start=0))
    assert told.groups == {"b": Flip(1, True)}
    assert (told.positive_at_zero, told.without_dose, told.last) == (1, 1, 2)


def test_an_axis_may_be_where_a_total_stands_among_the_training_fields():
    series_ = [Asked("a", 0, 1, False, 40.0), Asked("a", 0, 2, True, 95.0), Asked("a", 0, 3, True, 100.0)]
    assert flips(series_).groups == {"a": Flip(95.0, True)}


def answer(field: str, called: str | None, dose: int, draw: int) -> Answer:
    return Answer("audit:dose", field, "f", "g", "healthy", {"healthy": 0.5, "ALL": 0.5}, called, "", dose, draw)


def test_answers_are_a_dose_series_with_abstentions_not_positive():
    told = asked([answer("f", "healthy", 0, 0), answer("f/1", None, 1, 0), answer("f/2", "ALL", 2, 0)], "ALL")
    assert flips(told).groups == {"g": Flip(2, True)}


def response(xs: list[int], flipped: list[bool]):
    some = {str(i): Flip(x, f) for i, (x, f) in enumerate(zip(xs, flipped, strict=True))}
    return dose_response(Flips(some, 0, 0, 20))


# Freireich et al. 1963: weeks of remission of 21 children with leukaemia on 6-mercaptopurine
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [w in (7, 13, 16, 22, 23) for w in WEEKS]
RELAPSED[:4] = [True, True, True, False]
RELAPSED[6] = True


def test_kaplan_meier_gives_the_curve_of_the_textbook():
    told = response(WEEKS, RELAPSED)
    at = {row["x"]: row["surviving"] for row in told.curve}
    assert [round(at[x], 4) for x in (6, 7, 10, 13, 16, 22, 23)] == [
        0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482,
    ]  # fmt: skip
    assert (told.d50, told.low, told.high) == (23, 13, None)
    assert told.curve[0]["at_risk"] == 21 and told.curve[0]["flipped"] == 3


groups = st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=2, max_size=60)


@settings(max_examples=50, deadline=None)
@given(groups)
def test_d50_and_its_limits_are_those_of_statsmodels(some):
    xs, flipped = [x for x, _ in some], [f for _, f in some]
    if not any(flipped):
        assert response(xs, flipped).d50 is None
        return
    told = response(xs, flipped)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        theirs = SurvfuncRight(xs, flipped)
        d50, (low, high) = theirs.quantile(0.5), theirs.quantile_ci(0.5, method="cloglog")
    if not np.isclose(theirs.surv_prob, 0.5).any():  # they want it below a half, not at it
        assert told.d50 == (None if np.isnan(d50) else d50)
    assert [row["surviving"] for row in told.curve if row["flipped"]] == pytest.approx(theirs.surv_prob)
    # where all have flipped the limits are undefined: they go on, we do not
    if theirs.surv_prob[-1] > 0 and told.low is not None and np.isfinite([low, high]).all():
        assert (told.low, told.high) == (
            low,
            high,
        )


def test_where_all_flip_at_once_the_interval_holds_the_d50_and_does_not_end():
    told = response([5] * 20, [True] * 20)
    assert (told.d50, told.low, told.high) == (5, 5, None) and told.said == "5 (95 % 5 to > 20)"


def test_a_d50_that_was_not_reached_is_beyond_the_last_dose():
    told = response([20] * 10, [False] * 10)
    assert told.said == "> 20 (95 % > 20 to > 20)"
    assert told.to_dict()["d50"] is None


def test_without_groups_nothing_is_made_up():
    told = dose_response(flips(series("a", "++", start=0)))
    assert (told.n, told.d50, told.positive_at_zero, told.said) == (0, None, 1, "no group could flip")


def test_the_interval_of_d50_holds_its_coverage():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        flip = rng.geometric(0.08, 40)  # the median flip dose is 9
        told = response(np.minimum(flip, 20).tolist(), (flip <= 20).tolist())
        covered += (told.low or 21) <= 9 <= (told.high or 21)
    assert covered >= 0.95 * 200 - 2 * (200 * 0.95 * 0.05) ** 0.5


def test_totals_stand_among_the_training_counts():
    assert percentiles({"a": 4, "b": 0, "c": 99}, [1, 2, 4, 8]) == {"a": 75.0, "b": 0.0, "c": 100.0}
    with pytest.raises(ValueError, match="training"):
        percentiles({"a": 1}, [])
