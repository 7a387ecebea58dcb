"""Grad-CAM (Selvaraju et al. 2017, ICCV), a batch in one pass.

L = ReLU(Σ_k α_k A_k), α_k the mean over the map of ∂(class score before softmax)/∂A_k (their equations 1, 2). The
weights are frozen meanwhile, so that gradients exist from the chosen layer up only and a pass costs about a forward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leukcad import Step
from leukcad_gradcam.passes import Maps, slopes

if TYPE_CHECKING:
    from torch import Tensor, nn


class GradCam(Maps):
    """Grad-CAM of the classifier's last maps: raw magnitude, never rescaled."""

    method = "gradcam"

    def maps(self, network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor, step: Step) -> Tensor:
        """Maps (B, h, w) ≥ 0."""
        return class_activation(network, layer, batch, wanted)

    def weighed(
        self, network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor, step: Step
    ) -> tuple[Tensor, Tensor]:
        """Maps, and the sum of what they were weighed from before any of it cancelled."""
        terms = weighted(network, layer, batch, wanted)
        return terms.sum(dim=1).relu(), terms.abs().sum(dim=(1, 2, 3))


def class_activation(network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor) -> Tensor:
    """Maps (B, h, w) ≥ 0 of `layer` for the classes `wanted` (B,); the network is in eval mode, its weights frozen."""
    return weighted(network, layer, batch, wanted).sum(dim=1).relu()


def weighted(network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor) -> Tensor:
    """α_k A_k, (B, C, h, w)."""
    values, slope = slopes(network, layer, batch, wanted)
    return slope.mean(dim=(2, 3), keepdim=True) * values
