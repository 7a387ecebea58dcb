from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukcad import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.groups import ArmResult, either, failing, positive_share, tally

CLASSES = {"healthy": 0.5, "ALL": 0.5}


def draws(group: str, *called: str | None, truth: str | None = "healthy", field: str = "") -> list[Answer]:
    """One answer a draw."""
    source = field or group
    return [
        Answer("audit:M0", f"{source}/{i}", source, group, truth, CLASSES, name, "" if name else "no WBC", 5, i)
        for i, name in enumerate(called)
    ]


def test_a_group_fails_if_at_least_half_of_its_draws_do_not_give_the_true_answer():
    answers = draws("a", "ALL", "ALL", "healthy", "healthy") + draws("b", "ALL", "ALL", "healthy", "healthy", "healthy")
    assert failing(answers) == {"a": True, "b": False}


def test_an_abstention_is_not_the_true_answer():
    assert failing(draws("a", None, None, None, "healthy", "healthy")) == {"a": True}


def test_the_fields_of_a_group_count_together():
    answers = draws("patient", "ALL", field="one") + draws("patient", "healthy", "healthy", field="two")
    assert failing(answers) == {"patient": False}


def test_only_groups_answered_rightly_when_untouched_enter_and_the_others_are_counted():
    untouched = {"right": False, "wrong": True, "full": False}
    result = tally("M0", draws("right", "ALL") + draws("wrong", "ALL"), untouched)
    assert (result.failures, result.n) == (1, 1)
    assert result.dropped == {"wrong untouched": 1, "no draws": 1}


def test_every_group_enters_the_arm_of_untouched_fields():
    result = tally("A-", draws("a", "ALL") + draws("b", "healthy"))
    assert (result.failures, result.n, result.rate) == (1, 2, 0.5)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from(["healthy", "ALL", None]), min_size=1)))
def test_an_arm_counts_groups_whatever_the_number_of_draws(called):
    result = tally("A-", [a for group, names in called.items() for a in draws(group, *names)])
    assert result.n == len(called)
    assert result.failures == sum(names.count("healthy") <= len(names) / 2 for names in called.values())


def test_a_group_is_called_positive_if_at_least_half_of_its_draws_are():
    answers = draws("a", "ALL", "ALL", None, "healthy") + draws("b", "ALL", None, None)
    assert positive_share(answers, "ALL") == {"a": True, "b": False}


def test_of_two_edits_a_group_fails_that_fails_either_and_entered_both():
    first = ArmResult.of("M0.natural", {"a": True, "b": False, "c": False})
    second = ArmResult.of("M0.lymphocytes", {"a": False, "b": False})
    assert either(first, second, "M0").failing == {"a": True, "b": False}


def test_an_answer_without_truth_is_refused_by_name():
    with pytest.raises(LeukcadError, match="a/0: expected a truth"):
        failing(draws("a", "ALL", truth=None))


def test_an_edited_group_without_untouched_fields_is_refused():
    with pytest.raises(LeukcadError, match="'stranger'"):
        tally("M0", draws("stranger", "ALL"), {"a": False})


def test_a_result_whose_counts_do_not_agree_is_refused():
    with pytest.raises(LeukcadError, match="expected 0 to 3, got 4"):
        ArmResult("S", 4, 3)
    with pytest.raises(LeukcadError, match="expected 2 of 2 groups"):
        ArmResult("S", 2, 2, failing={"a": True, "b": False})
