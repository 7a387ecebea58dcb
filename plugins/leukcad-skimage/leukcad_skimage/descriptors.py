"""Hand-crafted descriptors of a cell: what `classify: descriptors` learns from, and how each number is called."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from . import colours, shape, texture
from .optics import U8, Mask
from .parts import parts

#: The numbers in their order. nucleus_…, cell_…: size and shape (leukcad_skimage.shape), nuclear texture and the
#: cell's (leukcad_skimage.texture), colours of nucleus and cytoplasm (leukcad_skimage.colours).
NAMES: tuple[str, ...] = (
    "nucleus_share",
    "nucleus_off",
    *(f"nucleus_{name}" for name in shape.NAMES),
    *(f"cell_{name}" for name in shape.NAMES),
    *(f"nucleus_{name}" for name in texture.GLCM_NAMES),
    *(f"cell_{name}" for name in texture.GLCM_NAMES),
    *(f"cell_{name}" for name in texture.LBP_NAMES),
    *(f"nucleus_{name}" for name in colours.NAMES),
    *(f"cytoplasm_{name}" for name in colours.NAMES),
)


def describe(picture: U8) -> npt.NDArray[np.float64]:
    """The descriptors NAMES of the cell in the middle of an (S, S, 3) uint8 crop, (D,), all finite.

    nucleus_share: nucleus / cell. nucleus_off: distance of their centres in diameters of the cell. Where no nucleus
    is found the whole crop counts as the cell, and what is asked of a nucleus or a shape is 0.
    """
    import cv2

    picture = np.ascontiguousarray(picture)
    nucleus, cell = parts(picture)
    seen = cell if cell.any() else np.ones_like(cell)
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    colour = colours.channels(picture)
    near = _window(seen)
    told = [
        float(nucleus.sum()) / max(int(cell.sum()), 1),
        _off(nucleus, cell),
        *shape.shape(nucleus),
        *shape.shape(cell),
        *texture.cooccurrence(grey[near], nucleus[near]),
        *texture.cooccurrence(grey[near], seen[near]),
        *texture.patterns(grey[near], seen[near]),
        *colours.moments(colour, nucleus),
        *colours.moments(colour, seen & ~nucleus),
    ]
    return np.array(told)


def _window(mask: Mask) -> tuple[slice, slice]:
    """The rows and columns of a mask that is not empty, and as many around as binary patterns reach."""
    import cv2

    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    reach = 1 + max(radius for _, radius in texture.CIRCLES)
    return np.s_[max(y - reach, 0) : y + height + reach, max(x - reach, 0) : x + width + reach]


def _off(nucleus: Mask, cell: Mask) -> float:
    if not nucleus.any():
        return 0.0
    inner, outer = (np.mean(np.nonzero(mask), axis=1) for mask in (nucleus, cell))
    return float(np.linalg.norm(inner - outer) / np.sqrt(4 / np.pi * cell.sum()))
