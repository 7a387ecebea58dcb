"""Mixed precision and memory layout: on where they help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from leukcad.options import TrainOptions


@dataclass(frozen=True, eq=False)
class Precision:
    """How numbers are held while training: `dtype` None is plain float32."""

    device: torch.device
    dtype: torch.dtype | None
    scaler: torch.amp.GradScaler

    def autocast(self) -> AbstractContextManager[Any]:
        """The context for forward passes."""
        import torch

        return torch.autocast(self.device.type, self.dtype or torch.bfloat16, enabled=self.dtype is not None)

    @contextmanager
    def guarded(self, network: nn.Module) -> Iterator[None]:
        """While the block runs, filters of `network` whose stride is larger than their map are taken in float32.

        In bfloat16 a CPU leaves their gradient partly unset, with NaN among it (torch 2.14; filters of one pixel are
        spared). Such maps are of a pixel mostly, so that it costs nothing.
        """
        from torch.nn import Conv2d

        strided = (m for m in network.modules() if isinstance(m, Conv2d) and max(m.stride) > 1 < max(m.kernel_size))
        layers: list[Any] = list(strided) if self.dtype is not None and self.device.type == "cpu" else []
        for layer in layers:
            layer.forward = _exact_where_small(layer.forward, layer.stride)
        try:
            yield
        finally:
            for layer in layers:
                del layer.forward  # its class's own again


def precision(options: TrainOptions, device: torch.device) -> Precision:
    """bfloat16 (else float16 with scaled gradients) on CUDA, bfloat16 on CPUs with AMX tiles, elsewhere float32.

    With tiles ResNet-50 learns 2 to 2.5 times as fast; on a CPU without bfloat16 units autocast costs two to three
    times the time. docs/benchmarks.md has both.
    """
    import torch

    dtype = None
    if options.amp == "on" or (options.amp == "auto" and pays(device)):
        half = device.type == "cuda" and not torch.cuda.is_bf16_supported()
        dtype = torch.float16 if half else torch.bfloat16
    return Precision(device, dtype, torch.amp.GradScaler(device.type, enabled=dtype is torch.float16))


def pays(device: torch.device) -> bool:
    """Whether mixed precision is faster on `device`."""
    import torch

    if device.type != "cpu":
        return device.type == "cuda"
    told: dict[str, Any] = getattr(
        torch.cpu, "get_capabilities", dict
    )()  # torch 2.11 may not have it yet: float32 then
    return bool(told.get("amx_bf16"))


def layout(options: TrainOptions) -> torch.memory_format:
    """Channels last unless turned off: up to 1.8 times as fast on CPU and GPU."""
    import torch

    return torch.contiguous_format if options.channels_last == "off" else torch.channels_last


def _exact_where_small(forward: Callable[[Tensor], Tensor], stride: tuple[int, ...]) -> Callable[[Tensor], Tensor]:
    """`forward` of a filter on maps (B, C, H, W), in float32 where its stride is larger than the map."""
    import torch

    def told(maps: Tensor) -> Tensor:
        if all(step <= side for step, side in zip(stride, maps.shape[2:], strict=True)):
            return forward(maps)
        with torch.autocast(maps.device.type, enabled=False):
            return forward(maps.float())

    return told
