"""`classify: numbers`: logistic regression on a handful of numbers of a picture, which any diagnosis should beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Option

from leukcad import Crops, Examples, LeukcadError, Predictions, Step, hookimpl
from leukcad.options import LearnOptions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    F64 = npt.NDArray[np.float64]

Kind = Literal["size", "colour", "sharpness", "dark", "count", "nucleus"]
#: Kind → the numbers that it stands for.
NAMES: dict[Kind, tuple[str, ...]] = {
    "size": ("width", "height"),
    "colour": ("mean red", "mean green", "mean blue"),
    "sharpness": ("sharpness",),
    "dark": ("dark pixels",),
    "count": ("number of WBC",),
    "nucleus": ("nucleus share",),
}


class NumbersOptions(LearnOptions):
    """How the weights are learned."""

    balance: Annotated[bool, Option(description="weigh classes by their rarity")] = False


class Numbers:
    """Logistic regression on size, mean colour, sharpness, share of dark pixels and number of WBC of each picture.

    Or, of cells, on the share of the cell that is its nucleus.
    """

    def __init__(
        self,
        *,
        of: Annotated[
            tuple[Kind, ...],
            Option(min_length=1, description="what it may know; count: WBC by stain; nucleus: its share of the cell"),
        ] = ("size", "colour", "sharpness", "dark", "count"),
        input_size: Annotated[int, Option(ge=32, le=4096, description="side of its pictures in px")] = 512,
        strength: Annotated[
            float, Option(gt=0, description="inverse of the L2 penalty on the standardised numbers' weights")
        ] = 1.0,
        train: Annotated[NumbersOptions, Option(description="what it learns from")] = NumbersOptions(),  # noqa: B008 (frozen)
    ) -> None:
        self.of, self.input_size, self.strength, self.train = of, input_size, strength, train
        self._learned: dict[str, Tensor] | None = None

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Fit the weights; nothing is chosen on `validation`. Raises `LeukcadError` without crops."""
        import torch
        from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

        if train.crops is None or not len(train.crops):
            raise LeukcadError(f"{step.title}: expected pictures to learn from, got none")
        values = self._numbers(train.crops)
        middle, spread = values.mean(axis=0), values.std(axis=0)
        spread[spread < 1e-9] = 1.0  # a number that never differs says nothing
        weigh = "balanced" if self.train.balance else None
        model = LogisticRegression(C=self.strength, max_iter=1000, class_weight=weigh)
        labels = train.crops.labels.numpy()
        model.fit((values - middle) / spread, labels)
        two = len(model.classes_) == 2  # then scikit-learn keeps the second class's weights alone
        weights = torch.zeros((len(train.classes), values.shape[1]), dtype=torch.float64)
        offsets = torch.full((len(train.classes),), -1e9, dtype=torch.float64)  # a class without example
        offsets[model.classes_] = 0.0
        known = model.classes_[1:] if two else model.classes_
        weights[known] = torch.from_numpy(model.coef_)
        offsets[known] = torch.from_numpy(model.intercept_)
        self._learned = {
            "middle": torch.from_numpy(middle),
            "spread": torch.from_numpy(spread),
            "weights": weights,
            "offsets": offsets,
        }

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """middle, spread: (N,) of the numbers; weights: (C, N) and offsets: (C,) of the standardised ones."""
        if self._learned is None:
            raise LeukcadError("numbers: it has not learned yet")
        return dict(self._learned)

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back what `leukcad_state` gave; raises `LeukcadError` where it is of other numbers or classes."""
        wanted = (len(step.classes), sum(len(NAMES[kind]) for kind in self.of))
        if tuple(state["weights"].shape) != wanted:
            raise LeukcadError(f"{step.title}: expected weights of {wanted}, got {tuple(state['weights'].shape)}")
        self._learned = dict(state)

    @hookimpl
    def leukcad_classify(self, crops: Crops, step: Step) -> Predictions:
        """One row per crop: the softmax of the weighted numbers."""
        import torch

        learned = self.leukcad_state()
        if not len(crops):
            return Predictions.of(torch.zeros((0, len(step.classes))), step.classes)
        values = torch.from_numpy(self._numbers(crops))
        scores = (values - learned["middle"]) / learned["spread"] @ learned["weights"].T + learned["offsets"]
        return Predictions.of(scores.softmax(dim=1).float(), step.classes)

    def _numbers(self, crops: Crops) -> F64:
        """(N, numbers), in the order of `of`."""
        import numpy as np

        from .plain import numbers

        pictures = crops.pixels.permute(0, 2, 3, 1).cpu().numpy()
        extents = (crops.boxes[:, 2:] - crops.boxes[:, :2]).cpu().numpy()
        return np.array([numbers(p, float(w), float(h), self.of) for p, (w, h) in zip(pictures, extents, strict=True)])
