"""A bag of tiles as a classifier of crops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field as Option

from leukcad import LeukcadError
from leukcad.options import TrainOptions
from leukcad.training import NetworkClassifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as the whole field's networks have it
QUICK = 2  # tiles across at most with --quick


class Bag(NetworkClassifier):
    """A field is a bag of tiles, and only the field has a label: multiple-instance learning from scratch."""

    def __init__(
        self,
        *,
        name: Annotated[
            Literal["resnet18", "resnet34", "resnet50", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "mobilenet_v2"],
            Option(description="the network that describes a tile"),
        ] = "resnet18",
        pooling: Annotated[
            Literal["max", "attention"], Option(description="the loudest tile, or a weight learned for each")
        ] = "attention",
        input_size: Annotated[int, Option(ge=64, le=4096, description="side of the field's square, px")] = 896,
        tile: Annotated[int, Option(ge=32, le=1024, description="side of a tile, px")] = 224,
        train: Annotated[TrainOptions, Option(description="how it learns")] = TrainOptions(),  # noqa: B008 (frozen)
    ) -> None:
        if input_size % tile:
            raise LeukcadError(f"input_size: expected a multiple of the tile's {tile} px, got {input_size}")
        super().__init__(name, input_size, train)
        self.pooling, self.tile = pooling, tile

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → float32, normalised as ImageNet, at the network's size, on its device."""
        import torch
        import torch.nn.functional as F

        device = next(self.network.parameters()).device
        told = pixels.to(device).float()
        if told.shape[-1] != self.seen_size and len(told):
            told = F.interpolate(told, (self.seen_size,) * 2, mode="bilinear", antialias=True)
        mean, std = (torch.tensor(v, device=device).mul(255)[:, None, None] for v in (MEAN, STD))
        return told.sub(mean).div(std)

    def built(self, classes: int, fresh: bool) -> nn.Module:
        """The network of tiles and their pooling."""
        from leukcad_bags.network import build

        return build(self.name, classes, self.tile, self.pooling)

    def head(self, network: Any) -> Iterable[nn.Parameter]:
        """What follows the pooling."""
        return list(network.head.parameters())

    def quick_size(self) -> int:
        """The size of first looks, px."""
        return min(self.input_size, QUICK * self.tile)
