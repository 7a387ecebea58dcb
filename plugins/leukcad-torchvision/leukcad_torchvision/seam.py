"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    detectors = "leukcad_torchvision.detectors"
    tuned = "leukcad_torchvision.classifier:Torchvision"
    return [
        Component("classify", "torchvision", tuned, "any classifier of torchvision, trained or fine-tuned"),
        Component("detect", "faster-rcnn", f"{detectors}.faster_rcnn:FasterRcnn", "Faster R-CNN, trained on boxes"),
        Component("detect", "retinanet", f"{detectors}.retinanet:RetinaNet", "RetinaNet, trained on boxes"),
        Component("detect", "ssdlite", f"{detectors}.ssdlite:SsdLite", "SSDlite, trained on boxes; the lightest"),
    ]
