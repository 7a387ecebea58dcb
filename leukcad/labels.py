"""Which truth belongs to which found cell, and which class that makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from leukcad.kinds import is_leukocyte
from leukcad.types import Cells, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OTHER = "other"  # the class of what is no cell; it never reaches diagnose


def match(found: Cells, truth: Cells) -> NDArray[np.int64]:
    """For each found cell the index of its true cell, -1 for none; one to one, (N,) int64.

    A pair may match if the found box's centre lies in the true box (for a point: the point in the found box); among
    those the assignment has the smallest summed distance between centres (Hungarian method).
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    out = np.full(len(found), -1, np.int64)
    if not len(found) or not len(truth):
        return out
    f, t = found.boxes.cpu().numpy(), truth.boxes.cpu().numpy()
    fc, tc = (f[:, :2] + f[:, 2:]) / 2, (t[:, :2] + t[:, 2:]) / 2
    point = np.asarray((t[:, 2:] <= t[:, :2]).any(axis=1))
    may = np.where(point[None], _inside(tc[None], f[:, None]), _inside(fc[:, None], t[None]))  # (N, M)
    cost = np.linalg.norm(fc[:, None] - tc[None], axis=2)
    far = cost.max() * (min(len(f), len(t)) + 1) + 1  # dearer than any assignment without it
    rows, columns = linear_sum_assignment(np.where(may, cost, far))
    for row, column in zip(rows, columns, strict=True):
        if may[row, column]:
            out[row] = column
    return out


def _inside(points: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    import numpy as np

    return np.asarray(((points >= boxes[..., :2]) & (points <= boxes[..., 2:])).all(axis=-1))


def mapped(cells: Cells, cell_classes: Mapping[str, Sequence[str]]) -> Cells:
    """The annotated cells in the bench's cell classes; those of a kind that no class names are left out."""
    import torch

    names = list(cell_classes)
    home = {kind: names.index(name) for name, kinds in cell_classes.items() for kind in (name, *kinds)}
    labels = torch.tensor([home.get(kind, -1) for kind in cells.names()], dtype=torch.int64)
    kept = cells.select((labels >= 0).to(cells.boxes.device))
    return kept.replace(labels=labels[labels >= 0].to(kept.boxes.device), classes=tuple(names))


def whole(field: Field) -> bool:
    """Whether a field says that all its leukocytes are annotated."""
    kinds = field.truth.classes if field.truth is not None else ()
    white = [kind for kind in {*kinds, *field.complete} if is_leukocyte(kind)]
    return bool(white) and all(kind in field.complete for kind in white)


def called(found: Cells, field: Field, cell_classes: Mapping[str, Sequence[str]]) -> Cells:
    """The found cells with the labels of the field's truth that they match.

    A found cell without a truth is `other` if that class exists and the field is annotated `whole`, else unlabelled
    (-1), as is one whose kind no class names; without any truth at all, all are unlabelled.
    """
    import torch

    names = tuple(cell_classes)
    labels = torch.full((len(found),), -1, dtype=torch.int64)
    truth, strangers = field.truth, OTHER in names and whole(field)
    if truth is not None:
        known = mapped(truth, cell_classes)
        hits = match(found, known)
        strange = match(found, truth) >= 0  # an annotated cell of a kind without a class is not `other`
        for i, hit in enumerate(hits.tolist()):
            if hit >= 0:
                labels[i] = known.labels[hit]
            elif strangers and not strange[i]:
                labels[i] = names.index(OTHER)
    return found.replace(labels=labels.to(found.boxes.device), classes=names)
