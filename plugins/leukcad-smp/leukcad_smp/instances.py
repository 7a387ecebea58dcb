"""From kinds of pixel to cells: touching ones parted, specks dropped, given ones filled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from leukcad.regions import owners

if TYPE_CHECKING:
    from numpy.typing import NDArray

Instances = Literal["watershed", "detect"]
CORE = 0.5  # of a given box's sides: the middle that a watershed starts from
AROUND = 0.25  # of a given box's sides: how far a watershed may reach out of it
WAIST = 0.25  # cells that touch are two where the waist is narrower than the smaller one by this share
SURE = 0.5  # probability from which on a pixel is cell


@dataclass(frozen=True)
class Painted:
    """What the network makes of a field, (h, w) each: the probability of cell, and where it is nucleus (or None)."""

    cell: NDArray[np.float32]
    nucleus: NDArray[np.bool_] | None

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Where it is cell."""
        return np.asarray(self.cell > SURE)


def found(painted: Painted, smallest: float) -> NDArray[np.int32]:
    """Cells by watershed on the distance from the background, int32 (h, w), numbered from 1 without gaps.

    A part without nucleus, where nuclei are known, belongs to the neighbour that it touches. Cells below `smallest` px²
    are dropped.
    """
    from scipy.ndimage import label

    mask = painted.mask
    if not mask.any():
        return np.zeros(mask.shape, np.int32)
    far = _far(mask)
    labels = _flooded(far, _peaks(far), mask)
    if painted.nucleus is not None:
        parts = np.asarray(label(mask)[0], np.int32)
        labels = _flooded(far, _with_nucleus(labels, parts, painted.nucleus), mask)
        labels = np.where((labels == 0) & mask, parts + labels.max(), labels)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    return renumbered(np.where(areas[labels] >= smallest, labels, 0))


def renumbered(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same labels, int32, from 1 without gaps; 0 stays 0."""
    there = np.flatnonzero(np.bincount(labels.ravel()))
    numbers = np.zeros(int(labels.max(initial=0)) + 1, np.int32)
    there = there[there > 0]
    numbers[there] = np.arange(1, len(there) + 1)
    return numbers[labels]


def filled(
    painted: Painted, boxes: NDArray[np.float32], nuclei: NDArray[np.int32] | None, how: Instances
) -> NDArray[np.int32]:
    """Which pixels belong to which of the given `boxes` (N, 4), int32 (h, w), box i as i + 1.

    detect: a box has the pixels inside, of two boxes the nearer. watershed: it starts from the middle of each box, or
    from its nucleus where `nuclei` (h, w) tells it, and may reach a little out of the box.
    """
    mask = painted.mask
    if how == "detect":
        return np.where(mask, owners(boxes, *mask.shape), 0).astype(np.int32)
    inside = owners(boxes, *mask.shape)
    seeds = np.where(mask, owners(_resized(boxes, CORE), *mask.shape), 0)
    if nuclei is not None:
        seeds = np.where((nuclei > 0) & mask, nuclei, np.where(np.isin(inside, nuclei), 0, seeds))
    missing = ~np.isin(inside, seeds)
    seeds = np.where(missing & mask, inside, seeds)
    labels = _flooded(_far(mask), seeds.astype(np.int32), mask)
    around = _resized(boxes, 1 + 2 * AROUND)
    return np.where(_inside(around, labels), labels, 0).astype(np.int32)


def _far(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance of each pixel from the background, px; the field's border is none."""
    from scipy.ndimage import distance_transform_edt

    far: NDArray[np.float64] = distance_transform_edt(mask) if not mask.all() else np.ones(mask.shape)
    return far


def _peaks(far: NDArray[np.float64]) -> NDArray[np.int32]:
    """Seeds, int32 (h, w) from 1: the tops of the distance map between which it falls by WAIST or more."""
    from scipy.ndimage import label
    from skimage import morphology

    library: Any = morphology  # without annotations
    heights = np.log(np.maximum(far, 0.5))
    levelled = library.reconstruction(heights + math.log(1 - WAIST), heights, method="dilation")
    tops = np.asarray(library.local_maxima(levelled)) & (far > 0)
    tops = tops if tops.any() else far > 0  # a field that is all cell has no top
    return np.asarray(label(tops, np.ones((3, 3)))[0], np.int32)


def _with_nucleus(labels: NDArray[np.int32], parts: NDArray[np.int32], nucleus: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The labels that hold nucleus; in a part of the mask that holds none, all of them as one."""
    there = np.zeros(int(labels.max()) + 1, bool)
    there[labels[nucleus]] = True
    there[0] = False
    lonely = np.ones(int(parts.max()) + 1, bool)
    lonely[parts[there[labels]]] = False
    lonely[0] = False
    return np.where(there[labels], labels, np.where(lonely[parts], parts + labels.max(), 0)).astype(np.int32)


def _flooded(far: NDArray[np.float64], seeds: NDArray[np.int32], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    from skimage import segmentation

    library: Any = segmentation  # without annotations
    return np.asarray(library.watershed(-far, seeds, mask=mask), np.int32)


def _resized(boxes: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Boxes grown or shrunk about their centres."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2 * factor
    return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)


def _inside(boxes: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Where a label's pixel lies in that label's box."""
    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]] + 0.5
    own = np.concatenate([np.zeros((1, 4), np.float32), boxes])[labels]  # (h, w, 4)
    return np.asarray((x >= own[..., 0]) & (x < own[..., 2]) & (y >= own[..., 1]) & (y < own[..., 3]))
