"""`detect: faster-rcnn`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leukcad_torchvision.detectors.component import Detector

if TYPE_CHECKING:
    from torch import nn

SIZES = ((24,), (48,), (96,), (192,))  # px of anchors on the levels of strides 8, 16, 32 and 64
HIDDEN = 512  # of the box head; torchvision has 1024 for 90 classes
SAMPLED = 128  # boxes a picture that the box head learns from; torchvision has 512 for crowded photographs
PROPOSED = 300  # boxes a picture at least that are looked at


class FasterRcnn(Detector):
    """Faster R-CNN (Ren et al. 2015) with a feature pyramid (Lin et al. 2017): proposes, then classifies each box."""

    title = "faster-rcnn"
    first_label = 1

    def assemble(self, classifier: Any, classes: int) -> nn.Module:
        """torchvision's Faster R-CNN over the pyramid of strides 8 to 64."""
        from torchvision.models.detection import FasterRCNN  # type: ignore[import-untyped]
        from torchvision.models.detection.anchor_utils import AnchorGenerator  # type: ignore[import-untyped]
        from torchvision.models.detection.faster_rcnn import (  # type: ignore[import-untyped]
            FastRCNNPredictor,
            TwoMLPHead,
        )
        from torchvision.ops.feature_pyramid_network import LastLevelMaxPool  # type: ignore[import-untyped]

        from leukcad.boxes import FLOOR
        from leukcad_torchvision.detectors import backbones
        from leukcad_torchvision.detectors.pooling import Pool

        backbone: Any = backbones.pyramid(classifier, self.backbone, lambda _: LastLevelMaxPool())
        pool = Pool(["0", "1", "2"], output_size=7, sampling_ratio=2)
        network: nn.Module = FasterRCNN(
            backbone,
            rpn_anchor_generator=AnchorGenerator(SIZES, ((0.5, 1.0, 2.0),) * len(SIZES)),
            rpn_post_nms_top_n_train=2 * PROPOSED,
            rpn_post_nms_top_n_test=max(PROPOSED, 2 * self.most),
            box_roi_pool=pool,
            box_head=TwoMLPHead(backbone.out_channels * 7 * 7, HIDDEN),
            box_predictor=FastRCNNPredictor(HIDDEN, classes + 1),
            box_batch_size_per_image=SAMPLED,
            box_score_thresh=FLOOR,
            box_nms_thresh=self.nms,
            box_detections_per_img=self.most,
        )
        return network
