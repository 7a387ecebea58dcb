"""The optimiser and its learning rate."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

    from leukcad.options import TrainOptions

RISE = 0.3  # share of a one-cycle schedule in which the rate rises (Smith 2018; torch's OneCycleLR)
START, END = 1 / 25, 1 / 25e4  # its first and last factor


def optimizer(network: nn.Module, head: Iterable[nn.Parameter], options: TrainOptions) -> torch.optim.Optimizer:
    """Adam (weight decay coupled: L2), AdamW (decoupled) or SGD; the `head` learns `head_lr_factor` times as fast."""
    import torch

    heads = {id(p) for p in head} if options.head_lr_factor != 1 else set()
    learning = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learning if id(p) not in heads], "lr": options.lr},
        {"params": [p for p in learning if id(p) in heads], "lr": options.lr * options.head_lr_factor},
    ]
    groups = [group for group in groups if group["params"]]
    decay, lr = options.weight_decay, options.lr
    if options.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=options.momentum, weight_decay=decay, fused=True)
    kind = torch.optim.Adam if options.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=lr, weight_decay=decay, fused=True)


def rate(options: TrainOptions, done: int, per_epoch: int, epochs: int) -> float:
    """The factor of the learning rate after `done` steps: a function of the place in training, not of a history.

    step: × `step_factor` every `step_every` epochs. cosine: down to 0 over all steps (Loshchilov & Hutter 2017,
    without restarts). onecycle: cosine up to 1 over the first 30 %, then down to 4e-6 (Smith & Topin 2018), the
    momentum left alone.
    """
    total = per_epoch * epochs
    if options.schedule == "step":
        return float(options.step_factor ** (done // per_epoch // options.step_every))
    if options.schedule == "cosine":
        return _between(1, 0, done / total)
    if options.schedule == "onecycle":
        top, last = max(RISE * total - 1, 1e-9), max(total - 1, 1e-9)
        if done <= top:
            return _between(START, 1, done / top)
        return _between(1, END, (done - top) / max(last - top, 1e-9))
    return 1.0


def _between(start: float, end: float, share: float) -> float:
    """From `start` to `end` along half a cosine."""
    return end + (start - end) / 2 * (1 + math.cos(math.pi * min(share, 1)))
