"""`preprocess: white-balance` and `vignetting`: the light of the microscope taken out of a field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field as Option

from leukcad import Field, hookimpl

from .abreast import each
from .frame import without_frame
from .look import ROUGH
from .optics import F32, U8, background, shrunk
from .repaint import repainted

DARK = 16.0  # grey values of a channel's light, below which there is no light to correct
MOST = 4.0  # a value becomes at most so many times larger or smaller


class WhiteBalance:
    """The plasma between the cells becomes a neutral white: each colour is multiplied by a factor of its own."""

    def __init__(
        self, *, white: Annotated[int, Option(ge=64, le=255, description="grey value of the plasma afterwards")] = 235
    ) -> None:
        self.white = white

    @hookimpl
    def leukcad_preprocess(self, fields: Sequence[Field]) -> list[Field]:
        """Each field with its plasma white; a black one stays as it is."""
        return each(lambda field: repainted(field, balanced(field.array(), self.white)), fields)


class Vignetting:
    """Uneven light taken out: each colour is divided by a quadratic through the plasma; the median light stays."""

    def __init__(
        self,
        *,
        flares: Annotated[
            bool, Option(description="bright and dim places too; a leukocyte over 0.3 of the shorter side turns pale")
        ] = False,
    ) -> None:
        self.flares = flares

    @hookimpl
    def leukcad_preprocess(self, fields: Sequence[Field]) -> list[Field]:
        """Each field as under even light."""
        return each(lambda field: repainted(field, evened(field.array(), self.flares)), fields)


def balanced(image: U8, white: int) -> U8:
    """An (H, W, 3) uint8 field whose plasma has the grey value `white` in every colour."""
    light = np.median(light_of(image).reshape(-1, 3), axis=0)
    if light.min() < DARK:
        return image
    gain = np.clip(white / light, 1 / MOST, MOST)
    table = np.clip(np.rint(np.arange(256)[:, None] * gain), 0, 255).astype(np.uint8)  # (256, 3)
    return np.stack([table[:, colour][image[..., colour]] for colour in range(3)], axis=-1)


def evened(image: U8, flares: bool = False) -> U8:
    """An (H, W, 3) uint8 field divided by its light and multiplied by the median of it, colour by colour."""
    import cv2

    light = light_of(image, flares=flares)
    level = np.median(light.reshape(-1, 3), axis=0)
    gain = np.clip(level / np.maximum(light, 1), 1 / MOST, MOST)
    gain[light < DARK] = 1
    wide = cv2.resize(np.asarray(gain, np.float32), image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(np.rint(image * wide), 0, 255), np.uint8)


def light_of(image: U8, *, flares: bool = True) -> F32:
    """Grey values of the light between the cells, float32 (h, w, 3) of at most 512 px, without a black frame."""
    reduced = without_frame(shrunk(image, min(ROUGH / max(image.shape[:2]), 1.0)))
    return np.asarray(background(reduced, flares=flares), np.float32)
