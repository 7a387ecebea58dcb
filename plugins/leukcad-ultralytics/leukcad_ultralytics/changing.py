"""Training pictures with their boxes, and random changes of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukcad.regions import border_colour

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from leukcad.options import Augment

VISIBLE = 0.3  # share of a box that must still be seen
SMALLEST = 2.0  # px: the least side of a box


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture uint8 (3, h, w), and its boxes (N, 4) xyxy px with labels (N,)."""

    pixels: Tensor
    boxes: Tensor
    labels: Tensor


def changed(batch: Sequence[Picture], options: Augment, generator: torch.Generator) -> list[Picture]:
    """The pictures of a batch scaled, mirrored and turned; each draws its own changes from `generator` (CPU).

    Pictures of one batch are all turned by a quarter or none is, so that they stay of one shape.
    """
    import torch

    across, down = torch.randint(0, 2, (2, len(batch)), generator=generator).bool().tolist()
    quarter = bool(torch.randint(0, 2, (1,), generator=generator)) and options.rotate
    zooms = (1 + (torch.rand(len(batch), generator=generator) * 2 - 1) * options.scale).tolist()
    places = torch.rand((len(batch), 2), generator=generator).tolist()
    mirror, out = options.flip or options.rotate, []
    for picture, left, up, zoom, place in zip(batch, across, down, zooms, places, strict=True):
        if options.scale:
            picture = zoomed(picture, zoom, place)
        if not options.flip:  # turned only: half a turn is both mirrors, a quarter is one and rows become columns
            up = left != quarter
        out.append(mirrored(picture, left and mirror, up and mirror, quarter))
    return out


def mirrored(picture: Picture, across: bool, down: bool, transposed: bool) -> Picture:
    """Left and right, top and bottom, rows and columns changed for each other."""
    from torchvision.transforms.v2 import functional as F  # type: ignore[import-untyped]

    pixels, boxes = picture.pixels, _told(picture)
    if across:
        pixels, boxes = F.horizontal_flip(pixels), F.horizontal_flip(boxes)
    if down:
        pixels, boxes = F.vertical_flip(pixels), F.vertical_flip(boxes)
    plain = boxes.as_subclass(type(picture.boxes))
    if transposed:
        pixels, plain = pixels.transpose(1, 2), plain[:, [1, 0, 3, 2]]
    return Picture(pixels, plain, picture.labels)


def zoomed(picture: Picture, zoom: float, place: Sequence[float]) -> Picture:
    """`zoom` times as large, in a picture of the same shape; `place` in [0, 1] × [0, 1] says where (y, x).

    Larger: a part of it is seen. Smaller: it lies on the colour of its border.
    """
    from torchvision.transforms.v2 import InterpolationMode
    from torchvision.transforms.v2 import functional as F

    height, width = picture.pixels.shape[1:]
    off = [(width - width * zoom) * (place[1] - 0.5), (height - height * zoom) * (place[0] - 0.5)]
    fill = border_colour(picture.pixels).tolist()
    told = {"angle": 0.0, "translate": off, "scale": zoom, "shear": [0.0, 0.0]}
    pixels = F.affine(picture.pixels, **told, interpolation=InterpolationMode.BILINEAR, fill=fill)
    boxes = F.affine(_told(picture), **told).as_subclass(type(picture.boxes))
    return within(Picture(pixels, boxes, picture.labels))


def within(picture: Picture) -> Picture:
    """Boxes cut at the picture's edges; those of which little is seen are left out."""
    height, width = picture.pixels.shape[1:]
    boxes = picture.boxes.clone()
    boxes[:, 0::2] = boxes[:, 0::2].clamp(0, width)
    boxes[:, 1::2] = boxes[:, 1::2].clamp(0, height)
    sides, whole = boxes[:, 2:] - boxes[:, :2], picture.boxes[:, 2:] - picture.boxes[:, :2]
    seen = (sides >= SMALLEST).all(dim=1) & (sides.prod(dim=1) >= VISIBLE * whole.prod(dim=1))
    return Picture(picture.pixels, boxes[seen], picture.labels[seen])


def _told(picture: Picture) -> Tensor:
    """The boxes as torchvision's transforms know them: uncut, so that `within` sees how much of one is left."""
    from torchvision.tv_tensors import BoundingBoxes  # type: ignore[import-untyped]

    size = tuple(picture.pixels.shape[1:])
    told: Tensor = BoundingBoxes(picture.boxes, format="XYXY", canvas_size=size, clamping_mode=None)
    return told
