"""What a detector that learns from boxes can be told in YAML; light to import."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leukcad.options import Augment, TrainOptions

FLOOR = 0.05  # scores below it are no cells at any threshold; torchvision's own floor

Side = Annotated[int, Field(ge=64, le=4096, description="longest side of a field (or tile) as the network sees it, px")]
Microns = Annotated[
    float | None,
    Field(
        gt=0, le=10, description="µm a px as the network sees it, in place of input_side; where a pixel size is known"
    ),
]
Score = Annotated[
    Literal["auto"] | Annotated[float, Field(ge=FLOOR, le=1)],
    Field(description="the least score of a cell; auto: that of the best F1 on the validation fields, then frozen"),
]
Nms = Annotated[
    float, Field(gt=0, le=1, description="two boxes that share more (intersection over union) are one cell")
]
Most = Annotated[int, Field(ge=1, le=2000, description="most cells in a field, or in a tile")]
Tile = Annotated[
    int | None, Field(ge=64, le=8192, description="fields are taken in tiles of this side, field px; none: as a whole")
]
Overlap = Annotated[
    float, Field(ge=0, le=0.5, description="share of a tile's side that neighbours share; a cell should fit into it")
]
OneClass = Annotated[bool, Field(description="all cell classes of the bench are one, WBC")]


class BoxTraining(TrainOptions):
    """How a detector learns; other defaults than a classifier's."""

    epochs: Annotated[int, Field(ge=1, le=10_000, description="passes over the training fields")] = 20
    batch: Annotated[int, Field(ge=1, le=4096, description="fields (or tiles) a step")] = 4
    optimizer: Annotated[
        Literal["adam", "adamw", "sgd"], Field(description="adam couples its weight decay (L2), adamw does not")
    ] = "adamw"
    lr: Annotated[float, Field(gt=0, description="learning rate at the start (onecycle: the highest)")] = 3e-4
    weight_decay: Annotated[float, Field(ge=0, description="L2 strength")] = 1e-4
    schedule: Annotated[
        Literal["none", "step", "cosine", "onecycle"], Field(description="how the learning rate changes")
    ] = "onecycle"
    keep: Annotated[
        Literal["best", "last"],
        Field(
            description="best: the epoch of the best F1 on the validation fields, at a score of 0.5; or the last one"
        ),
    ] = "best"
    augment: Annotated[Augment, Field(description="random changes of the training pictures, boxes with them")] = (
        Augment(flip=True, rotate=True)
    )

    @model_validator(mode="after")
    def _is_no_classifier(self) -> Self:
        for name in ("learn_from", "balance", "label_smoothing"):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(f"{name}: a detector learns from annotated boxes, by the losses of its own paper")
        return self
