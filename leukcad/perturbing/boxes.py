"""Found cells with the errors of a worse detector, always the same for the same field.

A stronger error of a kind holds the weaker ones: the cells that are missed at 10 % are missed at 25 %, too.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from leukcad.kinds import is_leukocyte
from leukcad.types import Cells, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Boxes = NDArray[np.float64]

NEAR = 2.0  # mean sides between two centres, beyond which no detector takes two cells for one
USUAL = 1 / 16  # of the field's longer side: a leukocyte where none was found
TRIES = 96  # places that are tried for boxes on plasma


def perturbed(kind: str, strength: float, field: Field, cells: Cells) -> Cells:
    """The cells with errors of one kind (leukcad.perturbing.design); of no strength they are the same cells.

    shift: each box by `strength` of its sides in a direction of its own. scale: each box about its centre. miss: each
    cell with that probability. merge: each cell, with that probability, with the nearest within two sides into one
    box. spurious: so many boxes on the emptiest places. Label maps go with their cells and are not moved.
    """
    errors = {"shift": _shifted, "scale": _scaled, "miss": _missed, "merge": _merged, "spurious": _made_up}
    return errors[kind](strength, field, cells, _rng(kind, field))


def _rng(kind: str, field: Field) -> np.random.Generator:
    import numpy as np

    digest = hashlib.sha256(f"perturb/{kind}/{field.record.id}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def _shifted(strength: float, _: Field, cells: Cells, rng: np.random.Generator) -> Cells:
    import numpy as np

    angle = rng.uniform(0, 2 * np.pi, len(cells))
    boxes = _boxes(cells)
    way = strength * np.stack([np.cos(angle), np.sin(angle)], axis=1) * (boxes[:, 2:] - boxes[:, :2])
    return _with(cells, boxes + np.tile(way, 2)) if strength else cells


def _scaled(strength: float, _: Field, cells: Cells, rng: np.random.Generator) -> Cells:
    import numpy as np

    boxes = _boxes(cells)
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, strength * (boxes[:, 2:] - boxes[:, :2]) / 2
    return _with(cells, np.concatenate([middle - half, middle + half], axis=1)) if strength != 1 else cells


def _missed(strength: float, _: Field, cells: Cells, rng: np.random.Generator) -> Cells:
    import numpy as np

    kept = np.flatnonzero(rng.random(len(cells)) >= strength)
    return cells.select(kept.tolist()) if len(kept) < len(cells) else cells


def _merged(strength: float, _: Field, cells: Cells, rng: np.random.Generator) -> Cells:
    import numpy as np

    boxes = _boxes(cells)
    merge = rng.random(len(cells)) < strength
    middle, side = (boxes[:, :2] + boxes[:, 2:]) / 2, np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    owner = np.arange(len(cells))
    for i in np.flatnonzero(merge):
        far = np.hypot(*(middle - middle[i]).T)
        far[i] = np.inf
        if len(far) > 1 and far.min() <= NEAR * (side[i] + side[far.argmin()]) / 2:
            one, other = owner[i], owner[far.argmin()]
            owner[owner == max(one, other)] = min(one, other)
    return _joined(cells, boxes, owner) if (owner != np.arange(len(cells))).any() else cells


def _joined(cells: Cells, boxes: Boxes, owner: NDArray[np.int64]) -> Cells:
    """The cells of one owner as one: a box around all, the label and score of the largest, their pixels together."""
    import numpy as np
    import torch

    groups = [np.flatnonzero(owner == o) for o in np.unique(owner)]
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    largest = [int(group[area[group].argmax()]) for group in groups]
    around = [[*boxes[g, :2].min(axis=0), *boxes[g, 2:].max(axis=0)] for g in groups]
    number = torch.zeros(len(cells) + 1, dtype=torch.int32, device=cells.boxes.device)
    for new, group in enumerate(groups, 1):
        number[torch.as_tensor(group + 1, device=number.device)] = new
    maps = [None if m is None else number[m.long().clamp(0, len(cells))] for m in (cells.regions, cells.nuclei)]
    chosen = torch.as_tensor(largest, device=cells.boxes.device)
    boxes_ = cells.boxes.new_tensor(np.array(around))
    return Cells(boxes_, cells.scores[chosen], cells.labels[chosen], cells.classes, maps[0], maps[1])


def _made_up(strength: float, field: Field, cells: Cells, rng: np.random.Generator) -> Cells:
    import numpy as np
    import torch

    boxes = _boxes(cells)
    side = float(np.median(boxes[:, 2:] - boxes[:, :2])) if len(cells) else USUAL * max(field.width, field.height)
    places = _empty_places(field, boxes, side, rng)[: int(strength)]
    if not len(places):
        return cells
    n, known = len(places), cells.labels[cells.labels >= 0]
    label = int(known.mode().values) if len(known) else 0 if cells.classes else -1
    score = float(cells.scores.median()) if len(cells) else 1.0
    return cells.replace(
        boxes=torch.cat([cells.boxes, cells.boxes.new_tensor(places)]),
        scores=torch.cat([cells.scores, cells.scores.new_full((n,), score)]),
        labels=torch.cat([cells.labels, cells.labels.new_full((n,), label)]),
    )


def _empty_places(field: Field, found: Boxes, side: float, rng: np.random.Generator) -> Boxes:
    """Squares that meet neither each other nor a found cell or a true WBC, the brightest, most even first, (N, 4) px.

    On plasma, then, where there is room for them, and on red cells where a field is full of these.
    """
    import numpy as np

    side = min(side, field.width, field.height)
    corners = rng.uniform(0, 1, (TRIES, 2)) * np.array([field.width - side, field.height - side])
    tried = np.concatenate([corners, corners + side], axis=1)
    truth = _boxes(field.truth)[_white(field.truth)] if field.truth is not None else np.zeros((0, 4))
    step = max(1, int(side // 16))
    grey = field.image[:, ::step, ::step].float().mean(dim=0).cpu().numpy()
    even = [_evenness(grey, box / step) for box in tried]
    kept = np.concatenate([found, truth])
    places: list[Boxes] = []
    for i in np.argsort(even)[::-1]:
        if not _meets(tried[i], kept):
            places.append(tried[i])
            kept = np.concatenate([kept, tried[i][None]])
    return np.array(places).reshape(-1, 4)


def _white(cells: Cells) -> NDArray[np.bool_]:
    """Which cells are leukocytes, or of no known kind."""
    import numpy as np

    named = [cells.classes[label] if label >= 0 else "" for label in cells.labels.tolist()]
    return np.array([not name or is_leukocyte(name) for name in named], dtype=bool)


def _evenness(grey: NDArray[np.float32], box: Boxes) -> float:
    x0, y0, x1, y1 = (int(v) for v in box)
    part = grey[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    return float(part.mean() - 2 * part.std())


def _meets(box: Boxes, others: Boxes) -> bool:
    return bool(((others[:, :2] <= box[2:]) & (others[:, 2:] >= box[:2])).all(axis=1).any())


def _boxes(cells: Cells) -> Boxes:
    import numpy as np

    return cells.boxes.cpu().numpy().astype(np.float64)


def _with(cells: Cells, boxes: Boxes) -> Cells:
    return cells.replace(boxes=cells.boxes.new_tensor(boxes).reshape(-1, 4))
