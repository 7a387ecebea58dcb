"""Thousands of fields leave nothing behind: no hook, no tensor, no object."""

from __future__ import annotations

import gc
from typing import Any

import pytest
import torch
from leukcad_gradcam.activations import EigenCam, ScoreCam
from leukcad_gradcam.gradcam import GradCam
from leukcad_gradcam.library import GradCamPlusPlus, HiResCam, LayerCam
from leukcad_gradcam.occlusion import Occlusion

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def held(network: torch.nn.Module) -> dict[str, int]:
    """How many hooks, tensors and objects there are."""
    gc.collect()
    objects = gc.get_objects()
    return {
        "hooks": sum(len(getattr(module, kind)) for module in network.modules() for kind in HOOKS),
        "tensors": sum(issubclass(type(thing), torch.Tensor) for thing in objects),
        "objects": len(objects),
    }


def name(component: Any) -> str:
    return getattr(component, "method", "occlusion")


COMPONENTS = [GradCam(), GradCamPlusPlus(), HiResCam(), LayerCam(), ScoreCam(), EigenCam(), Occlusion(window=0.5)]


@pytest.mark.parametrize("calls", [50, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("component", COMPONENTS, ids=name)
def test_many_fields_leave_no_hook_and_no_object(component: Any, calls: int, model, crops, explaining) -> None:
    told, batch, step = model(), crops(1, 12), explaining(component)
    for _ in range(3):
        step.explain(batch, ["ALL"], told)
    before = held(told.network)
    for _ in range(calls):
        step.explain(batch, ["ALL"], told)
    after = held(told.network)
    assert after["hooks"] == before["hooks"] == 0
    assert after["tensors"] == before["tensors"]
    assert after["objects"] - before["objects"] < 25  # one a call would be more; the interpreter's caches may grow
