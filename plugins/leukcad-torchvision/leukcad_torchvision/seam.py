"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    detectors = "leukcad_torchvision.detectors"
    tuned, deep = "leukcad_torchvision.classifier:Torchvision", "leukcad_torchvision.deep:DeepFeatures"
    return [
        Component("classify", "torchvision", tuned, "any classifier of torchvision, trained or fine-tuned"),
        Component("classify", "deep-features", deep, "what a network sees, learned by SVM, forest or kNN"),
        Component("detect", "faster-rcnn", f"{detectors}.faster_rcnn:FasterRcnn", "Faster R-CNN, trained on boxes"),
        Component("detect", "retinanet", f"{detectors}.retinanet:RetinaNet", "RetinaNet, trained on boxes"),
        Component("detect", "ssdlite", f"{detectors}.ssdlite:SsdLite", "SSDlite, trained on boxes; the lightest"),
    ]
