"""The example plugins, installed from outside the workspace: a published method, and a tracker on a run's events."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = {"leukcad-banik": "banik2020", "leukcad-tensorboard": "tensorboard"}
PIPELINE = """
data: {use: simulated, healthy: 12, leukaemic: 12, width: 400, height: 300}
test: {use: simulated, healthy: 4, leukaemic: 4, width: 400, height: 300, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
cell_classes:
  healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil]
  lymphoblast: [lymphoblast]
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
synthesize: {use: paste, doses: [1, 3], draws: 1, donors: {use: simulated-cells, width: 400, seed: 5}}
explained: 1
steps:
  - segment: {use: banik2020, radius: 5, erode: 3}
  - crop: square
  - classify: CLASSIFIER
  - diagnose: excess
"""
GOOD = "{use: torchvision, name: shufflenet_v2_x0_5, input_size: 64}"
#: A classifier of somebody else's that fails while it learns.
FAILS = """
from leukcad import Component, hookimpl


@hookimpl
def leukcad_components():
    return [Component("classify", "fails", "leukcad_fails_class:Fails", "fails while it learns")]
"""
FAILS_CLASS = """
from leukcad import hookimpl


class Fails:
    @hookimpl
    def leukcad_fit(self, train):
        raise ArithmeticError("the loss is not a number")

    @hookimpl
    def leukcad_state(self):
        return {}

    @hookimpl
    def leukcad_restore(self, state): ...

    @hookimpl
    def leukcad_classify(self, crops): ...
"""


@pytest.fixture(scope="module")
def installed(outside: Any) -> Any:
    """The environment with both examples, and with a plugin that fails."""
    pytest.importorskip("tensorboard")
    for name in NAMES:
        shutil.copytree(EXAMPLES / name, outside.folder / name)
        outside.type(f"pip install ./{name}")
        shutil.rmtree(outside.folder / name / name.replace("-", "_"))  # what is imported is what was installed
    (outside.site / "leukcad_fails.py").write_text(FAILS)
    (outside.site / "leukcad_fails_class.py").write_text(FAILS_CLASS)
    info = outside.site / "leukcad_fails-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: leukcad-fails\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text("[leukcad]\nfails = leukcad_fails\n")
    for name, classifier in (("mine", GOOD), ("broken", "fails")):
        (outside.folder / f"{name}.yaml").write_text(PIPELINE.replace("CLASSIFIER", classifier))
    return outside


def board(run: Path) -> Any:
    """What TensorBoard itself reads in a run's folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(run / "tensorboard"))
    read.Reload()
    return read


def texts(read: Any) -> dict[str, str]:
    """The last text under each name."""
    tags = [tag for tag in read.Tags()["tensors"] if tag.endswith("/text_summary")]
    found = {tag: read.Tensors(tag)[-1].tensor_proto.string_val[0].decode() for tag in tags}
    return {tag.removesuffix("/text_summary"): text for tag, text in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize("distribution", NAMES)
def test_an_example_is_offered_keeps_its_contract_and_passes_its_own_tests(installed: Any, distribution: str) -> None:
    told = json.loads(installed.type(f"leukcad plugins check {distribution} --json"))
    assert told["passed"] and [one["name"] for one in told["components"]] == [NAMES[distribution]]
    assert "passed" in installed.type(f"pytest {distribution}")


@pytest.mark.slow
def test_a_whole_run_tells_its_observer_of_its_start_its_learning_and_its_results(installed: Any) -> None:
    results = json.loads(installed.type("leukcad run mine.yaml --quick --observe tensorboard --json"))
    (run,) = installed.folder.glob("runs/mine-*")
    read, told = board(run), texts(board(run))
    assert "banik2020" in told["pipeline"] and "seed: 0" in told["provenance"]
    curves = [read.Scalars(f"3-classify-torchvision/{column}") for column in ("train_loss", "lr")]
    assert [len(curve) for curve in curves] == [2, 2]  # a quick look has two epochs
    assert read.Scalars("seconds/3-classify-torchvision")[0].value > 0
    wanted = results["pipelines"]["mine"]["test"]["accuracy"]["value"]
    assert read.Scalars("test/accuracy")[0].value == pytest.approx(wanted)
    assert [one.step for one in read.Scalars("imgSynt/specificity")] == [1, 3]
    assert not [tag for tag in told if tag.startswith("failed")]


@pytest.mark.slow
def test_a_step_that_fails_is_told_to_the_observer_with_the_plugin_whose_it_is(installed: Any) -> None:
    installed.type("leukcad run broken.yaml --quick --observe tensorboard", code=2)
    (run,) = installed.folder.glob("runs/broken-*")
    told = texts(board(run))
    assert "the loss is not a number" in told["failed/3-classify-fails"]
    assert "leukcad-fails 0.1" in told["failed/3-classify-fails"]
    assert "pipeline" in told and not board(run).Tags()["scalars"]


@pytest.mark.slow
def test_nothing_watches_that_is_not_named(installed: Any) -> None:
    installed.type("leukcad run broken.yaml --quick --out unwatched", code=2)  # as far as it comes, others would watch
    (run,) = installed.folder.glob("unwatched/broken-*")
    assert (run / "provenance.json").exists() and not (run / "tensorboard").exists()
