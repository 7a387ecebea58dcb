"""How a training picture of YOLO is made larger or smaller."""

from __future__ import annotations

from collections.abc import Sequence

from leukcad.boxes import Picture, within


def zoomed(picture: Picture, zoom: float, place: Sequence[float]) -> Picture:
    """As `leukcad.boxes.zoomed`, to a part of a px and bilinear without antialiasing, as ultralytics warps pictures."""
    from torchvision.transforms.v2 import InterpolationMode  # type: ignore[import-untyped]
    from torchvision.transforms.v2 import functional as F
    from torchvision.tv_tensors import BoundingBoxes  # type: ignore[import-untyped]

    from leukcad.regions import border_colour

    height, width = picture.pixels.shape[1:]
    off = [(width - width * zoom) * (place[1] - 0.5), (height - height * zoom) * (place[0] - 0.5)]
    fill = border_colour(picture.pixels).tolist()
    told = {"angle": 0.0, "translate": off, "scale": zoom, "shear": [0.0, 0.0]}
    pixels = F.affine(picture.pixels, **told, interpolation=InterpolationMode.BILINEAR, fill=fill)
    # uncut, so that `within` sees how much of a box is left
    uncut = BoundingBoxes(picture.boxes, format="XYXY", canvas_size=(height, width), clamping_mode=None)
    boxes = F.affine(uncut, **told).as_subclass(type(picture.boxes))
    return within(Picture(pixels, boxes, picture.labels))
