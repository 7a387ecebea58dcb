"""Networks by name, and the weights of their encoders."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from leukcad_smp import building

from leukcad import LeukcadError


@pytest.mark.parametrize(
    ("name", "near"), [("mobilenet_v3", "mobilenet_v2"), ("resnet35", "resnet34"), ("tu-resnet19", "tu-resnet18")]
)
def test_an_unknown_encoder_gets_the_nearest_that_smp_knows(name: str, near: str) -> None:
    with pytest.raises(LeukcadError, match=rf"smp has no encoder '{name}'; did you mean .*{near}"):
        building.build("unet", name, 2)


def test_an_encoder_of_timm_can_be_had_by_its_name_there() -> None:
    network = building.build("fpn", "tu-test_resnet.r160_in1k", 2).eval()
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 2, 64, 64)


def test_an_encoder_that_does_not_go_with_an_architecture_is_told_of() -> None:
    with pytest.raises(LeukcadError, match="unetplusplus cannot be built on 'mit_b0'"):
        building.build("unetplusplus", "mit_b0", 2)


def saved(tmp_path: Path, state: dict[str, torch.Tensor]) -> Path:
    torch.save(state, tmp_path / "w.pth")
    return tmp_path / "w.pth"


def test_a_classifiers_weights_fill_the_encoder_and_its_head_is_passed_over(tmp_path: Path) -> None:
    from torchvision import models

    torch.manual_seed(3)
    classifier = models.mobilenet_v2(weights=None)
    network = building.build("unet", "mobilenet_v2", 2)
    building.fill_encoder(network, "mobilenet_v2", saved(tmp_path, classifier.state_dict()))
    own = network.encoder.state_dict()
    assert all(torch.equal(own[name], t) for name, t in classifier.state_dict().items() if name in own)
    assert len(own) == len(classifier.state_dict()) - 2


def test_the_encoder_of_a_whole_smp_network_can_be_taken_over(tmp_path: Path) -> None:
    whole, network = (building.build(kind, "resnet18", 2) for kind in ("fpn", "unet"))
    building.fill_encoder(network, "resnet18", saved(tmp_path, whole.state_dict()))
    assert torch.equal(network.encoder.conv1.weight, whole.encoder.conv1.weight)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.pop("features.0.0.weight"), "the layer 'features.0.0.weight' of mobilenet_v2 is missing"),
        (lambda s: s.update({"strange.weight": torch.zeros(1)}), "mobilenet_v2 has no layer 'strange.weight'"),
        (
            lambda s: s.update({"features.0.0.weight": torch.zeros(32, 3, 5, 5)}),
            r"expected \(32, 3, 3, 3\), got \(32, 3, 5, 5\)",
        ),
    ],
)
def test_weights_of_another_encoder_are_refused_by_the_layers_name(tmp_path: Path, change, says: str) -> None:
    network = building.build("unet", "mobilenet_v2", 2)
    state = dict(network.encoder.state_dict())
    change(state)
    with pytest.raises(LeukcadError, match=says):
        building.fill_encoder(network, "mobilenet_v2", saved(tmp_path, state))


def test_the_real_mobilenet_fills_the_encoder(shared_data: Path) -> None:
    network = building.build("unet", "mobilenet_v2", 2)
    before = network.encoder.features[0][0].weight.clone()
    building.fill_encoder(network, "mobilenet_v2", shared_data / "weights" / "mobilenet_v2_coral_tf2_ptq_int8.pth")
    assert not torch.equal(before, network.encoder.features[0][0].weight)


def test_the_number_of_kinds_is_read_off_the_weights() -> None:
    assert building.kinds_in(building.build("fpn", "mobilenet_v2", 3).state_dict()) == 3
    assert building.kinds_in({}) == 0
