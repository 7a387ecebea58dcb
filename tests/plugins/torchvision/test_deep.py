"""What a network sees before its last layer, learned by a classifier of vectors."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from leukcad_gradcam.gradcam import GradCam
from leukcad_gradcam.occlusion import Occlusion
from leukcad_torchvision.building import build, head, penultimate
from leukcad_torchvision.deep import DeepFeatures
from safetensors.torch import save_file

from leukcad import Crops, Examples, LeukcadError, Step
from leukcad.features import FeatureOptions

MODELS = ("svm", "forest", "knn")


def step_of(small, model: str = "knn", **options) -> Step:
    told = {"name": "shufflenet_v2_x0_5", "weights": "none", "input_size": 32, **options}
    component = DeepFeatures(model=model, train=FeatureOptions(trees=20), **told)
    return Step("classify", "deep-features", component, classes=small.classes)


def fitted(small, model: str = "knn", n: int = 24, **options) -> Step:
    step = step_of(small, model, **options)
    step.fit(Examples(small.classes, crops=small.crops(n)), Examples(small.classes, crops=small.crops(2, seed=1)))
    return step


@pytest.fixture(scope="module", params=MODELS)
def learned(small, request) -> Step:
    return fitted(small, request.param)


@pytest.mark.parametrize(
    ("name", "size", "width"),
    [
        ("alexnet", 63, 4096),
        ("resnet18", 32, 512),
        ("mobilenet_v2", 32, 1280),
        ("squeezenet1_1", 63, 512),
        ("googlenet", 64, 1024),
        ("densenet121", 32, 1024),
        ("vit_b_16", 32, 768),
        ("shufflenet_v2_x0_5", 32, 1024),
    ],
)
def test_the_last_layer_of_every_family_takes_one_vector_a_crop(name: str, size: int, width: int) -> None:
    with torch.device("meta"), torch.inference_mode():  # shapes alone
        network = build(name, 2, size, pretrained=False).eval()
        assert penultimate(network, torch.rand(2, 3, size, size)).shape == (2, width)


def test_the_last_layer_makes_the_networks_scores_out_of_what_it_takes(small) -> None:
    network = build("resnet18", 2, 32, pretrained=False).eval()
    inputs = torch.rand(3, 3, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(network.fc(penultimate(network, inputs)), network(inputs), atol=1e-5)


def test_it_learns_to_tell_light_from_dark(small, learned: Step) -> None:
    unseen = small.crops(20, seed=9)
    assert (learned.classify(unseen).probabilities.argmax(dim=1) == unseen.labels).float().mean() >= 0.9


def test_restored_it_answers_bit_by_bit_the_same(small, learned: Step) -> None:
    fresh = step_of(small, learned.component.model)
    fresh.restore({name: tensor.clone() for name, tensor in learned.state().items()})
    unseen = small.crops(7, seed=3)
    assert torch.equal(fresh.classify(unseen).probabilities, learned.classify(unseen).probabilities)


def test_its_state_holds_the_networks_weights_without_the_last_layer(small, learned: Step) -> None:
    names = {name for name in learned.state() if name.startswith("network.")}
    assert "network.conv1.0.weight" in names
    assert not any(name.removeprefix("network.") in head(learned.component.extractor.network) for name in names)


def test_a_file_of_weights_is_what_it_sees_with(small, tmp_path: Path) -> None:
    torch.manual_seed(4)
    weights = build("shufflenet_v2_x0_5", 1000, 32, pretrained=False).state_dict()
    save_file(weights, tmp_path / "w.safetensors")
    step = fitted(small, weights=tmp_path / "w.safetensors")
    assert torch.equal(step.state()["network.conv1.0.weight"], weights["conv1.0.weight"])


def test_without_weights_the_seed_decides(small) -> None:
    one, two = (fitted(small).state() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_answers_do_not_depend_on_how_many_crops_come_together(small, learned: Step) -> None:
    crops = small.crops(40)
    together = learned.classify(crops).probabilities
    alone = learned.classify(crops.select(torch.tensor([39]))).probabilities
    assert torch.allclose(together[39:], alone, atol=1e-4)


def test_no_crops_give_no_rows(small, learned: Step) -> None:
    assert learned.classify(Crops.empty(32)).probabilities.shape == (0, 2)


def test_gradients_are_refused_by_name_and_occlusion_works(small, learned: Step) -> None:
    batch = small.crops(1)
    with pytest.raises(LeukcadError, match="which the classifier deep-features does not have; `explain: occlusion`"):
        Step("explain", "gradcam", GradCam()).explain(batch, ["ALL"], learned.component)
    (heat,) = Step("explain", "occlusion", Occlusion(window=0.5)).explain(batch, ["healthy"], learned.component)
    assert heat.values.shape == (32, 32)


def test_weights_of_another_network_are_refused_when_restored(small, learned: Step) -> None:
    with pytest.raises(LeukcadError, match=r"the layer 'conv1\.weight' of resnet18 is missing"):
        step_of(small, learned.component.model, name="resnet18").restore(learned.state())


def test_asked_before_it_has_learned_it_says_so(small) -> None:
    with pytest.raises(LeukcadError, match="has not learned yet"):
        step_of(small).classify(small.crops(1))
