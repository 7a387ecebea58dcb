"""The handful of numbers that `classify: numbers` knows of a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .optics import U8

DARK = 100  # grey level: about that of stained nuclei, well below cytoplasm and red cells


def numbers(picture: U8, width: float, height: float, of: Sequence[str]) -> list[float]:
    """The numbers of an (S, S, 3) uint8 picture of width × height px of its field, in the order of `of`.

    nucleus: of the cell in the middle, the share of its area that is nucleus; 0 where no nucleus is found there.
    """
    picture = np.ascontiguousarray(picture)
    grey = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    told: list[float] = []
    for kind in of:
        if kind == "size":
            told += [width, height]
        elif kind == "colour":
            told += [float(v) for v in picture.reshape(-1, 3).mean(axis=0)]
        elif kind == "sharpness":
            told.append(float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()) / 2)
        elif kind == "dark":
            told.append(float((grey < DARK).mean()))
        elif kind == "count":
            told.append(float(_count(picture, width, height)))
        else:
            told.append(_nucleus_share(picture))
    return told


def _count(picture: U8, width: float, height: float) -> int:
    """WBC in a squashed picture, brought back to its shape."""
    import cv2

    from .wbc import find_wbc

    side, longest = picture.shape[0], max(width, height, 1e-6)
    size = (max(round(side * width / longest), 8), max(round(side * height / longest), 8))
    shaped = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return len(find_wbc(shaped).boxes)


def _nucleus_share(picture: U8) -> float:
    from .parts import parts

    nucleus, cell = parts(picture)
    return float(nucleus.sum()) / max(int(cell.sum()), 1)
