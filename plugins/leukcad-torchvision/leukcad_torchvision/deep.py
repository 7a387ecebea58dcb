"""`classify: deep-features`: what a network sees in a cell, learned by a classifier of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad import Examples, Step, hookimpl
from leukcad.features import FeatureClassifier, FeatureOptions, ModelName
from leukcad_torchvision import building, networks
from leukcad_torchvision.classifier import Torchvision, Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

NETWORK = "network."  # before the names of the network's tensors in the state


class DeepFeatures(FeatureClassifier):
    """The activations before the last layer of a torchvision network, learned by an SVM, a forest or neighbours."""

    name = "deep-features"

    def __init__(
        self,
        *,
        name: Annotated[networks.Name, Option(description="the network")] = "mobilenet_v2",
        weights: Weights = "imagenet",
        input_size: Annotated[
            int | None, Option(ge=32, le=4096, description="side of the crops in px; the network's own by default")
        ] = None,
        model: ModelName = "svm",
        train: Annotated[FeatureOptions, Option(description="how it learns")] = FeatureOptions(),  # noqa: B008 (frozen)
    ) -> None:
        self.extractor = Torchvision(name=name, weights=weights, input_size=input_size)
        super().__init__(model, self.extractor.input_size, train)

    def vectors(self, pixels: Tensor) -> NDArray[np.float32]:
        """The inputs of the network's last layer, (N, D); those that are maps are averaged over their places."""
        import numpy as np
        import torch

        from leukcad.training import inference_batch

        rows = []
        with torch.inference_mode():
            for part in torch.split(pixels, inference_batch(self.extractor.seen_size)):
                rows.append(building.penultimate(self.extractor.network, self.extractor.prepare(part)).float().cpu())
        return np.asarray(torch.cat(rows).numpy())

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Take the network's weights as they are, and learn its activations."""
        self.extractor.take(self.extractor.made(train.classes, step, fresh=True), train.classes, step)
        super().leukcad_fit(train, validation, step)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The network's weights without its last layer, and the arrays that were learned."""
        learned = super().leukcad_state()
        network = self.extractor.network
        last = building.head(network)
        weights = {f"{NETWORK}{name}": t for name, t in self.extractor.leukcad_state().items() if name not in last}
        return {**learned, **weights}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take both back; raises `LeukcadError` if they are another network's or another model's."""
        weights = {name.removeprefix(NETWORK): t for name, t in state.items() if name.startswith(NETWORK)}
        network = self.extractor.made(step.classes, step, fresh=False)
        self.extractor.fill(network, weights, f"{step.title}: its weights", headless=True)
        self.extractor.take(network, step.classes, step)
        super().leukcad_restore({name: t for name, t in state.items() if not name.startswith(NETWORK)}, step)
