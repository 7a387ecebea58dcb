"""`preprocess: red-cell-scale`: how large a pixel is, told by the red cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field as Option

from leukcad import Field, Step, hookimpl

from .look import red_cell_across
from .optics import U8
from .repaint import Once, small

RED_CELL = 7.2  # µm across a red cell in a smear


class RedCellScale:
    """Sets the pixel size, µm/px, by the diameter of the field's red cells; the pixels stay as they are."""

    def __init__(
        self,
        *,
        diameter: Annotated[float, Option(gt=1, lt=20, description="of a red cell, µm")] = RED_CELL,
        known: Annotated[
            Literal["keep", "replace"], Option(description="what becomes of a pixel size that the data tell")
        ] = "keep",
    ) -> None:
        self.diameter, self.known = diameter, known
        self._once = Once()

    @hookimpl
    def leukcad_preprocess(self, fields: Sequence[Field], step: Step) -> list[Field]:
        """Each field with its pixel size; one that shows too few red cells to measure stays without."""
        return [self._one(field, step) for field in fields]

    def _one(self, field: Field, step: Step) -> Field:
        if field.pixel_size is not None and self.known == "keep":
            return field
        across = red_cell_px(field.array())
        if across is None:
            self._once.warn(step.log, "it shows too few red cells to measure a pixel by", field.record.id)
            return field
        return field.replace(pixel_size=self.diameter / across)


def red_cell_px(image: U8) -> float | None:
    """Diameter of the red cells of an (H, W, 3) uint8 field in its px; None where too few of them are seen."""
    seen = small(image)
    across = red_cell_across(seen.density, seen.mask)
    return None if across is None else across * image.shape[1] / seen.image.shape[1]
