"""What the detectors of torchvision have in common besides what all trained detectors do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from leukcad import LeukcadError, boxes
from leukcad_torchvision.classifier import Weights
from leukcad_torchvision.detectors.options import Backbone, Frozen

if TYPE_CHECKING:
    from torch import Tensor, nn


class Detector(boxes.Detector):
    """A detector of torchvision; subclasses say how it is put together.

    first_label: torchvision's number of the first class. backbones: those that it takes, all if empty.
    """

    first_label: ClassVar[int]
    backbones: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, *, backbone: Backbone = "mobilenet_v2", weights: Weights = "none", frozen: Frozen = 2, **more: Any
    ) -> None:
        if self.backbones and backbone not in self.backbones:
            known = ", ".join(self.backbones)
            raise LeukcadError(f"backbone of {self.title}: expected one of {known}, got {backbone}")
        super().__init__(**more)
        self.backbone, self.frozen = backbone, frozen
        self.weights = weights if weights in ("none", "imagenet") else Path(weights)

    def assemble(self, classifier: Any, classes: int) -> nn.Module:
        """torchvision's network over a classifier's lower part, for this number of cell classes."""
        raise NotImplementedError

    def built(self, classes: int, fresh: bool) -> nn.Module:
        """The network, its backbone with the weights that it was told of where it is `fresh`."""
        from leukcad_torchvision.detectors import backbones
        from leukcad_torchvision.detectors.given import AsGiven

        origin = self.weights if fresh or self.weights == "none" else "later"
        network: Any = self.assemble(backbones.classifier(self.backbone, origin, self.frozen), classes)
        network.transform = AsGiven()
        made: nn.Module = network
        return made

    def head(self, network: nn.Module) -> list[nn.Parameter]:
        """All that is not the backbone's own: what begins with random weights."""
        own = ("backbone.body.", "backbone.features.")
        return [parameter for name, parameter in network.named_parameters() if not name.startswith(own)]

    def taught(self, network: nn.Module) -> nn.Module:
        """The network with its own losses."""
        from leukcad_torchvision.detectors.lesson import Taught

        return Taught(network, self.first_label)

    def look(self, pixels: Tensor) -> boxes.Told:
        """What torchvision's network says of a picture, uint8 (1, 3, H, W)."""
        import torch

        device = next(self.network.parameters()).device
        with torch.no_grad():
            told = self.network(pixels.to(device))[0]
        return told["boxes"], told["scores"], told["labels"] - self.first_label
