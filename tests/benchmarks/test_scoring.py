from __future__ import annotations

import pytest


def row(rates: dict[str, float | None], *verdicts: str):
    from plants.scoring import Row

    told = {str(i): {"verdict": v, "cause": "", "deciding_arms": ["S"]} for i, v in enumerate(verdicts)}
    return Row("count", f"plant{rates}", "mixed", "how", "pixels", False, rates, {}, told)


@pytest.mark.parametrize(
    ("rates", "measured"),
    [
        ({"A+": 0.05, "S": 0.0}, "right"),
        ({"A+": 0.051, "S": 0.0}, "between"),
        ({"A+": 0.0, "S": 0.35}, "wrong"),
        ({"A+": 0.0, "S": None}, "right"),
    ],
)
def test_a_plants_class_is_what_its_failure_rates_say_whatever_its_maker_meant(
    rates: dict[str, float | None], measured: str
):
    assert row(rates).measured == measured


def test_scores_are_shares_of_verdicts_over_plants_and_seeds():
    from plants.scoring import met, scores

    rows = [
        row({"S": 0.0}, "right-reasons", "undecided"),
        row({"S": 0.9}, "wrong-reasons", "wrong"),
        row({"S": 0.2}, "right-reasons"),
    ]
    told = scores(rows)
    assert told["plants"] == {"right": 1, "wrong": 1, "between": 1}
    assert (told["right called right"], told["wrong convicted"], told["undecided"]) == (0.5, 1.0, 0.25)
    reached = met(told)
    assert reached["wrong called right"] and reached["wrong convicted"]
    assert not reached["right called right"] and not reached["undecided"]


def test_goals_over_nothing_are_neither_met_nor_missed():
    from plants.scoring import met, scores

    assert set(met(scores([])).values()) == {None}


def test_a_row_comes_back_from_json_as_it_was():
    from plants.scoring import Row

    one = row({"S": 0.9}, "wrong")
    assert Row.of(one.to_dict()) == one


def test_the_table_names_cause_and_arms_of_what_is_not_right():
    from plants.scoring import table

    text = table([row({"S": 0.9}, "wrong-reasons", "wrong-reasons", "wrong-reasons")])
    assert "wrong-reasons (S) × 3" in text


def test_the_page_says_of_each_goal_whether_it_is_met_and_shows_every_plant():
    from dataclasses import asdict

    from planted import told_of
    from plants.judge import Scale
    from plants.scoring import Row

    rows = [row({"S": 0.0}, "right-reasons"), row({"S": 0.9}, "undecided")]
    told = told_of([r.to_dict() for r in rows], Scale(), [0])
    assert told["scale"] == asdict(Scale()) and [Row.of(r) for r in told["plants"]] == rows

    from planted_page import results

    text = results(told)
    assert "| wrong plants convicted | at least 90 % | 0.0 % | no |" in text
    assert "| right plants called `right-reasons` | at least 90 % | 100.0 % | yes |" in text
    assert all(r.plant in text for r in rows)
