"""The whole cell around a nucleus."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .look import Stained
from .optics import F32, I32, U8, Mask


def bodies(stained: Stained, labels: I32) -> Iterator[tuple[int, tuple[int, int], Mask, Mask]]:
    """For every nucleus its label, the corner (x, y) of a window, and in that window the nucleus and the cell."""
    import cv2

    distance, owner = _territories(labels)
    reach = round(1.2 * stained.diameter)
    boxes = [cv2.boundingRect((labels == label).astype(np.uint8)) for label in range(1, int(labels.max()) + 1)]
    for label, (x, y, w, h) in enumerate(boxes, 1):
        if w * h < 0.05 * stained.diameter**2:
            continue
        x0, y0 = max(x - reach, 0), max(y - reach, 0)
        cut = np.s_[y0 : y + h + reach, x0 : x + w + reach]
        nucleus = labels[cut] == label
        near = (owner[cut] == label) & (distance[cut] < 1.1 * stained.diameter)
        yield label, (x0, y0), nucleus, _body(stained, cut, nucleus, near)


def hull(nucleus: Mask) -> U8:
    """Convex hull of all pieces of a mask, as a mask 0/1."""
    import cv2

    contours, _ = cv2.findContours(nucleus.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    mask = np.zeros(nucleus.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.concatenate(contours)), 1)
    return mask


def _territories(labels: I32) -> tuple[F32, I32]:
    """Distance of every pixel to the nearest nucleus, and that nucleus' label."""
    import cv2

    if not labels.any():
        return np.full(labels.shape, np.inf, np.float32), labels
    far, index = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros(int(index.max()) + 1, np.int32)
    lookup[index[labels > 0]] = labels[labels > 0]
    return np.asarray(far, np.float32), lookup[index]


def _body(stained: Stained, cut: tuple[slice, slice], nucleus: Mask, near: Mask) -> Mask:
    """Nucleus and cytoplasm: darker than plasma, not red cell, connected with the nucleus, no thin bridges."""
    import cv2

    soft = near & (stained.cells[cut] > 0) & (stained.red_cells[cut] == 0)
    across = max(int(0.6 * stained.diameter) | 1, 3)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
    body = np.asarray(cv2.morphologyEx((soft | nucleus).astype(np.uint8), cv2.MORPH_OPEN, disc), np.uint8)
    body |= (hull(nucleus) & near.astype(np.uint8)) | nucleus.astype(np.uint8)
    _, parts = cv2.connectedComponents(body)
    votes = np.bincount(parts[nucleus], minlength=2)
    votes[0] = 0
    return np.asarray(parts == int(votes.argmax()), np.bool_)
