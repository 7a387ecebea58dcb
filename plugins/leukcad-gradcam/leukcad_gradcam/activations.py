"""Maps out of what a layer puts out and of answers, without gradients: ScoreCAM and EigenCAM.

Both give what pytorch-grad-cam gives before it rescales. They are written anew for what it costs there: ScoreCAM makes
all masked copies of a crop at once, 1.2 GB for ResNet-50, and EigenCAM's singular value decomposition all C × C of its
matrix, 0.4 s a crop for ResNet-50, and all (h w)² of the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Option

from leukcad import Step
from leukcad_gradcam.passes import Layer, Maps, activations

if TYPE_CHECKING:
    from torch import Tensor, nn

QUICK = 32  # channels at most with --quick


class EigenCam(Maps):
    """EigenCAM (Muhammad & Yeasin 2020, IJCNN): the first principal component of the maps, whatever the class is."""

    method = "eigencam"
    needs = "maps"

    def maps(self, network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor, step: Step) -> Tensor:
        """Maps (B, h, w) ≥ 0."""
        values, _ = activations(network, layer, batch)
        return component(values.float()).relu()


def component(values: Tensor) -> Tensor:
    """Each place's value of the first principal component of (B, C, h, w), centred over places: (B, h, w).

    A component has no sign: here its extreme is positive (Chung & Ying 2025, Applied Sciences 15:7562, equation 13).
    """
    import torch

    points = values.flatten(2).mT  # (B, h w, C)
    points = points - points.mean(dim=1, keepdim=True)
    directions, lengths, _ = torch.linalg.svd(points, full_matrices=False)
    found = directions[:, :, 0] * lengths[:, :1]
    extremes = found.amax(dim=1) + found.amin(dim=1)
    found = found * torch.where(extremes < 0, -1.0, 1.0)[:, None]
    maps: Tensor = found.reshape(len(values), *values.shape[2:])
    return maps


class ScoreCam(Maps):
    """ScoreCAM (Wang et al. 2020, CVPR workshops): each map weighs by the score of the picture seen through it."""

    method = "scorecam"
    needs = "maps"

    def __init__(
        self,
        *,
        layer: Layer = None,
        channels: Annotated[
            Annotated[int, Option(ge=1)] | Literal["all"],
            Option(description="a pass for each map of the layer, or for so many that vary most"),
        ] = "all",
    ) -> None:
        super().__init__(layer=layer)
        self.channels = channels

    def maps(self, network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor, step: Step) -> Tensor:
        """Maps (B, h, w) ≥ 0: Σ_k w_k A_k with w the softmax over maps of the class's score before softmax."""
        import torch

        values, _ = activations(network, layer, batch)
        most = int(values.shape[1]) if self.channels == "all" else self.channels
        most = min(most, int(values.shape[1]), QUICK) if step.quick else min(most, int(values.shape[1]))
        found = []
        for picture, shown, target in zip(batch, values, wanted.tolist(), strict=True):
            chosen = shown.flatten(1).var(dim=1).topk(most).indices
            weights = masked_scores(network, picture, shown[chosen], target).softmax(dim=0)
            found.append((weights[:, None, None] * shown[chosen]).sum(dim=0))
        return torch.stack(found).relu()


def masked_scores(network: nn.Module, picture: Tensor, shown: Tensor, target: int) -> Tensor:
    """The score (C,) of class `target` for the prepared picture (3, S, S) times each of `shown` (C, h, w), 0 to 1."""
    import torch
    from torch.nn import functional as F

    from leukcad.training import inference_batch

    side = int(picture.shape[-1])
    scores = []
    with torch.no_grad():
        for part in torch.split(shown, inference_batch(side)):
            masks = F.interpolate(part[:, None], (side, side), mode="bilinear", align_corners=True)
            low, high = masks.amin(dim=(2, 3), keepdim=True), masks.amax(dim=(2, 3), keepdim=True)
            masked = picture * ((masks - low) / (high - low + 1e-8))
            masked = masked.contiguous(memory_format=torch.channels_last)
            scores.append(network(masked)[:, target].float())
    return torch.cat(scores)
