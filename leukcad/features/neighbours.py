"""The nearest examples vote (Cover & Hart 1967)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from leukcad.features.options import FeatureOptions

NAMES = ("examples", "labels", "number")


def fit(
    z: NDArray[np.float64], labels: NDArray[np.int64], options: FeatureOptions, seed: int
) -> dict[str, NDArray[Any]]:
    """All examples, float32 (N, D), with their labels; nothing is drawn."""
    import numpy as np

    number = np.array([min(options.neighbours, len(z))], np.int64)
    return {"examples": z.astype(np.float32), "labels": labels, "number": number}


def probabilities(z: NDArray[np.float64], arrays: Mapping[str, Any]) -> NDArray[np.float64]:
    """(N, K): the share of each class among the nearest by Euclid; of equally near ones the earlier example counts."""
    import numpy as np
    from scipy.spatial.distance import cdist

    number, labels = int(arrays["number"][0]), arrays["labels"]
    far = cdist(z, arrays["examples"].astype(np.float64))  # (N, M)
    nearest = labels[far.argsort(axis=1, kind="stable")[:, :number]]  # (N, number)
    return np.asarray((nearest[:, :, None] == np.arange(labels.max() + 1)).mean(axis=1))
