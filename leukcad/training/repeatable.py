"""The same numbers from the same seed, and the caller's random state as it was before.

Whatever an epoch draws is a function of the run's seed and the epoch's number alone. So a fit that goes on from a
checkpoint needs no random state out of it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from leukcad.step import Step


def seed_of(step: Step, key: object) -> int:
    """A seed that depends on the run's seed, the step and `key`."""
    return int(step.rng(key).integers(2**62))


def generator(step: Step, key: object) -> torch.Generator:
    """A torch generator on the CPU for `key`, so that all devices draw the same."""
    import torch

    return torch.Generator().manual_seed(seed_of(step, key))


@contextmanager
def seeded(step: Step, key: object) -> Iterator[None]:
    """torch's global generators start from the step's seed and `key`, and are put back afterwards."""
    import torch

    device = torch.device(step.device)
    devices = [device.index or 0] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed_of(step, key))
        yield


@contextmanager
def deterministic(device: torch.device) -> Iterator[None]:
    """On CUDA only kernels that repeat themselves, where torch has them; the CPU's do so anyway."""
    import torch

    if device.type != "cuda":
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    cudnn = torch.backends.cudnn
    memory: Any = torch.utils.deterministic  # its types do not tell of the flag
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        cudnn.deterministic,
        cudnn.benchmark,
    )
    filled = memory.fill_uninitialized_memory
    try:
        # else torch fills every tensor as it is made, which is a kernel more for each
        memory.fill_uninitialized_memory = False
        # warn_only: adaptive pooling (AlexNet, VGG) has no such kernel, though at the usual sizes it repeats itself
        torch.use_deterministic_algorithms(True, warn_only=True)
        cudnn.deterministic, cudnn.benchmark = True, False
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*deterministic implementation.*")
            yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        cudnn.deterministic, cudnn.benchmark = before[2:]
        memory.fill_uninitialized_memory = filled
