"""Fields as a network sees them: in tiles where they are big, scaled, and padded to whole strides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukcad.boxes.tiles import View, views
from leukcad.errors import LeukcadError
from leukcad.regions import border_colour, resize

if TYPE_CHECKING:
    from torch import Tensor

    from leukcad.types import Cells, Examples, Field

STRIDE = 32  # px: a picture's sides are multiples of it, as most networks want
LONGEST = 4096  # px: the longest side that a network is given


@dataclass(frozen=True)
class Framing:
    """How a field becomes pictures.

    side: the longest side of a view as the network sees it, px. tile: side of the views, field px (None: the whole
    field); overlap: the share of it that neighbours share, in [0, 0.5]. microns: µm a px as the network sees it, in
    place of `side` where the field's pixel size is known. square: pictures are padded to squares of `side`.
    """

    side: int
    tile: int | None = None
    overlap: float = 0.25
    microns: float | None = None
    square: bool = False

    def views(self, field: Field) -> list[View]:
        """The views that cover a field, row by row."""
        return views(field.height, field.width, self.tile, self.overlap)

    def knows(self, field: Field) -> bool:
        """Whether a field can be seen at the scale that is asked for; else it is seen by `side`."""
        return self.microns is None or field.pixel_size is not None

    def seen(self, field: Field, view: View) -> tuple[Tensor, float]:
        """One view, uint8 (3, h, w), and how many of its px one field px is. Raises `LeukcadError` where it is huge."""
        x0, y0, x1, y1 = view
        factor = self._factor(field, max(x1 - x0, y1 - y0))
        size = max(1, round((y1 - y0) * factor)), max(1, round((x1 - x0) * factor))
        if max(size) > LONGEST:
            told = f"{field.record.id}: {max(size)} px at {self.microns:g} µm a px, more than {LONGEST}"
            raise LeukcadError(told, cure="set `tile`, or more microns")
        return resize(field.image[:, y0:y1, x0:x1], *size), factor

    def padded(self, pictures: Sequence[Tensor]) -> Tensor:
        """`padded` as these pictures are: to squares of `side` or more where they are square."""
        return padded(pictures, self.side if self.square else None)

    def _factor(self, field: Field, longest: int) -> float:
        if self.microns is None or field.pixel_size is None:
            return self.side / (longest if self.tile is None else self.tile)
        return field.pixel_size / self.microns


def padded(pictures: Sequence[Tensor], square: int | None = None) -> Tensor:
    """Pictures uint8 (3, h, w) at the top left of a batch uint8 (B, 3, H, W) with channels-last strides.

    H and W are the least multiples of 32 px that hold all of them; with `square` the batch is of squares, of that side
    or more. What is padded has the median colour of its picture's border.
    """
    import torch

    height, width = (max(p.shape[axis] for p in pictures) for axis in (1, 2))
    if square is not None:
        height = width = max(square, height, width)
    sides = (-(-side // STRIDE) * STRIDE for side in (height, width))
    colours = torch.stack([border_colour(p) for p in pictures])[:, :, None, None]
    batch = colours.expand(-1, -1, *sides).contiguous(memory_format=torch.channels_last)  # (B, 3, H, W)
    for laid, picture in zip(batch, pictures, strict=True):
        laid[:, : picture.shape[1], : picture.shape[2]] = picture
    return batch


def annotated(examples: Examples) -> Iterator[tuple[Field, Cells]]:
    """Fields with their cells, one at a time; a field that nobody annotated is not an empty one, and is left out."""
    for field, cells in zip(examples.fields, examples.cells, strict=True):
        if field.truth is not None:
            yield field, cells
