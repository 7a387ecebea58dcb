"""Big fields in tiles, and the cells of tiles as those of a field: a cell on a seam is one cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

View = tuple[int, int, int, int]  # x0, y0, x1, y1 in field px

TOUCHES = 2.0  # px from a seam within which a box is taken for cut there
SAME = 0.5  # share of the smaller of two tiles' boxes that lies in the other, from which on both are one cell
ALONG = 0.5  # share of their common extent along a seam from which on two cut boxes are two halves of one cell


@dataclass(frozen=True, eq=False)
class Found:
    """Boxes (N, 4) xyxy in field px, scores (N,) and labels (N,), all of one `view` of the field."""

    boxes: Tensor
    scores: Tensor
    labels: Tensor
    view: View


def views(height: int, width: int, tile: int | None, overlap: float) -> list[View]:
    """The views that cover a field, row by row; neighbours share `overlap` of a tile's side, or more."""
    if tile is None:
        return [(0, 0, width, height)]
    shared = tile - max(1, int(tile * (1 - overlap)))
    return [
        (x, y, min(x + tile, width), min(y + tile, height))
        for y in starts(height, tile, shared)
        for x in starts(width, tile, shared)
    ]


def starts(length: int, tile: int, shared: int) -> list[int]:
    """Where tiles begin so that they cover 0 to `length`, evenly spread, neighbours sharing `shared` px or more."""
    if length <= tile:
        return [0]
    last = length - tile
    count = -(-last // (tile - shared))
    return [round(i * last / count) for i in range(count + 1)]


def merged(parts: Sequence[Found], height: int, width: int, nms: float | None) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes, scores and labels of a field out of those of its views, best score first.

    What overlaps by more than `nms` (intersection over union) is one cell, whatever its class; None: no view holds a
    cell twice. Of a cell that two views show, the view that does not cut it is believed; if both cut it, at facing
    seams, the cell is what both show together.
    """
    import torch

    boxes = torch.cat([p.boxes for p in parts])
    scores, labels = torch.cat([p.scores for p in parts]), torch.cat([p.labels for p in parts])
    owner = torch.cat([torch.full((len(p.boxes),), i) for i, p in enumerate(parts)])
    cut = torch.cat([_cut(p.boxes, p.view, height, width) for p in parts])  # (N, 4) bool: left, top, right, bottom
    if len(parts) > 1:
        boxes, cut = _joined(boxes, scores, owner, cut)
    trust = scores - cut.any(dim=1).float()  # what no seam cuts comes first
    order = trust.argsort(descending=True, stable=True)
    if len(parts) > 1 or nms is not None:
        parted = cut.any(dim=1)
        order = order[_first(boxes[order], labels[order], owner[order], parted[order], nms or 1.0)]
    order = order[scores[order].argsort(descending=True, stable=True)]
    return boxes[order], scores[order], labels[order]


def _cut(boxes: Tensor, view: View, height: int, width: int) -> Tensor:
    """Which sides of each box lie on a seam: an edge of the view that is no edge of the field; bool (N, 4)."""
    import torch

    edges = torch.tensor(view, dtype=boxes.dtype)
    seam = torch.tensor([view[0] > 0, view[1] > 0, view[2] < width, view[3] < height])
    return ((boxes - edges).abs() <= TOUCHES) & seam


def _joined(boxes: Tensor, scores: Tensor, owner: Tensor, cut: Tensor) -> tuple[Tensor, Tensor]:
    """Halves of one cell, cut at facing seams of two views, each grown to the whole of it."""
    import torch

    boxes, cut = boxes.clone(), cut.clone()
    for axis in (0, 1):
        for i in cut[:, axis + 2].nonzero().flatten().tolist():  # it ends at its view's right (lower) seam
            alike = (scores > scores[i] / 2) & (scores < scores[i] * 2)  # a faint box does not blow up a sure one
            halves = cut[:, axis] & (owner != owner[i]) & alike & _meet(boxes, boxes[i], axis)
            others = halves.nonzero().flatten()
            if len(others):
                pair = [i, int(others[scores[others].argmax()])]
                boxes[pair] = torch.cat([boxes[pair, :2].amin(dim=0), boxes[pair, 2:].amax(dim=0)])
                cut[i, axis + 2] = cut[pair[1], axis] = False
    return boxes, cut


def _meet(boxes: Tensor, one: Tensor, axis: int) -> Tensor:
    """Which boxes go on where `one` ends on `axis`, and lie beside it on the other axis; bool (N,)."""
    import torch

    across = 1 - axis
    on = (boxes[:, axis] <= one[axis + 2] + TOUCHES) & (boxes[:, axis] >= one[axis])
    shared = boxes[:, across + 2].clamp(max=one[across + 2]) - boxes[:, across].clamp(min=one[across])
    longer = torch.maximum(boxes[:, across + 2] - boxes[:, across], one[across + 2] - one[across])
    return on & (boxes[:, axis + 2] >= one[axis + 2]) & (shared > ALONG * longer)


def _first(boxes: Tensor, labels: Tensor, owner: Tensor, parted: Tensor, nms: float) -> Tensor:
    """The places of the boxes that stay; those that come first, whole ones before `parted` ones, suppress later ones.

    Two views show one cell if their boxes agree, if one of the same class lies in the other, or if what a seam left of
    one lies in the other. A platelet on a red cell stays, as it does within a view.
    """
    import torch

    kept: list[int] = []
    area = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(dim=1)
    for i in range(len(boxes)):
        if kept:
            sides = torch.minimum(boxes[kept, 2:], boxes[i, 2:]) - torch.maximum(boxes[kept, :2], boxes[i, :2])
            shared = sides.clamp(min=0).prod(dim=1)
            union = shared / (area[kept] + area[i] - shared).clamp(min=1e-6)
            inside = shared / torch.minimum(area[kept], area[i]).clamp(min=1e-6)
            rest = shared / area[i].clamp(min=1e-6)
            one = (union > SAME) | ((labels[kept] == labels[i]) & (inside > SAME)) | (parted[i] & (rest > SAME))
            if bool(((union > nms) | ((owner[kept] != owner[i]) & one)).any()):
                continue
        kept.append(i)
    return torch.tensor(kept, dtype=torch.int64)
