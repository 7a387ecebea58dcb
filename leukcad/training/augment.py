"""Random changes of a training batch, uint8 to uint8, on the device that the batch lies on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from leukcad.options import Augment


def augment(pixels: Tensor, options: Augment, generator: torch.Generator) -> Tensor:
    """A changed copy of `pixels` uint8 (B, 3, S, S); every picture draws its own changes from `generator` (CPU)."""
    if options.scale:
        pixels = _scaled(pixels, options.scale, generator)
    if options.flip or options.rotate:
        pixels = _turned(pixels, options, generator)
    if options.brightness or options.contrast or options.stain:
        pixels = toned(pixels, options, generator)
    return pixels


def augment_with_maps(
    pixels: Tensor, maps: Tensor, options: Augment, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """As `augment`, with `maps` uint8 (B, S, S), such as masks, mirrored and turned along; sizes stay as they are."""
    import torch

    if options.flip or options.rotate:
        both = _turned(torch.cat([pixels, maps[:, None]], dim=1), options, generator)  # (B, 4, S, S)
        pixels, maps = both[:, :3], both[:, 3]
    if options.brightness or options.contrast or options.stain:
        pixels = toned(pixels, options, generator)
    return pixels, maps


def _uniform(shape: tuple[int, ...], reach: float, generator: torch.Generator) -> Tensor:
    """Numbers within ± `reach`."""
    import torch

    return (torch.rand(shape, generator=generator) * 2 - 1) * reach


def _turned(pixels: Tensor, options: Augment, generator: torch.Generator) -> Tensor:
    """Mirrored and turned by 90°: one of the square's eight symmetries a picture."""
    import torch

    n = len(pixels)
    across, down = torch.randint(0, 2, (2, n), generator=generator) * int(options.flip)
    quarters = torch.randint(0, 4, (n,), generator=generator) * int(options.rotate)
    kinds = across + 2 * down + 4 * quarters
    order = kinds.argsort()
    rows = pixels.permute(0, 2, 3, 1).index_select(0, order.to(pixels.device))  # (B, S, S, 3)
    parts, counts = [], torch.bincount(kinds, minlength=16).tolist()
    for kind, part in enumerate(torch.split(rows, counts)):
        axes = [axis for axis, on in ((2, kind & 1), (1, kind & 2)) if on]
        parts.append(torch.rot90(part.flip(axes) if axes else part, kind // 4, (1, 2)))
    return torch.cat(parts).index_select(0, order.argsort().to(pixels.device)).permute(0, 3, 1, 2)


def toned(pixels: Tensor, options: Augment, generator: torch.Generator) -> Tensor:
    """uint8 (B, 3, H, W) with other brightness and contrast, and other optical density of each colour; by one table.

    Stain: density is -log of the light let through, and goes with the amount of dye (Beer-Lambert); it changes by a
    factor per colour.
    """
    import torch

    n, _, height, width = pixels.shape
    brightness = 1 + _uniform((n, 1, 1), options.brightness, generator)
    contrast = 1 + _uniform((n, 1, 1), options.contrast, generator)
    density = 1 + _uniform((n, 3, 1), options.stain, generator)
    middle = pixels[:, :, ::4, ::4].float().mean(dim=(1, 2, 3)).cpu()[:, None, None] / 255  # a sample will do
    table = (torch.arange(256) / 255).expand(n, 3, 256).clamp(min=1 / 512) ** density
    table = ((table - middle) * contrast + middle) * brightness
    table = (table * 255).round().clamp(0, 255).to(torch.uint8).to(pixels.device)
    starts = torch.arange(n * 3, dtype=torch.int32, device=pixels.device).view(n, 1, 3) * 256
    lines = pixels.permute(0, 2, 3, 1).reshape(n, height, width * 3)  # a line at a time: broadcasting over 3 is slow
    index = lines.int() + starts.repeat(1, 1, width)
    return table.flatten().index_select(0, index.flatten()).view(n, height, width, 3).permute(0, 3, 1, 2)


def _scaled(pixels: Tensor, reach: float, generator: torch.Generator) -> Tensor:
    """Larger or smaller about the centre; what comes into view has the colour of the border."""
    import torch

    from leukcad.regions import sample

    size = pixels.shape[-1]
    sides = size / (1 + _uniform((len(pixels),), reach, generator))
    corners = torch.stack([size / 2 - sides / 2, size / 2 + sides / 2], dim=1)  # (B, 2)
    boxes = corners[:, [0, 0, 1, 1]]
    rows = [sample(picture, box[None], size) for picture, box in zip(pixels, boxes, strict=True)]
    return torch.cat(rows).contiguous(memory_format=torch.channels_last)
