"""`detect: yolo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field as Option

from leukcad import boxes
from leukcad_ultralytics import building, changing, library, options
from leukcad_ultralytics.options import YoloTraining

if TYPE_CHECKING:
    from torch import Tensor, nn


class Yolo(boxes.Detector):
    """YOLO (Redmon et al. 2016) as ultralytics has it: v8, 11 and later, from scratch or from a file of weights.

    Network, loss and suppression are ultralytics' own; the training is leukcad's. The licence is told when it is made.
    Raises `LeukcadError` without the package ultralytics, or for a model that it does not have.
    """

    title = "yolo"
    alone = True  # ultralytics suppresses whatever the class, and newer heads need no suppression
    zoom = staticmethod(changing.zoomed)

    def __init__(
        self,
        *,
        model: options.Model = "yolo11n",
        weights: options.Weights = "none",
        train: Annotated[YoloTraining, Option(description="how it learns")] = YoloTraining(),  # noqa: B008 (frozen)
        **more: Any,
    ) -> None:
        building.architecture(model)
        library.notice()
        super().__init__(train=train, **more)
        self.model, self.weights = model, None if weights == "none" else Path(weights)

    @property
    def called(self) -> str:
        """The architecture."""
        return self.model

    def built(self, classes: int, fresh: bool) -> nn.Module:
        """The network, with the weights of the file where it is `fresh`."""
        network: nn.Module = building.build(self.model, classes, self.most, self.train.epochs)
        if fresh and self.weights is not None:
            building.from_file(network, self.model, self.weights)
        return network

    def head(self, network: nn.Module) -> list[nn.Parameter]:
        """The parameters of the detection head."""
        return building.head(network)

    def taught(self, network: nn.Module) -> nn.Module:
        """The network with ultralytics' own loss."""
        from leukcad_ultralytics.lesson import Taught

        return Taught(network, self.nms)

    def look(self, pixels: Tensor) -> boxes.Told:
        """What the network finds in a picture, uint8 (1, 3, H, W)."""
        import torch

        from leukcad_ultralytics import lesson

        network = self.network
        inputs = pixels.to(next(network.parameters()).device).float() / 255
        with torch.inference_mode(), library.as_before():
            return lesson.suppressed(network(inputs), boxes.FLOOR, self.nms, network)[0]
