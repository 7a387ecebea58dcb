"""A field asked piece by piece: memory is bounded by the tile, and where tiles overlap their answers are blended."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def starts(length: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin so that they cover 0 to `length`, neighbours sharing `overlap` px or more."""
    if length <= tile:
        return [0]
    count = math.ceil((length - overlap) / (tile - overlap))
    return [round(i * (length - tile) / (count - 1)) for i in range(count)]


def blended(image: Tensor, ask: Callable[[Tensor], Tensor], tile: int, overlap: int, stride: int) -> Tensor:
    """What `ask` says of a field, float32 (C, H, W), tile by tile.

    image: uint8 (3, H, W). ask: (1, 3, h, w) with sides that are multiples of `stride` → (1, C, h, w). Answers fade
    towards a tile's edge over `overlap` px, so that no seam shows. What a tile lacks has the colour of its border.
    """
    import torch

    height, width = image.shape[1:]
    total = weight = None
    for top in starts(height, tile, overlap):
        for left in starts(width, tile, overlap):
            here = (slice(top, min(top + tile, height)), slice(left, min(left + tile, width)))
            part = image[:, here[0], here[1]]
            told = ask(padded(part, stride)[None])[0, :, : part.shape[1], : part.shape[2]].float().cpu()
            if total is None or weight is None:
                total, weight = torch.zeros((len(told), height, width)), torch.zeros((height, width))
            fade = _fade(part.shape[1], overlap)[:, None] * _fade(part.shape[2], overlap)[None]  # (h, w)
            total[:, here[0], here[1]] += told * fade
            weight[here] += fade
    assert total is not None and weight is not None  # there is always one tile
    return total.div_(weight)


def padded(part: Tensor, stride: int) -> Tensor:
    """(3, h, w) at the top left of a larger picture whose sides are multiples of `stride`."""
    from leukcad.regions import border_colour

    height, width = part.shape[1:]
    size = [math.ceil(n / stride) * stride for n in (height, width)]
    if size == [height, width]:
        return part
    whole = border_colour(part)[:, None, None].expand(3, size[0], size[1]).clone()
    whole[:, :height, :width] = part
    return whole


def _fade(length: int, overlap: int) -> Tensor:
    """Weights within (0, 1] that rise over `overlap` px from either end, (length,)."""
    import torch

    rise = torch.arange(1, length + 1)
    return torch.minimum(rise, rise.flip(0)).clamp(max=overlap + 1).float() / (overlap + 1)
