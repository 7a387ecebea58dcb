"""The rule `mixture`: are some of the cells positive, their share unknown?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad_cells.rules import MinCells, Rule

if TYPE_CHECKING:
    from torch import Tensor

NODES = 64  # of the quadrature: exact up to 127 cells, as the likelihood is a polynomial in the share


class Mixture(Rule):
    """The probability that a share of the cells is positive rather than none, every share as likely as another.

    A cell of probability p speaks with the odds r = p / (1 - p), the likelihood ratio of a classifier that weighs its
    classes alike. If a share s of the cells is positive, all of them have the likelihood ratio Π (1 - s + s r); its
    mean over s in (0, 1] is the Bayes factor against "none", and even odds beforehand make it the score. So two clear
    blasts alone are a leukaemia, and a few doubtful cells among many healthy ones are none. (Two-component mixture with
    known components; the Bayes factor of Kass & Raftery 1995, JASA 90:773.)
    """

    def __init__(
        self,
        *,
        doubt: Annotated[
            float, Option(gt=0, lt=0.5, description="no cell is surer than this: p is kept within doubt and 1 - doubt")
        ] = 0.05,
        min_cells: MinCells = 1,
    ) -> None:
        super().__init__(min_cells=min_cells)
        self.doubt = doubt

    def score(self, probabilities: Tensor) -> Tensor:
        """B / (1 + B) of the Bayes factor B, for each column."""
        import numpy as np
        import torch
        from scipy.special import expit, logsumexp

        sure = np.clip(probabilities.double().numpy(), self.doubt, 1 - self.doubt)  # (n, C)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        share = (nodes + 1) / 2  # from [-1, 1] to [0, 1]
        told = np.log1p(share[:, None, None] * (sure / (1 - sure) - 1)).sum(axis=1)  # (NODES, C)
        factor = logsumexp(told, b=weights[:, None] / 2, axis=0)  # its logarithm: many cells overflow it
        return torch.as_tensor(expit(factor), dtype=torch.float32)
