"""Every class activation map is that of its definition, and pytorch-grad-cam's before it rescales."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import pytorch_grad_cam
import torch
from leukcad_gradcam.activations import EigenCam, ScoreCam, component
from leukcad_gradcam.gradcam import GradCam
from leukcad_gradcam.library import GradCamPlusPlus, HiResCam, LayerCam
from leukcad_gradcam.occlusion import Occlusion
from leukcad_gradcam.passes import frozen, slopes
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from leukcad import LeukcadError

CAMS = [GradCam, GradCamPlusPlus, HiResCam, LayerCam, ScoreCam, EigenCam]
LIBRARY = {"gradcam": "GradCAM", "hirescam": "HiResCAM", "layercam": "LayerCAM", "scorecam": "ScoreCAM"}
LIBRARY |= {"gradcam-plusplus": "GradCAMPlusPlus", "eigencam": "EigenCAM"}


def by_library(method: str, told: Any, x: torch.Tensor, place: int) -> np.ndarray:
    """Its map before it rescales, of a copy of the network in which nothing works in place."""
    twin = copy.deepcopy(told.network)
    at = next(name for name, module in told.network.named_modules() if module is told.cam_layer)
    for module in twin.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    cam = getattr(pytorch_grad_cam, LIBRARY[method])(twin, [twin.get_submodule(at)])
    make, made = cam.get_cam_image, []
    cam.get_cam_image = lambda *arguments: made.append(make(*arguments)) or made[0]
    cam(x, [ClassifierOutputTarget(place)] * len(x))
    return np.maximum(made[0], 0)


def raw(cam: Any, told: Any, x: torch.Tensor, place: int, step: Any) -> torch.Tensor:
    with frozen(told.network):
        return cam.maps(told.network, told.cam_layer, x, torch.full((len(x),), place), step)


@pytest.mark.parametrize("layer", [2, 3, 4])  # 3: a convolution whose output is overwritten by the ReLU behind it
@pytest.mark.parametrize("kind", CAMS, ids=lambda k: k.method)
def test_a_map_is_the_librarys_before_it_rescales(kind, layer, model, crops, explaining):
    told = model(layer)
    x = told.prepare(crops(3).pixels)
    for place in (0, 1):
        got = raw(kind(), told, x, place, explaining(kind()))
        assert got.max() > 0
        if kind is EigenCam:  # whose sign is the library's or the opposite
            continue
        wanted = by_library(kind.method, told, x, place)
        if kind is GradCamPlusPlus:  # see the next test but one
            assert np.corrcoef(got.numpy().ravel(), wanted.ravel())[0, 1] > 0.95
        else:
            assert np.abs(got.numpy() - wanted).max() < 1e-5 * wanted.max()


def test_the_principal_component_is_the_librarys_up_to_its_sign(model, crops, explaining):
    told = model()
    x = told.prepare(crops(3).pixels)
    values, _ = slopes(told.network, told.cam_layer, x, torch.zeros(3).long())
    wanted = torch.from_numpy(
        pytorch_grad_cam.EigenCAM(told.network, []).get_cam_image(*[None] * 3, values.numpy(), *[None] * 2)
    )
    got = component(values)
    for one, other in zip(got, wanted, strict=True):
        sign = 1 if (one * other).sum() > 0 else -1
        assert torch.allclose(one, sign * other, atol=1e-5 * float(one.abs().max()))
        assert one.max() >= -one.min()


@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_gradcam_plusplus_is_equation_19_however_small_the_slopes_are(scale, model, crops, explaining):
    told = model()
    with torch.no_grad():
        told.network.head.weight *= scale
    x = told.prepare(crops(4).pixels)
    values, slope = (t.double() for t in slopes(told.network, told.cam_layer, x, torch.ones(4).long()))
    alpha = slope**2 / (2 * slope**2 + values.sum(dim=(2, 3), keepdim=True) * slope**3)
    weights = (torch.where(slope != 0, alpha, 0) * slope.relu()).sum(dim=(2, 3), keepdim=True)
    wanted = (weights * values).sum(dim=1).relu()
    got = raw(GradCamPlusPlus(), told, x, 1, explaining(GradCamPlusPlus()))
    assert torch.allclose(got.double(), wanted, atol=1e-4 * float(wanted.max()))


@pytest.mark.parametrize("kind", [GradCamPlusPlus, HiResCam, LayerCam], ids=lambda k: k.method)
def test_a_stronger_answer_gives_a_stronger_map(kind, model, crops, explaining):
    told, batch = model(), crops(3)
    before = explaining(kind()).explain(batch, ["ALL"] * 3, told)
    with torch.no_grad():
        told.network.head.weight *= 5
        told.network.head.bias *= 5
    after = explaining(kind()).explain(batch, ["ALL"] * 3, told)
    for weak, strong in zip(before, after, strict=True):
        assert strong.values.max() > 2 * weak.values.max() > 0


@pytest.mark.parametrize("kind", [*CAMS, Occlusion], ids=lambda k: getattr(k, "method", "occlusion"))
def test_a_map_has_the_crops_size_and_says_what_it_is_of(kind, model, crops, explaining):
    step, told = explaining(kind()), model()
    maps = step.explain(crops(3), ["ALL", "healthy", "ALL"], told)
    assert [m.target for m in maps] == ["ALL", "healthy", "ALL"]
    assert {m.method for m in maps} == {step.name}
    assert all(m.values.shape == (16, 16) and m.values.min() >= 0 and not m.values.requires_grad for m in maps)
    assert step.explain(crops(0), [], told) == []


@pytest.mark.parametrize("kind", CAMS, ids=lambda k: k.method)
def test_frozen_weights_and_turned_off_gradients_do_not_matter(kind, model, crops, explaining):
    told, batch = model(), crops(2)
    wanted = explaining(kind()).explain(batch, ["ALL"] * 2, told)
    told.network.requires_grad_(False)
    with torch.no_grad():
        got = explaining(kind()).explain(batch, ["ALL"] * 2, told)
    assert all(torch.equal(a.values, b.values) for a, b in zip(wanted, got, strict=True))
    assert not any(p.requires_grad for p in told.network.parameters())


@pytest.mark.parametrize("kind", CAMS, ids=lambda k: k.method)
def test_a_layer_can_be_named_and_a_misspelt_one_is_answered_with_the_nearest(kind, model, crops, explaining):
    told, batch = model(), crops(2)
    step = explaining(kind(layer="features.2"))
    wanted = explaining(kind()).explain(batch, ["ALL"] * 2, model(layer=2))
    got = step.explain(batch, ["ALL"] * 2, told)
    assert all(torch.equal(a.values, b.values) for a, b in zip(wanted, got, strict=True))
    with pytest.raises(LeukcadError, match=r"no layer 'feature.2'; did you mean 'features.2'\?"):
        explaining(kind(layer="feature.2")).explain(batch, ["ALL"] * 2, told)


@pytest.mark.parametrize("kind", CAMS, ids=lambda k: k.method)
def test_a_classifier_that_shows_no_network_is_named_with_the_way_out(kind, model, crops, explaining):
    told = model(name="onnx")
    del told.network
    what = "maps" if kind in (ScoreCam, EigenCam) else "gradients"
    with pytest.raises(LeukcadError, match=f"needs {what}, which the classifier onnx does not have; .*occlusion"):
        explaining(kind()).explain(crops(1), ["ALL"], told)


@pytest.mark.parametrize("kind", CAMS, ids=lambda k: k.method)
def test_an_index_error_inside_is_not_swallowed(kind, model, crops, explaining):
    def prepare(pixels: torch.Tensor) -> torch.Tensor:
        raise IndexError("lost")

    told = model(prepare=prepare)
    with pytest.raises(LeukcadError, match="raised IndexError: lost"):
        explaining(kind()).explain(crops(1), ["ALL"], told)
    told = model()
    told.network.head.register_forward_hook(prepare)
    with pytest.raises(LeukcadError, match="raised"):
        explaining(kind()).explain(crops(1), ["ALL"], told)
    assert not any(m._forward_hooks for m in told.network.modules() if m is not told.network.head)


def test_scorecam_can_be_told_to_try_only_the_maps_that_vary_most(model, crops, explaining):
    told, batch = model(), crops(2)
    passes = []
    told.network.register_forward_hook(lambda module, inputs, output: passes.append(len(output)))
    explaining(ScoreCam(channels=2)).explain(batch, ["ALL"] * 2, told)
    assert passes == [2, 2, 2]  # both crops, then two maps of each
    whole = explaining(ScoreCam(channels="all")).explain(batch, ["ALL"] * 2, told)
    more = explaining(ScoreCam(channels=1000)).explain(batch, ["ALL"] * 2, told)
    for one, other in zip(whole, more, strict=True):
        assert torch.allclose(one.values, other.values, atol=1e-6)


def test_scorecam_works_where_there_are_no_gradients(model, crops, explaining):
    class Rounding(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return x.round()

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("no gradients here")

    told = model()
    told.network.head.register_forward_pre_hook(lambda module, inputs: Rounding.apply(inputs[0] * 100) / 100)
    assert explaining(ScoreCam()).explain(crops(1), ["ALL"], told)[0].values.max() > 0
    with pytest.raises(LeukcadError, match="no gradients here"):
        explaining(GradCam()).explain(crops(1), ["ALL"], told)
