"""`preprocess: coarsen`: pictures with the detail that a smaller picture would hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad import Field, hookimpl

if TYPE_CHECKING:
    from torch import Tensor


class Coarsen:
    """Fields shrunk and enlarged again: how much is left of a cell that is so many pixels wide."""

    def __init__(
        self,
        *,
        factor: Annotated[float, Option(gt=0, le=1, description="side of the small picture, of the field's")] = 1.0,
    ) -> None:
        self.factor = factor

    @hookimpl
    def leukcad_preprocess(self, fields: Sequence[Field]) -> list[Field]:
        """Each field at the same height and width, averaged down by `factor` and enlarged smoothly."""
        return [field if self.factor == 1 else field.replace(image=self._image(field)) for field in fields]

    def _image(self, field: Field) -> Tensor:
        import numpy as np
        from PIL import Image

        whole = Image.fromarray(field.array())
        size = [max(1, round(side * self.factor)) for side in whole.size]
        small = whole.resize((size[0], size[1]), Image.Resampling.BOX)
        again = small.resize(whole.size, Image.Resampling.BICUBIC)
        return Field.of(field.record, np.asarray(again)).image
