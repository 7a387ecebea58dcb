"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    return [Component("detect", "yolo", "leukcad_ultralytics.detector:Yolo", "YOLO, trained on boxes; AGPL-3.0")]
