"""What the preprocess components share: a field with other pixels, its stained part, the colour of its light."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np

from leukcad import Field

from .frame import without_frame
from .look import ROUGH, foreground
from .optics import F32, U8, background, optical_density, shrunk

ENOUGH = 200  # stained pixels at the small scale, below which a field tells nothing about its stain


def repainted(field: Field, image: U8) -> Field:
    """The field with other pixels, uint8 (H, W, 3), on the device where the old ones lie; all else as it was."""
    made = Field.of(field.record, image)
    return field.replace(image=made.image.to(field.image.device))


@dataclass(frozen=True)
class Small:
    """A field of at most 512 px, without its black frame.

    image, light: uint8 (h, w, 3), light is the plasma's colour in every place. density: float32 (h, w, 3), natural
    optical density against that light. mask: uint8 0/1 (h, w), where anything is stained.
    """

    image: U8
    light: U8
    density: F32
    mask: U8

    @property
    def tells(self) -> bool:
        """Whether enough is stained to measure a stain."""
        return int(self.mask.sum()) >= ENOUGH

    @property
    def plasma(self) -> F32:
        """The colour of the plasma, (3,) grey values: the median of the light over the field."""
        return np.asarray(np.median(self.light.reshape(-1, 3), axis=0), np.float32)


def small(image: U8) -> Small:
    """Bring an (H, W, 3) uint8 field to the small scale and find what is stained in it."""
    reduced = without_frame(shrunk(image, min(ROUGH / max(image.shape[:2]), 1.0)))
    light = background(reduced)
    density = optical_density(reduced, light)
    return Small(reduced, light, density, foreground(density))


@dataclass
class Once:
    """Says a thing one time, however many fields it is true of."""

    said: set[str] = field(default_factory=set)

    def warn(self, log: logging.Logger, text: str, record: str) -> None:
        """Log `text` about `record`, if it was not said before."""
        if text not in self.said:
            self.said.add(text)
            log.warning("%s: %s (said once; others may follow)", record, text)
