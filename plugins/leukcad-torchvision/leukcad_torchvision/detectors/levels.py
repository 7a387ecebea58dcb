"""Levels of features below SSDlite's heads, which shrink to a pixel."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torchvision.ops import Conv2dNormActivation  # type: ignore[import-untyped]

EXTRA = (512, 256, 256, 128)  # channels of the levels above the backbone


class Levels(nn.Module):
    """Six levels over a mobilenet's features: where it widens before its last stride, its end, and four above.

    The same as torchvision's SSDLiteFeatureExtractorMobileNet, which takes MobileNet-v3 only (Howard et al. 2019,
    section 6.3). channels: of the levels.
    """

    def __init__(self, features: Any, norm: Callable[..., nn.Module]) -> None:
        super().__init__()
        at = max(i for i, layer in enumerate(features) if getattr(layer, "_is_cn", False))
        inside = getattr(features[at], "block", None) or features[at].conv  # expand, filter, narrow
        self.features = nn.Sequential(
            nn.Sequential(*features[:at], inside[0]),
            nn.Sequential(nn.Sequential(*inside[1:]), *features[at + 1 :]),
        )
        wide = [int(inside[0].out_channels), int(features[-1].out_channels)]
        below = [wide[-1], *EXTRA[:-1]]
        self.extra = nn.ModuleList(_extra(old, new, norm) for old, new in zip(below, EXTRA, strict=True))
        self.channels = [*wide, *EXTRA]
        for layer in self.extra.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, mean=0.0, std=0.03)

    def forward(self, pixels: Tensor) -> OrderedDict[str, Tensor]:
        """Levels by name, coarser and coarser."""
        found: OrderedDict[str, Tensor] = OrderedDict()
        for layer in (*self.features, *self.extra):
            pixels = layer(pixels)
            found[str(len(found))] = pixels
        return found


def _extra(old: int, new: int, norm: Callable[..., nn.Module]) -> nn.Sequential:
    """Half as large: narrowed, filtered channel by channel with stride 2, widened."""
    middle = new // 2
    told: dict[str, Any] = {"norm_layer": norm, "activation_layer": nn.ReLU6}
    return nn.Sequential(
        Conv2dNormActivation(old, middle, kernel_size=1, **told),
        Conv2dNormActivation(middle, middle, kernel_size=3, stride=2, groups=middle, **told),
        Conv2dNormActivation(middle, new, kernel_size=1, **told),
    )
