"""What stands before torchvision's detectors in place of their own resizing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torchvision.models.detection.image_list import ImageList  # type: ignore[import-untyped]
from torchvision.models.detection.transform import GeneralizedRCNNTransform  # type: ignore[import-untyped]

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]  # of ImageNet


class AsGiven(GeneralizedRCNNTransform):  # type: ignore[misc]  # torchvision is untyped
    """Pictures uint8 (B, 3, H, W) as they come, since fields are scaled in one place; normalised as ImageNet."""

    def __init__(self) -> None:
        super().__init__(1, 1, MEAN, STD)

    def forward(self, images: Sequence[Tensor], targets: Any = None) -> tuple[ImageList, Any]:
        """The batch as torchvision's detectors take it, and the targets unchanged."""
        pixels = images if isinstance(images, Tensor) else torch.stack(list(images))
        batch = self.normalize(pixels.float().div_(255))  # (B, 3, H, W)
        return ImageList(batch, [(int(batch.shape[2]), int(batch.shape[3]))] * len(batch)), targets
