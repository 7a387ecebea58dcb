from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from leukcad import Crops

Made = Callable[..., Path]


@pytest.fixture
def crops() -> Callable[..., Crops]:
    def make(n: int, size: int = 8) -> Crops:
        draws = torch.Generator().manual_seed(1)
        pixels = torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=draws)
        none = torch.zeros(n, dtype=torch.int64)
        return Crops(pixels, torch.zeros(n, 4), none, torch.arange(n), none)

    return make


def network(
    weights: Sequence[Sequence[float]] = ((0.0, 0.0, 0.0), (1.0, 2.0, 3.0)),
    shape: Sequence[int | str] = ("n", 3, "h", "w"),
    ends: Sequence[str] = ("y",),
    dtype: int = TensorProto.FLOAT,
) -> onnx.ModelProto:
    """The mean colour times `weights` (classes, 3)."""
    axes = [1, 2] if shape[-1] == 3 else [2, 3]
    nodes = [
        helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["f", "axes"], ["m"], keepdims=0),
        *(helper.make_node("MatMul", ["m", "w"], [end]) for end in ends),
    ]
    held = [
        numpy_helper.from_array(np.array(axes, np.int64), "axes"),
        numpy_helper.from_array(np.array(weights, np.float32).T.copy(), "w"),
    ]
    taken = [helper.make_tensor_value_info("x", dtype, list(shape))]
    given = [helper.make_tensor_value_info(end, TensorProto.FLOAT, [shape[0], len(weights)]) for end in ends]
    graph = helper.make_graph(nodes, "mean", taken, given, held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.fixture
def saved(tmp_path: Path) -> Made:
    """Writes the network of mean colours, or one that is given; its path."""

    def save(model: onnx.ModelProto | None = None, **changes: Any) -> Path:
        path = tmp_path / "model.onnx"
        path.write_bytes((model or network(**changes)).SerializeToString())
        return path

    return save


@pytest.fixture
def mean_colours() -> Callable[..., onnx.ModelProto]:
    return network
