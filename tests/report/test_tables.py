from __future__ import annotations

import io

from rich.console import Console

from leukcad.report.tables import print_comparison


def printed(comparison: dict, width: int = 80) -> str:
    out = io.StringIO()
    print_comparison(comparison, Console(file=out, width=width))
    return out.getvalue()


def row(text: str, title: str, name: str) -> str:
    """The row of a pipeline in the table of that title."""
    return next(line for line in text[text.index(title) :].splitlines() if line.strip().startswith(name))


def test_rates_stand_by_number_of_added_cells(comparison):
    text = printed(comparison)
    assert "positive class: ALL" in text
    assert row(text, "Test fields", "direct_resnet50").split()[1::2] == ["98", "98", "98", "98", "97"]
    assert row(text, "Specificity, healthy", "direct_resnet50").split()[1::2] == ["98", "95", "87", "45", "3", "0"]
    assert row(text, "Accuracy, healthy", "two_step").split()[1::2] == ["99"] * 6
    assert "88–100" in text and max(map(len, text.splitlines())) <= 80


def test_several_classes_are_shown_without_a_positive_one(several_classes):
    text = printed(several_classes)
    assert "positive class" not in text and "added" not in text
    assert "Balanced accuracy" in text or "Balanced" in text
    assert "quick look" in text


def test_names_are_neither_markup_nor_commands_to_the_terminal(comparison):
    told = comparison["pipelines"]
    comparison["pipelines"] = {"[red]x[/red]\x1b[2J": told["two_step"]}
    text = printed(comparison)
    assert "[red]x[/red]" in text and "\x1b" not in text


def test_accuracy_stands_beside_that_with_the_strongest_errors_of_detection(comparison):
    def at(strength: float, value: float) -> dict:
        return {"strength": strength, "accuracy": {"value": value, "low": 0.0, "high": 1.0, "n": 9}}

    concerned = {"why": "", "as_found": at(0, 0.9), "curves": {"miss": [at(0, 0.9), at(0.1, 0.8), at(0.5, 0.4)]}}
    comparison["perturbed"] = {"direct": {"why": "none", "as_found": {}, "curves": {}}, "two_step": concerned}
    text = printed(comparison)
    assert "miss 0.5" in text and row(text, "accuracy with", "two_step").split()[1::2] == ["90", "40"]
    assert row(text, "accuracy with", "direct").split()[1:] == ["–", "–"]


def test_a_quick_look_says_that_nothing_can_be_read_into_it_and_what_the_number_would_mean(comparison):
    text = printed({**comparison, "quick": True}, width=400)
    assert "no figure here speaks for or against a pipeline" in text
    assert "no figure here" not in printed(comparison, width=400)
    assert "Adding healthy cells does not change the true answer." in text
