"""The list of networks, their sizes, heads and layers of maps."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from leukcad_torchvision import building, networks
from torch import nn

FAMILIES = ["alexnet", "vgg11_bn", "resnet18", "resnext50_32x4d", "wide_resnet50_2", "googlenet", "inception_v3"]
FAMILIES += ["shufflenet_v2_x0_5", "mobilenet_v2", "mobilenet_v3_small", "densenet121", "efficientnet_b0"]
FAMILIES += ["efficientnet_v2_s", "convnext_tiny", "squeezenet1_0", "mnasnet0_5", "regnet_x_400mf", "regnet_y_400mf"]
FAMILIES += ["swin_t", "swin_v2_t", "vit_b_32"]
LARGE = ("regnet", "maxvit")  # they compute while they are built, so they cannot be built without memory
EACH = FAMILIES + [
    pytest.param(name, marks=pytest.mark.slow)
    for name in networks.NAMES
    if name not in FAMILIES and not name.startswith(LARGE)
]


@contextmanager
def without_numbers(name: str) -> Iterator[None]:
    """Networks are built as shapes alone where they let themselves."""
    with torch.device("cpu" if name.startswith(LARGE) else "meta"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*meta.*")  # initialising what has no numbers
        yield


def test_the_known_names_are_torchvisions():
    from torchvision import models

    assert sorted(networks.NAMES) == sorted(models.list_models(module=models))


def test_the_default_sizes_are_those_of_torchvisions_first_weights():
    from torchvision import models

    wanted = {}
    for name in networks.NAMES:
        kinds = models.get_model_weights(name).__members__
        kind = next(k for k in ("IMAGENET1K_V1", "IMAGENET1K_SWAG_LINEAR_V1") if k in kinds)
        wanted[name] = kinds[kind].transforms().crop_size[0]
    assert {name: networks.default_size(name) for name in networks.NAMES} == wanted


@pytest.mark.parametrize("name", networks.NAMES)
def test_a_quick_size_is_one_that_the_network_takes_and_no_larger(name):
    size = networks.default_size(name)
    quick = networks.quick_size(name, size)
    assert quick <= size
    assert networks.wrong_size(name, quick) is None


@pytest.mark.parametrize("name", EACH)
def test_the_head_is_exactly_what_depends_on_the_number_of_classes(name):
    size = networks.default_size(name)
    with without_numbers(name):
        one, other = (building.build(name, n, size, pretrained=False) for n in (3, 5))
    shapes = [{k: v.shape for k, v in net.state_dict().items()} for net in (one, other)]
    differ = {k for k in shapes[0] if shapes[0][k] != shapes[1][k]}
    assert set(building.head(one)) == differ


@pytest.mark.parametrize("name", EACH)
def test_the_layer_of_maps_puts_out_maps_just_before_they_are_pooled(name):
    size = networks.default_size(name)
    with without_numbers(name), torch.no_grad():
        network = building.build(name, 2, size, pretrained=False).eval()
        layer = building.cam_layer(name, network)
        if name.startswith("vit_"):
            assert layer is None
            return
        shapes = []
        layer.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(output.shape)))
        network(torch.zeros(1, 3, size, size))
    n, channels, height, width = shapes[0]
    assert (n, height) == (1, width)
    assert size // 33 - 1 <= height <= size / 15, "as coarse as the last stage, not pooled yet"
    assert channels >= 256


PAPER = {
    "alexnet": (nn.ReLU, 13, 224),
    "vgg16": (nn.ReLU, 14, 224),
    "vgg19": (nn.ReLU, 14, 224),
    "resnet18": (nn.Sequential, 7, 224),
    "resnet50": (nn.Sequential, 7, 224),
    "resnet101": (nn.Sequential, 7, 224),
    "googlenet": (nn.Module, 7, 224),
    "inception_v3": (nn.Module, 8, 299),
    "shufflenet_v2_x1_0": (nn.Sequential, 7, 224),
    "mobilenet_v2": (nn.Sequential, 7, 224),
}


@pytest.mark.parametrize("name", list(PAPER))
def test_the_papers_networks_give_rectified_maps_of_the_expected_side(name):
    kind, side, size = PAPER[name]
    with without_numbers(name), torch.no_grad():
        network = building.build(name, 2, size, pretrained=False).eval()
        layer = building.cam_layer(name, network)
        found = []
        layer.register_forward_hook(lambda module, inputs, output: found.append(output.shape[-1]))
        network(torch.zeros(1, 3, size, size))
    assert isinstance(layer, kind)
    assert found == [side]


def test_maxvit_has_maps_and_a_head_too():
    network = building.build("maxvit_t", 3, 224, pretrained=False).eval()
    assert {tuple(p.shape) for p in building.head(network).values()} == {(3, 512)}
    shapes = []
    building.cam_layer("maxvit_t", network).register_forward_hook(lambda m, i, out: shapes.append(tuple(out.shape)))
    with torch.no_grad():
        network(torch.zeros(1, 3, 224, 224))
    assert shapes == [(1, 512, 7, 7)]


def test_the_component_is_found_and_checked_without_torch():
    code = (
        "import sys; from leukcad.host import discover; from leukcad.config.options import json_schema;"
        "json_schema(discover().load('classify', 'torchvision')); json_schema(discover().load('explain', 'gradcam'));"
        "sys.exit(any(m in sys.modules for m in ('torch', 'torchvision')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
