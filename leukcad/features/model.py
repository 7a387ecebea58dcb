"""Learning feature vectors, and answering from the arrays that were learned.

What learned is turned into arrays at once, and every answer is made from them: so a restored model answers bit by bit
as the one that learned, and no pickle is needed to keep it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from leukcad.features.options import FeatureOptions

Arrays = dict[str, Any]  # name → numpy array


class Kind(Protocol):
    """One way to learn vectors: a module with these two."""

    NAMES: tuple[str, ...]

    def fit(self, z: NDArray[np.float64], labels: NDArray[np.int64], options: FeatureOptions, seed: int) -> Arrays:
        """The arrays NAMES, from standardised vectors (N, D) with labels 0 … K - 1 that all occur."""

    def probabilities(self, z: NDArray[np.float64], arrays: Mapping[str, Any]) -> NDArray[np.float64]:
        """(N, K) for standardised vectors (N, D)."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model that has learned.

    model: svm, forest or knn. middle, spread: float64 (D,), by which vectors are standardised. present: int64 (K,),
    the classes out of `classes` that had examples. arrays: the model's own.
    """

    model: str
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    present: NDArray[np.int64]
    classes: int
    arrays: Arrays

    def probabilities(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """One row of probabilities per vector (N, D), (N, C); 0 for a class that had no example."""
        import numpy as np

        out = np.zeros((len(vectors), self.classes))
        if len(vectors):
            z = _standard(vectors, self.middle, self.spread)
            out[:, self.present] = _kind(self.model).probabilities(z, self.arrays)
        return out

    def state(self) -> dict[str, Tensor]:
        """All of it as named tensors."""
        import torch

        own = {f"{self.model}.{name}": array for name, array in self.arrays.items()}
        told = {"middle": self.middle, "spread": self.spread, "present": self.present, **own}
        return {name: torch.from_numpy(array.copy()) for name, array in told.items()}


def learn(
    model: str,
    vectors: NDArray[np.floating[Any]],
    labels: NDArray[np.int64],
    classes: int,
    options: FeatureOptions,
    seed: int,
) -> Fitted:
    """Let `model` (svm, forest or knn) learn vectors (N, D) with labels (N,) out of `classes`.

    Vectors are standardised by their own mean and deviation. The same seed learns the same. Raises `LeukcadError`
    where they are not finite numbers, and with examples of fewer than two classes.
    """
    import numpy as np

    if not np.isfinite(vectors).all():
        raise LeukcadError("features: expected finite numbers, got NaN or infinity")
    present, dense = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        raise LeukcadError(f"features: expected examples of two classes or more, got {len(present)}")
    middle = vectors.mean(axis=0, dtype=np.float64)
    spread = vectors.std(axis=0, dtype=np.float64)
    spread[spread < 1e-9 * np.maximum(1, np.abs(middle))] = 1  # a number that is always the same says nothing
    z = _standard(vectors, middle, spread)
    arrays = _kind(model).fit(z, dense.astype(np.int64), options, seed)
    return Fitted(model, middle, spread, present.astype(np.int64), classes, arrays)


def restored(model: str, state: Mapping[str, Tensor], classes: int) -> Fitted:
    """What `Fitted.state` gave, again; raises `LeukcadError` where it is another model's, or of other classes."""
    names = {name: f"{model}.{name}" for name in _kind(model).NAMES}
    if missing := sorted({"middle", "spread", "present", *names.values()} - set(state)):
        raise LeukcadError(f"features: expected what a {model} learned, {missing[0]!r} is missing")
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in state.items()}
    present = arrays["present"]
    if len(present) and int(present.max()) >= classes:
        raise LeukcadError(f"features: expected {classes} classes, it learned {int(present.max()) + 1}")
    own = {name: arrays[key] for name, key in names.items()}
    return Fitted(model, arrays["middle"], arrays["spread"], present, classes, own)


def _standard(vectors: NDArray[Any], middle: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """(vectors - middle) / spread, rounded to float32, in which examples are kept."""
    import numpy as np

    return np.asarray((vectors - middle) / spread, np.float32).astype(np.float64)


def _kind(model: str) -> Kind:
    from leukcad.features import forest, neighbours, svm

    kinds: dict[str, Any] = {"svm": svm, "forest": forest, "knn": neighbours}
    kind: Kind = kinds[model]
    return kind
