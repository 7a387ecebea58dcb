"""A detector of torchvision as a network that answers pictures and their boxes with its loss."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from leukcad.boxes import Picture, Told

Targets = list[dict[str, Tensor]]


class Taught(nn.Module):
    """A detector of torchvision that also tells its losses while it is tested, the same ones each time."""

    def __init__(self, network: nn.Module, first_label: int) -> None:
        super().__init__()
        self.network, self.first_label = network, first_label

    def forward(self, batch: tuple[Tensor, list[Picture]]) -> tuple[Tensor, list[Told]]:
        """All losses of a batch as one, float32 and 0-dim; what is found too, where it is tested."""
        pixels, pictures = batch
        device, first = pixels.device, self.first_label
        targets = [{"boxes": p.boxes.to(device), "labels": (p.labels + first).to(device)} for p in pictures]
        if self.training:
            return _total(self.network(pixels, targets)), []
        found: Targets = self.network(pixels)
        losses = self._losses(pixels, targets)
        return _total(losses), [(one["boxes"], one["scores"], one["labels"] - first) for one in found]

    def _losses(self, pixels: Tensor, targets: Targets) -> dict[str, Tensor]:
        """As in training, which torchvision asks for, but norms learn nothing and drawn samples are always the same."""
        devices = [pixels.device.index or 0] if pixels.is_cuda else []
        self.network.train()
        for module in self.network.modules():
            if isinstance(module, _BatchNorm):
                module.eval()
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(0)
            losses: dict[str, Tensor] = self.network(pixels, targets)
        self.network.eval()
        return losses


def _total(losses: dict[str, Tensor]) -> Tensor:
    return torch.stack([value.float() for value in losses.values()]).sum()
