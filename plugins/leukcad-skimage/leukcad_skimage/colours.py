"""The colours under a mask, in numbers."""

from __future__ import annotations

import numpy as np

from .optics import F32, U8, Mask

CHANNELS = ("red", "green", "blue", "hue", "saturation", "value", "lightness", "a", "b")
MOMENTS = ("mean", "deviation", "skewness")
NAMES = tuple(f"{channel}_{moment}" for channel in CHANNELS for moment in MOMENTS)


def channels(picture: U8) -> F32:
    """RGB and HSV of an (S, S, 3) uint8 picture, each 0 to 1, and CIELab in hundredths: float32 (S, S, 9).

    Hue is turned by half a circle, so that red and purple do not lie at both its ends.
    """
    import cv2

    rgb = picture.astype(np.float32) / 255
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] / 360 + 0.5) % 1
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab) / 100
    return np.concatenate([rgb, hsv, lab], axis=-1).astype(np.float32)


def moments(seen: F32, mask: Mask) -> list[float]:
    """NAMES of `channels` under a bool (S, S) mask (Stricker & Orengo 1995); all 0 where it is empty.

    The skewness is the third root of the third central moment, in the channel's own unit.
    """
    pixels = seen[mask].astype(np.float64)
    if not len(pixels):
        return [0.0] * len(NAMES)
    mean = pixels.mean(axis=0)
    off = pixels - mean
    table = np.stack([mean, np.sqrt((off**2).mean(axis=0)), np.cbrt((off**3).mean(axis=0))], axis=1)
    return [float(value) for value in table.ravel()]
