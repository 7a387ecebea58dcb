"""What plants see of a field: numbers, found cells and small pictures, measured once and shared by all of them.

Lengths are px of the field, optical densities (OD) base e against the field's own background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from leukcad_skimage.wbc import Found, find_wbc
from numpy.typing import NDArray

from leukcad import Field
from plants.cells import measure_cells
from plants.squares import squares

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
THUMB = (40, 30)


@dataclass(eq=False)
class Look:
    """One field, its measures worked out as they are asked for."""

    image: Pixels

    @cached_property
    def found(self) -> Found:
        """The leukocytes that `detect: nuclei` finds."""
        return find_wbc(self.image)

    @cached_property
    def background(self) -> Floats:
        """Colour of the plasma, RGB 0–255: the median of the brightest fifth in the green."""
        flat = self.image.reshape(-1, 3)[::7]
        bright = flat[flat[:, 1] >= np.quantile(flat[:, 1], 0.8)]
        return np.median(bright, axis=0).astype(np.float32)

    @cached_property
    def density(self) -> Floats:
        """OD (H, W, 3)."""
        table = -np.log(np.maximum(np.arange(256, dtype=np.float32), 4)[:, None] / np.maximum(self.background, 4))
        return np.stack([table[:, c][self.image[..., c]] for c in range(3)], axis=-1)

    @cached_property
    def reds(self) -> NDArray[np.bool_]:
        """Where red cells are: stained, and no leukocyte."""
        return (self.density[..., 1] > 0.12) & (self.found.regions == 0) & (self.found.nuclei == 0)

    @cached_property
    def red_density(self) -> Floats:
        """Median OD of red cells, RGB."""
        stained = self.density[self.reds]
        return np.median(stained[::5], axis=0) if len(stained) else np.full(3, 0.3, np.float32)

    @cached_property
    def cells(self) -> Floats:
        """Measures of every found cell, (N, F): see `plants.cells`."""
        return measure_cells(self.found, self.density, float(self.red_density[1]))

    @cached_property
    def numbers(self) -> dict[str, float]:
        """One number for each shortcut: see `plants.numbers`."""
        from plants.numbers import measure

        numbers = measure(self)
        for large in ("density", "reds"):  # nothing else asks for them; training keeps hundreds of looks
            self.__dict__.pop(large, None)
        return numbers

    @cached_property
    def thumb(self) -> Floats:
        """The field at 40 × 30 px, float32 (30, 40, 3), 0–1."""
        small: Any = cv2.resize(self.image, THUMB, interpolation=cv2.INTER_AREA)
        return small.astype(np.float32) / 255  # type: ignore[no-any-return]

    def squares(self, context: float) -> Pixels:
        """Every found cell with its surroundings, uint8 (N, 32, 32, 3); cut once for each context."""
        kept: dict[float, Pixels] = self.__dict__.setdefault("_squares", {})
        if context not in kept:
            kept[context] = squares(self.image, self.found.boxes, context)
        return kept[context]


_LOOKS: WeakKeyDictionary[Field, Look] = WeakKeyDictionary()


def look_at(field: Field) -> Look:
    """The look of a field; as long as the field lives, the same one."""
    if field not in _LOOKS:
        _LOOKS[field] = Look(field.array())
    return _LOOKS[field]


def forget() -> None:
    """Drop all looks; they are worked out again if asked for."""
    _LOOKS.clear()


def looks_of(fields: Sequence[Field]) -> list[Look]:
    """`look_at` for many."""
    return [look_at(field) for field in fields]
