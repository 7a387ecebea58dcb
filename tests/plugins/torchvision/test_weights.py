"""Weights from files and from torchvision."""

from __future__ import annotations

import pickle
import urllib.error
from pathlib import Path

import pytest
import torch
from leukcad_torchvision import building, weights
from leukcad_torchvision.classifier import Torchvision
from safetensors.torch import save_file

from leukcad import LeukcadError
from leukcad.training import read_weights

NAME = "shufflenet_v2_x0_5"


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(5)
    return building.build(NAME, 1000, 32, pretrained=True).state_dict()


def start_of(path: Path, small) -> dict[str, torch.Tensor]:
    """The weights of a network that has all but not learned since it got those in `path`."""
    return small.fitted(weights=path, train={"lr": 1e-12}).state()


@pytest.mark.parametrize("form", ["pth", "safetensors", "wrapped", "parallel"])
def test_a_file_gives_all_layers_but_the_head_of_another_size(small, state, tmp_path, form):
    path = tmp_path / ("weights.safetensors" if form == "safetensors" else "weights.pth")
    if form == "safetensors":
        save_file(state, path)
    elif form == "wrapped":
        torch.save({"state_dict": state, "epoch": 3}, path)
    elif form == "parallel":
        torch.save({f"module.{name}": tensor for name, tensor in state.items()}, path)
    else:
        torch.save(state, path)
    got = start_of(path, small)
    assert torch.allclose(got["conv1.0.weight"], state["conv1.0.weight"], atol=1e-6)
    assert torch.allclose(got["stage4.3.branch2.5.weight"], state["stage4.3.branch2.5.weight"], atol=1e-6)
    assert got["fc.weight"].shape == (2, 1024)


def test_a_head_of_the_right_size_is_taken_too(small, tmp_path):
    state = building.build(NAME, 2, 32, pretrained=True).state_dict()
    torch.save(state, tmp_path / "two.pth")
    assert torch.allclose(start_of(tmp_path / "two.pth", small)["fc.weight"], state["fc.weight"], atol=1e-6)


def test_a_layer_of_another_shape_is_named(small, state, tmp_path):
    torch.save({**state, "conv1.0.weight": torch.zeros(24, 3, 5, 5)}, tmp_path / "w.pth")
    wanted = (
        r"w\.pth: the layer 'conv1\.0\.weight' of shufflenet_v2_x0_5: expected \(24, 3, 3, 3\), got \(24, 3, 5, 5\)"
    )
    with pytest.raises(LeukcadError, match=wanted):
        start_of(tmp_path / "w.pth", small)


def test_a_missing_layer_is_named(small, state, tmp_path):
    torch.save({k: v for k, v in state.items() if k != "conv5.0.weight"}, tmp_path / "w.pth")
    with pytest.raises(LeukcadError, match=r"the layer 'conv5\.0\.weight' of shufflenet_v2_x0_5 is missing"):
        start_of(tmp_path / "w.pth", small)


def test_weights_of_another_network_are_refused(small, tmp_path):
    torch.save(building.build("squeezenet1_1", 1000, 64, pretrained=True).state_dict(), tmp_path / "w.pth")
    with pytest.raises(LeukcadError, match="are these the weights of shufflenet_v2_x0_5"):
        start_of(tmp_path / "w.pth", small)


def test_code_in_a_file_of_weights_is_not_run(small, tmp_path):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "owned",))

    (tmp_path / "w.pth").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(LeukcadError, match=r"w\.pth: cannot be read as weights"):
        start_of(tmp_path / "w.pth", small)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"rubbish"])
def test_a_broken_file_is_named(small, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LeukcadError, match=name):
        start_of(tmp_path / name, small)


@pytest.mark.parametrize("value", [[1, 2], {"a": 3}, {}])
def test_what_is_no_state_dict_is_refused(small, tmp_path, value):
    torch.save(value, tmp_path / "w.pth")
    with pytest.raises(LeukcadError, match="expected named tensors"):
        start_of(tmp_path / "w.pth", small)


def test_offline_the_message_says_which_file_to_put_where(small, tmp_path, monkeypatch):
    def offline(*args: object, **kwargs: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("torch.hub.download_url_to_file", offline)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(LeukcadError) as caught:
        small.fitted(name="resnet18", weights="imagenet")
    assert "cannot get the ImageNet weights of resnet18" in str(caught.value)
    assert "put resnet18-f37072fd.pth (from https://download.pytorch.org/" in str(caught.value)
    assert str(tmp_path / "hub" / "checkpoints") in str(caught.value)


def test_a_file_put_where_the_message_says_is_used(small, state, tmp_path, monkeypatch):
    from torchvision import models

    kind = models.get_model_weights(NAME)["IMAGENET1K_V1"]
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(state, folder / kind.url.rpartition("/")[2])
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    got = small.fitted(weights="imagenet", train={"lr": 1e-12}).state()
    assert torch.allclose(got["conv1.0.weight"], state["conv1.0.weight"], atol=1e-6)


def test_densenets_published_names_are_understood():
    network = building.build("densenet121", 2, 32, pretrained=True)
    state = network.state_dict()
    old = {k.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2."): v + 1 for k, v in state.items()}
    assert old.keys() != state.keys()
    weights.fill(network, "densenet121", old, (), "old")
    first = "features.denseblock1.denselayer1.norm1.weight"
    assert (network.state_dict()[first] == 2).all()


def test_unused_auxiliary_heads_in_a_file_are_left_out():
    full = building.build("googlenet", 2, 64, pretrained=False)
    network = building.build("googlenet", 2, 64, pretrained=True)
    weights.fill(network, "googlenet", full.state_dict(), (), "file")
    assert torch.equal(network.state_dict()["conv1.conv.weight"], full.state_dict()["conv1.conv.weight"])


def test_a_vision_transformers_positions_are_fitted_to_another_input_size():
    state = building.build("vit_b_32", 2, 64, pretrained=True).state_dict()
    network = building.build("vit_b_32", 2, 96, pretrained=True)
    weights.fill(network, "vit_b_32", state, (), "file")
    assert network.state_dict()["encoder.pos_embedding"].shape == (1, 10, 768)
    assert torch.equal(network.state_dict()["class_token"], state["class_token"])


def test_the_real_mobilenet_loads_and_sees_what_is_in_a_picture(shared_data, small):
    path = shared_data / "weights" / "mobilenet_v2_coral_tf2_ptq_int8.pth"
    network = building.build("mobilenet_v2", 1000, 224, pretrained=True)
    weights.fill(network, "mobilenet_v2", read_weights(path), (), str(path))
    got = small.fitted(name="mobilenet_v2", weights=path, train={"lr": 1e-12}).state()
    assert torch.allclose(got["features.0.0.weight"], network.state_dict()["features.0.0.weight"], atol=1e-6)
    assert got["classifier.1.weight"].shape == (2, 1280)


def test_the_real_squeezenet_loads(shared_data):
    path = shared_data / "weights" / "squeezenet1_0_deepcompression.pth"
    network = Torchvision(name="squeezenet1_0", weights=path).built(2, fresh=True)
    assert torch.equal(network.state_dict()["features.0.weight"], read_weights(path)["features.0.weight"])
