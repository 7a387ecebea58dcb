from __future__ import annotations

import pytest

from leukcad.report.words import headline, hero_dose, percent


def test_the_first_sentence_says_what_ten_added_cells_did(comparison):
    assert headline(comparison)[0].text() == (
        "When 10 healthy white cells were added to 60 fields without lymphoblasts, direct_resnet50 called ALL in "
        "58 of 60 (97 %, 88–100) and two_step in 0 of 60 (0 %, 0–6)."
    )


def test_the_second_sentence_says_how_plain_fields_fare(comparison):
    assert headline(comparison)[1].text() == (
        "Of the test fields as they are, the right class was called by direct_resnet50 in 118 of 120 (98 %, 94–100) "
        "and two_step in 119 of 120 (99 %, 95–100)."
    )


def test_an_abstention_is_said_to_be_one(comparison):
    comparison["pipelines"]["two_step"]["counts"]["imgSynt10"]["healthy"] = {"healthy": 57, "ALL": 1, "abstained": 2}
    assert "two_step called ALL or abstained in 3 of 60" in headline(comparison)[0].text()


def test_several_draws_of_a_field_are_said_to_be_so(comparison):
    for told in comparison["pipelines"].values():
        counts = told["counts"]["imgSynt10"]
        counts["healthy"] = {called: 3 * n for called, n in counts["healthy"].items()}
    said = headline(comparison)[0].text()
    assert "added to 60 fields without lymphoblasts, each in 3 ways," in said
    assert "174 of 180 (97 %, 88–100)" in said


def test_without_ten_the_largest_dose_is_spoken_of(comparison):
    comparison["doses"] = [0, 1, 2, 5]
    assert hero_dose(comparison) == 5
    assert headline(comparison)[0].text().startswith("When 5 healthy white cells")


def test_a_dose_that_one_pipeline_lacks_is_not_spoken_of(comparison):
    del comparison["pipelines"]["two_step"]["sets"]["imgSynt10"]
    assert hero_dose(comparison) == 20


def test_without_a_series_only_plain_fields_are_spoken_of(several_classes):
    told = [finding.text() for finding in headline(several_classes)]
    assert told == [
        "Of the test fields as they are, the right class was called by direct_bcisc in 25 of 30 (83 %, 65–94)."
    ]


def test_other_positive_cells_are_named(comparison):
    comparison["bench"]["positive_cells"] = ["immature"]
    assert "60 fields without immature cells," in headline(comparison)[0].text()


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0 %"), (1, "100 %"), (0.999, "> 99 %"), (0.001, "< 1 %"), (0.9667, "97 %"), (0.995, "> 99 %")],
)
def test_only_what_is_exact_reads_as_nothing_or_all(value, text):
    assert percent(value) == text


def still(comparison: dict, *names: str, answer: str = "healthy") -> None:
    """Let pipelines give every field one answer."""
    for name in names:
        for table in comparison["pipelines"][name]["counts"].values():
            for truth, row in table.items():
                table[truth] = {answer: sum(row.values())}


def test_an_answer_that_never_changes_is_said_to_tell_nothing_right_after_what_it_seems_to_tell(comparison):
    still(comparison, "two_step")
    first, second, _ = (finding.text() for finding in headline(comparison))
    assert first.startswith("When 10 healthy white cells")
    assert second == (
        "Whatever a field holds, two_step calls it healthy. An answer that never changes tells nothing, "
        "whatever its rates."
    )


def test_where_no_pipeline_ever_changes_its_answer_that_is_said_first(comparison):
    still(comparison, "two_step")
    still(comparison, "direct_resnet50", answer="abstained")
    assert (
        headline(comparison)[0]
        .text()
        .startswith("Whatever a field holds, direct_resnet50 abstains and two_step calls it healthy. ")
    )


def test_one_answer_to_fields_of_one_class_is_not_said_to_be_always_the_same(several_classes):
    told = several_classes["pipelines"]["direct_bcisc"]
    told["counts"] = {"test": {"basophil": {"basophil": 10}, "eosinophil": {}}}
    assert len(headline(several_classes)) == 1
