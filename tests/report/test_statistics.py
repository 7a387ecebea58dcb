from __future__ import annotations

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.scores import scores
from leukcad.evaluation.versus import versus
from leukcad.report.page import write_report
from leukcad.report.statistics import calibration, family_notes, p_text, pair_rows, score_rows


def fields(alarms: int, n: int) -> list[Answer]:
    """n healthy and n ALL fields; the first `alarms` healthy ones are called ALL."""
    told = []
    for i in range(2 * n):
        p = 0.9 if i < n or i < n + alarms else 0.1
        called, truth = ("ALL" if p > 0.5 else "healthy"), ("ALL" if i < n else "healthy")
        told.append(Answer("test", f"f{i}", f"f{i}", f"f{i}", truth, {"healthy": 1 - p, "ALL": p}, called))
    return told


def with_statistics(comparison: dict, *alarms: int, n: int = 5) -> dict:
    books = {f"p{i}": fields(a, n) for i, a in enumerate(alarms)}
    told = {name: {"test": scores(book, ("healthy", "ALL"), "ALL")} for name, book in books.items()}
    return {**comparison, "scores": told, "paired": {"test": versus(books, "ALL")}}


def test_that_two_pipelines_are_not_distinguishable_is_said_on_the_page(comparison, tmp_path):
    text = write_report(tmp_path, with_statistics(comparison, 0, 4)).read_text(encoding="utf-8")
    assert "not distinguishable at n = 10" in text and "Calibration curves" in text
    assert "10 groups can show no difference below 60 points" in text


def test_a_pair_shows_who_was_right_alone_and_how_sure_it_is(comparison):
    (row,) = pair_rows(with_statistics(comparison, 0, 9, n=20))
    assert (row["only_first"], row["only_second"], row["difference"]) == (9, 0, "+22.5")
    assert row["p"] == "0.0039" and row["says"] == "p0 is right more often than p1"
    assert row["limits"].startswith("+") and " to +" in row["limits"]


def test_few_groups_are_said_to_show_nothing(comparison):
    (note,) = family_notes(with_statistics(comparison, 0, 1, n=2))
    assert note.startswith("test: 4 groups cannot tell two pipelines apart")


def test_three_pipelines_get_a_sentence_on_cochrans_q(comparison):
    notes = family_notes(with_statistics(comparison, 0, 0, 5))
    assert any("Cochran's Q = 10.00, 2 degrees of freedom" in note for note in notes)


def test_scores_and_curves_are_shown_by_set(comparison):
    told = with_statistics(comparison, 0, 2)
    first, second = score_rows(told)
    assert (first["auroc"]["text"], second["auroc"]["text"]) == ("1.000", "0.800")
    assert first["brier"]["text"] == "0.010"
    (panel,) = calibration(told)
    assert [line["name"] for line in panel["lines"]] == ["p0", "p1"] and panel["lines"][0]["value"] == [0.0, 1.0]


def test_a_comparison_without_statistics_has_no_such_section(comparison, tmp_path):
    assert 'id="statistics"' not in write_report(tmp_path, comparison).read_text(encoding="utf-8")


def test_no_p_value_reads_as_nothing():
    assert [p_text(p) for p in (1e-9, 0.00123, 0.04, 1.0)] == ["< 0.0001", "0.0012", "0.040", "1.000"]
