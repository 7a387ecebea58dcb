"""Ways to lay a piece of picture over another so that its border does not tell."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Option

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

Name = Literal["mean3x3", "feather", "grain", "layer"]
Blending = Annotated[
    Name,
    Option(
        description="how borders are hidden: layer (dyes laid over one another, as on glass), feather (mixed over a "
        "few pixels), grain (so, but the noise at full strength), mean3x3 (the published way)"
    ),
]
#: What is noise rather than picture, px: finer than this.
GRAIN = 1.2


def blend(here: Floats, piece: Floats, mask: Bools, alpha: Floats, white: Floats, how: Name) -> Floats:
    """`piece` over `here`, both float32 (h, w, 3), grey levels; inputs stay as they are.

    mask: bool (h, w), the cell. alpha: float32 (h, w), 0–1, soft around the mask. white: clear plasma here, broadcast
    to (h, w, 3). mean3x3: Loddo & Putzu 2022, §3.1.2: foreground replaced, then a 3 × 3 mean along the border.
    """
    if how == "mean3x3":
        return _mean(here, piece, mask)
    cover = np.clip(alpha, 0, 1)[..., None]
    if how == "feather":
        return cover * piece + (1 - cover) * here
    if how == "grain":
        below, above = _smooth(here), _smooth(piece)
        return cover * above + (1 - cover) * below + _grain(here - below, piece - above, cover)
    return _layer(here, piece, cover, white)


def _mean(here: Floats, piece: Floats, mask: Bools) -> Floats:
    import cv2

    out = np.where(mask[..., None], piece, here).astype(np.float32)
    kernel, whole = np.ones((3, 3), np.uint8), mask.astype(np.uint8)
    border = cv2.dilate(whole, kernel) != cv2.erode(whole, kernel)
    out[border] = np.asarray(cv2.blur(out, (3, 3)))[border]
    return out


def _layer(here: Floats, piece: Floats, cover: Floats, white: Floats) -> Floats:
    """Optical densities add, but for what the cell covers; where the piece is clear, what lies below is unchanged."""
    glass = white + 1
    under, over = np.log(glass / np.maximum(here + 1, 1)), np.log(glass / np.maximum(piece + 1, 1))
    both: Floats = glass * np.exp(-(under * (1 - cover) + over)) - 1
    return both


def _grain(below: Floats, above: Floats, cover: Floats) -> Floats:
    """Two noises mixed so that their variance is that of either: a plain mixture is smoother than both."""
    mixed: Floats = np.sqrt(cover).astype(np.float32) * above + np.sqrt(1 - cover).astype(np.float32) * below
    return mixed


def _smooth(picture: Floats) -> Floats:
    import cv2

    return np.asarray(cv2.GaussianBlur(picture, (0, 0), GRAIN), np.float32)
