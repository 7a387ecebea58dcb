"""Features of proposed boxes, by torchvision's own kernel."""

from __future__ import annotations

from typing import Any

import torch
from torchvision.ops import MultiScaleRoIAlign  # type: ignore[import-untyped]


class Pool(MultiScaleRoIAlign):  # type: ignore[misc]  # torchvision has no types
    """torchvision's pooling by its own kernel, also where only repeatable kernels are asked for.

    There torchvision compiles another one on a GPU, for two minutes in the first epoch (on an H100, beside other jobs).
    Its own adds gradients in any order, so that what was trained on a GPU repeats itself nearly, not bit for bit.
    """

    def forward(self, *told: Any) -> Any:
        """As torchvision's."""
        asked, warn = (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        )
        torch.use_deterministic_algorithms(False)
        try:
            return super().forward(*told)
        finally:
            torch.use_deterministic_algorithms(asked, warn_only=warn)
