"""A timm network as a classifier of crops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Option

from leukcad.options import TrainOptions
from leukcad.training import NetworkClassifier
from leukcad_timm import building

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn

QUICK = 96  # px at most with --quick


class Timm(NetworkClassifier):
    """Any classifier of timm, trained from scratch or fine-tuned."""

    def __init__(
        self,
        *,
        name: Annotated[
            str, Option(min_length=1, max_length=200, description="the network, as timm names it")
        ] = "resnet18",
        weights: Annotated[
            Literal["none", "pretrained"],
            Option(description="none: from scratch; pretrained: timm's own, from its cache or downloaded"),
        ] = "none",
        input_size: Annotated[int, Option(ge=32, le=4096, description="side of the crops in px")] = 224,
        train: Annotated[TrainOptions, Option(description="how it learns")] = TrainOptions(),  # noqa: B008 (frozen)
    ) -> None:
        super().__init__(name, input_size, train)
        self.weights = weights

    @property
    def cam_layer(self) -> nn.Module | None:
        """The layer for class activation maps; None where the network has no maps (vision transformers)."""
        return building.cam_layer(self.network, self.seen_size)

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → float32, normalised, at the network's size, on its device."""
        import torch
        import torch.nn.functional as F

        device = next(self.network.parameters()).device
        size = self.seen_size
        told = pixels.to(device).contiguous(memory_format=torch.channels_last).float()
        if told.shape[-1] != size and len(told):
            told = F.interpolate(told, (size, size), mode="bilinear", antialias=True)
        mean, std = (torch.tensor(v, device=device).mul(255)[:, None, None] for v in self._normalisation)
        return told.sub(mean).div(std).contiguous(memory_format=torch.channels_last)

    def built(self, classes: int, fresh: bool) -> nn.Module:
        """timm's network."""
        pretrained = fresh and self.weights == "pretrained"
        network = building.build(self.name, classes, self.seen_size, pretrained=pretrained)
        self._normalisation = building.normalisation(network)
        return network

    def head(self, network: nn.Module) -> Iterable[nn.Parameter]:
        """Its last layer."""
        return building.head(network)

    def quick_size(self) -> int:
        """The size of first looks, px."""
        return min(self.input_size, QUICK)
