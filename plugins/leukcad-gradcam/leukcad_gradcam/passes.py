"""What all class activation maps share: the layer, a pass through a frozen network, batches, the crop's size."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field as Option

from leukcad import Crops, Heatmap, LeukcadError, Model, Step, hookimpl

if TYPE_CHECKING:
    from torch import Tensor, nn

Layer = Annotated[
    str | None,
    Option(description="the layer by its name in the network; the last that puts out maps by default"),
]
CURE = "`explain: occlusion` asks a classifier for nothing but its answers"


class Maps:
    """A class activation map per crop: raw magnitude, never rescaled. A method says what `maps` are."""

    method: ClassVar[str]
    needs: ClassVar[str] = "gradients"  # of the classifier, as the message says it

    def __init__(self, *, layer: Layer = None) -> None:
        self.layer = layer

    def maps(self, network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor, step: Step) -> Tensor:
        """(B, h, w) for the prepared pictures `batch` and the places of their classes `wanted` (B,)."""
        raise NotImplementedError

    def weighed(
        self, network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor, step: Step
    ) -> tuple[Tensor, Tensor | None]:
        """`maps`, and the Σ|gradient × activation| (B,) behind each where the method has one."""
        return self.maps(network, layer, batch, wanted, step), None

    @hookimpl
    def leukcad_explain(self, crops: Crops, targets: Sequence[str], model: Model, step: Step) -> list[Heatmap]:
        """One (S, S) map per crop; raises `LeukcadError` naming a classifier without gradients or without maps."""
        import torch

        from leukcad.training import inference_batch

        network, layer = parts(model, self.needs, self.layer, step)
        wanted = torch.tensor([place(name, model, step) for name in targets], dtype=torch.int64)
        size = inference_batch(int(crops.pixels.shape[-1]))
        heatmaps: list[Heatmap] = []
        with frozen(network):
            for start in range(0, len(crops), size):
                pixels = crops.pixels[start : start + size]
                here = slice(start, start + size)
                maps, behind = self.weighed(network, layer, model.prepare(pixels), wanted[here], step)
                raw = [None] * len(maps) if behind is None else list(zip(sums(maps), behind.tolist(), strict=True))
                maps = upsampled(maps, pixels.shape[-1]).to(pixels.device)
                told = zip(maps, targets[here], raw, strict=True)
                heatmaps += [Heatmap(values, name, self.method, both) for values, name, both in told]
        return heatmaps


def activations(network: nn.Module, layer: nn.Module, batch: Tensor) -> tuple[Tensor, Tensor]:
    """What `layer` puts out, (B, C, h, w), and the scores (B, classes), without gradients."""
    import torch

    with torch.no_grad(), cut(layer) as found:
        scores: Tensor = network(batch)
    return checked(found, layer).detach(), scores


def slopes(network: nn.Module, layer: nn.Module, batch: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """What `layer` puts out, and ∂(score of the class before softmax)/∂ of it, both (B, C, h, w).

    The network is in eval mode, where pictures do not mix, and its weights are frozen.
    """
    import torch

    with torch.enable_grad(), cut(layer) as found:
        scores = network(batch)
        values = checked(found, layer)
        score = scores.gather(1, wanted.to(scores.device)[:, None]).sum()
        (slope,) = torch.autograd.grad(score, values)
    return values.detach(), slope


def sums(maps: Tensor) -> list[float]:
    """Of each map (B, h, w)."""
    told: list[float] = maps.sum(dim=(1, 2)).tolist()
    return told


def checked(found: list[Tensor], layer: nn.Module) -> Tensor:
    """The maps that were found; raises `LeukcadError` where they are none."""
    if not found or found[0].ndim != 4:
        came = f"output of {tuple(found[0].shape)}" if found else "no output"
        raise LeukcadError(f"explain: expected maps (N, C, h, w) of {type(layer).__name__}, got {came}")
    return found[0]


def upsampled(maps: Tensor, size: int) -> Tensor:
    """(B, h, w) → (B, size, size), bilinear."""
    import torch.nn.functional as F

    return F.interpolate(maps[:, None], (size, size), mode="bilinear", align_corners=False)[:, 0]


@contextmanager
def cut(layer: nn.Module) -> Iterator[list[Tensor]]:
    """What `layer` puts out, with gradients from there on.

    The network goes on with a copy: what works in place further up (the ReLU after a convolution) would else change
    the map that is explained.
    """
    import torch

    found: list[Tensor] = []

    def hook(_module: Any, _inputs: Any, output: Any) -> Any:
        if not isinstance(output, torch.Tensor):  # a network inside the network, say
            return output
        found[:] = [output.detach().requires_grad_(torch.is_grad_enabled())]
        return found[0].clone()

    handle = layer.register_forward_hook(hook)
    try:
        yield found
    finally:
        handle.remove()


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
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


def parts(model: Model, needs: str, layer: str | None, step: Step) -> tuple[nn.Module, nn.Module]:
    """The network of `model` and the layer that is explained; raises `LeukcadError` naming what is missing."""
    name = getattr(model, "name", type(model).__name__)
    network = getattr(model, "network", None)
    if network is None:
        raise LeukcadError(f"{step.title} needs {needs}, which the classifier {name} does not have", cure=CURE)
    chosen = getattr(model, "cam_layer", None) if layer is None else named(network, layer, step)
    if chosen is None:
        raise LeukcadError(f"{step.title}: the classifier {name} has no layer of maps to explain", cure=CURE)
    return network, chosen


def named(network: nn.Module, layer: str, step: Step) -> nn.Module:
    """The layer that is called so; raises `LeukcadError` with the nearest name."""
    layers = dict(network.named_modules())
    if layer and layer in layers:
        chosen: nn.Module = layers[layer]
        return chosen
    near = difflib.get_close_matches(layer, layers, 1)
    tops = ", ".join(name for name, _ in network.named_children())
    cure = f"did you mean {near[0]!r}?" if near else f"it begins with {tops}"
    raise LeukcadError(f"{step.title}: the network has no layer {layer!r}", cure=cure)


def place(name: str, model: Model, step: Step) -> int:
    """Where the class stands among those of the classifier; raises `LeukcadError` for another."""
    classes: tuple[str, ...] = getattr(model, "classes", ()) or step.classes
    if name not in classes:
        raise LeukcadError(f"{step.title}: no class {name!r} (known: {', '.join(classes)})")
    return classes.index(name)
