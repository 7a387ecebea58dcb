"""The size and shape of a mask, in numbers."""

from __future__ import annotations

import numpy as np

from .body import hull
from .optics import Mask

NAMES = ("area", "pieces", "circularity", "solidity", "extent", "eccentricity", "length", "width")


def shape(mask: Mask) -> list[float]:
    """NAMES of a bool (S, S) mask: all 0 where it is empty.

    area: share of the crop. pieces: connected parts. circularity: 4π · area / perimeter². solidity: share of the
    convex hull. extent: share of the upright box. eccentricity, length, width: of the ellipse with the same second
    moments, the axes in sides of the crop.
    """
    import cv2

    area = int(mask.sum())
    if not area:
        return [0.0] * len(NAMES)
    solid = mask.astype(np.uint8)
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    around = max(sum(cv2.arcLength(contour, True) for contour in contours), 1.0)
    _, _, width, height = cv2.boundingRect(solid)
    seen = cv2.moments(solid, True)
    spread = np.array([[seen["mu20"], seen["mu11"]], [seen["mu11"], seen["mu02"]]]) / area + np.eye(2) / 12
    minor, major = np.sqrt(np.linalg.eigvalsh(spread))
    side = max(mask.shape)
    return [
        area / mask.size,
        float(len(contours)),
        min(4 * np.pi * area / around**2, 1.0),
        area / max(int(hull(mask).sum()), 1),
        area / (width * height),
        float(np.sqrt(max(1 - (minor / major) ** 2, 0.0))),
        float(4 * major / side),
        float(4 * minor / side),
    ]
