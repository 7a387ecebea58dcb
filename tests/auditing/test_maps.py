"""Heat maps of untouched fields: measured where they can be, without a trace left in the network."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from leukcad import experiment
from leukcad.answering import Trained
from leukcad.auditing import following, maps
from leukcad.auditing.functions import Function
from leukcad.auditing.plan import Plan, make_plan
from leukcad.config import load_pipeline
from leukcad.evaluation.stability import jittered

PIPELINE = """
data: {use: simulated, healthy: 6, leukaemic: 6, width: 240, height: 180}
test: {use: simulated, healthy: 2, leukaemic: 2, width: 240, height: 180, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
cell_classes: {healthy: [lymphocyte, neutrophil, monocyte, eosinophil, basophil], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
threshold: {rule: fixed}
audit: {donors: {use: simulated-cells, healthy: 6, leukaemic: 4, width: 240, seed: 5}}
steps:
  - classify: {use: torchvision, name: resnet18, input_size: 224, train: {epochs: 1, batch: 8}}
  - explain: gradcam
"""


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Plan]:
    """A direct pipeline after one epoch, and the plan of its audit."""
    folder = tmp_path_factory.mktemp("maps")
    (folder / "direct.yaml").write_text(PIPELINE, encoding="utf-8")
    setting = experiment.make_setting(device="cpu")
    spec = load_pipeline(folder / "direct.yaml", setting.host)
    model, bench = experiment.train(spec, setting, Path(folder / "runs"))
    return model, make_plan(bench, groups=1, explain=False)


def test_evidence_is_told_field_by_field_and_over_fields_and_the_network_stays_as_it_was(
    direct: tuple[Trained, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, plan = direct
    monkeypatch.setattr(maps, "HEADS", 2)
    monkeypatch.setattr(maps, "jittered", partial(jittered, copies=2))
    network = model.pipeline.steps[0].component.network
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    told = maps.evidence_of(model, plan)
    assert told is not None and told["explainer"] == "gradcam" and len(told["fields"]) == 2
    lit = [row for row in told["fields"] if row["energy"] is not None]
    assert all(0 <= row["energy"] <= 1 and 0 < row["chance"] < 1 for row in lit)
    assert told["energy"]["n"] == len(lit) and told["beyond_chance"]["fields"] == len(lit)
    assert set(told["densities"]) == {"leukocyte", "RBC", "platelet", "plasma"}
    assert told["coverage_few"]["n"] + told["coverage_crowded"]["n"] == told["coverage"]["n"]
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert not network.training and not any(m._forward_hooks for m in network.modules())


def test_maps_are_followed_as_cells_are_added(direct: tuple[Trained, Plan]) -> None:
    model, plan = direct
    told = following.following_of(model, replace(plan, arms=make_plan(plan.bench, groups=1).arms))
    assert told is not None
    assert told["position"]["n"] == told["number"]["n"] == 1
    assert -1 <= told["position"]["value"] <= 1 and -1 <= told["number"]["value"] <= 1


def test_without_an_arm_that_adds_cells_nothing_is_followed(direct: tuple[Trained, Plan]) -> None:
    assert following.following_of(*direct) is None


def test_the_grid_is_that_of_the_layer_that_is_explained(direct: tuple[Trained, Plan]) -> None:
    lens = maps.lens_of(direct[0])
    assert lens is not None and (lens.grid, lens.size) == ((7, 7), 224)


def test_a_function_has_no_heat_maps_and_nothing_is_measured(direct: tuple[Trained, Plan]) -> None:
    function = Function(lambda pictures: ["ALL" for _ in pictures], ("healthy", "ALL"), "f")
    assert maps.evidence_of(function, direct[1]) is None
