"""A bag of tiles as a classifier of crops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field as Option

from leukcad import Crops, Examples, LeukcadError, Predictions, Step, hookimpl
from leukcad.options import TrainOptions

if TYPE_CHECKING:
    from torch import Tensor

    from leukcad_bags.network import BagNetwork

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as the whole field's networks have it
QUICK = 2  # tiles across at most with --quick


class Bag:
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
        self.name, self.pooling, self.input_size, self.tile, self.train = name, pooling, input_size, tile, train
        self.classes: tuple[str, ...] = ()
        self._network: BagNetwork | None = None
        self._seen_size = input_size  # px that the network sees; smaller with --quick

    @property
    def network(self) -> BagNetwork:
        """The network that has learned; raises `LeukcadError` before."""
        if self._network is None:
            raise LeukcadError(f"the bag of {self.name} has not learned yet", cure="train it, or restore its weights")
        return self._network

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → float32, normalised as ImageNet, at the network's size, on its device."""
        import torch
        import torch.nn.functional as F

        device = next(self.network.parameters()).device
        told = pixels.to(device).float()
        if told.shape[-1] != self._seen_size and len(told):
            told = F.interpolate(told, (self._seen_size,) * 2, mode="bilinear", antialias=True)
        mean, std = (torch.tensor(v, device=device).mul(255)[:, None, None] for v in (MEAN, STD))
        return told.sub(mean).div(std)

    def predict(self, crops: Crops) -> Predictions:
        """One row of probabilities per crop, on the crops' device."""
        from leukcad.training import predictions

        return predictions(self.network, crops, self.classes, self._seen_size, self.prepare)

    @hookimpl
    def leukcad_classify(self, crops: Crops) -> Predictions:
        """One row per crop over the classes that it learned."""
        return self.predict(crops)

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Train on the crops of `train`; the epoch is picked on those of `validation`."""
        from leukcad import training

        if train.crops is None:
            raise LeukcadError(f"{step.title}: expected crops to learn from, got none")
        with training.seeded(step, "network"):
            self._take(train.classes, step)
        loss = training.cross_entropy(self.train, train.crops.labels, len(train.classes))
        more: dict[str, Any] = {"prepare": self.prepare, "head": list(self.network.head.parameters())}
        training.train(self.network, loss, train.crops, validation.crops, self.train, step, **more)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The weights by name."""
        return {name: t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back weights; raises `LeukcadError` if they are not this network's."""
        from leukcad import training

        with training.seeded(step, "network"):
            self._take(step.classes, step)
        try:
            self.network.load_state_dict(state)
        except RuntimeError as error:
            raise LeukcadError(f"{step.title}: its weights are of another network: {error}") from error

    def _take(self, classes: tuple[str, ...], step: Step) -> None:
        from leukcad_bags.network import build

        self._seen_size = min(self.input_size, QUICK * self.tile) if step.quick else self.input_size
        self.classes = tuple(classes)
        self._network = build(self.name, len(classes), self.tile, self.pooling).to(step.device)
        self._network.eval()
