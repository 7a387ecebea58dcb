"""A field asked piece by piece: memory is bounded by the tile, and where tiles overlap their answers are blended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leukcad.boxes import padded, starts

if TYPE_CHECKING:
    from torch import Tensor


def blended(image: Tensor, ask: Callable[[Tensor], Tensor], tile: int, overlap: int) -> Tensor:
    """What `ask` says of a field, float32 (C, H, W), tile by tile.

    image: uint8 (3, H, W). ask: (1, 3, h, w) with sides that are multiples of 32 px → (1, C, h, w). Answers fade
    towards a tile's edge over `overlap` px, so that no seam shows. What a tile lacks has the colour of its border.
    """
    import torch

    height, width = image.shape[1:]
    total = weight = None
    for top in starts(height, tile, overlap):
        for left in starts(width, tile, overlap):
            here = (slice(top, min(top + tile, height)), slice(left, min(left + tile, width)))
            part = image[:, here[0], here[1]]
            told = ask(padded([part]))[0, :, : part.shape[1], : part.shape[2]].float().cpu()
            if total is None or weight is None:
                total, weight = torch.zeros((len(told), height, width)), torch.zeros((height, width))
            fade = _fade(part.shape[1], overlap)[:, None] * _fade(part.shape[2], overlap)[None]  # (h, w)
            total[:, here[0], here[1]] += told * fade
            weight[here] += fade
    assert total is not None and weight is not None  # there is always one tile
    return total.div_(weight)


def _fade(length: int, overlap: int) -> Tensor:
    """Weights within (0, 1] that rise over `overlap` px from either end, (length,)."""
    import torch

    rise = torch.arange(1, length + 1)
    return torch.minimum(rise, rise.flip(0)).clamp(max=overlap + 1).float() / (overlap + 1)
