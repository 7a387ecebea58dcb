"""Classifiers that plants learn in seconds: of cell measures, and small networks over squares or whole fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Floats = NDArray[np.float32]


def logistic(rows: Floats, labels: NDArray[np.bool_]) -> Callable[[Floats], Scores]:
    """Logistic regression over standardised measures and their squares; answers the logit of each row."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    model = make_pipeline(
        StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler(),
        LogisticRegression(C=0.05, class_weight="balanced", max_iter=400),
    )  # fmt: skip
    model.fit(rows, labels)
    return lambda new: model.decision_function(new) if len(new) else np.zeros(0)


def plain_logistic(rows: Floats, labels: NDArray[np.bool_], strength: float = 1e-3) -> Callable[[Floats], Scores]:
    """Logistic regression over standardised columns; answers the logit of each row."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, class_weight="balanced", max_iter=400))
    model.fit(rows, labels)
    return lambda new: model.decision_function(new) if len(new) else np.zeros(0)


def network(pixels: NDArray[np.uint8], labels: NDArray[np.bool_], *, steps: int = 360, seed: int = 0) -> Any:
    """A small convolutional network over uint8 (N, H, W, 3), learned in `steps` of 64; answers logits."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(seed)
    layers: list[Any] = []
    for before, after in ((3, 16), (16, 32), (32, 48)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(48, 1))
    data = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2)
    target = torch.from_numpy(labels.astype(np.float32))
    weight = torch.tensor(float((~labels).sum()) / max(float(labels.sum()), 1.0))
    each = max(1, len(data) // 64)  # steps in which every example comes once
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=1e-2)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, total_steps=steps)
    for step in range(steps):
        if step % each == 0:
            order = torch.randperm(len(data))
        start = step % each * 64
        mine = order[start : start + 64]
        batch = _varied(data[mine].float() / 255)
        loss = functional.binary_cross_entropy_with_logits(net(batch).flatten(), target[mine], pos_weight=weight)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()
    return Network(net.eval())


def _varied(batch: Any) -> Any:
    """Flipped, and each channel of each picture a little lighter or darker."""
    import torch

    if torch.rand(()) < 0.5:
        batch = batch.flip(3)
    if torch.rand(()) < 0.5:
        batch = batch.flip(2)
    return batch * (1 + 0.06 * torch.randn(len(batch), 3, 1, 1))


class Network:
    """A trained network: uint8 (N, H, W, 3) → logits (N,)."""

    def __init__(self, net: Any) -> None:
        self.net = net

    def __call__(self, pixels: NDArray[np.uint8]) -> Scores:
        import torch

        if not len(pixels):
            return np.zeros(0)
        with torch.inference_mode():
            data = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 255
            return np.asarray(self.net(data).flatten().double().numpy())
