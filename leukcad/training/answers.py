"""What a trained network says of crops, in batches that fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leukcad.training.batches import inference_batch
from leukcad.types import Crops, Predictions

if TYPE_CHECKING:
    from torch import Tensor, nn


def predictions(
    network: nn.Module, crops: Crops, classes: tuple[str, ...], size: int, prepare: Callable[[Tensor], Tensor]
) -> Predictions:
    """One row of probabilities (softmax of the scores) per crop, on the crops' device; the network goes into eval mode.

    size: px of the squares that the network sees, by which the batch is chosen. prepare: uint8 (B, 3, S, S) into what
    the network takes.
    """
    import torch

    network = network.eval()
    rows = [torch.zeros((0, len(classes)), device=crops.pixels.device)]
    with torch.inference_mode():
        for part in torch.split(crops.pixels, inference_batch(size)):
            if len(part):
                rows.append(network(prepare(part)).float().softmax(dim=1).to(crops.pixels.device))
    return Predictions.of(torch.cat(rows).clone(), classes)
