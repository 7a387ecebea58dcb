"""`detect: retinanet`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leukcad_torchvision.detectors.component import Detector

if TYPE_CHECKING:
    from torch import nn

SMALLEST = 16  # px: side of the smallest anchors, on the level of stride 8; each level doubles it
GROUPS = 32  # of channels that are normed together in the heads


class RetinaNet(Detector):
    """RetinaNet (Lin et al. 2017): one stage over a feature pyramid, taught with the focal loss."""

    title = "retinanet"
    first_label = 0

    def assemble(self, classifier: Any, classes: int) -> nn.Module:
        """torchvision's RetinaNet over the pyramid of strides 8 to 128; three sizes and shapes of anchors a level."""
        from functools import partial

        from torch.nn import GroupNorm
        from torchvision.models.detection import RetinaNet as Network  # type: ignore[import-untyped]
        from torchvision.models.detection.anchor_utils import AnchorGenerator  # type: ignore[import-untyped]
        from torchvision.models.detection.retinanet import RetinaNetHead  # type: ignore[import-untyped]
        from torchvision.ops.feature_pyramid_network import LastLevelP6P7  # type: ignore[import-untyped]

        from leukcad.boxes import FLOOR
        from leukcad_torchvision.detectors import backbones

        sizes = tuple(tuple(int(SMALLEST * 2 ** (level + third / 3)) for third in range(3)) for level in range(5))
        backbone: Any = backbones.pyramid(classifier, self.backbone, lambda wide: LastLevelP6P7(wide, wide))
        anchors = AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * len(sizes))
        # group norm, as in torchvision's second version: without it four layers of small weights learn nothing at first
        norm = partial(GroupNorm, GROUPS)
        network: nn.Module = Network(
            backbone,
            classes,
            anchor_generator=anchors,
            head=RetinaNetHead(backbone.out_channels, anchors.num_anchors_per_location()[0], classes, norm),
            score_thresh=FLOOR,
            nms_thresh=self.nms,
            detections_per_img=self.most,
        )
        return network
