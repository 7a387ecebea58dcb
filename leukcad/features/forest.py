"""A random forest (Breiman 2001), its trees kept as one table of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from leukcad.features.options import FeatureOptions

NAMES = ("roots", "left", "right", "feature", "threshold", "share")


def fit(
    z: NDArray[np.float64], labels: NDArray[np.int64], options: FeatureOptions, seed: int
) -> dict[str, NDArray[Any]]:
    """scikit-learn's trees laid end to end.

    roots: int32 (T,). left, right, feature: int32 (nodes,), a leaf is its own child. threshold: float64 (nodes,).
    share: float64 (nodes, K), of the classes.
    """
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier  # type: ignore[import-untyped]

    weights = "balanced" if options.balance else None
    forest = RandomForestClassifier(options.trees, class_weight=weights, random_state=seed, n_jobs=1).fit(z, labels)
    trees = [tree.tree_ for tree in forest.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees[:-1])])
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in NAMES[1:]}
    for tree, root in zip(trees, roots, strict=True):
        leaf, self_ = tree.children_left < 0, np.arange(tree.node_count)
        columns["left"].append(root + np.where(leaf, self_, tree.children_left))
        columns["right"].append(root + np.where(leaf, self_, tree.children_right))
        columns["feature"].append(np.where(leaf, 0, tree.feature))
        columns["threshold"].append(np.where(leaf, 0.0, tree.threshold))
        share = tree.value[:, 0, :]
        columns["share"].append(share / share.sum(axis=1, keepdims=True))
    arrays = {name: np.concatenate(parts) for name, parts in columns.items()}
    whole = {name: arrays[name].astype(np.int32) for name in ("left", "right", "feature")}
    return {"roots": roots.astype(np.int32), **arrays, **whole}


def probabilities(z: NDArray[np.float64], arrays: Mapping[str, Any]) -> NDArray[np.float64]:
    """(N, K): the mean over the trees of the shares in the leaf that a vector falls into."""
    import numpy as np

    values = z.astype(np.float32)  # as scikit-learn's trees compare them
    rows = np.arange(len(z))
    total = np.zeros((len(z), arrays["share"].shape[1]))
    for root in arrays["roots"]:
        at = np.full(len(z), root, np.int32)
        while True:
            goes_left = values[rows, arrays["feature"][at]] <= arrays["threshold"][at]
            following = np.where(goes_left, arrays["left"][at], arrays["right"][at])
            if (following == at).all():
                break
            at = following
        total += arrays["share"][at]
    return np.asarray(total / len(arrays["roots"]))
