from __future__ import annotations

import pytest

from leukcad import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.scores import scores
from leukcad.evaluation.units import right_groups, units
from leukcad.evaluation.versus import versus

CLASSES = ("healthy", "ALL")


def answer(group: str, truth: str, p: float, draw: int = 0, abstains: bool = False) -> Answer:
    called = None if abstains else "ALL" if p >= 0.5 else "healthy"
    return Answer("test", f"{group}-{draw}", group, group, truth, {"healthy": 1 - p, "ALL": p}, called, draw=draw)


def fields(ps: dict[str, float]) -> list[Answer]:
    """One answer a field; a name that begins with A is of the class ALL."""
    return [answer(name, "ALL" if name[0] == "A" else "healthy", p) for name, p in ps.items()]


ELEVEN = [f"A{i}" for i in range(5)] + [f"h{i}" for i in range(6)]


def test_seven_of_eleven_against_eleven_of_eleven_is_said_to_be_not_distinguishable():
    right = {name: 0.9 if name[0] == "A" else 0.1 for name in ELEVEN}
    wrong = {**right, **dict.fromkeys(["h0", "h1", "h2", "h3"], 0.8)}
    told = versus({"all": fields(right), "seven": fields(wrong)}, "ALL")
    (pair,) = told["pairs"]
    assert (pair["only_first"], pair["only_second"], pair["p"]) == (4, 0, 0.125)
    assert pair["says"] == "not distinguishable at n = 11" and not pair["distinguishable"]
    assert told["smallest_difference"] == pytest.approx(6 / 11) and told["cochran_q"] is None
    assert pair["difference"] == pytest.approx(4 / 11) and pair["low"] is None  # no bootstrap of eleven groups


def test_with_many_groups_the_difference_has_an_interval_and_the_better_one_is_named():
    names = [f"A{i}" for i in range(20)] + [f"h{i}" for i in range(20)]
    right = {name: 0.9 if name[0] == "A" else 0.1 for name in names}
    told = versus({"x": fields(right | dict.fromkeys(names[20:32], 0.7)), "y": fields(right)}, "ALL")
    (pair,) = told["pairs"]
    assert pair["says"] == "y is right more often than x"
    assert pair["difference"] == pytest.approx(-0.3) and pair["low"] < -0.3 < pair["high"] < 0


def test_three_pipelines_get_cochrans_q_and_holm_over_their_pairs():
    right = {name: 0.9 if name[0] == "A" else 0.1 for name in ELEVEN}
    turned = {name: 1 - p for name, p in right.items()}
    told = versus({"x": fields(right), "y": fields(right), "z": fields(turned)}, "ALL")
    assert told["cochran_q"]["statistic"] == pytest.approx(22) and told["cochran_q"]["df"] == 2
    assert [p["p_holm"] for p in told["pairs"]] == pytest.approx([1, 6 / 2**11, 6 / 2**11])


def test_a_single_pipeline_is_compared_with_nothing():
    assert versus({"x": fields({"A0": 0.9})}, "ALL") is None


def test_pipelines_that_answered_other_fields_are_not_compared():
    with pytest.raises(LeukcadError, match="same fields"):
        versus({"x": fields({"A0": 0.9}), "y": fields({"A1": 0.9})}, "ALL")


def test_a_group_is_right_if_more_than_half_of_its_draws_are():
    half = [answer("h0", "healthy", 0.9, draw=0), answer("h0", "healthy", 0.1, draw=1)]
    assert right_groups(half, "ALL") == {"h0": False}
    assert right_groups([*half, answer("h0", "healthy", 0.2, draw=2)], "ALL") == {"h0": True}


def test_without_a_positive_class_each_label_has_groups_of_its_own():
    both = [answer("slide1", "healthy", 0.1), answer("slide1", "ALL", 0.1)]
    assert right_groups(both, None) == {"slide1/healthy": True, "slide1/ALL": False}


def test_an_abstention_ranks_as_the_wrong_answer_given_with_certainty():
    told = scores([*fields({"A0": 0.9, "h0": 0.2}), answer("A1", "ALL", 0.5, abstains=True)], CLASSES, "ALL")
    assert told["auroc"]["value"] == pytest.approx(0.5)
    assert told["brier"]["value"] == pytest.approx((0.01 + 0.04 + 1) / 3)
    assert [part["n"] for part in told["calibration"]] == [1, 1]


def test_draws_of_a_field_count_by_their_mean_in_the_area():
    draws = [answer("h0", "healthy", p, draw) for draw, p in enumerate((0.2, 0.8))]
    (unit, *_) = units([*draws, *fields({"A0": 0.6})][:2])
    assert unit.probabilities["ALL"] == pytest.approx(0.5) and unit.answers == 2
    assert scores([*draws, *fields({"A0": 0.6})], CLASSES, "ALL")["auroc"]["value"] == 1


def test_without_a_positive_class_there_is_a_brier_score_and_no_area():
    told = scores(fields({"A0": 0.9, "h0": 0.2}), CLASSES, None)
    assert set(told) == {"brier", "wilson"} and told["brier"]["n"] == 2
    assert "accuracy" in told["wilson"] and told["wilson"]["accuracy"][1] == 1.0


def test_pairs_that_were_chosen_beforehand_alone_are_tested_and_holm_counts_no_others():
    right = {name: 0.9 if name[0] == "A" else 0.1 for name in ELEVEN}
    turned = {name: 1 - p for name, p in right.items()}
    books = {"x": fields(right), "y": fields(right), "z": fields(turned)}
    (pair,) = versus(books, "ALL", [("z", "x")])["pairs"]
    assert (pair["first"], pair["second"]) == ("z", "x")
    assert pair["p_holm"] == pair["p"] == 2 / 2**11
