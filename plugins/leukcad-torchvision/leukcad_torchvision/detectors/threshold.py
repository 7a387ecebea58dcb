"""The score from which on a found box counts as a cell, set once on the validation fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad import Cells

UNKNOWN = 0.5  # where nothing was validated


def best(found: Sequence[Cells], truth: Sequence[Cells]) -> tuple[float, float]:
    """The threshold of the best F1, and that F1, over pairs of found and true cells of the same class names.

    A hit is a found box whose centre lies in a free true box of its class, the surest found box first. The threshold
    lies halfway to the next lower score, so that it does not hang on one cell.
    """
    import numpy as np

    wanted = sum(len(cells) for cells in truth)
    pairs = [pair for f, t in zip(found, truth, strict=True) for pair in hits(f, t)]
    if not wanted or not any(hit for _, hit in pairs):
        return UNKNOWN, 0.0
    pairs.sort(reverse=True)
    scores = np.array([score for score, _ in pairs])
    right = np.cumsum([hit for _, hit in pairs])
    f1 = 2 * right / (np.arange(1, len(pairs) + 1) + wanted)
    lowest = np.append(scores[1:], 0.0)
    f1[scores == lowest] = -1.0  # a threshold cannot cut between equal scores
    at = int(f1.argmax())
    return float((scores[at] + lowest[at]) / 2), float(f1[at])


def hits(found: Cells, truth: Cells) -> list[tuple[float, bool]]:
    """(score, whether it is a hit) of each found box."""
    import numpy as np

    boxes, names = truth.boxes.cpu().numpy(), np.array(truth.names())
    free = np.ones(len(truth), bool)
    told = []
    order = found.scores.argsort(descending=True, stable=True).tolist()
    called = found.names()
    for i in order:
        x0, y0, x1, y1 = found.boxes[i].tolist()
        centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        may = free & (names == called[i]) & _holds(boxes, centre)
        if may.any():
            free[int(may.argmax())] = False
        told.append((float(found.scores[i]), bool(may.any())))
    return told


def _holds(boxes: NDArray[np.float32], point: NDArray[np.float64]) -> NDArray[np.bool_]:
    import numpy as np

    return np.asarray((boxes[:, :2] <= point).all(axis=1) & (boxes[:, 2:] >= point).all(axis=1))
