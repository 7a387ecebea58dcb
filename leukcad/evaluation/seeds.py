"""The verdict on a recipe: that of its runs, where at least three seeds agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leukcad.evaluation.verdict import UNDECIDED, VERDICTS

LEAST_SEEDS = 3
DISAGREE, FEW_SEEDS = "seeds disagree", "too few seeds"


class Common(NamedTuple):
    """A recipe's verdict; cause '' unless undecided."""

    verdict: str
    cause: str


def common(verdicts: Sequence[str], causes: Sequence[str] = ()) -> Common:
    """The common verdict of one recipe's runs, one verdict a seed.

    Fewer than three: undecided (too few seeds). Different ones: undecided (seeds disagree). All undecided: undecided,
    with their cause where it is one, else `seeds disagree`. Raises ValueError for an unknown verdict.
    """
    if unknown := set(verdicts) - set(VERDICTS):
        raise ValueError(f"verdicts: expected {', '.join(VERDICTS)}, got {min(unknown)!r}")
    if len(verdicts) < LEAST_SEEDS:
        return Common(UNDECIDED, FEW_SEEDS)
    if len(set(verdicts)) > 1:
        return Common(UNDECIDED, DISAGREE)
    if verdicts[0] != UNDECIDED:
        return Common(verdicts[0], "")
    return Common(UNDECIDED, causes[0] if len(set(causes)) == 1 else DISAGREE)
