from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.errors import LeukcadError
from leukcad.evaluation.answers import Answer

GOOD = {
    "set": "test",
    "field": "Im001_1",
    "source": "Im001_1",
    "group": "patient 1",
    "truth": "ALL",
    "probabilities": {"healthy": 0.25, "ALL": 0.75},
    "called": "ALL",
    "reason": "",
    "dose": 0,
    "draw": 0,
    "cells": 7,
    "sha256": "a" * 64,
}


def test_an_answer_comes_back_from_its_line_as_it_was():
    answer = Answer(**GOOD)
    assert "\n" not in answer.to_json()
    assert Answer.from_json(answer.to_json()) == answer


@settings(deadline=None)
@given(st.text(min_size=1), st.text(), st.floats(0, 1))
def test_any_name_and_reason_survive_the_line(name, reason, p):
    answer = Answer(**{**GOOD, "field": name, "reason": reason, "probabilities": {"ALL": p}})
    line = answer.to_json()
    assert "\n" not in line and Answer.from_json(line) == answer


@pytest.mark.parametrize(
    "change",
    [
        {"set": ""},
        {"field": 3},
        {"truth": ""},
        {"probabilities": {}},
        {"probabilities": {"ALL": 1.5}},
        {"probabilities": {"ALL": float("nan")}},
        {"probabilities": {"ALL": True}},
        {"called": "AML"},
        {"dose": -1},
        {"dose": 1.0},
        {"draw": True},
        {"sha256": "abc"},
        {"cells": None},
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_names_what_is_wrong(change):
    with pytest.raises(LeukcadError, match=next(iter(change))):
        Answer(**{**GOOD, **change})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        json.dumps({k: v for k, v in GOOD.items() if k != "truth"}),
        json.dumps({**GOOD, "more": 1}),
        json.dumps(GOOD)[:-1] + ', "dose": 1}',
        json.dumps(GOOD)[:40],
    ],
)
def test_a_line_that_is_not_an_answer_is_refused(line):
    with pytest.raises(LeukcadError, match="not an answer"):
        Answer.from_json(line)


def test_an_abstention_is_not_right():
    assert not Answer(**{**GOOD, "called": None, "reason": "no WBC"}).right
