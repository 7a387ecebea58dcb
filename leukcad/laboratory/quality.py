"""Whether a field can be counted at all: in focus, and thin enough for cells to lie side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 800  # px to which the longer side is shrunk, so that one limit serves cameras of many sizes
WINDOW = 11  # px over which a picture is blurred once more


@dataclass(frozen=True)
class Quality:
    """blur: 0 (sharp) to 1 (nothing but blur). cover: share of the field that cells cover, 0 to 1."""

    blur: float
    cover: float


def quality(image: NDArray[np.uint8]) -> Quality:
    """Of a field, uint8 (H, W, 3) RGB."""
    import numpy as np
    from PIL import Image

    picture = Image.fromarray(image)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    small = np.asarray(picture, np.float32)
    return Quality(blur(small.mean(axis=2)), cover(small[..., 1]))


def blur(grey: NDArray[np.floating[Any]]) -> float:
    """How little of a picture's variation a further blur takes away; the worse of both directions.

    Crete, Dolmiere, Ladret and Nicolas, *The blur effect: perception and estimation with a new no-reference perceptual
    blur metric*, SPIE Human Vision and Electronic Imaging XII (2007), 64920I.
    """
    import numpy as np
    from scipy.ndimage import uniform_filter1d

    told = []
    for axis in (0, 1):
        before = np.abs(np.diff(grey, axis=axis))
        after = np.abs(np.diff(uniform_filter1d(grey, WINDOW, axis=axis), axis=axis))
        total = float(before.sum())
        lost = float(np.maximum(before - after, 0).sum())
        told.append(1 - lost / total if total else 1.0)
    return max(told)


def cover(green: NDArray[np.floating[Any]]) -> float:
    """The share of pixels darker in green light than halfway between plasma and cells (Otsu 1979)."""
    import numpy as np

    counts, edges = np.histogram(green, bins=256, range=(0, 256))
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    best = int(np.nan_to_num(apart).argmax())
    return float(below[best] / below[-1])
