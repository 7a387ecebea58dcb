"""The score from which on a found box counts as a cell, set once on the validation fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from leukcad.boxes.framing import annotated
from leukcad.boxes.options import FLOOR
from leukcad.types import Cells

if TYPE_CHECKING:
    from leukcad.step import Step
    from leukcad.types import Examples, Field

UNKNOWN = 0.5  # where nothing was validated
THRESHOLD = "leukcad.threshold"  # the name of the frozen score among weights; no layer has such a name


def frozen(find: Callable[[Field], Cells], validation: Examples, one_class: bool, step: Step) -> float:
    """The score, FLOOR or more, of the best F1 of what `find` finds in annotated fields of `validation`; it is logged.

    one_class: whether what is found is of one class, whatever the truth names it.
    """
    found, truth = [], []
    for field, cells in annotated(validation):
        found.append(find(field))
        labels = cells.labels * 0 if one_class else cells.labels
        truth.append(Cells(cells.boxes.cpu(), cells.scores.cpu(), labels.cpu(), found[-1].classes))
    score, f1 = best(found, truth)
    told = "%s: cells score %.3f or more (F1 %.3f on %d validation fields)"
    step.log.info(told, step.title, max(FLOOR, score), f1, len(found))
    return max(FLOOR, score)


def best(found: Sequence[Cells], truth: Sequence[Cells]) -> tuple[float, float]:
    """The threshold of the best F1, and that F1, over pairs of found and true cells of the same class names.

    It lies halfway to the next lower score, so that it does not hang on one cell; UNKNOWN where there is no hit.
    """
    import numpy as np

    wanted = sum(map(len, truth))
    pairs = sorted((pair for f, t in zip(found, truth, strict=True) for pair in hits(f, t)), reverse=True)
    if not wanted or not any(hit for _, hit in pairs):
        return UNKNOWN, 0.0
    scores = np.array([score for score, _ in pairs])
    lower = np.append(scores[1:], 0.0)
    f1 = 2 * np.cumsum([hit for _, hit in pairs]) / (np.arange(1, len(pairs) + 1) + wanted)
    f1[scores == lower] = -1.0  # no threshold cuts between equal scores
    at = int(f1.argmax())
    return float(scores[at] + lower[at]) / 2, float(f1[at])


def hits(found: Cells, truth: Cells) -> list[tuple[float, bool]]:
    """(score, whether it is a hit) of each found box: its centre in a true box of its class that no surer one took."""
    import torch

    centres = (found.boxes[:, :2].double() + found.boxes[:, 2:].double()) / 2
    inside = (centres[:, None] >= truth.boxes[None, :, :2]) & (centres[:, None] <= truth.boxes[None, :, 2:])
    may = inside.all(dim=2) & (found.labels[:, None] == truth.labels[None])  # (N, M)
    free, told = torch.ones(len(truth), dtype=torch.bool), []
    for i in found.scores.argsort(descending=True, stable=True).tolist():
        here = (may[i] & free).nonzero().flatten()
        free[here[:1]] = False
        told.append((float(found.scores[i]), len(here) > 0))
    return told
