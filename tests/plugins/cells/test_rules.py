"""How the cells decide for their field."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from leukcad_cells.mixture import Mixture
from leukcad_cells.rules import Excess, Max, Mean, Number, Rule, Share

from leukcad import Cells, LeukcadError, Predictions, Step

RULES = [Share, Mean, Max, Number, Excess, Mixture]
FIELDS, CELLS = ("healthy", "ALL"), ("healthy", "lymphoblast")


def decide(rule: Rule, *units: list[float], positive: str | None = "ALL") -> Predictions:
    step = Step("diagnose", "rule", rule, classes=FIELDS, positive=positive, positive_cells=("lymphoblast",))
    flat = torch.tensor([p for unit in units for p in unit])
    owners = torch.tensor([i for i, unit in enumerate(units) for _ in unit], dtype=torch.int64)
    places = torch.tensor([k for unit in units for k in range(len(unit))], dtype=torch.int64)
    cells = [Cells.of(np.zeros((len(unit), 4))) for unit in units]
    told = Predictions.of(torch.stack([1 - flat, flat], dim=1).float(), CELLS)
    return step.diagnose(cells, told, owners, places)


@pytest.mark.parametrize("rule", RULES)
def test_a_field_without_cells_abstains_and_says_why(rule: type[Rule]) -> None:
    answers = decide(rule(), [0.9, 0.9], [])
    assert answers.abstain.tolist() == [False, True]
    assert answers.reasons == ("", "no WBC found")


@pytest.mark.parametrize("rule", RULES)
def test_an_empty_batch_gives_no_rows(rule: type[Rule]) -> None:
    assert len(decide(rule())) == 0


@pytest.mark.parametrize("rule", RULES)
@given(cells=st.lists(st.floats(0, 1), min_size=1, max_size=12), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_the_order_of_the_cells_does_not_matter(rule: type[Rule], cells: list[float], seed: int) -> None:
    turned = list(np.random.default_rng(seed).permutation(cells))
    assert torch.allclose(decide(rule(), cells).probabilities, decide(rule(), turned).probabilities, atol=1e-5)


@given(cells=st.lists(st.floats(0, 1), min_size=1, max_size=9), k=st.integers(1, 5))
@settings(max_examples=50)
def test_number_is_the_probability_that_at_least_k_cells_are_positive(cells: list[float], k: int) -> None:
    total = 0.0  # by enumeration of all outcomes
    for outcome in itertools.product([0, 1], repeat=len(cells)):
        if sum(outcome) >= k:
            total += float(np.prod([p if hit else 1 - p for p, hit in zip(cells, outcome, strict=True)]))
    assert decide(Number(at_least=k), cells).probabilities[0, 1] == pytest.approx(total, abs=1e-5)


def test_healthy_cells_do_not_thin_out_the_number_but_do_thin_out_the_share() -> None:
    few, many = [0.99, 0.99, 0.01], [0.99, 0.99] + [0.01] * 20
    assert decide(Number(at_least=2), many).probabilities[0, 1] > 0.97
    assert decide(Share(), few).probabilities[0, 1] > 0.6 > 0.1 > decide(Share(), many).probabilities[0, 1]


def test_share_max_and_mean_are_what_they_say() -> None:
    cells = [0.2, 0.6, 0.7, 0.1]
    assert decide(Share(), cells).probabilities[0, 1] == pytest.approx(0.5)
    assert decide(Max(), cells).probabilities[0, 1] == pytest.approx(0.7)
    assert decide(Mean(), cells).probabilities[0, 1] == pytest.approx(0.4)


def test_a_rule_without_positive_cells_says_how_to_name_them() -> None:
    step = Step("diagnose", "mean", Mean(), classes=FIELDS, positive="ALL")
    told = Predictions.of(torch.tensor([[0.5, 0.5]]), CELLS)
    with pytest.raises(LeukcadError, match="positive_cells"):
        step.diagnose([Cells.of(np.zeros((1, 4)))], told, torch.tensor([0]), torch.tensor([0]))


def test_without_a_positive_class_the_rule_is_taken_class_by_class() -> None:
    step = Step("diagnose", "mean", Mean(), classes=("baso", "eosi", "neut"))
    told = Predictions.of(torch.tensor([[0.2, 0.2, 0.6], [0.0, 0.2, 0.8]]), ("eosi", "baso", "neut"))
    cells = [Cells.of(np.zeros((2, 4)))]
    row = step.diagnose(cells, told, torch.tensor([0, 0]), torch.tensor([0, 1])).probabilities[0]
    assert torch.allclose(row, torch.tensor([0.2, 0.1, 0.7]), atol=1e-5)


@given(n=st.integers(1, 30), positive=st.integers(0, 30), rate=st.floats(0.01, 0.3))
@settings(max_examples=50)
def test_excess_is_half_where_the_binomial_tail_is_alpha(n: int, positive: int, rate: float) -> None:
    x = min(positive, n)
    tail = sum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(x, n + 1))
    cells = [0.9] * x + [0.1] * (n - x)
    score = float(decide(Excess(error_rate=rate, alpha=0.01), cells).probabilities[0, 1])
    assert score == pytest.approx(0.01 / (0.01 + tail), rel=1e-3)


def test_one_miscalled_cell_is_no_excess_however_few_or_many_cells_there_are() -> None:
    for n in (1, 2, 5, 24):
        assert decide(Excess(), [0.9] + [0.1] * (n - 1)).probabilities[0, 1] < 0.5
    assert decide(Excess(), [0.9] * 2).probabilities[0, 1] > 0.5
    assert decide(Excess(), [0.9] * 6 + [0.1] * 20).probabilities[0, 1] > 0.5


@given(cells=st.lists(st.floats(0.06, 0.94), min_size=2, max_size=7))
@settings(max_examples=50)
def test_mixture_is_the_posterior_probability_of_two_positive_cells_or_more(cells: list[float]) -> None:
    odds = [p / (1 - p) for p in cells]
    numbers = range(2, len(cells) + 1)
    factor = np.mean([np.mean([np.prod(c) for c in itertools.combinations(odds, k)]) for k in numbers])
    assert decide(Mixture(), cells).probabilities[0, 1] == pytest.approx(factor / (1 + factor), abs=1e-5)


def test_mixture_calls_two_clear_blasts_alone_and_not_a_few_doubtful_cells_among_many_healthy_ones() -> None:
    blasts, crowd, diluted = [0.97, 0.93], [0.7, 0.8] + [0.02] * 20, [0.97] * 6 + [0.02] * 20
    assert (decide(Mixture(), blasts, crowd, diluted).probabilities[:, 1] > 0.5).tolist() == [True, False, True]


def test_mixture_is_not_carried_away_by_one_cell_however_sure_the_classifier_is_of_it() -> None:
    answers = decide(Mixture(), [1.0], [1.0, 0.0, 0.0], [1.0] + [0.0] * 30)
    assert (answers.probabilities[:, 1] < 0.5).all()


def test_mixture_stands_a_thousand_cells() -> None:
    answers = decide(Mixture(), [1.0] * 1000, [0.0] * 1000).probabilities[:, 1]
    assert answers[0] == pytest.approx(1.0) and answers[1] == pytest.approx(0.0, abs=0.01)
