"""`detect: ssdlite`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leukcad_torchvision.detectors.component import Detector

if TYPE_CHECKING:
    from torch import nn

SCALES = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.98]  # sides of default boxes on six levels, as shares of the picture's


class SsdLite(Detector):
    """SSDlite (Sandler et al. 2018): one light stage over a mobilenet; fields are padded to squares."""

    title = "ssdlite"
    first_label = 1
    square = True
    backbones = ("mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small")

    def assemble(self, classifier: Any, classes: int) -> nn.Module:
        """torchvision's SSD with the heads of SSDlite over six levels of strides from 16 on."""
        from torch import nn
        from torchvision.models.detection.anchor_utils import DefaultBoxGenerator  # type: ignore[import-untyped]
        from torchvision.models.detection.ssd import SSD  # type: ignore[import-untyped]
        from torchvision.models.detection.ssdlite import SSDLiteHead  # type: ignore[import-untyped]

        from leukcad.boxes import FLOOR
        from leukcad_torchvision.detectors.levels import Levels

        norm = nn.BatchNorm2d  # torchvision's remembers the last 33 steps or so: too many where an epoch has 26
        backbone = Levels(classifier.features, norm)
        anchors = DefaultBoxGenerator([[2]] * 6, scales=SCALES)
        network: nn.Module = SSD(
            backbone,
            anchors,
            (self.input_side, self.input_side),
            classes + 1,
            head=SSDLiteHead(backbone.channels, anchors.num_anchors_per_location(), classes + 1, norm),
            score_thresh=FLOOR,
            nms_thresh=self.nms,
            detections_per_img=self.most,
        )
        return network
