"""A torchvision network as a classifier of crops."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field as Option

from leukcad import Crops, Examples, LeukcadError, Predictions, Step, hookimpl
from leukcad.config import FilePath
from leukcad.options import TrainOptions
from leukcad_torchvision import building, networks

if TYPE_CHECKING:
    from torch import Tensor, nn

Weights = Annotated[
    Literal["none", "imagenet"] | FilePath,
    Option(
        union_mode="left_to_right",
        description="none: from scratch; imagenet: torchvision's, from its cache or downloaded; or a file of weights",
    ),
]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as all of torchvision's weights expect


class Torchvision:
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
        self.name = name
        self.weights = weights if weights in ("none", "imagenet") else Path(weights)
        self.input_size = networks.default_size(name) if input_size is None else input_size
        self.train = train
        if expected := networks.wrong_size(name, self.input_size):
            raise LeukcadError(f"input_size of {name}: expected {expected}, got {self.input_size}")
        self.classes: tuple[str, ...] = ()
        self._network: nn.Module | None = None
        self.seen_size = self.input_size  # px that the network sees; smaller with --quick

    @property
    def network(self) -> nn.Module:
        """The network that has learned; raises `LeukcadError` before."""
        if self._network is None:
            raise LeukcadError(f"{self.name} has not learned yet", cure="train it, or restore its weights")
        return self._network

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

    def predict(self, crops: Crops) -> Predictions:
        """One row of probabilities per crop, on the crops' device."""
        from leukcad.training import predictions

        return predictions(self.network, crops, self.classes, self.seen_size, self.prepare)

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
        self.begin(train.classes, step)
        loss = training.cross_entropy(self.train, train.crops.labels, len(train.classes))
        more: dict[str, Any] = {"prepare": self.prepare, "head": building.head(self.network).values()}
        training.train(self.network, loss, train.crops, validation.crops, self.train, step, **more)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The weights by their names in torchvision."""
        return {name: t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back weights; raises `LeukcadError` if they are not this network's."""
        self.resume(step.classes, step, state)

    def begin(self, classes: tuple[str, ...], step: Step) -> None:
        """Build the network for `classes` as it is before it learns: with its weights and a new last layer."""
        from leukcad import training

        with training.seeded(step, "network"):
            network = self._built(classes, step)
            if self.weights != "none":
                self._fill(network, building.head(network))
        self._take(network, classes, step)

    def resume(self, classes: tuple[str, ...], step: Step, state: dict[str, Tensor], *, headless: bool = False) -> None:
        """Build the network with the weights of `state`, which may lack the last layer if `headless`."""
        from leukcad import training
        from leukcad_torchvision import weights

        with training.seeded(step, "network"):
            network = self._built(classes, step)
        weights.fill(
            network, self.name, state, building.head(network) if headless else (), f"{step.title}: its weights"
        )
        self._take(network, classes, step)

    def _built(self, classes: tuple[str, ...], step: Step) -> nn.Module:
        size = networks.quick_size(self.name, self.input_size) if step.quick else self.input_size
        return building.build(self.name, len(classes), size, pretrained=self.weights != "none")

    def _fill(self, network: nn.Module, heads: dict[str, Any]) -> None:
        from leukcad.training import read_weights
        from leukcad_torchvision import weights

        named = isinstance(self.weights, Path)
        state = read_weights(Path(self.weights)) if named else weights.imagenet(self.name)
        weights.fill(network, self.name, state, heads, f"weights {self.weights}")

    def _take(self, network: nn.Module, classes: tuple[str, ...], step: Step) -> None:
        import torch

        size = networks.quick_size(self.name, self.input_size) if step.quick else self.input_size
        self.seen_size, self.classes = size, tuple(classes)
        self._network = network.to(step.device)
        self._network.to(memory_format=torch.channels_last)
        self._network.eval()
