"""An ONNX file answers as the network that it was exported from, for fields and for cells."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from leukcad_gradcam.gradcam import GradCam
from leukcad_gradcam.occlusion import Occlusion
from leukcad_onnx.classifier import SCALES, Onnx
from leukcad_torchvision.building import build
from leukcad_torchvision.classifier import MEAN, STD, Torchvision

from leukcad import LeukcadError, Step

CLASSES = ("healthy", "ALL")


def step_of(component: Onnx, classes: tuple[str, ...] = CLASSES) -> Step:
    return Step("classify", "onnx", component, classes=classes)


def answers(path: Path, batch, **options) -> torch.Tensor:
    told = {"classes": CLASSES, "input_size": 8, "normalise": "unit", **options}
    return step_of(Onnx(path=path, **told), told["classes"]).classify(batch).probabilities


@pytest.fixture(scope="module")
def trained() -> Torchvision:
    """A small network of torchvision, as a run would hold it."""
    component = Torchvision(name="shufflenet_v2_x0_5", input_size=64)
    torch.manual_seed(0)
    state = build(component.name, 2, 64, pretrained=False).state_dict()
    component.leukcad_restore(state, Step("classify", "torchvision", component, classes=CLASSES))
    return component


@pytest.fixture(scope="module", params=["any", "three"])
def exported(request, trained, tmp_path_factory) -> Path:
    """Its file, for any number of pictures at once or for three."""
    path = tmp_path_factory.mktemp("exported") / "network.onnx"
    sizes = {"dynamic_axes": {"x": {0: "n"}}} if request.param == "any" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of torch's exporter about itself
        shown = (torch.zeros(3, 3, 64, 64),)
        torch.onnx.export(trained.network, shown, path, input_names=["x"], dynamo=False, **sizes)
    return path


@pytest.mark.parametrize("n", [0, 1, 3, 7])
def test_a_file_answers_as_the_network_that_it_was_exported_from(n, exported, trained, crops):
    batch = crops(n, 64)
    file = Onnx(path=exported, classes=CLASSES, input_size=64)
    got = step_of(file).classify(batch)
    wanted = trained.predict(batch)
    assert got.classes == wanted.classes and len(got) == n
    assert torch.allclose(got.probabilities, wanted.probabilities, atol=1e-5, rtol=0)


def test_imagenet_is_normalised_as_for_torchvision(trained, crops, saved):
    assert SCALES["imagenet"] == (MEAN, STD)
    batch = crops(2, 64).pixels
    mine = Onnx(path=saved(), classes=CLASSES, input_size=64).prepare(batch)
    assert torch.allclose(mine, trained.prepare(batch), atol=1e-5)


def test_pictures_of_another_size_are_brought_to_the_files(trained, crops, saved):
    batch = crops(2, 96).pixels
    mine = Onnx(path=saved(), classes=CLASSES, input_size=64).prepare(batch)
    assert torch.allclose(mine, trained.prepare(batch), atol=1e-5)


@pytest.mark.parametrize(("normalise", "scale", "shift"), [("unit", 1, 0), ("signed", 2, -1), ("none", 255, 0)])
def test_scales_are_what_they_are_called(normalise, scale, shift, saved, crops):
    batch = crops(4)
    weights = ((0.0, 0.0, 0.0), (0.01, 0.02, -0.03))
    mean = batch.pixels.float().mean(dim=(2, 3)) / 255 * scale + shift
    wanted = (mean @ torch.tensor(weights[1])).sigmoid()
    got = answers(saved(weights=weights), batch, normalise=normalise)
    assert torch.allclose(got[:, 1], wanted, atol=1e-5)


def test_layouts_and_orders_of_colours_differ_in_nothing_else(saved, crops):
    batch = crops(4)
    wanted = answers(saved(), batch)
    last = answers(saved(shape=("n", 8, 8, 3)), batch, layout="NHWC")
    blue = answers(saved(weights=((0.0, 0.0, 0.0), (3.0, 2.0, 1.0))), batch, colours="bgr")
    assert torch.allclose(last, wanted, atol=1e-6) and torch.allclose(blue, wanted, atol=1e-6)


def test_a_file_may_take_bytes(saved, crops):
    from onnx import TensorProto

    batch, weights = crops(4), ((0.0, 0.0, 0.0), (0.01, 0.02, -0.03))
    wanted = answers(saved(weights=weights), batch, normalise="none")
    path = saved(weights=weights, dtype=TensorProto.UINT8)
    assert torch.allclose(answers(path, batch, normalise="none"), wanted, atol=1e-6)
    with pytest.raises(LeukcadError, match="takes uint8 pictures; say `normalise: none`"):
        answers(path, batch)


def test_one_number_for_two_classes_is_the_seconds(saved, crops):
    batch = crops(4)
    wanted = answers(saved(), batch)
    one = answers(saved(weights=((1.0, 2.0, 3.0),)), batch)
    assert torch.allclose(one, wanted, atol=1e-6)
    shares = answers(saved(weights=((0.1, 0.2, 0.3),)), batch, output="probabilities")
    mean = batch.pixels.float().mean(dim=(2, 3)) / 255
    assert torch.allclose(shares[:, 1], mean @ torch.tensor([0.1, 0.2, 0.3]), atol=1e-5)


def test_rows_come_in_the_pipelines_classes_whatever_the_files_order(saved, crops):
    batch, path = crops(3), saved()
    told = Onnx(path=path, classes=("ALL", "healthy"), input_size=8, normalise="unit")
    got = step_of(told).classify(batch)
    assert got.classes == ("ALL", "healthy")
    assert torch.equal(got.probabilities, answers(path, batch))


def test_the_chosen_one_of_several_outputs_answers(saved, mean_colours, crops):
    path = saved(mean_colours(ends=("y", "z")))
    with pytest.raises(LeukcadError, match="several outputs; name one under `scores`: y, z"):
        answers(path, crops(1))
    with pytest.raises(LeukcadError, match="no output 'q'; known: y, z"):
        answers(path, crops(1), scores="q")
    assert answers(path, crops(1), scores="z").shape == (1, 2)


def test_scores_that_are_no_probabilities_are_refused(saved, crops):
    with pytest.raises(LeukcadError, match=r"expected probabilities, got .*; say `output: logits`"):
        answers(saved(), crops(2), output="probabilities")


def test_answers_that_are_no_numbers_are_refused(saved, crops):
    path = saved(weights=((0.0, 0.0, 0.0), (float("inf"), 0.0, 0.0)))
    with pytest.raises(LeukcadError, match=r"answers with NaN or infinity; look at `normalise`"):
        answers(path, crops(2))


def test_other_classes_than_the_pipelines_are_named(saved, crops):
    component = Onnx(path=saved(), classes=("benign", "malignant"), input_size=8)
    with pytest.raises(LeukcadError, match="expected scores of healthy, ALL, got those of benign, malignant; name the"):
        step_of(component).classify(crops(1))
    with pytest.raises(LeukcadError, match="expected different names, got ALL, ALL"):
        Onnx(path=saved(), classes=("ALL", "ALL"))


def test_what_needs_gradients_says_so_and_occlusion_explains(saved, crops):
    batch = crops(2)
    component = Onnx(path=saved(), classes=CLASSES, input_size=8, normalise="unit")
    with pytest.raises(LeukcadError, match=r"needs gradients, which the classifier onnx does not have; .*occlusion"):
        Step("explain", "gradcam", GradCam(), classes=CLASSES).explain(batch, ["ALL"] * 2, component)
    told = Step("explain", "occlusion", Occlusion(fill="black"), classes=CLASSES)
    maps = told.explain(batch, ["ALL"] * 2, component)
    assert all(m.values.max() > 0 for m in maps)  # black takes away from a mean of colours
