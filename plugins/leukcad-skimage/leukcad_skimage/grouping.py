"""One nucleus, one cell: touching nuclei are split, the lobes of a granulocyte are joined."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .optics import I32, U8, Mask


def split_touching(mask: U8, diameter: float) -> I32:
    """Label map of nuclei from a mask 0/1 (H, W); round nuclei that touch are cut at the neck.

    Seeds are the inscribed discs of the radius of a nucleus; a part counts only if it is as big as a small nucleus
    and the neck is clearly narrower than both, which the lobes of a granulocyte are too small for.
    """
    import cv2

    count, found, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4, ltype=cv2.CV_32S)
    unit = np.pi / 4 * diameter**2
    labels: I32 = np.array(found, np.int32)
    following = count
    for label in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[label])
        if area < 1.3 * unit or max(w, h) < 1.7 * diameter:
            continue
        cut = np.s_[y : y + h, x : x + w]
        parts = _parts(labels[cut] == label, diameter)
        for part in range(2, int(parts.max()) + 1):
            labels[cut][parts == part] = following
            following += 1
    return labels


def _parts(nucleus: Mask, diameter: float) -> I32:
    """Label map 1.. of the parts of one blob (all 1 if it is a single nucleus)."""
    import cv2

    padded = np.pad(nucleus.astype(np.uint8), 1)
    far = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    whole = nucleus.astype(np.int32)
    best = whole
    for level in np.arange(0.15, 0.6, 0.05) * diameter:
        count, cores = cv2.connectedComponents((far > level).astype(np.uint8), connectivity=8)
        if count < 3:
            continue
        tall = [k for k in range(1, count) if far[cores == k].max() > max(1.35 * level, 0.38 * diameter)]
        if len(tall) < 2:
            continue
        parts = _nearest(nucleus, np.where(np.isin(cores, tall), cores, 0).astype(np.int32))
        smallest = min(int((parts == k).sum()) for k in range(1, len(tall) + 1))
        if smallest > 0.75 * np.pi / 4 * diameter**2 and len(tall) > best.max():
            best = parts
    return best


def _nearest(nucleus: Mask, cores: I32) -> I32:
    """Every nucleus pixel to its nearest core, cores renumbered from 1."""
    import cv2

    _, numbered = np.unique(cores, return_inverse=True)
    numbered = numbered.reshape(cores.shape)
    _, index = cv2.distanceTransformWithLabels(
        (cores == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros(int(index.max()) + 1, np.int32)
    lookup[index[cores > 0]] = numbered[cores > 0]
    return np.where(nucleus, lookup[index], 0).astype(np.int32)


def join_lobes(labels: I32, stained: U8, diameter: float) -> I32:
    """Label map 1.. in which pieces that make up one nucleus share a number; crumbs are dropped.

    Two pieces are joined, nearest first, when the gap is short and stained (cytoplasm, not plasma) and the circle
    around them is still that of one cell; two pieces that are each a whole nucleus are not.
    """
    unit = np.pi / 4 * diameter**2
    outlines = _outlines(labels, 0.04 * unit)
    groups = [_Group([key], points, area) for key, (points, area) in outlines.items()]
    gaps: dict[tuple[_Group, _Group], float] = {}
    for number, group in enumerate(groups):
        _note_gaps(gaps, group, groups[:number], stained, diameter, unit)
    while gaps:
        first, second = min(gaps, key=lambda pair: gaps[pair])
        merged = _Group(
            first.keys + second.keys, np.concatenate([first.points, second.points]), first.area + second.area
        )
        gaps = {pair: gap for pair, gap in gaps.items() if not {first, second} & set(pair)}
        groups = [group for group in groups if group is not first and group is not second]
        _note_gaps(gaps, merged, groups, stained, diameter, unit)
        groups.append(merged)
    lookup = np.zeros(int(labels.max()) + 1, np.int32)
    for number, group in enumerate(groups, 1):
        lookup[group.keys] = number
    return lookup[labels]


class _Group:
    """Pieces of nucleus taken as one: their labels, outline points (n, 2) and area."""

    def __init__(self, keys: list[int], points: npt.NDArray[np.int32], area: float) -> None:
        import cv2

        self.keys, self.points, self.area = keys, points, area
        centre, self.radius = cv2.minEnclosingCircle(points)
        self.centre = np.array(centre)

    def whole(self, unit: float) -> bool:
        """Whether it alone could be the round nucleus of a cell; `unit` is the area of a red cell."""
        return self.area > 1.15 * unit and self.area > 0.65 * np.pi * self.radius**2


def _outlines(labels: I32, smallest: float) -> dict[int, tuple[npt.NDArray[np.int32], float]]:
    import cv2

    found: dict[int, tuple[npt.NDArray[np.int32], float]] = {}
    areas = np.bincount(labels.ravel())
    for label in np.flatnonzero(areas >= max(smallest, 4.0)):
        if label == 0:
            continue
        mask = (labels == label).astype(np.uint8)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        points: Any = np.concatenate(contours)[:, 0]
        found[int(label)] = (points.astype(np.int32), float(areas[label]))
    return found


def _note_gaps(
    gaps: dict[tuple[_Group, _Group], float],
    group: _Group,
    others: list[_Group],
    stained: U8,
    diameter: float,
    unit: float,
) -> None:
    """Enter the gap between a group and each of the others that it may be joined with."""
    for other in others:
        apart = float(np.hypot(*(group.centre - other.centre)))
        if apart - group.radius - other.radius <= 0.6 * diameter:
            gap = _joinable(other, group, stained, diameter, unit)
            if gap is not None:
                gaps[other, group] = gap


def _joinable(first: _Group, second: _Group, stained: U8, diameter: float, unit: float) -> float | None:
    """Gap in px between two pieces of one nucleus, or None if they are two cells."""
    import cv2

    between = ((first.points[:, None, :] - second.points[None, :, :]) ** 2).sum(-1)
    here, there = np.unravel_index(int(between.argmin()), between.shape)
    gap = float(np.sqrt(between[here, there]))
    _, radius = cv2.minEnclosingCircle(np.concatenate([first.points, second.points]))
    if gap > 0.6 * diameter or 2 * radius > 3.0 * diameter:
        return None
    ends = first.points[here], second.points[there]
    steps = np.linspace(*ends, 7).round().astype(int)
    if gap >= 3 and stained[steps[:, 1], steps[:, 0]].mean() < 0.8:
        return None
    waist = _waist(first, second, ends, stained, diameter)
    two_nuclei = min(first.whole(unit), second.whole(unit))
    if waist < (1.0 if two_nuclei else 0.55) and 2 * radius > (1.9 if two_nuclei else 2.48) * diameter:
        return None
    return gap


def _waist(
    first: _Group, second: _Group, ends: tuple[npt.NDArray[Any], npt.NDArray[Any]], stained: U8, diameter: float
) -> float:
    """Width of the stained body between two pieces in widths of the wider piece: small where two cells touch.

    In a granulocyte the middle of the cell lies between the lobes, where it is widest.
    """
    axis = second.centre - first.centre
    across = np.array([-axis[1], axis[0]]) / max(float(np.hypot(*axis)), 1e-6)
    middle = (ends[0] + ends[1]) / 2.0
    reach = np.arange(1, int(1.5 * diameter))
    width = 1
    for sign in (-1, 1):
        path = (middle + sign * reach[:, None] * across).round().astype(int)
        inside = (path >= 0).all(1) & (path[:, 0] < stained.shape[1]) & (path[:, 1] < stained.shape[0])
        path = path[inside]
        run = stained[path[:, 1], path[:, 0]] > 0
        width += int(run.argmin()) if not run.all() else len(run)
    widths = [float(np.ptp(piece.points @ across)) for piece in (first, second)]
    return width / max(*widths, 1.0)
