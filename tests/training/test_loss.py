"""The loss weighs classes, smooths labels and counts auxiliary heads."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from leukcad.options import TrainOptions
from leukcad.training import cross_entropy

SCORES = torch.tensor([[2.0, 0.0], [0.5, 1.0], [-1.0, 1.0]])
LABELS = torch.tensor([0, 0, 1])


def test_plain_it_is_torchs():
    value = cross_entropy(TrainOptions(label_smoothing=0.1), LABELS, 2)(SCORES, LABELS)
    assert torch.allclose(value, F.cross_entropy(SCORES, LABELS, reduction="none", label_smoothing=0.1))


def test_balanced_every_class_has_the_same_share_and_the_mean_weight_is_one():
    labels = torch.tensor([0] * 9 + [1])
    value = cross_entropy(TrainOptions(balance=True), labels, 2)(torch.zeros(10, 2), labels)
    assert torch.allclose(value[:9].sum(), value[9:].sum())
    assert torch.allclose(value.mean(), torch.tensor(2.0).log())


def test_a_class_without_examples_does_no_harm():
    assert cross_entropy(TrainOptions(balance=True), LABELS, 3)(torch.zeros(3, 3), LABELS).isfinite().all()


def test_auxiliary_heads_count_three_tenths_each():
    loss = cross_entropy(TrainOptions(), LABELS, 2)
    one = loss(SCORES, LABELS)
    assert torch.allclose(loss((SCORES, SCORES, SCORES), LABELS), 1.6 * one)
    assert torch.allclose(loss((SCORES, None), LABELS), one)
