"""Boxes of a field: which pixel is whose, and the one resize, in one place: antialiasing moves accuracy by a point."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

Fit = Literal["squash", "letterbox"]


def sample(image: Tensor, boxes: Tensor, size: int, fit: Fit = "squash") -> Tensor:
    """The regions `boxes` (N, 4) of `image` uint8 (3, H, W) as uint8 (N, 3, size, size).

    Antialiased bilinear. Squash pulls a region into the square, letterbox keeps its shape and pads. A box may exceed
    the field; what lies outside has the median colour of the field's border.
    """
    import torch

    if len(boxes) == 0:
        return image.new_empty((0, 3, size, size))
    fill = border_colour(image)
    out = torch.stack([_one(image, box, size, fit, fill) for box in boxes.round().long().tolist()])
    return out.contiguous(memory_format=torch.channels_last)  # (N, 3, size, size)


def owners(boxes: NDArray[np.float32], height: int, width: int) -> NDArray[np.int32]:
    """For every pixel the box that holds its centre, int32 (height, width): box i as i + 1, 0 for none.

    boxes: (N, 4) xyxy px; they may exceed the field. Of several boxes the one has a pixel whose centre is nearest,
    measured in sides of the box.
    """
    import numpy as np

    near = np.full((height, width), np.inf, np.float32)
    owner = np.zeros((height, width), np.int32)
    for number, (x0, y0, x1, y1) in enumerate(boxes.tolist(), 1):
        left, top, right, bottom = (max(math.ceil(v - 0.5), 0) for v in (x0, y0, x1, y1))  # by the pixels' centres
        here = np.s_[top:bottom, left:right]
        rows, columns = owner[here].shape
        y, x = np.ogrid[top : top + rows, left : left + columns]
        across, down = max(x1 - x0, 1e-6), max(y1 - y0, 1e-6)
        off = np.hypot((x + 0.5 - (x0 + x1) / 2) / across, (y + 0.5 - (y0 + y1) / 2) / down).astype(np.float32)
        nearer = off < near[here]
        near[here][nearer] = off[nearer]
        owner[here][nearer] = number
    return owner


def border_colour(image: Tensor) -> Tensor:
    """The median colour of the outermost pixels, uint8 (3,)."""
    import torch

    edges = torch.cat([image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1]], dim=1)
    return edges.median(dim=1).values


def _one(image: Tensor, box: list[int], size: int, fit: Fit, fill: Tensor) -> Tensor:
    region = _cut(image, box, fill)  # (3, h, w)
    if fit == "squash":
        return resize(region, size, size)
    height, width = region.shape[1:]
    scale = size / max(height, width)
    new_height, new_width = max(1, round(height * scale)), max(1, round(width * scale))
    square = fill[:, None, None].expand(3, size, size).clone()
    top, left = (size - new_height) // 2, (size - new_width) // 2
    square[:, top : top + new_height, left : left + new_width] = resize(region, new_height, new_width)
    return square


def _cut(image: Tensor, box: list[int], fill: Tensor) -> Tensor:
    x0, y0, x1, y1 = box
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    height, width = image.shape[1:]
    if x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height:
        return image[:, y0:y1, x0:x1]
    region = fill[:, None, None].expand(3, y1 - y0, x1 - x0).clone()
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if right > left and bottom > top:
        region[:, top - y0 : bottom - y0, left - x0 : right - x0] = image[:, top:bottom, left:right]
    return region


def resize(region: Tensor, height: int, width: int) -> Tensor:
    """`region` uint8 (3, H, W) as uint8 (3, height, width), antialiased bilinear."""
    import torch
    import torch.nn.functional as F

    if region.shape[1:] == (height, width):
        return region
    batch = region[None].contiguous(memory_format=torch.channels_last)
    if batch.is_cuda:  # uint8 interpolation exists on the CPU only
        wide = F.interpolate(batch.float(), (height, width), mode="bilinear", antialias=True)
        return wide.round().clamp(0, 255).to(torch.uint8)[0]
    return F.interpolate(batch, (height, width), mode="bilinear", antialias=True)[0]
