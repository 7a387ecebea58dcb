"""Diagnosis rules: how the cells decide for their field (or slide, or patient).

With a positive class a rule scores the suspicion raised by the cells in `step.positive_cells`; without one, cells and
fields have the same classes and the rule is taken class by class. A unit with fewer than `min_cells` cells abstains.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad import Cells, LeukcadError, Predictions, Step, hookimpl

if TYPE_CHECKING:
    from torch import Tensor

MinCells = Annotated[int, Option(ge=1, description="abstain below this number of cells")]


class Rule(ABC):
    """A rule over the cells of one unit; `score` turns probabilities (n, C), n ≥ 1, into one row (C,)."""

    def __init__(self, *, min_cells: MinCells = 1) -> None:
        self.min_cells = min_cells

    @abstractmethod
    def score(self, probabilities: Tensor) -> Tensor:
        """(n, C) → (C,) within [0, 1]; columns are taken one by one."""

    @hookimpl
    def leukcad_diagnose(
        self, cells: Sequence[Cells], predictions: Predictions, field_index: Tensor, step: Step
    ) -> Predictions:
        """One row per unit over `step.classes`."""
        import torch

        told = self._columns(predictions, step)  # (N, C)
        rows, abstain, reasons = torch.zeros((len(cells), len(step.classes))), [], []
        for unit in range(len(cells)):
            mine = told[field_index.cpu() == unit]
            short = len(mine) < self.min_cells
            abstain.append(short)
            reasons.append(_reason(len(mine), self.min_cells) if short else "")
            rows[unit] = self._row(mine, step) if not short else 1 / len(step.classes)
        return Predictions(rows, step.classes, torch.tensor(abstain, dtype=torch.bool), tuple(reasons))

    def _columns(self, predictions: Predictions, step: Step) -> Tensor:
        wanted = step.positive_cells if step.positive else step.classes
        missing = [name for name in wanted if name not in predictions.classes]
        if missing or not wanted:
            known = ", ".join(predictions.classes)
            cure = "name the cell classes that speak for it under positive_cells"
            raise LeukcadError(
                f"{step.title}: no cell class {', '.join(missing) or 'is positive'} (known: {known})", cure=cure
            )
        columns = [predictions.classes.index(name) for name in wanted]
        told = predictions.probabilities.float().cpu()[:, columns]
        return told.sum(dim=1, keepdim=True).clamp(max=1) if step.positive else told

    def _row(self, mine: Tensor, step: Step) -> Tensor:
        row = self.score(mine)
        if step.positive is None:
            return row / row.sum().clamp(min=1e-12)
        others = len(step.classes) - 1
        return row.new_tensor([row.item() if c == step.positive else (1 - row.item()) / others for c in step.classes])


class Share(Rule):
    """The share of cells called positive (each by its own probability ≥ `cell_threshold`)."""

    def __init__(
        self,
        *,
        min_cells: MinCells = 1,
        cell_threshold: Annotated[float, Option(gt=0, lt=1, description="probability from which a cell counts")] = 0.5,
    ) -> None:
        super().__init__(min_cells=min_cells)
        self.cell_threshold = cell_threshold

    def score(self, probabilities: Tensor) -> Tensor:
        """The mean of yes (1) and no (0); with several classes each cell votes for its likeliest."""
        import torch

        if probabilities.shape[1] == 1:
            return (probabilities >= self.cell_threshold).float().mean(dim=0)
        votes = torch.nn.functional.one_hot(probabilities.argmax(dim=1), probabilities.shape[1])
        return votes.float().mean(dim=0)


class Mean(Rule):
    """The mean probability of the cells."""

    def score(self, probabilities: Tensor) -> Tensor:
        """Column means."""
        return probabilities.mean(dim=0)


class Max(Rule):
    """The most suspicious cell decides."""

    def score(self, probabilities: Tensor) -> Tensor:
        """Column maxima."""
        return probabilities.amax(dim=0)


class Number(Rule):
    """The probability that at least `at_least` cells are positive, the cells taken as independent.

    The upper tail of the Poisson binomial distribution (Hong 2013, Comput. Stat. Data Anal. 59:41), by its recursion.
    It answers the question that the label answers (are there blasts?) and does not thin out as healthy cells are added.
    """

    def __init__(
        self,
        *,
        at_least: Annotated[
            int, Option(ge=1, le=1000, description="how many positive cells make the field positive")
        ] = 2,
        min_cells: MinCells = 1,
    ) -> None:
        super().__init__(min_cells=min_cells)
        self.at_least = at_least

    def score(self, probabilities: Tensor) -> Tensor:
        """1 - P(fewer than `at_least`), for each column."""
        import torch

        below = torch.zeros((self.at_least, probabilities.shape[1]), dtype=torch.float64)  # P(exactly k so far)
        below[0] = 1
        for p in probabilities.double():
            up = torch.roll(below, 1, dims=0) * p
            up[0] = 0
            below = below * (1 - p) + up
        return (1 - below.sum(dim=0)).clamp(0, 1).float()


class Excess(Rule):
    """Whether more cells are called positive than the classifier's own errors explain.

    p is the upper tail of the binomial distribution: as many positive calls, or more, among healthy cells only, each
    miscalled with `error_rate`. The score is alpha / (alpha + p), 0.5 at p = alpha: the usual limit of detection of a
    count (CLSI EP17) as a test. One miscalled cell does not make a leukaemia, however few or many cells there are.
    """

    def __init__(
        self,
        *,
        error_rate: Annotated[
            float, Option(gt=0, lt=1, description="share of healthy cells that are miscalled")
        ] = 0.05,
        alpha: Annotated[float, Option(gt=0, lt=1, description="level of the test, where the score is 0.5")] = 0.01,
        cell_threshold: Annotated[float, Option(gt=0, lt=1, description="probability from which a cell counts")] = 0.5,
        min_cells: MinCells = 1,
    ) -> None:
        super().__init__(min_cells=min_cells)
        self.error_rate, self.alpha, self.cell_threshold = error_rate, alpha, cell_threshold

    def score(self, probabilities: Tensor) -> Tensor:
        """alpha / (alpha + p), for each column."""
        import torch
        from scipy.stats import binom

        positive = (probabilities >= self.cell_threshold).sum(dim=0).numpy()
        p = binom.sf(positive - 1, len(probabilities), self.error_rate)
        return torch.as_tensor(self.alpha / (self.alpha + p), dtype=torch.float32)


def _reason(found: int, wanted: int) -> str:
    return "no WBC found" if found == 0 else f"only {found} of at least {wanted} cells found"
