"""The loss of a classifier."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from leukcad.options import TrainOptions

#: (output of the network, targets, of a classifier labels (B,)) → one loss per example, (B,), or their mean.
Loss = Callable[[Any, Any], "Tensor"]

AUXILIARY = 0.3  # weight of auxiliary heads (Szegedy et al. 2015, Going deeper with convolutions, section 5)


def cross_entropy(options: TrainOptions, labels: Tensor, classes: int) -> Loss:
    """Cross entropy with label smoothing; with `balance` a class weighs N / (classes · its number in `labels`).

    So the mean weight over the training examples is 1. Outputs that are tuples (GoogLeNet, Inception) hold the main
    head first, then auxiliary heads, which count 0.3 each.
    """
    import torch
    import torch.nn.functional as F

    counts = torch.bincount(labels.cpu(), minlength=classes).clamp(min=1)
    weights = len(labels) / (classes * counts.double()) if options.balance else torch.ones(classes)
    weights = weights.float()

    def loss(output: Any, wanted: Tensor) -> Tensor:
        nonlocal weights
        heads = output if isinstance(output, tuple) else (output,)
        weights = weights.to(wanted.device)
        each = [
            F.cross_entropy(head.float(), wanted, reduction="none", label_smoothing=options.label_smoothing)
            for head in heads
            if head is not None
        ]
        return (each[0] + AUXILIARY * sum(each[1:])) * weights[wanted]  # (B,)

    return loss
