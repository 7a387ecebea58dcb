"""Mixed precision and memory layout: on where they help."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

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
