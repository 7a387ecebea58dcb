"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    target = "leukcad_gradcam.gradcam:GradCam"
    return [Component("explain", "gradcam", target, "Grad-CAM: where the last maps speak for a class")]
