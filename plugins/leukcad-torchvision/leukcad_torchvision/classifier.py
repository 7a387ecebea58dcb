"""A torchvision network as a classifier of crops."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Option

from leukcad import LeukcadError
from leukcad.config import FilePath
from leukcad.options import TrainOptions
from leukcad.training import NetworkClassifier
from leukcad_torchvision import building, networks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor, nn

Weights = Annotated[
    Literal["none", "imagenet"] | FilePath,
    Option(
        union_mode="left_to_right",
        description="none: from scratch; imagenet: torchvision's, from its cache or downloaded; or a file of weights",
    ),
]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as all of torchvision's weights expect


class Torchvision(NetworkClassifier):
    """Any classifier of torchvision, trained from scratch or fine-tuned."""

    def __init__(
        self,
        *,
        name: Annotated[networks.Name, Option(description="the network")] = "resnet18",
        weights: Weights = "none",
        input_size: Annotated[
            int | None, Option(ge=32, le=4096, description="side of the crops in px; the network's own by default")
        ] = None,
        train: Annotated[TrainOptions, Option(description="how it learns")] = TrainOptions(),  # noqa: B008 (frozen)
    ) -> None:
        if name not in networks.NAMES:
            near = difflib.get_close_matches(name, networks.NAMES, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(networks.NAMES)}"
            raise LeukcadError(f"torchvision has no classifier {name!r}", cure=hint)
        super().__init__(name, networks.default_size(name) if input_size is None else input_size, train)
        self.weights = weights if weights in ("none", "imagenet") else Path(weights)
        if expected := networks.wrong_size(name, self.input_size):
            raise LeukcadError(f"input_size of {name}: expected {expected}, got {self.input_size}")

    @property
    def cam_layer(self) -> nn.Module | None:
        """The layer for class activation maps; None where the network has no maps (vision transformers)."""
        return building.cam_layer(self.name, self.network)

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → float32, normalised as ImageNet, at the network's size, on its device."""
        import torch
        import torch.nn.functional as F

        device = next(self.network.parameters()).device
        pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        size = self.seen_size
        if pixels.shape[-1] != size and len(pixels):
            pixels = pixels if device.type == "cpu" else pixels.float()
            pixels = F.interpolate(pixels, (size, size), mode="bilinear", antialias=True)
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        # a line of pixels at a time: broadcasting over three colours alone is ten times slower
        mean = torch.tensor(MEAN, device=device).mul(255).repeat(size)
        scale = torch.tensor(STD, device=device).mul(255).reciprocal().repeat(size)
        lines = pixels.permute(0, 2, 3, 1).reshape(-1, size * 3).float()
        return lines.sub_(mean).mul_(scale).view(len(pixels), size, size, 3).permute(0, 3, 1, 2)

    def built(self, classes: int, fresh: bool) -> nn.Module:
        """The network; with the weights that it was told of and a new last layer where it is `fresh`."""
        network = building.build(self.name, classes, self.seen_size, pretrained=self.weights != "none")
        if fresh and self.weights != "none":
            from leukcad.training import read_weights
            from leukcad_torchvision import weights

            named = isinstance(self.weights, Path)
            state = read_weights(Path(self.weights)) if named else weights.imagenet(self.name)
            weights.fill(network, self.name, state, building.head(network), f"weights {self.weights}")
        return network

    def head(self, network: nn.Module) -> Iterable[nn.Parameter]:
        """Its last layer."""
        return building.head(network).values()

    def quick_size(self) -> int:
        """The size of first looks, px."""
        return networks.quick_size(self.name, self.input_size)

    def fill(self, network: nn.Module, state: Mapping[str, Tensor], origin: str, *, headless: bool = False) -> None:
        """Put in weights by the names of any torchvision; they may lack the last layer if `headless`."""
        from leukcad_torchvision import weights

        weights.fill(network, self.name, dict(state), building.head(network) if headless else (), origin)
