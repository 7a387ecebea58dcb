"""Grad-CAM gives the maps of its definition and leaves the network as it was."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from leukcad_gradcam.gradcam import GradCam, class_activation
from torch import nn

from leukcad import Crops, LeukcadError, Step


def crops(n: int, size: int = 16) -> Crops:
    draws = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=draws)
    none = torch.zeros(n, dtype=torch.int64)
    return Crops(pixels, torch.zeros(n, 4), none, torch.arange(n), none)


class Net(nn.Module):
    """Two convolutions, each followed by a ReLU that works in place."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 6, 3), nn.ReLU(inplace=True)
        )
        self.head = nn.Linear(6, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x).mean(dim=(2, 3)))


def model(layer: int = 4, **changes: Any) -> SimpleNamespace:
    torch.manual_seed(0)
    network = Net().eval()
    told = {"network": network, "cam_layer": network.features[layer], "prepare": lambda p: p.float() / 255}
    return SimpleNamespace(**{**told, "classes": ("healthy", "ALL"), "name": "net", **changes})


def step(classes: tuple[str, ...] = ("healthy", "ALL")) -> Step:
    return Step("explain", "gradcam", GradCam(), classes=classes)


def by_hand(network: Net, layer: int, x: torch.Tensor, place: int) -> torch.Tensor:
    """One picture at a time, without hooks, with gradients through everything, no ReLU in place."""
    maps = []
    for picture in x:
        a = picture[None]
        for i, module in enumerate(network.features):
            a = F.relu(a) if isinstance(module, nn.ReLU) else module(a)
            if i == layer:
                a.retain_grad() if a.requires_grad else a.requires_grad_()
                kept = a
        network.head(a.mean(dim=(2, 3)))[0, place].backward()
        maps.append((kept.grad.mean(dim=(2, 3), keepdim=True) * kept).sum(dim=1).relu().detach())
    return torch.cat(maps)


@pytest.mark.parametrize("layer", [2, 3, 4])  # 3: a convolution whose output is overwritten by the ReLU behind it
@pytest.mark.parametrize("place", [0, 1])
def test_a_batch_gives_the_maps_of_the_definition_one_by_one_also_before_a_relu_in_place(layer, place):
    told = model(layer)
    x = told.prepare(crops(5).pixels)
    got = class_activation(told.network, told.cam_layer, x, torch.full((5,), place))
    wanted = by_hand(told.network, layer, x, place)
    assert wanted.max() > 0
    assert torch.allclose(got, wanted, atol=1e-6)


def test_each_crop_is_explained_for_its_own_target_at_the_crops_size():
    told, batch = model(), crops(4)
    mixed = step().explain(batch, ["healthy", "ALL", "healthy", "ALL"], told)
    alike = {name: step().explain(batch, [name] * 4, told) for name in ("healthy", "ALL")}
    for i, heat in enumerate(mixed):
        assert heat.values.shape == (16, 16)
        assert torch.equal(heat.values, alike[heat.target][i].values)
    assert (mixed[0].values - alike["ALL"][0].values).abs().max() > 0


def test_values_keep_their_magnitude():
    told, batch = model(), crops(3)
    before = step().explain(batch, ["ALL"] * 3, told)
    with torch.no_grad():
        told.network.head.weight *= 5
    after = step().explain(batch, ["ALL"] * 3, told)
    assert max(h.values.max() for h in before) > 0
    for one, five in zip(before, after, strict=True):
        assert torch.allclose(5 * one.values, five.values, rtol=1e-4, atol=1e-7)


def test_many_crops_are_taken_in_bounded_batches(monkeypatch):
    monkeypatch.setattr("leukcad.training.inference_batch", lambda size: 2)
    sizes = []
    told = model()
    told.network.register_forward_hook(lambda module, inputs, output: sizes.append(len(output)))
    maps = step().explain(crops(5), ["ALL"] * 5, told)
    assert sizes == [2, 2, 1]
    whole = class_activation(told.network, told.cam_layer, told.prepare(crops(5).pixels), torch.ones(5).long())
    assert torch.allclose(maps[4].values.max(), F.interpolate(whole[None], (16, 16), mode="bilinear")[0, 4].max())


def test_a_map_tells_its_sum_and_that_of_what_it_was_weighed_from(monkeypatch):
    monkeypatch.setattr("leukcad.training.inference_batch", lambda size: 2)
    told = model()
    maps = step().explain(crops(5), ["ALL"] * 5, told)
    plain = class_activation(told.network, told.cam_layer, told.prepare(crops(5).pixels), torch.ones(5).long())
    assert torch.allclose(torch.tensor([m.raw[0] for m in maps]), plain.sum(dim=(1, 2)), rtol=1e-4)
    assert all(0 <= m.raw[0] <= m.raw[1] * (1 + 1e-5) for m in maps)


