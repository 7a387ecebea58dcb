"""A classifier of crops by numbers: what its subclasses share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.features.model import Fitted, learn, restored
from leukcad.features.options import FeatureOptions
from leukcad.hookspecs import hookimpl
from leukcad.types import Crops, Examples, Predictions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from leukcad.step import Step

QUICK = 20  # trees at most with --quick


class FeatureClassifier:
    """Crops become numbers, which an SVM, a forest or the nearest neighbours learn; a subclass says which numbers.

    It has no network, so that what explains by gradients says by name that it cannot; covering parts (occlusion) works.
    """

    #: What messages call it.
    name = "features"

    def __init__(self, model: str, input_size: int, train: FeatureOptions) -> None:
        self.model, self.input_size, self.train = model, input_size, train
        self.classes: tuple[str, ...] = ()
        self._fitted: Fitted | None = None

    def vectors(self, pixels: Tensor) -> NDArray[np.floating[Any]]:
        """The numbers of crops, uint8 (N, 3, S, S), as (N, D); each row depends on its own crop alone."""
        raise NotImplementedError

    def predict(self, crops: Crops) -> Predictions:
        """One row of probabilities per crop, on the crops' device; raises `LeukcadError` before it has learned."""
        import torch

        if self._fitted is None:
            raise LeukcadError(f"{self.name} has not learned yet", cure="train it, or restore what it learned")
        if not len(crops):
            return Predictions.of(torch.zeros((0, len(self.classes)), device=crops.pixels.device), self.classes)
        told = self._fitted.probabilities(self.vectors(crops.pixels))
        return Predictions.of(torch.from_numpy(told).float().to(crops.pixels.device), self.classes)

    @hookimpl
    def leukcad_classify(self, crops: Crops) -> Predictions:
        """One row per crop over the classes that it learned."""
        return self.predict(crops)

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Learn the numbers of the crops of `train`; nothing is chosen on those of `validation`."""
        if train.crops is None:
            raise LeukcadError(f"{step.title}: expected crops to learn from, got none")
        options = self.train
        if step.quick:
            options = options.model_copy(update={"trees": min(options.trees, QUICK)})
        labels, seed = train.crops.labels.cpu().numpy(), int(step.rng(self.model).integers(2**31))
        self.classes = tuple(train.classes)
        try:
            vectors = self.vectors(train.crops.pixels)
            self._fitted = learn(self.model, vectors, labels, len(self.classes), options, seed)
        except LeukcadError as error:
            raise LeukcadError(f"{step.title}: {error.message}", cure=error.cure) from error

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The arrays that were learned."""
        if self._fitted is None:
            raise LeukcadError(f"{self.name} has not learned yet", cure="train it, or restore what it learned")
        return self._fitted.state()

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take the arrays back; raises `LeukcadError` if another model learned them."""
        try:
            self._fitted = restored(self.model, state, len(step.classes))
        except LeukcadError as error:
            raise LeukcadError(f"{step.title}: {error.message}", cure=error.cure) from error
        self.classes = tuple(step.classes)
