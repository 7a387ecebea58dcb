"""What YOLO can be told besides what all detectors can; light to import."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Option

from leukcad.boxes import BoxTraining
from leukcad.config import FilePath
from leukcad.options import Augment

Model = Annotated[
    str,
    Option(
        pattern=r"^yolo(v8|v9|v10|\d\d)[a-z]$",
        description="architecture, out of ultralytics' own files: yolov8n, yolo11s, yolo26n and such",
    ),
]
Weights = Annotated[
    Literal["none"] | FilePath,
    Option(description="none: from scratch; or a file with the state dict of the same model, whatever its classes"),
]


class YoloTraining(BoxTraining):
    """How YOLO learns; other defaults than another detector's."""

    epochs: Annotated[int, Option(ge=1, le=10_000, description="passes over the training fields")] = 50
    batch: Annotated[int, Option(ge=1, le=4096, description="fields (or tiles) a step")] = 8
    lr: Annotated[float, Option(gt=0, description="learning rate at the start (onecycle: the highest)")] = 1e-3
    weight_decay: Annotated[float, Option(ge=0, description="L2 strength")] = 5e-4
    keep: Annotated[
        Literal["last"], Option(description="the last epoch's weights: YOLO's loss is low where nothing is found, too")
    ] = "last"
    augment: Annotated[Augment, Option(description="random changes of the training pictures, boxes with them")] = (
        Augment(flip=True, rotate=True, scale=0.3)
    )
