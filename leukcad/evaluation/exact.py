"""The exact test and limit of an arm's failure rate, and what a number of groups can show at all."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from leukcad.errors import LeukcadError
from leukcad.evaluation.intervals import clopper_pearson

ALPHA = 0.05  # the level of every test of a verdict


@lru_cache(maxsize=4096)  # simulations of the rule ask for the same counts again and again
def at_least(failures: int, n: int, rate: float) -> float:
    """P(X ≥ failures) for X binomial with n trials at `rate`: the exact one-sided p.

    Raises LeukcadError unless 0 ≤ failures ≤ n.
    """
    from scipy.special import bdtrc

    _check(failures, n)
    return 1.0 if failures == 0 else float(bdtrc(failures - 1, n, rate))


@lru_cache(maxsize=4096)
def upper_limit(failures: int, n: int) -> float:
    """The one-sided 95 % upper limit of a rate, Clopper and Pearson's; 1 where n = 0. Raises as `at_least` does."""
    _check(failures, n)
    return clopper_pearson(failures, n, 1 - 2 * ALPHA)[1]


class Reach(NamedTuple):
    """What n groups can show: an arm clears at `clears` failures or fewer, convicts at `convicts` or more; None: never.

    `convicts` is at the strictest step of Holm's correction in a family of `family` arms.
    """

    n: int
    clears: int | None
    convicts: int | None
    family: int

    @property
    def sentence(self) -> str:
        """The same for a reader."""
        clears = f"clear at {self.clears} failures or fewer" if self.clears is not None else "can never clear"
        convicts = f"convict at {self.convicts} failures or more" if self.convicts is not None else "can never convict"
        groups = "group" if self.n == 1 else "groups"
        return f"{self.n} {groups} {convicts} and {clears}"


@lru_cache(maxsize=1024)
def reach(n: int, margin: float, family: int = 4) -> Reach:
    """What n groups can show at all, before any answer is seen."""
    clears = max((x for x in range(n + 1) if upper_limit(x, n) <= margin), default=None)
    convicts = min((x for x in range(n + 1) if family * at_least(x, n, margin) <= ALPHA), default=None)
    return Reach(n, clears, convicts, family)


def least_n(margin: float) -> int:
    """The fewest groups that can clear at all, none of them failing: 14 at a margin of 0.20."""
    guess = max(1, math.ceil(math.log(ALPHA) / math.log1p(-margin)) - 1)
    return next(n for n in range(guess, guess + 3) if upper_limit(0, n) <= margin)


def check_margin(margin: float) -> None:
    """Raises LeukcadError unless 0 < margin < 1."""
    if not 0 < margin < 1:
        raise LeukcadError(f"audit: margin: expected a rate between 0 and 1, got {margin}", cure="0.2 is usual")


def _check(failures: int, n: int) -> None:
    if not 0 <= failures <= n:
        raise LeukcadError(f"failures: expected 0 to {n}, got {failures}")
