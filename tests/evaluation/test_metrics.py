from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.intervals import clopper_pearson
from leukcad.evaluation.metrics import UNDEFINED, curve, rates

FIELDS = ("healthy", "ALL")
WBC = ("basophil", "eosinophil", "lymphocyte")


def answer(truth: str | None, called: str | None, group: str, classes: Iterable[str] = FIELDS, draw: int = 0) -> Answer:
    spread = dict.fromkeys(classes, 0.5)
    return Answer("test", f"{group}/{draw}", group, group, truth, spread, called, "" if called else "no WBC", draw=draw)


def table(tp: int, fn: int, fp: int, tn: int) -> list[Answer]:
    cases = [("ALL", "ALL")] * tp + [("ALL", "healthy")] * fn + [("healthy", "ALL")] * fp + [("healthy",) * 2] * tn
    return [answer(truth, called, f"g{i}") for i, (truth, called) in enumerate(cases)]


counts = st.integers(0, 12)


@settings(deadline=None)
@given(counts, counts, counts, counts)
def test_values_agree_with_scikit_learn(tp, fn, fp, tn):
    if not tp + fn or not fp + tn:
        return
    answers = table(tp, fn, fp, tn)
    truth, called = [a.truth for a in answers], [a.called for a in answers]
    told = rates(answers, FIELDS, "ALL")
    nan = float("nan")
    assert told["accuracy"].value == pytest.approx(theirs.accuracy_score(truth, called))
    assert told["sensitivity"].value == pytest.approx(theirs.recall_score(truth, called, pos_label="ALL"))
    assert told["specificity"].value == pytest.approx(theirs.recall_score(truth, called, pos_label="healthy"))
    assert told["f1"].value == pytest.approx(theirs.f1_score(truth, called, pos_label="ALL"))
    precision = theirs.precision_score(truth, called, pos_label="ALL", zero_division=nan)
    assert told["precision"].value == (None if np.isnan(precision) else pytest.approx(precision))


@settings(deadline=None)
@given(counts, counts, counts, counts)
def test_with_one_answer_a_group_the_intervals_are_the_plain_exact_ones(tp, fn, fp, tn):
    told = rates(table(tp, fn, fp, tn), FIELDS, "ALL")
    for metric, x, n in [
        ("accuracy", tp + tn, tp + fn + fp + tn),
        ("sensitivity", tp, tp + fn),
        ("specificity", tn, fp + tn),
        ("precision", tp, tp + fp),
    ]:
        rate = told[metric]
        assert rate.n == n
        assert (rate.low, rate.high) == pytest.approx(clopper_pearson(x, n))


def test_the_papers_alexnet_row_read_with_healthy_as_positive():
    told = rates(table(tp=3, fn=2, fp=1, tn=5), FIELDS, "ALL")
    assert told["accuracy"].value == pytest.approx(0.7273, abs=1e-4)
    assert told["sensitivity"].value == 0.6
    assert told["specificity"].value == pytest.approx(0.8333, abs=1e-4)


def test_the_limits_of_f1_are_those_of_the_jaccard_index_transformed():
    rate = rates(table(tp=8, fn=2, fp=1, tn=30), FIELDS, "ALL")["f1"]
    low, high = clopper_pearson(8, 11)
    assert (rate.low, rate.high) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))
    assert rate.n == 11 and rate.value == pytest.approx(16 / 19)


def test_an_abstention_is_an_error_in_every_rate():
    told = rates([answer("ALL", None, "a"), answer("healthy", None, "b")], FIELDS, "ALL")
    assert {m: r.value for m, r in told.items()} == {
        "accuracy": 0,
        "sensitivity": 0,
        "specificity": 0,
        "precision": 0,
        "f1": 0,
    }


def test_abstaining_on_negative_fields_cannot_raise_any_rate():
    right = [answer("ALL", "ALL", "a"), answer("healthy", "ALL", "b")]
    wary = [answer("ALL", "ALL", "a"), answer("healthy", None, "b")]
    assert rates(wary, FIELDS, "ALL") == rates(right, FIELDS, "ALL")


def test_a_rate_of_nothing_is_undefined():
    told = rates([answer("healthy", "healthy", "a")], FIELDS, "ALL")
    assert told["sensitivity"] == told["precision"] == told["f1"] == UNDEFINED
    assert UNDEFINED.to_dict() == {"value": None, "low": 0.0, "high": 1.0, "n": 0}
    assert set(rates([], FIELDS, "ALL").values()) == {UNDEFINED}


def test_a_field_without_truth_does_not_enter():
    told = rates([answer(None, "ALL", "a"), answer("ALL", "ALL", "b")], FIELDS, "ALL")
    assert told["accuracy"].n == told["precision"].n == 1


def test_drawing_the_same_fields_again_makes_no_interval_narrower():
    once = [answer("healthy", "ALL" if g < 2 else "healthy", f"g{g}") for g in range(10)]
    thrice = [answer("healthy", "ALL" if g < 2 else "healthy", f"g{g}", draw=d) for g in range(10) for d in range(3)]
    first, again = (rates(a, FIELDS, "ALL") for a in (once, thrice))
    assert again == first


