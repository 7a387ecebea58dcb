"""What learners can be told in YAML; light to import."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Switch = Literal["auto", "on", "off"]


class LearnOptions(BaseModel):
    """What every component that learns can be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learn_from: Annotated[
        Literal["previous", "truth", "cells", "field"],
        Field(
            description="what it learns from: what the steps before it find, labelled by the truth (previous); the"
            " annotated cells (truth); the bench's single cells (cells); what is found, labelled by its field (field)"
        ),
    ] = "previous"


class Augment(BaseModel):
    """Random changes of a training batch, made on the device."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flip: Annotated[bool, Field(description="mirror left-right and top-bottom")] = False
    rotate: Annotated[bool, Field(description="turn by multiples of 90°")] = False
    brightness: Annotated[Share, Field(description="largest relative change of brightness")] = 0.0
    contrast: Annotated[Share, Field(description="largest relative change of contrast")] = 0.0
    stain: Annotated[Share, Field(description="largest relative change of each colour's optical density")] = 0.0
    scale: Annotated[float, Field(ge=0, le=0.9, description="largest relative change of size")] = 0.0


class TrainOptions(LearnOptions):
    """How a network is trained by `leukcad.training.train`."""

    epochs: Annotated[int, Field(ge=1, le=10_000, description="passes over the training examples")] = 12
    batch: Annotated[int, Field(ge=1, le=4096, description="examples a step")] = 8
    optimizer: Annotated[
        Literal["adam", "adamw", "sgd"], Field(description="adam couples its weight decay (L2), adamw does not")
    ] = "adam"
    lr: Annotated[Positive, Field(description="learning rate at the start (onecycle: the highest)")] = 1e-3
    weight_decay: Annotated[float, Field(ge=0, description="L2 strength")] = 0.0
    momentum: Annotated[float, Field(ge=0, lt=1, description="of sgd")] = 0.9
    head_lr_factor: Annotated[Positive, Field(description="the new head's learning rate, as a multiple")] = 1.0
    schedule: Annotated[
        Literal["none", "step", "cosine", "onecycle"], Field(description="how the learning rate changes")
    ] = "none"
    step_every: Annotated[int, Field(ge=1, description="epochs between steps of the step schedule")] = 10
    step_factor: Annotated[float, Field(gt=0, le=1, description="factor of each step of the step schedule")] = 0.1
    patience: Annotated[int, Field(ge=0, description="epochs without a better validation loss; 0 = never stop")] = 0
    keep: Annotated[
        Literal["best", "last"],
        Field(description="the weights of the lowest validation loss (luck where few validate) or the last"),
    ] = "best"
    balance: Annotated[bool, Field(description="weigh classes by their rarity in the loss")] = False
    label_smoothing: Annotated[float, Field(ge=0, lt=1, description="share of the label spread over classes")] = 0.0
    augment: Annotated[Augment, Field(description="random changes of the training pictures")] = Augment()
    amp: Annotated[Switch, Field(description="mixed precision; auto = on CUDA, and on CPUs with AMX tiles")] = "auto"
    channels_last: Annotated[Switch, Field(description="memory layout; auto = on")] = "auto"

    @model_validator(mode="after")
    def _patience_needs_the_best(self) -> Self:
        if self.keep == "last" and self.patience:
            raise ValueError("patience waits for a better validation loss: expected keep: best, got keep: last")
        return self
