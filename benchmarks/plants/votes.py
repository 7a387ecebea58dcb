"""Two-step plants in two halves: a judge scores the found cells of each field, a vote makes the field's class."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from leukcad import Field
from plants.looks import Look, look_at, looks_of
from plants.plant import BLAST, Answer, FoundCells, Rule, Training, calls, kinds_found

Scores = NDArray[np.float64]
Judge = Callable[[Sequence[Field]], list[Scores]]  # the logit of each found cell, field by field
Vote = Callable[[Scores], bool]


def share(at_least: float) -> Vote:
    """That share of the cells is called a blast."""
    return lambda scores: len(scores) > 0 and float((scores > 0).mean()) >= at_least


def mean(above: float = 0.0, limit: float = 3.0) -> Vote:
    """The mean logit, each cell's limited to ± `limit`, exceeds `above`."""
    return lambda scores: len(scores) > 0 and float(np.clip(scores, -limit, limit).mean()) > above


def rule_of(judge: Judge, vote: Vote) -> Rule:
    """The plant that they make."""

    def answer(fields: Sequence[Field]) -> list[Answer]:
        return calls([vote(scores) for scores in judge(fields)])

    return answer


def apart(values: Scores, fields: Sequence[Field]) -> list[Scores]:
    """Values of all cells, field by field."""
    return np.split(values, np.cumsum([len(look.found.boxes) for look in looks_of(fields)])[:-1])


def measured(training: Training) -> Judge:
    """A judge by the measures of nucleus and cytoplasm, learned from the cells of balanced fields."""
    from plants.learners import logistic

    cells = training.cells(training.balanced)
    known = cells.kinds != ""
    scorer = logistic(table(cells.looks)[known], cells.kinds[known] == BLAST)
    return lambda fields: apart(scorer(table(looks_of(fields))), fields)


def table(looks: Sequence[Look]) -> NDArray[np.float32]:
    """Measures of all cells, (N, F)."""
    return np.concatenate([look.cells for look in looks])


def looked(cells: FoundCells, labels: NDArray[np.bool_], context: float, seed: int = 0) -> Judge:
    """A judge by a small network over squares of `context` times the cell."""
    from plants.learners import network

    def pixels(looks: Sequence[Look]) -> NDArray[np.uint8]:
        return np.concatenate([look.squares(context) for look in looks])

    net = network(pixels(cells.looks), labels, seed=seed)
    return lambda fields: apart(net(pixels(looks_of(fields))), fields)


def told(fields: Sequence[Field]) -> list[Scores]:
    """A judge that knows the kind of every cell that is found; what lies on no leukocyte counts as healthy."""
    return [np.array([4.0 if kind == BLAST else -4.0 for kind in kinds_found(f)]) for f in fields]


def shown(judge_of_table: Callable[[NDArray[np.float32]], Scores], fields: Sequence[Field]) -> list[Scores]:
    """Scores by any function of the cells' measures."""
    return [judge_of_table(look_at(f).cells) for f in fields]
