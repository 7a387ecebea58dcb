from __future__ import annotations

import pytest

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.per_field import describe
from leukcad.evaluation.seeds import common

RIGHT, WRONG = "right-reasons", "wrong-reasons"


def test_three_seeds_that_agree_are_the_recipes_verdict():
    assert common([RIGHT] * 3) == (RIGHT, "")
    assert common([WRONG] * 5) == (WRONG, "")


def test_seeds_that_disagree_leave_the_recipe_undecided():
    assert common([RIGHT, RIGHT, "undecided"]) == ("undecided", "seeds disagree")


def test_two_seeds_are_too_few_even_if_they_agree():
    assert common([WRONG, WRONG]) == ("undecided", "too few seeds")


def test_an_undecided_recipe_has_its_seeds_cause_where_it_is_one():
    assert common(["undecided"] * 3, ["between"] * 3) == ("undecided", "between")
    assert common(["undecided"] * 3, ["between", "between", "instrument"]) == ("undecided", "seeds disagree")


def test_a_verdict_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'good'"):
        common([RIGHT, "good", RIGHT])


def answer(right: bool, truth: str | None = "healthy") -> Answer:
    called = "healthy" if right else "ALL"
    return Answer("audit:S", "f", "f", "f", truth, {"healthy": 0.5, "ALL": 0.5}, called)


def arm(failed: int, n: int = 5) -> list[Answer]:
    return [answer(i >= failed) for i in range(n)]


@pytest.mark.parametrize(
    ("failed", "word"),
    [((0, 1), RIGHT), ((1, 1), RIGHT), ((2, 0), "undecided"), ((3, 1), "undecided"), ((0, 4), WRONG)],
)
def test_a_field_is_described_by_how_many_of_five_draws_fail(failed, word):
    assert describe(answer(True), {"M0": arm(failed[0]), "M1": arm(failed[1])}) == word


def test_a_field_that_is_wrong_when_untouched_is_wrong():
    assert describe(answer(False), {"M0": arm(0)}) == "wrong"


def test_a_field_without_truth_is_not_described():
    assert describe(answer(True, truth=None), {"M0": arm(0)}) is None


def test_a_field_to_which_no_arm_applies_is_undecided():
    assert describe(answer(True), {"M0": []}) == "undecided"
