from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from leukcad import LeukcadError
from leukcad.cli.app import app
from leukcad.evaluation.printed import RATES, Reading, readings, sizes

ALEXNET = {"accuracy": 72.73, "precision": 83.33, "recall": 71.43, "specificity": 75.00, "f1": 76.92}
ASKED = ["--acc", 72.73, "--pre", 83.33, "--rec", 71.43, "--spe", 75, "--f1", 76.92]


def call(*options: object) -> str:
    done = CliRunner().invoke(app, ["claims", "table", *map(str, options)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(("positives", "negatives"), [(5, 6), (6, 5)])
def test_the_papers_alexnet_row_is_impossible_as_printed(positives, negatives):
    assert not any(reading.plain for reading in readings(ALEXNET, positives, negatives))


def test_the_alexnet_row_is_a_transposed_table_with_healthy_as_positive():
    (reading,) = readings(ALEXNET, 5, 6)
    assert reading.other_positive and reading.transposed
    assert (reading.tp, reading.fn, reading.fp, reading.tn) == (3, 2, 1, 5)  # healthy: TP 5, FN 1, FP 2, TN 3


def test_the_alexnet_row_needs_seven_positives_for_four_negatives_at_every_n_up_to_66():
    assert [pair for n in range(1, 67) for pair in sizes(ALEXNET, n)] == [(7 * i, 4 * i) for i in range(1, 7)]


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.booleans(), st.booleans())
def test_whatever_a_table_would_print_is_found_again(tp, fn, fp, tn, other, transposed):
    table = Reading(tp, fn, fp, tn, other, transposed)
    printed = {name: round(100 * value, 2) for name, value in table.rates().items() if value is not None}
    if tp + fn + fp + tn:
        assert table in readings(printed, tp + fn, fp + tn)


@settings(max_examples=30)
@given(st.integers(0, 15), st.integers(0, 15), st.integers(0, 15), st.integers(1, 15))
def test_the_rates_of_a_plain_table_are_scikit_learns(tp, fn, fp, tn):
    metrics = pytest.importorskip("sklearn.metrics")
    truth = [1] * (tp + fn) + [0] * (fp + tn)
    called = [1] * tp + [0] * fn + [1] * fp + [0] * tn
    told = Reading(tp, fn, fp, tn).rates()
    pre, rec, f1, _ = metrics.precision_recall_fscore_support(truth, called, average="binary", zero_division=0)
    assert told["accuracy"] == pytest.approx(metrics.accuracy_score(truth, called))
    assert (told["precision"] or 0, told["recall"] or 0, told["f1"] or 0) == pytest.approx((pre, rec, f1))
    assert told["specificity"] == pytest.approx(metrics.recall_score(truth, called, pos_label=0))


def test_one_hundred_percent_is_always_possible():
    printed = dict.fromkeys(RATES, 100.0)
    assert Reading(5, 0, 0, 6) in readings(printed, 5, 6)


def test_a_half_may_have_been_rounded_either_way():
    assert all(readings({"accuracy": told}, 4, 4, places=0) for told in (12, 13))  # 12.5 %


def test_the_command_says_impossible_and_what_would_fit():
    words = call(*ASKED, "--positives", 5, "--negatives", 6)
    assert "impossible: no table of 5 positive and 6 negative fields" in words
    assert "TP 3, FN 2, FP 1, TN 5, with the other class as positive and with a transposed table" in words
    assert "7 + 4" in words
    told = json.loads(call(*ASKED, "--positives", 7, "--negatives", 4, "--json"))
    assert told["state"] == "possible" and told["sizes"] == []


@pytest.mark.parametrize(
    ("printed", "sizes_", "reason"),
    [
        ({}, (5, 6), "got none"),
        ({"auc": 90.0}, (5, 6), "got auc"),
        ({"accuracy": 101.0}, (5, 6), "0 to 100"),
        ({"accuracy": 90.0}, (0, 0), "one at least"),
    ],
)
def test_what_cannot_be_searched_is_refused(printed, sizes_, reason):
    with pytest.raises(LeukcadError, match=reason):
        readings(printed, *sizes_)
