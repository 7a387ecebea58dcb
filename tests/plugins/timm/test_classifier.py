"""timm's networks learn, answer, come back from their weights, and say where their maps are."""

from __future__ import annotations

import pytest
import torch
from leukcad_timm import building
from leukcad_timm.classifier import Timm

from leukcad import Crops, Examples, LeukcadError, Step
from leukcad.options import TrainOptions

CLASSES = ("healthy", "ALL")
SMALL = "test_resnet.r160_in1k"  # timm's own, made for tests


def crops(n: int, size: int = 32, seed: int = 0) -> Crops:
    """Light and dark noise in turn."""
    labels = torch.arange(n) % 2
    noise = torch.randint(0, 120, (n, 3, size, size), generator=torch.Generator().manual_seed(seed))
    pixels = (noise + 100 * labels[:, None, None, None]).to(torch.uint8)
    return Crops(pixels, torch.zeros(n, 4), torch.zeros(n, dtype=torch.int64), torch.arange(n), labels)


def step_of(name: str = SMALL, size: int = 32, classes: tuple[str, ...] = CLASSES, **train: object) -> Step:
    told = TrainOptions(**{"epochs": 1, "batch": 4, **train})
    return Step("classify", "timm", Timm(name=name, input_size=size, train=told), classes=classes)


def fitted(n: int = 5, name: str = SMALL, size: int = 32, **train: object) -> Step:
    step = step_of(name, size, **train)
    step.fit(Examples(CLASSES, crops=crops(n, size)), Examples(CLASSES, crops=crops(2, size, 1)))
    return step


def test_it_learns_to_tell_light_from_dark_with_a_last_batch_of_one() -> None:
    step = fitted(n=33, epochs=6, lr=3e-3)
    unseen = crops(20, seed=9)
    told = step.classify(unseen)
    assert told.classes == CLASSES
    assert (told.probabilities.argmax(dim=1) == unseen.labels).float().mean() >= 0.9


def test_restored_from_its_state_it_gives_the_same_answers() -> None:
    learned, fresh = fitted(), step_of()
    fresh.restore(learned.state())
    assert torch.equal(fresh.classify(crops(3)).probabilities, learned.classify(crops(3)).probabilities)


def test_weights_of_another_network_are_refused_when_restored() -> None:
    with pytest.raises(LeukcadError, match="its weights: "):
        step_of("test_vit.r160_in1k").restore(fitted().state())


def test_an_unknown_name_gets_the_nearest_that_timm_knows() -> None:
    with pytest.raises(LeukcadError, match=r"timm has no network 'resnet51'; did you mean .*resnet50"):
        fitted(name="resnet51")


def test_the_head_is_what_depends_on_the_number_of_classes() -> None:
    one, other = (building.build(SMALL, n, 32, pretrained=False) for n in (3, 5))
    shapes = [{name: p.shape for name, p in net.named_parameters()} for net in (one, other)]
    names = {id(p): name for name, p in one.named_parameters()}
    differ = {name for name in shapes[0] if shapes[0][name] != shapes[1][name]}
    assert {names[id(p)] for p in building.head(one)} == differ


@pytest.mark.parametrize("name", [SMALL, "ghostnet_100", "efficientvit_b0"])
def test_the_layer_of_maps_puts_out_maps_before_they_are_pooled(name: str) -> None:
    network = building.build(name, 2, 64, pretrained=False)
    layer = building.cam_layer(network, 64)
    assert layer is not None
    shapes: list[tuple[int, ...]] = []
    layer.register_forward_hook(lambda module, inputs, output: shapes.append(tuple(output.shape)))
    with torch.no_grad():
        network(torch.zeros(1, 3, 64, 64))
    assert shapes[0][2:] == (2, 2)


def test_a_vision_transformer_has_no_maps_and_says_so() -> None:
    assert fitted(name="test_vit.r160_in1k", size=32).component.cam_layer is None


def test_pictures_are_normalised_as_the_networks_weights_want_it() -> None:
    component = fitted().component
    mean, std = building.normalisation(component.network)
    wanted = (crops(2).pixels.float() / 255 - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]
    assert torch.allclose(component.prepare(crops(2).pixels), wanted, atol=1e-5)


def test_quick_lets_a_network_for_large_pictures_see_small_ones() -> None:
    step = Step("classify", "timm", Timm(name=SMALL, train=TrainOptions(epochs=1)), classes=CLASSES, quick=True)
    step.fit(Examples(CLASSES, crops=crops(4, 224)), Examples(CLASSES, crops=crops(2, 224)))
    assert step.component.prepare(crops(1, 224).pixels).shape[-1] == 96
