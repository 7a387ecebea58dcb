"""The classifier learns, answers, and comes back from its weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from leukcad_torchvision.classifier import MEAN, STD, Torchvision
from leukcad_torchvision.networks import default_size

from leukcad import Crops, Examples, LeukcadError


def test_it_learns_to_tell_light_from_dark(small):
    step = small.fitted(n=32, name="resnet18", train={"epochs": 4, "batch": 8, "lr": 1e-3})
    unseen = small.crops(20, seed=9)
    told = step.classify(unseen)
    assert told.classes == ("healthy", "ALL")
    assert (told.probabilities.argmax(dim=1) == unseen.labels).float().mean() >= 0.9
    assert torch.allclose(told.probabilities.sum(dim=1), torch.ones(20))


def test_no_crops_give_no_rows(small):
    assert small.fitted().classify(Crops.empty(32)).probabilities.shape == (0, 2)


def test_answers_do_not_depend_on_how_many_crops_come_together(small):
    step = small.fitted()
    crops = small.crops(300)
    together = step.classify(crops).probabilities
    alone = step.classify(crops.select(torch.tensor([299]))).probabilities
    assert torch.allclose(together[299:], alone, atol=1e-5)


def test_answers_can_be_worked_with_and_the_network_is_left_in_eval_mode(small):
    step = small.fitted()
    told = step.classify(small.crops(2)).probabilities
    assert not told.is_inference()
    assert not step.component.network.training


def test_the_same_seed_gives_the_same_answers_whatever_came_before(small):
    crops = small.crops(4, seed=2)
    torch.manual_seed(1)
    first = small.fitted().classify(crops).probabilities
    torch.manual_seed(2)
    assert torch.equal(first, small.fitted().classify(crops).probabilities)


def test_restored_from_its_state_it_gives_the_same_answers(small):
    learned = small.fitted()
    fresh = small.step_of(Torchvision(name="shufflenet_v2_x0_5", input_size=32))
    fresh.restore(learned.state())
    crops = small.crops(5, seed=3)
    assert torch.equal(fresh.classify(crops).probabilities, learned.classify(crops).probabilities)


def test_weights_of_another_network_are_refused_when_restored(small):
    other = small.step_of(Torchvision(name="resnet18", input_size=32))
    with pytest.raises(LeukcadError, match=r"the layer 'conv1\.weight' of resnet18 is missing"):
        other.restore(small.fitted().state())


def test_weights_for_another_number_of_classes_are_refused_when_restored(small):
    other = small.step_of(Torchvision(name="shufflenet_v2_x0_5", input_size=32), ("a", "b", "c"))
    with pytest.raises(LeukcadError, match=r"the layer 'fc\.weight'"):
        other.restore(small.fitted().state())


def test_asked_before_it_has_learned_it_says_so(small):
    with pytest.raises(LeukcadError, match="has not learned yet; train it, or restore its weights"):
        small.step_of(Torchvision(name="resnet18")).classify(small.crops(1))


def test_pictures_are_normalised_as_imagenet_with_channels_last(small):
    component = small.fitted().component
    crops = small.crops(3)
    prepared = component.prepare(crops.pixels)
    wanted = (crops.pixels.float() / 255 - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    assert torch.allclose(prepared, wanted, atol=1e-5)
    assert prepared.is_contiguous(memory_format=torch.channels_last)


def test_pictures_of_another_size_are_resized_to_the_networks(small):
    assert small.fitted().component.prepare(small.crops(2, size=50).pixels).shape == (2, 3, 32, 32)


def test_quick_lets_a_network_for_large_pictures_see_small_ones(small):
    step = small.step_of(Torchvision(name="shufflenet_v2_x0_5"), quick=True)
    step.fit(Examples(small.classes, crops=small.crops(4, 224)), Examples(small.classes, crops=small.crops(2, 224)))
    assert step.component.prepare(small.crops(1, 224).pixels).shape[-1] == 96
    assert step.component.input_size == 224


def test_the_head_learns_faster_where_asked(small):
    one = {"epochs": 1, "batch": 4, "optimizer": "sgd", "lr": 1e-3, "momentum": 0.0}
    start = small.fitted(train={**one, "lr": 1e-12}).state()
    plain, faster = (small.fitted(train={**one, "head_lr_factor": f}).state() for f in (1.0, 10.0))
    moved = [(state["fc.weight"] - start["fc.weight"]).norm().item() for state in (plain, faster)]
    assert moved[1] == pytest.approx(10 * moved[0], rel=1e-2)
    still = [(state["conv1.0.weight"] - start["conv1.0.weight"]).norm().item() for state in (plain, faster)]
    assert still[1] == pytest.approx(still[0], rel=1e-2)


def test_an_unknown_network_is_named_with_the_nearest_one():
    with pytest.raises(LeukcadError, match="no classifier 'resnet5'; did you mean 'resnet50'"):
        Torchvision(name="resnet5")


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [("inception_v3", 74, "75 px or more"), ("alexnet", 32, "63 px or more"), ("vit_b_16", 100, "a multiple of 16 px")],
)
def test_an_input_size_that_the_network_cannot_take_is_refused(name, size, expected):
    with pytest.raises(LeukcadError, match=f"input_size of {name}: expected {expected}, got {size}"):
        Torchvision(name=name, input_size=size)


def test_the_networks_own_input_size_is_the_default():
    assert Torchvision(name="inception_v3").input_size == default_size("inception_v3") == 299
    assert Torchvision(name="resnet50").input_size == 224


def test_an_interrupted_fit_leaves_a_checkpoint_and_goes_on_to_the_same_end(small, tmp_path: Path):
    told = {"epochs": 3, "batch": 3}
    whole = small.fitted(n=6, train=told)
    step = small.step_of(Torchvision(name="shufflenet_v2_x0_5", input_size=32), folder=tmp_path)
    component = step.component
    component.train = whole.component.train
    right, calls = component.prepare, []

    def cut(pixels: torch.Tensor) -> torch.Tensor:
        calls.append(torch.is_grad_enabled())
        if sum(calls) > 3:  # in the second epoch
            raise KeyboardInterrupt
        return right(pixels)

    examples = [Examples(small.classes, crops=crops) for crops in (small.crops(6), small.crops(2, seed=1))]
    component.prepare = cut
    with pytest.raises(KeyboardInterrupt):
        step.fit(*examples)
    assert (tmp_path / "checkpoint.pt").exists()
    component.prepare = right
    step.fit(*examples)
    assert not (tmp_path / "checkpoint.pt").exists()
    wanted, got = whole.state(), step.state()
    assert all(torch.equal(wanted[name], got[name]) for name in wanted)


TEN = ["alexnet", "vgg16", "vgg19", "resnet18", "resnet50", "resnet101", "googlenet", "inception_v3"]
TEN += ["shufflenet_v2_x1_0", "mobilenet_v2"]


@pytest.mark.slow
@pytest.mark.parametrize("name", TEN)
def test_each_of_the_papers_networks_trains_answers_and_comes_back(small, name):
    size = 75 if name == "inception_v3" else 64
    step = small.fitted(n=3, size=size, name=name, train={"lr": 1e-5})  # three: the last batch would be of one
    crops = small.crops(3, size)
    told = step.classify(crops).probabilities
    fresh = small.step_of(Torchvision(name=name, input_size=size))
    fresh.restore(step.state())
    assert torch.equal(fresh.classify(crops).probabilities, told)


@pytest.mark.slow
def test_inception_at_its_own_size_learns_with_its_auxiliary_head(small):
    step = small.fitted(n=2, size=299, name="inception_v3", train={"lr": 1e-5})
    assert any(key.startswith("AuxLogits") for key in step.state())


@pytest.mark.parametrize(
    "name", ["squeezenet1_1", "densenet121", "mnasnet0_5", "efficientnet_b0", "regnet_y_400mf", "mobilenet_v3_small"]
)
def test_other_families_come_back_from_their_weights_too(small, name):
    step = small.fitted(n=4, name=name, train={"lr": 1e-5})
    fresh = small.step_of(Torchvision(name=name, input_size=32))
    fresh.restore(step.state())
    crops = small.crops(3)
    assert torch.equal(fresh.classify(crops).probabilities, step.classify(crops).probabilities)
