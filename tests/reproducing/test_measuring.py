"""Answers become the figures that a study prints, in both readings of a share."""

from __future__ import annotations

import pytest

from leukcad.evaluation.answers import Answer
from leukcad.reproducing.measuring import first_failing, series, table
from leukcad.reproducing.studies import METRICS


def answer(field: str, called: str, dose: int = 0, draw: int = 0) -> Answer:
    truth = "ALL" if field.endswith("_1") else "healthy"
    told = {"healthy": float(called == "healthy"), "ALL": float(called == "ALL")}
    of = "test" if dose == 0 else f"imgSynt{dose}"
    return Answer(of, f"{field}+{dose}@{draw}", field, field, truth, told, called, dose=dose, draw=draw)


HEALTHY = [f"Im{n:03d}_0" for n in range(6)]
ILL = [f"Im{n:03d}_1" for n in range(5)]
UNTOUCHED = [answer(f, "healthy") for f in HEALTHY] + [answer(f, "ALL") for f in ILL]


def pasted(wrong_from: int, doses: tuple[int, ...] = (1, 5, 10), draws: int = 11) -> list[Answer]:
    """Two of six healthy fields are called ALL from a dose on, in the draws from the fourth."""
    return [
        answer(f, "ALL" if f in ILL or (i < 2 and dose >= wrong_from and draw >= 3) else "healthy", dose, draw)
        for i, f in enumerate([*HEALTHY, *ILL])
        for dose in doses
        for draw in range(draws)
    ]


def test_a_table_holds_the_papers_five_rates_with_interval_and_denominator() -> None:
    wrong = [answer(HEALTHY[0], "ALL"), *UNTOUCHED[1:]]
    told = table(wrong, ("healthy", "ALL"), "ALL", METRICS)
    assert tuple(told) == METRICS
    assert told["recall"]["value"] == 1 and told["specificity"]["value"] == pytest.approx(5 / 6)
    assert told["precision"]["value"] == pytest.approx(5 / 6)
    assert {m: told[m]["of"] for m in METRICS} == {
        "accuracy": 11,
        "precision": 6,
        "recall": 5,
        "specificity": 6,
        "f1": 11,
    }
    assert told["accuracy"]["low"] < 10 / 11 < told["accuracy"]["high"]


def test_a_series_is_of_eleven_fields_three_times_and_of_six_healthy_ones_eleven_times() -> None:
    rows = series(UNTOUCHED + pasted(wrong_from=5), "ALL")
    assert [row["dose"] for row in rows] == [0, 1, 5, 10]
    assert (rows[0]["all"]["n"], rows[0]["healthy"]["n"]) == (11, 6)
    assert (rows[2]["all"]["n"], rows[2]["healthy"]["n"]) == (33, 66)
    assert rows[2]["all"]["right"] == 33, "only later draws are wrong"
    assert rows[2]["healthy"]["right"] == 66 - 2 * 8
    assert rows[2]["healthy"]["low"] < 0.4, "11 draws of a field are one field"


def test_the_first_failure_is_the_least_dose_that_turns_a_field_that_was_right() -> None:
    assert first_failing(UNTOUCHED + pasted(wrong_from=5), "ALL") == {"all": None, "healthy": 5}
    early = [answer(HEALTHY[3], "ALL", dose=1, draw=0)]
    assert first_failing(UNTOUCHED + pasted(5) + early, "ALL") == {"all": 1, "healthy": 1}


def test_a_field_that_was_wrong_untouched_cannot_fail_first() -> None:
    untouched = [answer(HEALTHY[3], "ALL"), *(a for a in UNTOUCHED if a.field[:7] != HEALTHY[3])]
    kept = [answer(f, "healthy", 1) for f in HEALTHY if f != HEALTHY[3]] + [answer(HEALTHY[3], "ALL", 1)]
    assert first_failing(untouched + kept, "ALL") == {"all": None, "healthy": None}
