"""The rule `mixture`: are some of the cells positive, their number unknown?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad_cells.rules import MinCells, Rule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


class Mixture(Rule):
    """The probability that `at_least` cells or more are positive rather than none, every number as likely as another.

    A cell of probability p speaks with the odds r = p / (1 - p), the likelihood ratio of a classifier that weighs its
    classes alike. If k of n cells are positive, no matter which, all of them have the mean of the products of k odds as
    their likelihood ratio; its mean over k is the Bayes factor against "none" (Kass & Raftery 1995, JASA 90:773), and
    even odds beforehand make it the score. So two clear blasts alone are a leukaemia, while one doubtful cell, or a few
    among many healthy ones, is none. Where fewer cells were found than `at_least`, the score is 0.
    """

    def __init__(
        self,
        *,
        at_least: Annotated[int, Option(ge=1, le=1000, description="how many positive cells there are if any")] = 2,
        doubt: Annotated[
            float, Option(gt=0, lt=0.5, description="no cell is surer than this: p is kept within doubt and 1 - doubt")
        ] = 0.05,
        min_cells: MinCells = 1,
    ) -> None:
        super().__init__(min_cells=min_cells)
        self.at_least, self.doubt = at_least, doubt

    def score(self, probabilities: Tensor) -> Tensor:
        """B / (1 + B) of the Bayes factor B, for each column."""
        import numpy as np
        import torch
        from scipy.special import expit, logsumexp

        n, columns = probabilities.shape
        if n < self.at_least:
            return torch.zeros(columns)
        sure = np.clip(probabilities.double().numpy(), self.doubt, 1 - self.doubt)
        told = mean_products(np.log(sure / (1 - sure)))[self.at_least :]  # (n + 1 - at_least, C)
        return torch.as_tensor(expit(logsumexp(told, axis=0) - np.log(len(told))), dtype=torch.float32)


def mean_products(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms of the mean product of k out of n factors, (n + 1, C) for k = 0 … n, from their logarithms (n, C).

    By induction over the factors: a choice of k out of m holds the m-th with probability k / m.
    """
    import numpy as np

    n, columns = logs.shape
    told = np.full((n + 1, columns), -np.inf)
    told[0] = 0
    for m, log in enumerate(logs, 1):
        k = np.arange(1, m + 1)[:, None]
        with np.errstate(divide="ignore"):  # the logarithm of 0: no choice of m out of m is without the m-th
            told[1 : m + 1] = np.logaddexp(told[1 : m + 1] + np.log(1 - k / m), told[:m] + np.log(k / m) + log)
    return told