def test_the_draws_of_a_field_count_by_their_mean():
    calls = {"g0": "ALL healthy healthy", "g1": "healthy healthy healthy", "g2": "ALL ALL healthy"}
    answers = [answer("healthy", c, g, draw=d) for g, told in calls.items() for d, c in enumerate(told.split())]
    rate = rates(answers, FIELDS, "ALL")["specificity"]
    assert rate.value == pytest.approx(6 / 9) and rate.n == 3
    assert (rate.low, rate.high) == pytest.approx(clopper_pearson(2 / 3 + 1 + 1 / 3, 3))


def test_for_precision_a_group_weighs_as_much_as_the_share_of_its_answers_called_positive():
    calls = [("ALL", "a", "ALL ALL ALL"), ("healthy", "b", "ALL healthy healthy"), ("healthy", "c", "healthy " * 3)]
    answers = [answer(t, c, g, draw=d) for t, g, told in calls for d, c in enumerate(told.split())]
    rate = rates(answers, FIELDS, "ALL")["precision"]
    assert rate.value == pytest.approx(3 / 4) and rate.n == 2
    assert (rate.low, rate.high) == pytest.approx(clopper_pearson(1, 4 / 3))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(FIELDS), st.sampled_from([*FIELDS, None])), max_size=25
    ),
    st.sampled_from(["ALL", None]),
)
def test_every_interval_holds_its_value_however_unequal_the_groups(rows, positive):
    answers = [answer(truth, called, group, draw=i) for i, (group, truth, called) in enumerate(rows)]
    for rate in rates(answers, FIELDS, positive).values():
        assert 0 <= rate.low <= rate.high <= 1
        assert rate.value is None or rate.low - 1e-9 <= rate.value <= rate.high + 1e-9


def test_many_classes_get_balanced_accuracy_and_a_sensitivity_each():
    called = ["basophil", "basophil", None, "eosinophil", "lymphocyte", "basophil", "lymphocyte"]
    truth = ["basophil"] * 3 + ["eosinophil"] + ["lymphocyte"] * 3
    answers = [answer(t, c, f"g{i}", WBC) for i, (t, c) in enumerate(zip(truth, called, strict=True))]
    told = rates(answers, WBC, None)
    assert list(told) == ["accuracy", "balanced_accuracy", *(f"sensitivity:{c}" for c in WBC)]
    guess = [c or "none" for c in called]
    assert told["accuracy"].value == pytest.approx(theirs.accuracy_score(truth, guess))
    with pytest.warns(UserWarning, match="y_pred contains classes"):
        assert told["balanced_accuracy"].value == pytest.approx(theirs.balanced_accuracy_score(truth, guess))
    assert told["sensitivity:basophil"].value == pytest.approx(2 / 3)
    assert told["balanced_accuracy"].n == 7


def test_with_three_classes_a_wrong_negative_class_is_no_false_alarm():
    told = rates([answer("basophil", "eosinophil", "a", WBC)], WBC, "lymphocyte")
    assert told["specificity"].value == 1 and told["accuracy"].value == 0


def test_a_curve_goes_by_dose_in_order():
    by_dose = {10: [answer("healthy", "ALL", "a")], 0: [answer("healthy", "healthy", "a")]}
    points = curve(by_dose, FIELDS, "ALL")
    assert [(p["dose"], p["specificity"].value) for p in points] == [(0, 1.0), (10, 0.0)]


def simulate(n: int, draws: int, agree: float, rng: random.Random) -> list[Answer]:
    """n groups, half of them positive, rates 0.8 and 0.9; draws of a group agree with probability `agree`."""
    answers = []
    for g in range(n):
        truth, p = ("ALL", 0.8) if g % 2 else ("healthy", 0.9)
        first = rng.random() < p
        for d in range(draws):
            right = first if rng.random() < agree else rng.random() < p
            called = truth if right else ("healthy" if truth == "ALL" else "ALL")
            answers.append(answer(truth, called, f"g{g}", draw=d))
    return answers


@pytest.mark.parametrize("n", [6, 11, 30, 60])
@pytest.mark.parametrize(("draws", "agree"), [(1, 1.0), (3, 1.0), (3, 0.5)])
def test_intervals_cover_the_true_rate_in_a_simulation(n, draws, agree):
    rng = random.Random(f"{n}/{draws}/{agree}")
    positives, negatives = n // 2, n - n // 2
    tp, fp = 0.8 * positives, 0.1 * negatives
    truth = {
        "accuracy": (0.8 * positives + 0.9 * negatives) / n,
        "sensitivity": 0.8,
        "specificity": 0.9,
        "precision": tp / (tp + fp),
        "f1": 2 * tp / (2 * tp + fp + positives - tp),
        "balanced_accuracy": 0.85,
    }
    missed = dict.fromkeys(truth, 0)
    repeats = 400
    for _ in range(repeats):
        answers = simulate(n, draws, agree, rng)
        told = {**rates(answers, FIELDS, None), **rates(answers, FIELDS, "ALL")}
        for metric, true in truth.items():
            missed[metric] += not told[metric].low <= true <= told[metric].high
    # 5 % and three standard errors of 400 repeats
    assert max(missed.values()) <= 0.05 * repeats + 3 * (0.05 * 0.95 * repeats) ** 0.5, missed


def test_where_labels_share_slide_numbers_each_label_has_a_slide_of_that_number() -> None:
    told = [answer(label, label, "slide 1", classes=("baso", "eosi")) for label in ("baso", "eosi") for _ in range(4)]
    found = rates(told, ("baso", "eosi"), None)
    assert found["accuracy"].n == 2 and found["sensitivity:baso"].n == 1
