"""Fields as the network sees them: in tiles where they are big, scaled, and padded to whole strides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from leukcad import Field, LeukcadError
from leukcad.regions import border_colour, resize

if TYPE_CHECKING:
    from torch import Tensor

View = tuple[int, int, int, int]  # x0, y0, x1, y1 in field px

LONGEST = 4096  # px: the longest side that a network is given
STRIDE = 32  # px: a picture's sides are multiples of it
SLACK = 4  # px by which two tiles may tell the middle of one cell differently


@dataclass(frozen=True)
class Framing:
    """How a field becomes pictures.

    side: the longest side of a view as the network sees it, px. tile, overlap: as the options say. microns: µm a px
    there, in place of `side` where the field's pixel size is known.
    """

    side: int
    tile: int | None = None
    overlap: float = 0.25
    microns: float | None = None

    def views(self, field: Field) -> list[View]:
        """The views that cover a field, row by row."""
        if self.tile is None:
            return [(0, 0, field.width, field.height)]
        spans = [_spans(length, self.tile, self.overlap) for length in (field.height, field.width)]
        return [(x0, y0, x1, y1) for (y0, y1), (x0, x1) in product(*spans)]

    def seen(self, field: Field, view: View) -> tuple[Tensor, float]:
        """One view, uint8 (3, h, w), and how many of its px one field px is; raises `LeukcadError` if it is huge."""
        x0, y0, x1, y1 = view
        factor = self.side / (max(x1 - x0, y1 - y0) if self.tile is None else self.tile)
        if self.microns is not None and field.pixel_size is not None:
            factor = field.pixel_size / self.microns
        size = max(1, round((y1 - y0) * factor)), max(1, round((x1 - x0) * factor))
        if max(size) > LONGEST:
            told = f"{field.record.id}: {max(size)} px at {self.microns:g} µm a px, more than {LONGEST}"
            raise LeukcadError(told, cure="set `tile`, or more microns")
        return resize(field.image[:, y0:y1, x0:x1], *size), factor

    def knows(self, field: Field) -> bool:
        """Whether the field is seen as it was asked for: at `microns`, if they are."""
        return self.microns is None or field.pixel_size is not None

    def owned(self, field: Field, view: View) -> tuple[float, float, float, float]:
        """Where the middles of those cells lie that a view answers for: up to the middle of what it shares.

        A cell with its middle there is whole in the view if it fits into the overlap.
        """
        if self.tile is None:
            return view
        half = self.overlap * self.tile / 2 - SLACK
        x0, y0, x1, y1 = view
        return (
            x0 + half * (x0 > 0),
            y0 + half * (y0 > 0),
            x1 - half * (x1 < field.width),
            y1 - half * (y1 < field.height),
        )


def _spans(length: int, tile: int, overlap: float) -> list[tuple[int, int]]:
    """Where the tiles along one side begin and end, evenly spread; neighbours share `overlap` of a tile, or more."""
    stride = max(1, int(tile * (1 - overlap)))
    last = max(length - tile, 0)
    count = -(-last // stride)
    starts = [round(i * last / count) for i in range(count + 1)] if count else [0]
    return [(start, min(start + tile, length)) for start in starts]


def padded(pictures: Sequence[Tensor]) -> Tensor:
    """A batch uint8 (B, 3, H, W) with channels-last strides; what is padded has the colour of the border."""
    import torch

    height, width = (-(-max(p.shape[axis] for p in pictures) // STRIDE) * STRIDE for axis in (1, 2))
    colours = torch.stack([border_colour(p) for p in pictures])[:, :, None, None]
    batch = colours.expand(-1, -1, height, width).contiguous(memory_format=torch.channels_last)  # (B, 3, H, W)
    for laid, picture in zip(batch, pictures, strict=True):
        laid[:, : picture.shape[1], : picture.shape[2]] = picture
    return batch
