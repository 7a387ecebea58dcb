"""It keeps the contract of its stage."""

from __future__ import annotations

from typing import Any, ClassVar

from leukcad.testing import Contract


class TestYolo(Contract):
    """A small YOLO."""

    stage, name = "detect", "yolo"
    options: ClassVar[Any] = {"model": "yolov8n", "input_side": 96, "score": 0.05, "most": 10}
