"""`preprocess: denoise`: the camera's noise taken out, edges kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field as Option

from leukcad import Field, LeukcadError, hookimpl

from .abreast import each
from .optics import U8
from .repaint import repainted


class Denoise:
    """Fields without their noise, by OpenCV's median, bilateral (Tomasi 1998) or non-local means (Buades 2005)."""

    def __init__(
        self,
        *,
        method: Annotated[
            Literal["median", "bilateral", "non-local-means"],
            Option(description="the last is the best and takes seconds a field"),
        ] = "bilateral",
        size: Annotated[int, Option(ge=3, le=15, description="side of the neighbourhood, odd px")] = 5,
        strength: Annotated[
            float, Option(gt=0, le=100, description="grey values that count as noise; the median has no use for it")
        ] = 10.0,
    ) -> None:
        if size % 2 == 0:
            raise LeukcadError(f"size: expected an odd number, got {size}", cure=f"say {size + 1}")
        self.method, self.size, self.strength = method, size, strength

    @hookimpl
    def leukcad_preprocess(self, fields: Sequence[Field]) -> list[Field]:
        """Each field smoothed."""
        return each(lambda field: repainted(field, self._smooth(field.array())), fields)

    def _smooth(self, image: U8) -> U8:
        import cv2

        if self.method == "median":
            return np.asarray(cv2.medianBlur(image, self.size), np.uint8)
        if self.method == "bilateral":
            return np.asarray(cv2.bilateralFilter(image, self.size, self.strength, self.size / 2), np.uint8)
        blind = cv2.fastNlMeansDenoisingColored(image, None, self.strength, self.strength, self.size, 15)
        return np.asarray(blind, np.uint8)  # in Lab, whose channels are the same in any order of the colours
