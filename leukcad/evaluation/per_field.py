"""What each field shows: a description without an error rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leukcad.evaluation.answers import Answer
from leukcad.evaluation.verdict import RIGHT_REASONS, UNDECIDED, WRONG, WRONG_REASONS

CAVEAT = "A description of each field, without an error rate: five draws of one field show no rate of anything."


def describe(untouched: Answer, arms: Mapping[str, Sequence[Answer]]) -> str | None:
    """One field in words, from its untouched answer and its draws in each arm that applies to it.

    `wrong` if it is wrong when untouched; `wrong-reasons` if at least 4 of 5 draws fail any arm; `right-reasons` if at
    most 1 of 5 fails in every arm; else `undecided`, also where no arm applies. With another number of draws, at least
    80 % and at most 20 %. None for a field without truth.
    """
    if untouched.truth is None:
        return None
    if not untouched.right:
        return WRONG
    told = [(sum(not a.right for a in draws), len(draws)) for draws in arms.values() if draws]
    if any(5 * failed >= 4 * n for failed, n in told):
        return WRONG_REASONS
    if told and all(5 * failed <= n for failed, n in told):
        return RIGHT_REASONS
    return UNDECIDED
