"""What is true of a field: the leukocytes that count, and the places where nothing counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukcad.kinds import is_leukocyte

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.measuring.adjudication import Opinion
    from leukcad.types import Cells, Field

    Boxes = NDArray[np.float64]
    Mask = NDArray[np.bool_]

SAME = 0.3  # intersection over union from which on a published box is the one that an opinion speaks of
UNKNOWN = ""


@dataclass(frozen=True, eq=False)
class Target:
    """The truth of one field, in its pixels.

    boxes: float64 (N, 4), the leukocytes; kinds: their names, '' where unknown. other_boxes, other_kinds: red cells and
    platelets. ignored: (K, 4), where a found cell is neither hit nor false alarm. cell, nucleus: bool (H, W), the
    pixels of all leukocytes, None without masks. void: bool (H, W), pixels that no mask speaks of, None: none.
    """

    boxes: Boxes
    kinds: tuple[str, ...]
    other_boxes: Boxes
    other_kinds: tuple[str, ...]
    ignored: Boxes
    cell: Mask | None = None
    nucleus: Mask | None = None
    void: Mask | None = None


def target_of(field: Field, leave: Collection[str] = (), opinions: Sequence[Opinion] = ()) -> Target | None:
    """What is true of `field`, after the opinions on it; None without annotation.

    leave: kinds of leukocytes whose cells are neither hit nor miss. An added leukocyte has no known kind.
    """
    import numpy as np

    truth = field.truth
    if truth is None:
        return None
    names, boxes = truth.names(), truth.boxes.cpu().numpy().astype(np.float64)
    dropped = [o.box for o in opinions if o.word == "published_not_wbc"]
    white = [is_leukocyte(name) for name in names]
    gone = [w and any(overlap(box, d) > SAME for d in dropped) for w, box in zip(white, boxes, strict=True)]
    counted = [i for i, name in enumerate(names) if white[i] and name not in leave and not gone[i]]
    left = [i for i, name in enumerate(names) if white[i] and name in leave]
    others = [i for i, w in enumerate(white) if not w]
    added = as_boxes([o.box for o in opinions if o.word == "wbc"])
    ignored = np.concatenate([boxes[left], as_boxes([o.box for o in opinions if o.word == "unsure"])])
    cell, nucleus = (pixels_of(truth, counted, which) for which in ("regions", "nuclei"))
    return Target(
        np.concatenate([boxes[counted], added]),
        (*(names[i] for i in counted), *[UNKNOWN] * len(added)),
        boxes[others],
        tuple(names[i] for i in others),
        ignored,
        cell,
        nucleus,
        None if cell is None else _inside(np.concatenate([ignored, added]), field.height, field.width),
    )


def unnamed(cell_classes: Mapping[str, Sequence[str]], kinds: Collection[str]) -> set[str]:
    """The kinds of leukocytes among `kinds` that no cell class of a bench names; none where it has no such classes."""
    named = {name for key, names in cell_classes.items() for name in (key, *names)}
    return {kind for kind in kinds if kind not in named and is_leukocyte(kind)} if cell_classes else set()


def as_boxes(rows: Sequence[Sequence[float]]) -> Boxes:
    """(N, 4) xyxy px, also where N = 0."""
    import numpy as np

    return np.array(rows, np.float64).reshape(-1, 4)


def overlap(first: Sequence[float] | Boxes, second: Sequence[float] | Boxes) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = first, second
    shared = max(0.0, min(ax1, bx1) - max(ax0, bx0)) * max(0.0, min(ay1, by1) - max(ay0, by0))
    whole = (ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - shared
    return float(shared / whole) if whole > 0 else 0.0


def pixels_of(cells: Cells, chosen: Sequence[int], which: str) -> Mask | None:
    """The pixels of the chosen cells in one of their label maps, bool (H, W)."""
    import numpy as np

    labels = getattr(cells, which)
    if labels is None:
        return None
    counts = np.zeros(len(cells) + 1, bool)
    counts[[i + 1 for i in chosen]] = True
    mask: Mask = counts[np.clip(labels.cpu().numpy(), 0, len(cells))]
    return mask


def _inside(boxes: Boxes, height: int, width: int) -> Mask | None:
    """The pixels in any of the boxes, bool (H, W); None where there are no boxes."""
    import numpy as np

    if not len(boxes):
        return None
    mask = np.zeros((height, width), bool)
    for x0, y0, x1, y1 in boxes:
        mask[max(0, int(y0)) : int(np.ceil(y1)), max(0, int(x0)) : int(np.ceil(x1))] = True
    return mask
