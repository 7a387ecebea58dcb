"""Backbones below the detectors: torchvision's classifiers without their heads, as pyramids of features."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.training import read_weights
from leukcad_torchvision import building, weights

if TYPE_CHECKING:
    from torch import nn

CHANNELS = {"resnet50": 256}  # of a pyramid's levels, as in torchvision
LIGHT = 128  # of the lighter backbones' pyramids: half the width is a quarter of the heads' work
V3_EPS = 1e-3  # of MobileNet-v3's batch norms


def classifier(name: str, origin: Path | str, frozen: int) -> Any:
    """The classifier whose lower part is the backbone, random or with the weights of `origin` (none: random).

    With weights its batch norms are frozen, as detectors have it (their batches are small), and its first `frozen` of
    five stages do not learn. `origin` "later" builds it like that, for weights that are put in afterwards.
    """
    from torch.nn import BatchNorm2d
    from torchvision import models  # type: ignore[import-untyped]
    from torchvision.ops import FrozenBatchNorm2d  # type: ignore[import-untyped]

    eps = V3_EPS if name.startswith("mobilenet_v3") else 1e-5
    if origin == "none":  # MobileNet-v3's own momentum of 0.01 is for millions of pictures
        return models.get_model(name, weights=None, norm_layer=partial(BatchNorm2d, eps=eps, momentum=0.1))
    network = models.get_model(name, weights=None, norm_layer=partial(FrozenBatchNorm2d, eps=eps))
    if origin != "later":
        state = read_weights(origin) if isinstance(origin, Path) else weights.imagenet(name)
        own = network.state_dict()  # frozen norms do not count batches
        state = {key: t for key, t in state.items() if key in own or not key.endswith("num_batches_tracked")}
        weights.fill(network, name, state, building.head(network), f"weights {origin}")
    for stage in stages(network)[:frozen]:
        for layer in stage:
            layer.requires_grad_(False)
    return network


def stages(network: Any) -> list[list[nn.Module]]:
    """The layers of the five stages, at the end of which the stride is 2, 4, 8, 16 and 32."""
    if hasattr(network, "features"):
        cuts = [*_cuts(network.features), len(network.features) - 1]  # the last layer only widens
        return [list(network.features[start:end]) for start, end in zip([0, *cuts[:-1]], cuts, strict=True)]
    return [[network.conv1, network.bn1], *([getattr(network, f"layer{i}")] for i in range(1, 5))]


def pyramid(network: Any, name: str, above: Callable[[int], nn.Module]) -> nn.Module:
    """Features of strides 8, 16 and 32 as a pyramid (levels "0", "1", "2"), with what `above(channels)` adds."""
    from torchvision.models.detection.backbone_utils import BackboneWithFPN  # type: ignore[import-untyped]

    channels = CHANNELS.get(name, LIGHT)
    if hasattr(network, "features"):
        body: Any = network.features
        ends = [str(cut - 1) for cut in (*_cuts(network.features)[2:], len(network.features) - 1)]
        wide = [int(body[int(end)].out_channels) for end in ends]
    else:
        body, ends = network, ["layer2", "layer3", "layer4"]
        wide = [int(network.inplanes) // 4, int(network.inplanes) // 2, int(network.inplanes)]
    returned = {end: str(level) for level, end in enumerate(ends)}
    made: nn.Module = BackboneWithFPN(body, returned, wide, channels, extra_blocks=above(channels))
    return made


def _cuts(features: Any) -> list[int]:
    """Where the second and later stages of a mobilenet begin: at the layers that halve the picture."""
    return [i for i, layer in enumerate(features) if i and getattr(layer, "_is_cn", False)]
