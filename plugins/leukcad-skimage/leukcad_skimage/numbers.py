"""`classify: numbers`: logistic regression on a handful of numbers of a picture, which any diagnosis should beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Option

from leukcad import Crops, Examples, LeukcadError, Predictions, Step, hookimpl

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from .optics import U8

    F64 = npt.NDArray[np.float64]

Kind = Literal["size", "colour", "sharpness", "dark", "count"]
#: Kind → the numbers that it stands for.
NAMES: dict[Kind, tuple[str, ...]] = {
    "size": ("width", "height"),
    "colour": ("mean red", "mean green", "mean blue"),
    "sharpness": ("sharpness",),
    "dark": ("dark pixels",),
    "count": ("number of WBC",),
}
DARK = 100  # grey level: about that of stained nuclei, well below cytoplasm and red cells


class Numbers:
    """Logistic regression on size, mean colour, sharpness, share of dark pixels and number of WBC of each picture."""

    def __init__(
        self,
        *,
        of: Annotated[
            tuple[Kind, ...], Option(min_length=1, description="what it may know of a picture; count: WBC by stain")
        ] = ("size", "colour", "sharpness", "dark", "count"),
        input_size: Annotated[int, Option(ge=32, le=4096, description="side of its pictures in px")] = 512,
        strength: Annotated[
            float, Option(gt=0, description="inverse of the L2 penalty on the standardised numbers' weights")
        ] = 1.0,
    ) -> None:
        self.of, self.input_size, self.strength = of, input_size, strength
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
        model = LogisticRegression(C=self.strength, max_iter=1000)
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

        pictures = crops.pixels.permute(0, 2, 3, 1).cpu().numpy()
        extents = (crops.boxes[:, 2:] - crops.boxes[:, :2]).cpu().numpy()
        return np.array([self._of_one(p, *map(float, e)) for p, e in zip(pictures, extents, strict=True)])

    def _of_one(self, picture: U8, width: float, height: float) -> list[float]:
        import numpy as np

        picture = np.ascontiguousarray(picture)
        grey = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        told: list[float] = []
        for kind in self.of:
            if kind == "size":
                told += [width, height]
            elif kind == "colour":
                told += [float(v) for v in picture.reshape(-1, 3).mean(axis=0)]
            elif kind == "sharpness":
                told.append(float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()) / 2)
            elif kind == "dark":
                told.append(float((grey < DARK).mean()))
            else:
                told.append(float(_count(picture, width, height)))
        return told


def _count(picture: U8, width: float, height: float) -> int:
    """WBC in a squashed picture, brought back to its shape."""
    import cv2
    import numpy as np

    from .wbc import find_wbc

    side, longest = picture.shape[0], max(width, height, 1e-6)
    size = (max(round(side * width / longest), 8), max(round(side * height / longest), 8))
    shaped = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return len(find_wbc(shaped).boxes)
