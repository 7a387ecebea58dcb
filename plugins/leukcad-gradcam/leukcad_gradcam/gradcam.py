"""Grad-CAM (Selvaraju et al. 2017, ICCV), a batch in one pass.

L = ReLU(Σ_k α_k A_k), α_k the mean over the map of ∂(class score before softmax)/∂A_k (their equations 1, 2). The
weights are frozen meanwhile, so that gradients exist from the chosen layer up only and a pass costs about a forward.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from leukcad import Crops, Heatmap, LeukcadError, Model, Step, hookimpl

if TYPE_CHECKING:
    from torch import Tensor, nn


class GradCam:
    """Grad-CAM of the classifier's last maps: raw magnitude, never rescaled."""

    @hookimpl
    def leukcad_explain(self, crops: Crops, targets: Sequence[str], model: Model, step: Step) -> list[Heatmap]:
        """One (S, S) map per crop; raises `LeukcadError` naming a classifier without gradients or without maps."""
        import torch

        from leukcad.training import inference_batch

        network, layer = _parts(model, step)
        wanted = torch.tensor([_place(name, model, step) for name in targets], dtype=torch.int64)
        size = inference_batch(int(crops.pixels.shape[-1]))
        heatmaps: list[Heatmap] = []
        with _frozen(network):
            for start in range(0, len(crops), size):
                pixels = crops.pixels[start : start + size]
                maps = class_activation(network, layer, model.prepare(pixels), wanted[start : start + size])
                maps = upsampled(maps, pixels.shape[-1]).to(pixels.device)
                names = targets[start : start + size]
                heatmaps += [Heatmap(values, name, "gradcam") for values, name in zip(maps, names, strict=True)]
        return heatmaps


def class_activation(network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor) -> Tensor:
    """Maps (B, h, w) ≥ 0 of `layer` for the classes `wanted` (B,); the network is in eval mode, its weights frozen."""
    import torch

    with torch.enable_grad(), _cut(layer) as found:
        scores = network(batch)
        if not found or found[0].ndim != 4:
            came = f"output of {tuple(found[0].shape)}" if found else "no output"
            raise LeukcadError(f"gradcam: expected maps (N, C, h, w) of {type(layer).__name__}, got {came}")
        score = scores.gather(1, wanted.to(scores.device)[:, None]).sum()  # pictures do not mix in eval mode
        (slope,) = torch.autograd.grad(score, found[0])
    weights = slope.mean(dim=(2, 3), keepdim=True)  # α (B, C, 1, 1)
    return (weights * found[0].detach()).sum(dim=1).relu()


def upsampled(maps: Tensor, size: int) -> Tensor:
    """(B, h, w) → (B, size, size), bilinear."""
    import torch.nn.functional as F

    return F.interpolate(maps[:, None], (size, size), mode="bilinear", align_corners=False)[:, 0]


@contextmanager
def _cut(layer: nn.Module) -> Iterator[list[Tensor]]:
    """What `layer` puts out, with gradients from there on.

    The network goes on with a copy: what works in place further up (the ReLU after a convolution) would else change
    the map that is explained.
    """
    found: list[Tensor] = []

    def hook(_module: Any, _inputs: Any, output: Tensor) -> Tensor:
        found[:] = [output.detach().requires_grad_()]
        return found[0].clone()

    handle = layer.register_forward_hook(hook)
    try:
        yield found
    finally:
        handle.remove()


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """In eval mode, no weight asking for a gradient; afterwards all as before."""
    learning = [p for p in network.parameters() if p.requires_grad]
    training = [m for m in network.modules() if m.training]
    network.eval()
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
        for module in training:
            module.training = True


def _parts(model: Model, step: Step) -> tuple[nn.Module, nn.Module]:
    name = getattr(model, "name", type(model).__name__)
    network, layer = getattr(model, "network", None), getattr(model, "cam_layer", None)
    if network is None:
        raise LeukcadError(f"{step.title} needs gradients, which the classifier {name} does not have")
    if layer is None:
        raise LeukcadError(f"{step.title}: the classifier {name} has no layer of maps to explain")
    return network, layer


def _place(name: str, model: Model, step: Step) -> int:
    classes: tuple[str, ...] = getattr(model, "classes", ()) or step.classes
    if name not in classes:
        raise LeukcadError(f"{step.title}: no class {name!r} (known: {', '.join(classes)})")
    return classes.index(name)
