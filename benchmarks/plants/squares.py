"""Squares around cells, for the plants that learn from pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32


def squares(image: NDArray[np.uint8], boxes: NDArray[np.float32], context: float) -> NDArray[np.uint8]:
    """uint8 (N, 32, 32, 3): `context` times the longer side of each box; what lies outside the field is mirrored."""
    cut = np.empty((len(boxes), SIDE, SIDE, 3), np.uint8)
    for i, (x0, y0, x1, y1) in enumerate(boxes.tolist()):
        step = context * max(x1 - x0, y1 - y0, 2.0) / SIDE  # px of the field per px of the square
        corner_x, corner_y = (x0 + x1 - step * (SIDE - 1)) / 2, (y0 + y1 - step * (SIDE - 1)) / 2
        place = np.array([[step, 0, corner_x], [0, step, corner_y]], np.float32)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut[i] = cv2.warpAffine(image, place, (SIDE, SIDE), flags=how, borderMode=cv2.BORDER_REFLECT_101)
    return cut
