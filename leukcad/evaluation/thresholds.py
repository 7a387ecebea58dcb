"""The decision threshold, frozen on the validation fields."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import pairwise

from leukcad.errors import LeukcadError

log = logging.getLogger("leukcad.evaluation")


def freeze(probabilities: Sequence[float], truth: Sequence[bool], rule: str = "balanced", value: float = 0.5) -> float:
    """The threshold t in [0, 1] from which on (p ≥ t) a field is called positive.

    probabilities: of the positive class, one a validation field; truth: whether that field is positive.
    rule `fixed`: `value`. rule `balanced`: where balanced accuracy is best; `value` itself if it is among the best,
    else the middle of the best gap between probabilities that lies nearest to it. Without fields of both kinds there
    is nothing to balance: `value`, with a warning. Raises LeukcadError for an unknown rule or a value out of range.
    """
    if not 0 <= value <= 1:
        raise LeukcadError(f"threshold: value: expected 0 to 1, got {value}")
    if rule == "fixed":
        return value
    if rule != "balanced":
        raise LeukcadError(f"threshold: rule: expected balanced or fixed, got {rule!r}")
    positives = sum(map(bool, truth))
    if positives in (0, len(truth)):
        log.warning("no validation fields of both kinds: the threshold stays at %.2f", value)
        return value
    best = _best_gaps(list(zip(probabilities, truth, strict=True)), positives)
    if any(low < value <= high for low, high in best):
        return value
    low, high = min(best, key=lambda gap: (max(gap[0] - value, value - gap[1]), gap))
    middle = max((low + high) / 2, 0.0)
    return middle if middle > low else high


def _best_gaps(told: list[tuple[float, bool]], positives: int) -> list[tuple[float, float]]:
    """The half-open gaps (low, high] in which every threshold reaches the best balanced accuracy."""
    edges = [-1e-9, *sorted({p for p, _ in told}), 1.0]  # the first gap holds 0
    negatives = len(told) - positives
    scores = []
    for low, high in pairwise(edges):
        if low < high:
            found = sum(p > low for p, is_positive in told if is_positive)
            cleared = sum(p <= low for p, is_positive in told if not is_positive)
            scores.append((found * negatives + cleared * positives, (low, high)))  # whole numbers: ties are ties
    best = max(score for score, _ in scores)
    return [gap for score, gap in scores if score == best]
