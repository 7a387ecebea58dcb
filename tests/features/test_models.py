"""What was learned of vectors is arrays, answers as scikit-learn does, and comes back bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from leukcad import LeukcadError
from leukcad.features import FeatureOptions, Fitted, learn, restored
from leukcad.features import svm as machine

MODELS = ("svm", "forest", "knn")
FEW = FeatureOptions(trees=12)


def clouds(classes: int, each: int = 15, width: int = 6, apart: float = 1.5, seed: int = 0):
    """Vectors around one middle a class, and their labels."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), each)
    middles = rng.normal(0, apart, (classes, width))
    return middles[labels] + rng.normal(0, 1, (len(labels), width)), labels


def fitted(model: str, classes: int = 3, **more) -> Fitted:
    vectors, labels = clouds(classes)
    return learn(model, vectors, labels, classes, more.pop("options", FEW), seed=3)


def standard(fit: Fitted, vectors):
    return np.asarray((vectors - fit.middle) / fit.spread, np.float32).astype(np.float64)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("model", MODELS)
def test_clouds_that_lie_apart_are_told_apart(model: str, classes: int) -> None:
    vectors, labels = clouds(classes, apart=6)
    unseen, truth = clouds(classes, apart=6)
    told = learn(model, vectors, labels, classes, FEW, seed=0).probabilities(unseen + 0.1)
    assert (told.argmax(axis=1) == truth).mean() > 0.9
    assert np.allclose(told.sum(axis=1), 1) and told.min() >= 0


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("model", MODELS)
def test_it_comes_back_through_safetensors_bit_by_bit(model: str, classes: int) -> None:
    first = fitted(model, classes)
    again = restored(model, load(save(first.state())), classes)
    unseen, _ = clouds(classes, seed=8)
    assert np.array_equal(first.probabilities(unseen), again.probabilities(unseen))


@pytest.mark.parametrize("model", MODELS)
def test_the_same_seed_learns_the_same(model: str) -> None:
    one, two = fitted(model).state(), fitted(model).state()
    assert one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("balance", [False, True])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_machine_decides_as_scikit_learns_does(classes: int, balance: bool) -> None:
    vectors, labels = clouds(classes)
    labels[: len(labels) // 8] = classes - 1  # of unequal sizes
    fit = learn("svm", vectors, labels, classes, FeatureOptions(c=3, balance=balance), seed=0)
    theirs = SVC(C=3, gamma=1 / vectors.shape[1], class_weight="balanced" if balance else None)
    theirs.fit(standard(fit, vectors), labels)
    unseen = standard(fit, clouds(classes, seed=5)[0])
    wanted = theirs.decision_function(unseen).reshape(len(unseen), -1)
    assert np.allclose(machine.decisions(unseen, fit.arrays), wanted, atol=1e-9)


def test_the_forest_votes_as_scikit_learns_does() -> None:
    vectors, labels = clouds(4)
    fit = learn("forest", vectors, labels, 4, FEW, seed=3)
    theirs = RandomForestClassifier(12, random_state=3).fit(standard(fit, vectors), labels)
    unseen, _ = clouds(4, seed=5)
    assert np.allclose(fit.probabilities(unseen), theirs.predict_proba(standard(fit, unseen)), atol=1e-12)


def test_the_neighbours_vote_as_scikit_learns_do() -> None:
    vectors, labels = clouds(3)
    fit = learn("knn", vectors, labels, 3, FeatureOptions(neighbours=7), seed=0)
    theirs = KNeighborsClassifier(7).fit(standard(fit, vectors), labels)
    unseen, _ = clouds(3, seed=5)
    assert np.allclose(fit.probabilities(unseen), theirs.predict_proba(standard(fit, unseen)))


def test_of_equally_near_neighbours_the_earlier_counts() -> None:
    vectors, labels = np.array([[0.0], [0.0], [4.0], [4.0]]), np.array([0, 1, 0, 1])
    fit = learn("knn", vectors, labels, 2, FeatureOptions(neighbours=1), seed=0)
    assert fit.probabilities(np.array([[0.0], [4.0]])).tolist() == [[1, 0], [1, 0]]


def test_the_machines_probabilities_are_calibrated() -> None:
    vectors, labels = clouds(2, each=150, apart=0.5)
    unseen, truth = clouds(2, each=150, apart=0.5)
    told = learn("svm", vectors[::2], labels[::2], 2, FeatureOptions(c=1), seed=0).probabilities(unseen[1::2])[:, 1]
    sure = told > 0.7
    assert sure.sum() > 20
    assert abs(truth[1::2][sure].mean() - told[sure].mean()) < 0.15


@pytest.mark.parametrize("model", MODELS)
def test_a_class_without_examples_gets_nothing(model: str) -> None:
    vectors, labels = clouds(2)
    told = learn(model, vectors, labels * 2, 4, FEW, seed=0).probabilities(vectors)
    assert told.shape == (30, 4) and not told[:, [1, 3]].any()


@pytest.mark.parametrize("model", MODELS)
def test_no_vectors_give_no_rows(model: str) -> None:
    assert fitted(model).probabilities(np.zeros((0, 6))).shape == (0, 3)


@pytest.mark.parametrize("model", MODELS)
def test_a_number_that_never_changes_does_no_harm(model: str) -> None:
    vectors, labels = clouds(2)
    vectors[:, 2] = 1e6
    assert np.isfinite(learn(model, vectors, labels, 2, FEW, seed=0).probabilities(vectors)).all()


def test_numbers_that_are_none_are_refused() -> None:
    vectors, labels = clouds(2)
    vectors[3, 1] = np.nan
    with pytest.raises(LeukcadError, match="expected finite numbers, got NaN or infinity"):
        learn("knn", vectors, labels, 2, FEW, seed=0)


def test_one_class_alone_cannot_be_learned() -> None:
    vectors, labels = clouds(2)
    with pytest.raises(LeukcadError, match="expected examples of two classes or more, got 1"):
        learn("forest", vectors, labels * 0, 2, FEW, seed=0)


def test_a_class_with_one_example_cannot_be_calibrated() -> None:
    vectors, labels = clouds(2)
    with pytest.raises(LeukcadError, match=r"two examples or more of each class.*forest or knn"):
        learn("svm", vectors[:16], labels[:16], 2, FEW, seed=0)


@pytest.mark.parametrize(("kept", "asked"), [("svm", "forest"), ("forest", "knn"), ("knn", "svm")])
def test_what_another_model_learned_is_refused(kept: str, asked: str) -> None:
    with pytest.raises(LeukcadError, match=f"expected what a {asked} learned"):
        restored(asked, fitted(kept).state(), 3)


def test_what_was_learned_of_more_classes_is_refused() -> None:
    with pytest.raises(LeukcadError, match="expected 2 classes, it learned 3"):
        restored("knn", fitted("knn").state(), 2)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(MODELS), st.integers(0, 2**16), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_units_and_offsets_of_the_numbers_do_not_matter(model: str, seed: int, unit: float, offset: float) -> None:
    vectors, labels = clouds(2, each=8, width=3, seed=seed)
    unseen, _ = clouds(2, each=4, width=3, seed=seed + 1)
    few = FeatureOptions(trees=3, neighbours=3)
    plain = learn(model, vectors, labels, 2, few, seed=0).probabilities(unseen)
    moved = learn(model, vectors * unit + offset, labels, 2, few, seed=0).probabilities(unseen * unit + offset)
    assert np.abs(plain - moved).max() < (0.02 if model == "svm" else 0.35)  # one tree or neighbour of three at a tie
