"""YOLO as a network that answers pictures and their boxes with its loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from leukcad.boxes import UNKNOWN, Picture, Told
from leukcad_ultralytics import library


class Taught(nn.Module):
    """YOLO with ultralytics' own loss.

    v10 and 26 have two heads, whose weights in the loss shift from epoch to epoch. Which epoch it is goes with the
    weights, so that a fit that was cut off goes on as it would have.
    """

    epochs: Tensor  # that it is in, counted from 1; 0-dim

    def __init__(self, network: Any, nms: float) -> None:
        super().__init__()
        self.network, self.nms = network, nms
        self.register_buffer("epochs", torch.zeros((), dtype=torch.int64))
        self._criterion: Any = None

    def train(self, mode: bool = True) -> Taught:
        """As `Module.train`; the loop says so once an epoch."""
        super().train(mode)
        if mode:
            self.epochs += 1
        return self

    def forward(self, given: tuple[Tensor, Sequence[Picture]]) -> tuple[Tensor, list[Told]]:
        """The loss of a batch, 0-dim; what is found in each picture too, where it is tested."""
        pixels, targets = given
        inputs = pixels.float() / 255  # (B, 3, H, W)
        with library.as_before():
            told = self.network(inputs)
            loss = self._loss(told, _batch(targets, inputs))
            found = [] if self.training else suppressed(told, UNKNOWN, self.nms, self.network)
        return loss, found

    def _loss(self, told: Any, batch: dict[str, Tensor]) -> Tensor:
        if self._criterion is None:  # made late: it lies on the device of the network
            self._criterion = self.network.init_criterion()
        criterion = self._criterion
        if not hasattr(criterion, "decay"):
            parts = criterion(told, batch)[0]
        elif self.training:
            criterion.o2m = criterion.decay(int(self.epochs) - 1)
            criterion.o2o = max(criterion.total - criterion.o2m, 0)
            parts = criterion(told, batch)[0]
        else:  # by the head that answers, so that epochs compare
            parts = criterion.one2one.loss(told[1]["one2one"], batch)[0]
        mean: Tensor = parts.float().sum() / len(batch["img"])
        return mean


def _batch(targets: Sequence[Picture], inputs: Tensor) -> dict[str, Tensor]:
    """Boxes as ultralytics' losses take them: shares of the picture's sides, by their middles and sides."""
    height, width = inputs.shape[2:]
    boxes = torch.cat([p.boxes for p in targets]) / torch.tensor([width, height, width, height])
    middles = torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], dim=1)  # (M, 4)
    told = {
        "batch_idx": torch.cat([torch.full((len(p.boxes),), float(i)) for i, p in enumerate(targets)]),
        "cls": torch.cat([p.labels.float() for p in targets]),
        "bboxes": middles,
    }
    return {"img": inputs, **{name: tensor.to(inputs.device) for name, tensor in told.items()}}


def suppressed(told: Any, least: float, nms: float, network: Any) -> list[Told]:
    """What is found in each picture, best first, by ultralytics' own suppression, whatever the class.

    It stops after seconds and leaves out the pictures that are still to come: give it one, or few.
    """
    most = int(network.model[-1].max_det)
    found: list[Tensor] = library.part("utils.nms").non_max_suppression(
        told, least, nms, agnostic=True, max_det=most, end2end=bool(network.end2end)
    )
    return [(rows[:, :4], rows[:, 4], rows[:, 5]) for rows in found]  # (N, 6) each
