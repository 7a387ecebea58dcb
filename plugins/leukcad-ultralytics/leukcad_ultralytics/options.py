"""What the detector can be told; light to import."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field as Option
from pydantic import model_validator

from leukcad.config import FilePath
from leukcad.options import Augment, TrainOptions

FLOOR = 0.05  # scores below it are no cells at any threshold

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
Side = Annotated[
    int, Option(ge=64, le=4096, description="longest side of a field (or tile) as the network sees it, px")
]
Microns = Annotated[
    float | None,
    Option(
        gt=0, le=10, description="µm a px as the network sees it, in place of input_side where the pixel size is known"
    ),
]
Score = Annotated[
    Literal["auto"] | Annotated[float, Option(ge=FLOOR, le=1)],
    Option(description="the least score of a cell; auto: that of the best F1 on the validation fields, then frozen"),
]
Nms = Annotated[
    float, Option(gt=0, le=1, description="two boxes that share more (intersection over union) are one cell")
]
Most = Annotated[int, Option(ge=1, le=2000, description="most cells in a field, or in a tile")]
Tile = Annotated[
    int | None, Option(ge=64, le=8192, description="fields are taken in tiles of this side, field px; none: as a whole")
]
Overlap = Annotated[
    float, Option(ge=0, le=0.5, description="share of a tile's side that neighbours share; a cell should fit into it")
]
OneClass = Annotated[bool, Option(description="all cell classes of the bench are one, WBC")]


class YoloTraining(TrainOptions):
    """How YOLO learns; other defaults than a classifier's."""

    epochs: Annotated[int, Option(ge=1, le=10_000, description="passes over the training fields")] = 50
    batch: Annotated[int, Option(ge=1, le=4096, description="fields (or tiles) a step")] = 8
    optimizer: Annotated[
        Literal["adam", "adamw", "sgd"], Option(description="adam couples its weight decay (L2), adamw does not")
    ] = "adamw"
    lr: Annotated[float, Option(gt=0, description="learning rate at the start (onecycle: the highest)")] = 1e-3
    weight_decay: Annotated[float, Option(ge=0, description="L2 strength")] = 5e-4
    schedule: Annotated[
        Literal["none", "step", "cosine", "onecycle"], Option(description="how the learning rate changes")
    ] = "onecycle"
    keep: Annotated[
        Literal["last"], Option(description="the last epoch's weights: YOLO's loss is low where nothing is found, too")
    ] = "last"
    augment: Annotated[Augment, Option(description="random changes of the training pictures, boxes with them")] = (
        Augment(flip=True, rotate=True, scale=0.3)
    )

    @model_validator(mode="after")
    def _is_no_classifier(self) -> Self:
        for name in ("learn_from", "balance", "label_smoothing"):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(f"{name}: a detector learns from annotated boxes, by the losses of its own paper")
        return self
