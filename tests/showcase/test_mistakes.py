"""Which errors are the worst, and which of them are shown."""

from __future__ import annotations

from dataclasses import replace

from leukcad.evaluation.answers import Answer
from leukcad.showcase.mistakes import listed, pictured, worst


def answer(field: str, p: float, truth: str = "ALL", *, dose: int = 0, draw: int = 0, abstains: bool = False) -> Answer:
    """What was said of a field of which `p` was left for the truth."""
    other = "healthy" if truth == "ALL" else "ALL"
    called = None if abstains else truth if p >= 0.5 else other
    name = f"{field}+{dose}@{draw}" if dose else field
    spread = {truth: p, other: 1 - p}
    return Answer("test", name, field, field, truth, spread, called, "blurred" * abstains, dose, draw)


def test_the_surest_wrong_answers_come_first_and_right_ones_not_at_all() -> None:
    told = worst([answer("a", 0.4), answer("b", 0.9), answer("c", 0.1, "healthy")])
    assert [a.field for a in told] == ["c", "a"]


def test_an_abstention_comes_after_all_wrong_answers() -> None:
    told = worst([answer("a", 0.01, abstains=True), answer("b", 0.45)])
    assert [a.field for a in told] == ["b", "a"]


def test_of_several_versions_of_a_field_the_worst_stands_for_all() -> None:
    told = worst([answer("a", 0.3, dose=5), answer("a", 0.1, dose=10), answer("a", 0.2, dose=10, draw=1)])
    assert [(a.dose, a.draw) for a in told] == [(10, 0)]


def test_fields_of_one_name_in_two_sets_are_two() -> None:
    told = [answer("a", 0.3), replace(answer("a", 0.1), set="second")]
    assert [a.set for a in worst(told)] == ["second", "test"]


def test_a_field_as_it_is_and_the_same_with_cells_added_are_two() -> None:
    assert [a.dose for a in worst([answer("a", 0.3), answer("a", 0.1, dose=10)])] == [10, 0]


def test_pictures_show_one_error_of_each_kind_even_where_one_kind_is_far_down() -> None:
    errors = worst([*(answer(f"s{i}", 0.01 * i, dose=10) for i in range(20)), answer("plain", 0.4)])
    shown = pictured(errors)
    assert [a.field for a in shown] == ["plain", "s0+10@0"]
    told = listed(errors, shown, 12)
    assert len(told) == 12 and told[0].field == "s0+10@0" and told[-1].field == "plain"


def test_without_errors_there_is_nothing_to_show() -> None:
    assert pictured(worst([answer("a", 0.9)])) == [] and listed([], []) == []
