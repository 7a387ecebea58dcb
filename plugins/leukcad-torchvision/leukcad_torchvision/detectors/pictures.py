"""Fields as the detectors' networks see them: scaled, and padded to whole strides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukcad import Field, LeukcadError
from leukcad.regions import border_colour, resize
from leukcad_torchvision.detectors.tiles import View, views

if TYPE_CHECKING:
    from torch import Tensor

STRIDE = 32  # px: a picture's sides are multiples of it, as torchvision pads them
LONGEST = 4096  # px: the longest side that a network is given


@dataclass(frozen=True)
class Framing:
    """How a field becomes pictures.

    side: the longest side of a view as the network sees it, px. microns: µm a px there, in place of `side`. tile,
    overlap: as the options say. square: pictures are padded to squares of `side`.
    """

    side: int
    microns: float | None = None
    tile: int | None = None
    overlap: float = 0.25
    square: bool = False

    def views(self, field: Field) -> list[View]:
        """The views of a field."""
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

    def _factor(self, field: Field, longest: int) -> float:
        if self.microns is None or field.pixel_size is None:
            return self.side / (longest if self.tile is None else self.tile)
        return field.pixel_size / self.microns

    def canvas(self, pictures: list[Tensor]) -> tuple[int, int]:
        """Height and width that pictures are padded to: whole strides around the largest of them."""
        sides = [max(p.shape[1] for p in pictures), max(p.shape[2] for p in pictures)]
        if self.square:
            sides = [max(self.side, *sides)] * 2
        return -(-sides[0] // STRIDE) * STRIDE, -(-sides[1] // STRIDE) * STRIDE

    def padded(self, pictures: list[Tensor]) -> Tensor:
        """A batch uint8 (B, 3, H, W) with channels-last strides; what is padded has the colour of the border."""
        import torch

        batch = torch.stack([border_colour(p) for p in pictures])[:, :, None, None].expand(
            -1, -1, *self.canvas(pictures)
        )
        batch = batch.contiguous(memory_format=torch.channels_last)  # (B, 3, H, W)
        for laid, picture in zip(batch, pictures, strict=True):
            laid[:, : picture.shape[1], : picture.shape[2]] = picture
        return batch
