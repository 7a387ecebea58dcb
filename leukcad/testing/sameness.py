"""Whether two values that flow through a pipeline are the same, and where they first differ."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of everything in nested dataclasses, mappings and sequences."""
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from leaves(getattr(value, one.name), f"{path}.{one.name}".lstrip("."))
    elif isinstance(value, Mapping):
        for key in value:
            yield from leaves(value[key], f"{path}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from leaves(one, f"{path}[{number}]")
    else:
        yield path, value


def difference(first: Any, second: Any, tolerance: float = 0.0, share: float = 0.0) -> str | None:
    """Where two values differ by more than `tolerance` (of floats), in words; None where they are the same.

    share: of the pixels of a label map (whole numbers in two dimensions), how many may be others.
    """
    one, other = dict(leaves(first)), dict(leaves(second))
    if one.keys() != other.keys():
        return f"{len(one)} values against {len(other)}"
    for path, left in one.items():
        if (told := _differ(left, other[path], tolerance, share)) is not None:
            return f"{path or 'the value'}: {told}"
    return None


def snapshot(value: Any) -> Any:
    """A copy that shares no memory with `value`."""
    return copy.deepcopy(value)


def _differ(left: Any, right: Any, tolerance: float, share: float) -> str | None:
    import torch

    if isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor):
        if left.shape != right.shape or left.dtype != right.dtype:
            return f"{left.dtype} {tuple(left.shape)} against {right.dtype} {tuple(right.shape)}"
        if not left.numel():
            return None
        if left.ndim == 2 and not left.is_floating_point() and share:
            off = float((left.cpu() != right.cpu()).double().mean())
            return None if off <= share else f"{off:.2%} of the pixels are others"
        most = float((left.detach().cpu().double() - right.detach().cpu().double()).abs().max())
        # whole numbers (pixels, labels, maps) are the same or not
        allowed = tolerance if left.is_floating_point() else 0.0
        return None if most <= allowed else f"values differ by up to {most:.3g}"
    if isinstance(left, float) and isinstance(right, float):
        return None if abs(left - right) <= tolerance else f"{left!r} against {right!r}"
    return None if type(left) is type(right) and left == right else f"{left!r:.60} against {right!r:.60}"
