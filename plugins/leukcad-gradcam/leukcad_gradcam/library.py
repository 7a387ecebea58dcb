"""The class activation maps of pytorch-grad-cam, before it rescales them.

Its classes are made without layers, so that they hook nothing, and asked for the map of values and slopes that come
from our own pass. Thus they see what the layer put out (on the CPU the library keeps a view of it, which a ReLU in
place then overwrites), frozen weights do not matter, and nothing is rescaled, left behind or swallowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from leukcad import Step
from leukcad_gradcam.passes import Maps, slopes

if TYPE_CHECKING:
    from torch import Tensor, nn


class Library(Maps):
    """A map that pytorch-grad-cam makes of values and slopes."""

    kind: ClassVar[str]  # its class there

    def maps(self, network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor, step: Step) -> Tensor:
        """Maps (B, h, w) ≥ 0."""
        values, slope = slopes(network, layer, batch, wanted)
        return combined(self.kind, network, values, slope)


class HiResCam(Library):
    """HiResCAM (Draelos & Carin 2020, arXiv 2011.08891): Σ_k (slope × value) place by place, without averaging."""

    method = "hirescam"
    kind = "HiResCAM"


class LayerCam(Library):
    """LayerCAM (Jiang et al. 2021, IEEE TIP 30:5875): Σ_k ReLU(slope) × value; made for lower layers, too."""

    method = "layercam"
    kind = "LayerCAM"


class GradCamPlusPlus(Library):
    """Grad-CAM++ (Chattopadhay et al. 2018, WACV; equation 19): each place of a map weighs by how much it matters."""

    method = "gradcam-plusplus"
    kind = "GradCAMPlusPlus"

    def maps(self, network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor, step: Step) -> Tensor:
        """Maps (B, h, w) ≥ 0.

        The library adds 1e-6 to a denominator of squared slopes, which are smaller than that where maps are pooled to
        one number. With slopes × f and values / f the map is the same, and the 1e-6 is nothing beside squares near 1.
        """
        import torch

        values, slope = slopes(network, layer, batch, wanted)
        most = slope.abs().amax(dim=(1, 2, 3), keepdim=True)
        most = torch.where(most > 0, most, 1.0)
        return combined(self.kind, network, values * most, slope / most)


def combined(kind: str, network: nn.Module, values: Tensor, slope: Tensor) -> Tensor:
    """What the library's class `kind` makes of values and slopes (B, C, h, w): maps (B, h, w) ≥ 0 on their device."""
    import pytorch_grad_cam  # type: ignore[import-untyped]
    import torch

    cam: Any = getattr(pytorch_grad_cam, kind)(network, [])
    arrays = (tensor.float().cpu().numpy() for tensor in (values, slope))
    maps = cam.get_cam_image(None, None, None, *arrays, False)
    return torch.from_numpy(maps).to(values.device).relu()
