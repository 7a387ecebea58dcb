"""A timm network as a classifier of crops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field as Option

from leukcad import Crops, Examples, LeukcadError, Predictions, Step, hookimpl
from leukcad.options import TrainOptions
from leukcad_timm import building

if TYPE_CHECKING:
    from torch import Tensor, nn

QUICK = 96  # px at most with --quick


class Timm:
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
        self.name, self.weights, self.input_size, self.train = name, weights, input_size, train
        self.classes: tuple[str, ...] = ()
        self._network: nn.Module | None = None
        self._seen_size = input_size  # px that the network sees; smaller with --quick

    @property
    def network(self) -> nn.Module:
        """The network that has learned; raises `LeukcadError` before."""
        if self._network is None:
            raise LeukcadError(f"{self.name} has not learned yet", cure="train it, or restore its weights")
        return self._network

    @property
    def cam_layer(self) -> nn.Module | None:
        """The layer for class activation maps; None where the network has no maps (vision transformers)."""
        return building.cam_layer(self.network, self._seen_size)

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → float32, normalised, at the network's size, on its device."""
        import torch
        import torch.nn.functional as F

        device = next(self.network.parameters()).device
        size = self._seen_size
        told = pixels.to(device).contiguous(memory_format=torch.channels_last).float()
        if told.shape[-1] != size and len(told):
            told = F.interpolate(told, (size, size), mode="bilinear", antialias=True)
        mean, std = (torch.tensor(v, device=device).mul(255)[:, None, None] for v in self._normalisation)
        return told.sub(mean).div(std).contiguous(memory_format=torch.channels_last)

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
            self._take(train.classes, step, pretrained=self.weights == "pretrained")
        loss = training.cross_entropy(self.train, train.crops.labels, len(train.classes))
        more: dict[str, Any] = {"prepare": self.prepare, "head": building.head(self.network)}
        training.train(self.network, loss, train.crops, validation.crops, self.train, step, **more)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The weights by their names in timm."""
        return {name: t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back weights; raises `LeukcadError` if they are not this network's."""
        from leukcad import training

        with training.seeded(step, "network"):
            self._take(step.classes, step, pretrained=False)
        try:
            self.network.load_state_dict(state)
        except RuntimeError as error:
            raise LeukcadError(f"{step.title}: its weights are of another network: {error}") from error

    def _take(self, classes: tuple[str, ...], step: Step, *, pretrained: bool) -> None:
        import torch

        self._seen_size = min(self.input_size, QUICK) if step.quick else self.input_size
        self.classes = tuple(classes)
        network = building.build(self.name, len(classes), self._seen_size, pretrained=pretrained)
        self._normalisation = building.normalisation(network)
        self._network = network.to(step.device)
        self._network.to(memory_format=torch.channels_last)
        self._network.eval()
