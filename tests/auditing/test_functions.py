"""Functions as answerers: what they may answer, and what is said of those that answer otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leukcad import LeukcadError, Record
from leukcad.auditing.functions import Function, named
from leukcad.types import Field

CLASSES = ("healthy", "ALL")


def fields(n: int) -> list[Field]:
    return [Field.of(Record(f"f{i}"), np.full((4, 5, 3), i, np.uint8)) for i in range(n)]


def answering(*told: Any) -> Function:
    return Function(lambda pictures: list(told), CLASSES, "mine:f")


def test_a_class_a_mapping_and_none_are_answers() -> None:
    sure, likely, silent = answering("ALL", {"ALL": 0.2, "healthy": 0.7}, None).answers(fields(3))
    assert (sure.called, dict(sure.probabilities)) == ("ALL", {"healthy": 0.0, "ALL": 1.0})
    assert (likely.called, likely.probabilities["ALL"]) == ("healthy", 0.2)
    assert silent.called is None and silent.reason == "abstained"


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("sick", "unknown class 'sick'; the bench's classes are healthy, ALL"),
        ({"sick": 1.0}, "unknown class 'sick'"),
        ({"ALL": 1.5}, "expected a probability in [0, 1], got 1.5"),
        ({"ALL": "much"}, "expected a probability in [0, 1], got 'much'"),
        ({"ALL": float("nan")}, "expected a probability in [0, 1], got nan"),
        (3, "expected a class name, a mapping of class to probability, or None for each, got 3"),
        ({}, "expected a class name, a mapping"),
    ],
)
def test_other_answers_are_refused_with_the_reason(told: Any, message: str) -> None:
    with pytest.raises(LeukcadError) as caught:
        answering(told).answers(fields(1))
    assert message in str(caught.value) and "mine:f" in str(caught.value)


def test_too_few_answers_are_refused() -> None:
    with pytest.raises(LeukcadError, match="expected 2 answers, got 1"):
        answering("ALL").answers(fields(2))


def test_what_a_function_raises_names_it_and_what_it_is_given() -> None:
    with pytest.raises(LeukcadError, match=r"mine:f raised ZeroDivisionError: .*; it takes a list of uint8"):
        Function(lambda pictures: [1 / 0], CLASSES, "mine:f").answers(fields(1))


def test_a_function_is_found_by_name_beside_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_colleague.py").write_text("def classify(pictures):\n    return ['ALL'] * len(pictures)\n")
    monkeypatch.chdir(tmp_path)
    found: Callable[..., Any] = named("a_colleague:classify")
    assert found([1, 2]) == ["ALL", "ALL"]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("no_such_module_here:f", "cannot be imported: ModuleNotFoundError"),
        ("json:nothing", "expected a function 'nothing'"),
    ],
)
def test_a_function_that_is_not_there_is_said_to_be_missing(what: str, message: str) -> None:
    with pytest.raises(LeukcadError, match=message):
        named(what)
