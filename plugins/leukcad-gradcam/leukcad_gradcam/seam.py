"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    here = "leukcad_gradcam"
    return [
        Component("explain", "gradcam", f"{here}.gradcam:GradCam", "Grad-CAM: where the last maps speak for a class"),
        Component(
            "explain", "gradcam-plusplus", f"{here}.library:GradCamPlusPlus", "Grad-CAM++: several cells at once"
        ),
        Component("explain", "hirescam", f"{here}.library:HiResCam", "HiResCAM: slope times value, place by place"),
        Component("explain", "layercam", f"{here}.library:LayerCam", "LayerCAM: finer, out of lower layers as well"),
        Component("explain", "scorecam", f"{here}.activations:ScoreCam", "ScoreCAM: no gradients; a pass for each map"),
        Component(
            "explain", "eigencam", f"{here}.activations:EigenCam", "EigenCAM: what stands out, whatever the class"
        ),
        Component("explain", "occlusion", f"{here}.occlusion:Occlusion", "what covering loses; for any classifier"),
    ]
