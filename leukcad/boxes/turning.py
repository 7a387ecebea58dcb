"""Random changes of training pictures, with their boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukcad.regions import border_colour, resize

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


#: A picture, how many times as large it shall be, and where (y, x in [0, 1]) → one of the same shape.
Zoom = Callable[[Picture, float, Sequence[float]], Picture]


def mirrored(picture: Picture, across: bool, down: bool, transposed: bool) -> Picture:
    """Left and right, top and bottom, rows and columns changed for each other."""
    pixels, boxes = picture.pixels, picture.boxes
    height, width = pixels.shape[1:]
    if across:
        pixels, boxes = pixels.flip(2), boxes[:, [2, 1, 0, 3]] * boxes.new_tensor([-1, 1, -1, 1])
        boxes = boxes + boxes.new_tensor([width, 0, width, 0])
    if down:
        pixels, boxes = pixels.flip(1), boxes[:, [0, 3, 2, 1]] * boxes.new_tensor([1, -1, 1, -1])
        boxes = boxes + boxes.new_tensor([0, height, 0, height])
    if transposed:
        pixels, boxes = pixels.transpose(1, 2), boxes[:, [1, 0, 3, 2]]
    return Picture(pixels, boxes, picture.labels)


def zoomed(picture: Picture, zoom: float, place: Sequence[float]) -> Picture:
    """`zoom` times as large, in a picture of the same shape; `place` in [0, 1] × [0, 1] says where (y, x).

    Larger: a part of it is seen. Smaller: it lies on the colour of its border.
    """
    height, width = picture.pixels.shape[1:]
    size = max(1, round(height * zoom)), max(1, round(width * zoom))
    top, left = (round((old - new) * at) for old, new, at in zip((height, width), size, place, strict=True))
    scaled = resize(picture.pixels, *size)
    canvas = border_colour(picture.pixels)[:, None, None].expand(3, height, width).clone()
    y0, x0, y1, x1 = max(top, 0), max(left, 0), min(top + size[0], height), min(left + size[1], width)
    canvas[:, y0:y1, x0:x1] = scaled[:, y0 - top : y1 - top, x0 - left : x1 - left]
    factors = picture.boxes.new_tensor([size[1] / width, size[0] / height] * 2)
    boxes = picture.boxes * factors + picture.boxes.new_tensor([left, top] * 2)
    return within(Picture(canvas, boxes, picture.labels))


def within(picture: Picture) -> Picture:
    """Boxes cut at the picture's edges; those of which little is seen are left out."""
    height, width = picture.pixels.shape[1:]
    boxes = picture.boxes.clone()
    boxes[:, 0::2] = boxes[:, 0::2].clamp(0, width)
    boxes[:, 1::2] = boxes[:, 1::2].clamp(0, height)
    sides, whole = boxes[:, 2:] - boxes[:, :2], picture.boxes[:, 2:] - picture.boxes[:, :2]
    seen = (sides >= SMALLEST).all(dim=1) & (sides.prod(dim=1) >= VISIBLE * whole.prod(dim=1))
    return Picture(picture.pixels, boxes[seen], picture.labels[seen])


def changed(
    batch: Sequence[Picture],
    options: Augment,
    generator: torch.Generator,
    zoom: Zoom = zoomed,
) -> list[Picture]:
    """The pictures of a batch scaled (by `zoom`), mirrored and turned, their boxes with them.

    Each draws its own changes from `generator` (CPU). Those of one batch are all turned by a quarter or none is, so
    that they stay of one shape.
    """
    import torch

    across, down = torch.randint(0, 2, (2, len(batch)), generator=generator).bool().tolist()
    quarter = bool(torch.randint(0, 2, (1,), generator=generator)) and options.rotate
    zooms = 1 + (torch.rand(len(batch), generator=generator) * 2 - 1) * options.scale
    places = torch.rand((len(batch), 2), generator=generator).tolist()
    mirror = options.flip or options.rotate
    out = []
    for picture, left, up, factor, place in zip(batch, across, down, zooms.tolist(), places, strict=True):
        if options.scale:
            picture = zoom(picture, factor, place)
        if not options.flip:  # turned only: half a turn is both mirrors, a quarter is one and the rows as columns
            up = left != quarter
        out.append(mirrored(picture, left and mirror, up and mirror, quarter))
    return out
