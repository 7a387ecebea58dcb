"""Networks for any number of classes, their heads, and the layer that a class activation map is taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

AUX_FROM = 299  # px: Inception's auxiliary head pools 17 × 17 features, which smaller inputs do not leave


def build(name: str, classes: int, size: int, *, pretrained: bool) -> nn.Module:
    """The network with random weights and a head for `classes`.

    Auxiliary heads are there when it learns from scratch, not for fine-tuning. `pretrained`: it will get torchvision's
    ImageNet weights, whose GoogLeNet and Inception take inputs of their own normalisation.
    """
    from torchvision import models  # type: ignore[import-untyped]

    more: dict[str, Any] = {}
    if name in ("googlenet", "inception_v3"):
        aux = not pretrained and (name == "googlenet" or size >= AUX_FROM)
        more = {"aux_logits": aux, "transform_input": pretrained, "init_weights": not pretrained}
    elif name.startswith("vit_"):
        more = {"image_size": size}
    elif name == "maxvit_t":
        more = {"input_size": (size, size)}
    network: nn.Module = models.get_model(name, weights=None, num_classes=classes, **more)
    return network


def head(network: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters by name that make class scores: of the last layer, and of the last ones of auxiliary heads.

    In all of torchvision's classifiers the layer made last is the one that answers.
    """
    holders = [name for name, module in network.named_modules() if list(module.parameters(recurse=False))]
    ends = {holders[-1]}
    for aux in ("aux1", "aux2", "AuxLogits"):
        ends |= set([name for name in holders if name.startswith(f"{aux}.")][-1:])
    return {name: p for name, p in network.named_parameters() if name.rpartition(".")[0] in ends}


def penultimate(network: nn.Module, inputs: Tensor) -> Tensor:
    """What the last layer with weights is given for `inputs`, (B, D); maps are averaged over their places."""
    last = list(head(network))[-1].rpartition(".")[0]
    seen: list[Tensor] = []
    hook = network.get_submodule(last).register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    try:
        network(inputs)
    finally:
        hook.remove()
    (given,) = seen
    return given.mean(dim=(2, 3)) if given.ndim == 4 else given.flatten(1)


def cam_layer(name: str, network: Any) -> nn.Module | None:
    """The last layer whose output is a map, (B, C, h, w), just before it is pooled; None for vision transformers.

    Activations are rectified where the network rectifies them: AlexNet and VGG give their last ReLU, not the
    convolution before it, whose output that ReLU overwrites.
    """
    if name.startswith("vit_"):
        return None
    family = next(family for family in _CAM if name.startswith(family))
    layer: nn.Module = network.get_submodule(_CAM[family])
    return layer[-2] if family in ("alexnet", "vgg") else layer  # type: ignore[index]  # before the last pooling


_CAM = {
    "alexnet": "features",
    "vgg": "features",
    "resnet": "layer4",
    "resnext": "layer4",
    "wide_resnet": "layer4",
    "googlenet": "inception5b",
    "inception_v3": "Mixed_7c",
    "shufflenet": "conv5",
    "mobilenet": "features",
    "densenet": "features",
    "efficientnet": "features",
    "convnext": "features",
    "squeezenet": "features",
    "mnasnet": "layers",
    "regnet": "trunk_output",
    "swin": "permute",
    "maxvit": "blocks.3",
}
