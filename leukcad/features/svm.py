"""A support vector machine with the RBF kernel, its decisions made probabilities by Platt's sigmoids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from leukcad.features.options import FeatureOptions

NAMES = ("support", "counts", "dual", "intercept", "gamma", "slope", "offset")
FOLDS = 5  # of the cross-validation that the sigmoids are fitted in


def fit(
    z: NDArray[np.float64], labels: NDArray[np.int64], options: FeatureOptions, seed: int
) -> dict[str, NDArray[Any]]:
    """scikit-learn's SVC, one against one, and Platt's A and B (Platt 1999) from decisions that it made unseen.

    γ is 1 / D. Raises `LeukcadError` for a class with a single example, which cannot be calibrated.
    """
    import numpy as np
    from sklearn.calibration import CalibratedClassifierCV  # type: ignore[import-untyped]
    from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]
    from sklearn.svm import SVC  # type: ignore[import-untyped]

    fewest = int(np.bincount(labels).min())
    if fewest < 2:
        cure = "bring more, or let a forest or knn learn"
        raise LeukcadError("svm: expected two examples or more of each class, got 1 of some", cure=cure)
    gamma = 1 / z.shape[1]
    machine = SVC(C=options.c, gamma=gamma, class_weight="balanced" if options.balance else None)
    folds = StratifiedKFold(min(FOLDS, fewest), shuffle=True, random_state=seed)
    calibrated = CalibratedClassifierCV(machine, method="sigmoid", cv=folds, ensemble=False).fit(z, labels)
    (whole,) = calibrated.calibrated_classifiers_
    learned = whole.estimator
    return {
        "support": learned.support_vectors_.astype(np.float32),  # z is rounded to float32: nothing is lost
        "counts": learned.n_support_.astype(np.int64),
        "dual": np.array(learned.dual_coef_, np.float64),
        "intercept": np.array(learned.intercept_, np.float64),
        "gamma": np.array([gamma]),
        "slope": np.array([one.a_ for one in whole.calibrators], np.float64),
        "offset": np.array([one.b_ for one in whole.calibrators], np.float64),
    }


def probabilities(z: NDArray[np.float64], arrays: Mapping[str, Any]) -> NDArray[np.float64]:
    """(N, K): 1 / (1 + exp(A · decision + B)) of each class, made to sum to 1."""
    import numpy as np
    from scipy.special import expit

    told = expit(-(decisions(z, arrays) * arrays["slope"] + arrays["offset"]))
    if len(arrays["counts"]) == 2:
        return np.hstack([1 - told, told])
    total = told.sum(axis=1, keepdims=True)
    even = np.full_like(told, 1 / told.shape[1])
    return np.asarray(np.divide(told, total, out=even, where=total > 0))


def decisions(z: NDArray[np.float64], arrays: Mapping[str, Any]) -> NDArray[np.float64]:
    """What scikit-learn's `decision_function` says: (N, 1) of two classes, else votes and their sureness (N, K)."""
    import numpy as np
    from scipy.spatial.distance import cdist

    kernel = np.exp(-float(arrays["gamma"][0]) * cdist(z, arrays["support"].astype(np.float64), "sqeuclidean"))
    dual, intercept = arrays["dual"], arrays["intercept"]
    k = len(arrays["counts"])
    if k == 2:
        return np.asarray(kernel @ dual.T + intercept)
    ends = np.cumsum(arrays["counts"])
    own = [np.s_[end - n : end] for end, n in zip(ends, arrays["counts"], strict=True)]  # of each class
    votes, sure = np.zeros((len(z), k)), np.zeros((len(z), k))
    pairs = [(i, j) for i in range(k) for j in range(i + 1, k)]
    for (i, j), shift in zip(pairs, intercept, strict=True):
        told = kernel[:, own[i]] @ dual[j - 1, own[i]] + kernel[:, own[j]] @ dual[i, own[j]] + shift
        votes[:, i] += told >= 0
        votes[:, j] += told < 0
        sure[:, i] += told
        sure[:, j] -= told
    return np.asarray(votes + sure / (3 * (np.abs(sure) + 1)))
