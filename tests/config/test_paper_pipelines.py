"""The study's ten pipelines say its protocol, and each learns by it: a step on tiny pictures, the last batch of one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from leukcad import Crops, Examples
from leukcad.assembly import Setting, make_pipeline
from leukcad.config import PipelineSpec, load_pipeline
from leukcad.host import discover

FOLDER = Path(__file__).parents[2] / "pipelines" / "paper"
TEN = ("alexnet", "vgg16", "vgg19", "resnet18", "resnet50", "resnet101", "googlenet", "inception_v3")
TEN += ("shufflenet", "mobilenet_v2")
PLAIN = ("alexnet", "vgg16", "vgg19")  # whose heads learn at the pace of the rest
SMALL = ("googlenet", "shufflenet", "mobilenet_v2")
EACH = [pytest.param(name, marks=[pytest.mark.slow] * (name not in SMALL)) for name in TEN]


def spec_of(name: str, *sets: str) -> PipelineSpec:
    return load_pipeline(FOLDER / f"{name}.yaml", discover(), sets=sets, must_exist=False)


def crops(n: int, size: int, seed: int) -> Crops:
    pixels = torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))
    index = torch.arange(n)
    return Crops(pixels, torch.zeros(n, 4), index, torch.zeros_like(index), index % 2)


def test_there_are_the_ten_and_each_again_on_drawn_smears() -> None:
    assert {p.stem for p in FOLDER.glob("*.yaml")} == set(TEN)
    assert {p.stem for p in (FOLDER / "simulated").glob("*.yaml")} == set(TEN)


@pytest.mark.parametrize("name", TEN)
def test_each_says_the_studys_protocol(name: str) -> None:
    spec = spec_of(name)
    (classify,) = (use for use in spec.steps if use.stage == "classify")
    train = classify.options["train"]
    assert classify.options["weights"] == "imagenet"
    assert (train.epochs, train.batch, train.optimizer, train.keep) == (50, 8, "adam", "best")
    assert (train.lr, train.weight_decay, train.head_lr_factor) == (1e-4, 0.1, 1 if name in PLAIN else 10)
    assert (train.schedule, train.step_every, train.step_factor) == ("step", 10, 0.1)
    assert not any(train.augment.model_dump().values())
    assert not {"detect", "crop", "diagnose"} & {use.stage for use in spec.steps}, "the whole field, squashed"
    assert spec.threshold == {"rule": "fixed", "value": 0.5}
    assert spec.synthesize and spec.synthesize.doses == tuple(range(1, 21)) and spec.synthesize.draws == 11


@pytest.mark.parametrize("name", TEN)
def test_each_sees_its_own_input_size(name: str) -> None:
    (step, *_) = make_pipeline(spec_of(name), Setting(discover())).steps
    assert step.component.input_size == (299 if name == "inception_v3" else 224)


@pytest.mark.parametrize("name", EACH)
def test_each_learns_a_step_answers_and_is_explained(name: str) -> None:
    size = 75 if name == "inception_v3" else 64
    spec = spec_of(
        name, "steps.classify.weights=none", f"steps.classify.input_size={size}", "steps.classify.train.epochs=1"
    )
    learner, explainer = make_pipeline(spec, Setting(discover())).steps
    fit = [Examples(spec.classes, crops=crops(n, size, n)) for n in (9, 2)]
    learner.fit(*fit)  # nine of batch 8: the last one alone is left out
    told = learner.classify(crops(3, size, 5))
    assert told.classes == ("healthy", "ALL") and torch.isfinite(told.probabilities).all()
    (heat,) = explainer.explain(crops(1, size, 7), ["ALL"], learner.component)
    assert heat.values.shape == (size, size) and (heat.values >= 0).all()