def test_no_crops_give_no_maps():
    assert step().explain(Crops.empty(16), [], model()) == []


def test_the_network_is_left_as_it_was():
    told = model()
    told.network.train()
    told.network.features[1].eval()  # a frozen batch norm
    told.network.head.bias.requires_grad_(False)
    before = {name: t.clone() for name, t in told.network.state_dict().items()}
    step().explain(crops(3), ["ALL"] * 3, told)
    assert told.network.training
    assert not told.network.features[1].training
    assert [n for n, p in told.network.named_parameters() if not p.requires_grad] == ["head.bias"]
    assert all(p.grad is None for p in told.network.parameters())
    assert not any(m._forward_hooks for m in told.network.modules())
    assert all(torch.equal(before[n], t) for n, t in told.network.state_dict().items())


def test_no_hook_stays_when_the_network_raises():
    told = model(prepare=lambda pixels: torch.zeros(1, 7))
    with pytest.raises(Exception, match="leukcad_explain raised"):
        step().explain(crops(1), ["ALL"], told)
    assert not any(m._forward_hooks for m in told.network.modules())
    assert all(p.requires_grad for p in told.network.parameters())


def test_it_works_where_gradients_are_turned_off():
    with torch.no_grad():
        maps = step().explain(crops(2), ["ALL"] * 2, model())
    assert not maps[0].values.requires_grad


def test_a_classifier_without_gradients_is_named():
    with pytest.raises(LeukcadError, match="needs gradients, which the classifier svm does not have"):
        step().explain(crops(1), ["ALL"], SimpleNamespace(name="svm"))


def test_a_classifier_without_maps_is_named():
    with pytest.raises(LeukcadError, match="the classifier vit_b_16 has no layer of maps"):
        step().explain(crops(1), ["ALL"], model(cam_layer=None, name="vit_b_16"))


def test_a_layer_that_puts_out_no_maps_is_named():
    told = model()
    told.cam_layer = told.network.head
    with pytest.raises(LeukcadError, match=r"expected maps \(N, C, h, w\) of Linear, got output of \(1, 2\)"):
        step().explain(crops(1), ["ALL"], told)


def test_a_layer_that_the_network_does_not_run_through_is_named():
    with pytest.raises(LeukcadError, match="of Conv2d, got no output"):
        step().explain(crops(1), ["ALL"], model(cam_layer=nn.Conv2d(3, 3, 1)))


def test_an_unknown_class_is_named_with_the_known_ones():
    with pytest.raises(LeukcadError, match=r"no class 'blast' \(known: healthy, ALL\)"):
        step().explain(crops(1), ["blast"], model())


def test_a_model_that_does_not_say_its_classes_has_those_of_the_step():
    told = model()
    del told.classes
    assert step().explain(crops(1), ["ALL"], told)[0].target == "ALL"


NAMES = ["alexnet", "vgg11", "resnet18", "googlenet", "inception_v3", "shufflenet_v2_x0_5", "mobilenet_v2"]
NAMES += ["densenet121", "swin_t", "regnet_y_400mf"]


def with_all_gradients(component: Any, x: torch.Tensor, place: int) -> torch.Tensor:
    """The maps before their ReLU, by torch's own backward pass through the whole network."""
    kept: list[torch.Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        kept.append(output.clone())
        kept[0].retain_grad()
        return kept[0].clone()

    handle = component.cam_layer.register_forward_hook(keep)
    component.network(x)[:, place].sum().backward()
    handle.remove()
    return (kept[0].grad.mean(dim=(2, 3), keepdim=True) * kept[0]).sum(dim=1).detach()


@pytest.mark.parametrize("name", NAMES)
def test_torchvisions_networks_are_explained_as_with_all_gradients(name):
    from leukcad_torchvision.classifier import Torchvision

    size = 80 if name == "inception_v3" else 64
    component = Torchvision(name=name, input_size=size)
    classes = ("healthy", "ALL")
    answering = Step("classify", "torchvision", component, classes=classes)
    component.take(component.made(classes, answering, fresh=True), classes, answering)
    x = component.prepare(crops(2, size).pixels)
    for place, wanted in enumerate(classes):
        full = with_all_gradients(component, x, place)
        assert full.abs().max() > 0
        got = class_activation(component.network, component.cam_layer, x, torch.full((2,), place))
        assert torch.allclose(got, full.relu(), atol=1e-5 * float(full.abs().max()))
        heat = step().explain(crops(2, size), [wanted] * 2, component)[0]
        assert heat.values.shape == (size, size)
