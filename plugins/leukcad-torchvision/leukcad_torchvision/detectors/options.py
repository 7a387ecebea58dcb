"""What a detector of torchvision can be told besides what all can; light to import."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Option

Backbone = Annotated[
    Literal["mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "resnet18", "resnet34", "resnet50"],
    Option(description="the network below the detector's heads; ssdlite takes the mobilenets"),
]
Frozen = Annotated[
    int, Option(ge=0, le=5, description="stages of the backbone that do not learn, from below, where it has weights")
]
