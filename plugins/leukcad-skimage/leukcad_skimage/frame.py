"""What is not the smear: black bars, frames and the round edge of an eyepiece."""

from __future__ import annotations

import numpy as np

from .optics import U8

BLACK = 48  # of 255, in every channel: nuclei let more blue through, and do not fill a corner
BLUR = 0.006  # of the longer side: how far a frame's edge is smeared by lens and JPEG


def without_frame(image: U8) -> U8:
    """The (H, W, 3) uint8 field with black that reaches a corner replaced by the light beside it; else itself."""
    import cv2

    height, width = image.shape[:2]
    black = (image.max(axis=2) < BLACK).astype(np.uint8)
    corners = {(y, x) for y in (0, height - 1) for x in (0, width - 1)}
    if not any(black[place] for place in corners):
        return image
    _, labels = cv2.connectedComponents(black, connectivity=4)
    frame = np.isin(labels, [labels[place] for place in corners if black[place]]).astype(np.uint8)
    reach = max(3, round(BLUR * max(height, width)))
    frame = np.asarray(cv2.dilate(frame, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)), np.uint8)
    smear = image[frame == 0]
    if not len(smear):
        return image
    light = np.percentile(smear[:: max(1, len(smear) // 10_000)], 80, axis=0).astype(np.uint8)
    return np.where(frame[..., None] > 0, light, image)
