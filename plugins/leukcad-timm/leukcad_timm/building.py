"""timm's networks for any number of classes, and the layer that a class activation map is taken from."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from leukcad import LeukcadError

if TYPE_CHECKING:
    from torch import nn

SHOWN = 3  # near names that a complaint suggests


def build(name: str, classes: int, size: int, *, pretrained: bool) -> nn.Module:
    """The network with a head for `classes`, for squares of `size` px.

    Raises LeukcadError for a name that timm does not know, and for weights that cannot be had.
    """
    import timm

    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), SHOWN)
        cure = f"did you mean {', '.join(near)}?" if near else "timm.list_models() has the names"
        raise LeukcadError(f"timm has no network {name!r}", cure=cure)
    try:
        return _made(name, classes, size, pretrained)
    except (OSError, RuntimeError) as error:  # what timm and its hub raise when weights are not there
        cure = "weights: none trains from scratch" if pretrained else "try another input_size"
        raise LeukcadError(f"timm {name!r} for {size} px cannot be built: {error}", cure=cure) from error


def _made(name: str, classes: int, size: int, pretrained: bool) -> nn.Module:
    import timm

    more: dict[str, Any] = {"pretrained": pretrained, "num_classes": classes}
    try:  # transformers are built for one size; other networks do not know the word
        return timm.create_model(name, img_size=size, **more)
    except TypeError:
        return timm.create_model(name, **more)


def head(network: Any) -> list[nn.Parameter]:
    """The parameters that make class scores."""
    parts = network.get_classifier()
    return [p for part in (parts if isinstance(parts, tuple) else (parts,)) for p in part.parameters()]


def normalisation(network: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each colour in [0, 1], as the network's weights want them."""
    told = network.pretrained_cfg
    return tuple(told["mean"]), tuple(told["std"])


def cam_layer(network: Any, size: int) -> nn.Module | None:
    """The network's last stage of features, whose output is a map, (B, C, h, w); None where it is none."""
    import torch

    named = [stage["module"] for stage in getattr(network, "feature_info", []) if "module" in stage]
    modules = dict(network.named_modules())
    if not named or named[-1] not in modules:
        return None
    layer: nn.Module = modules[named[-1]]
    shapes: list[tuple[int, ...]] = []
    handle = layer.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(output.shape)))
    device = next(network.parameters()).device
    try:
        with torch.no_grad():
            network.eval()(torch.zeros((1, 3, size, size), device=device))
    finally:
        handle.remove()
    (shape,) = shapes[:1] or [()]
    return layer if len(shape) == 4 and shape[2] == shape[3] else None
