"""Trained detectors: what they learn, keep, refuse, and find."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from leukcad_torchvision.detectors.component import Detector
from leukcad_torchvision.detectors.faster_rcnn import FasterRcnn
from leukcad_torchvision.detectors.retinanet import RetinaNet
from leukcad_torchvision.detectors.ssdlite import SsdLite
from pydantic import ValidationError

from leukcad import Cells, Examples, Field, LeukcadError, Record, Step
from leukcad.boxes import BoxTraining
from leukcad.labels import match
from leukcad.testing import draw_field

CLASSES = ("lymphocyte", "lymphoblast")
ALL = [FasterRcnn, RetinaNet, SsdLite]
SMALL: dict[str, Any] = {"backbone": "mobilenet_v3_small", "input_side": 128, "most": 10}


def examples(fields: list[Field]) -> Examples:
    """Fields with their cells."""
    return Examples(CLASSES, fields, [f.truth or Cells.empty(CLASSES) for f in fields])


def drawn(n: int, seed: int = 0) -> list[Field]:
    """Fields with two leukocytes each."""
    return [draw_field(CLASSES, 100 * seed + i) for i in range(n)]


def step_of(kind: type[Detector], *, classes: tuple[str, ...] = CLASSES, folder: Any = None, **options: Any) -> Step:
    """A step around a small detector."""
    told = {**SMALL, "train": BoxTraining(epochs=1, batch=2), **options}
    return Step("detect", kind.title, kind(**told), classes=classes, folder=folder)


def taught(kind: type[Detector], fields: list[Field] | None = None, **options: Any) -> Step:
    """A step that has looked at some fields once."""
    step = step_of(kind, **options)
    step.fit(examples(fields or drawn(4)), examples(drawn(1, seed=1)))
    return step


@pytest.fixture(scope="module", params=ALL, ids=lambda kind: kind.title)
def barely(request: pytest.FixtureRequest) -> Step:
    """Each detector after a short look, so that it still finds a bit of everything."""
    if request.param is not RetinaNet:
        return taught(request.param)
    told = BoxTraining(epochs=16, batch=2, lr=3e-3, schedule="none", keep="last")  # its scores begin at 0.01
    return taught(RetinaNet, drawn(2), train=told)


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_what_it_learned_comes_back_with_its_threshold(barely):
    fresh = step_of(type(barely.component))
    fresh.restore(barely.state())
    assert fresh.component.min_score == barely.component.min_score
    for field in drawn(2, seed=2):
        one, other = barely.component.candidates(field), fresh.component.candidates(field)
        assert torch.equal(one.boxes, other.boxes) and torch.equal(one.scores, other.scores)


def test_a_higher_threshold_leaves_out_cells_and_changes_none(barely):
    field = draw_field(CLASSES, 101)
    everything = barely.component.candidates(field)
    before = barely.component.min_score
    try:
        for least in (0.06, 0.2, 0.35, 0.9):
            barely.component.min_score = least
            found = barely.detect([field])[0]
            assert torch.equal(found.boxes, everything.boxes[everything.scores >= least])
    finally:
        barely.component.min_score = before


def test_boxes_lie_in_the_field_and_carry_the_classes_of_the_step(barely):
    found = barely.component.candidates(draw_field(CLASSES, 100))
    assert len(found) and found.classes == CLASSES
    assert found.boxes.min() >= 0 and found.boxes[:, 2].max() <= 280 and found.boxes[:, 3].max() <= 240


def test_weights_of_another_detector_are_refused(barely):
    state = {name: t for name, t in barely.state().items() if "head" not in name}
    with pytest.raises(LeukcadError, match="is missing"):
        step_of(type(barely.component)).restore(state)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.title)
def test_fields_without_cells_are_ordinary_and_so_are_fields_of_other_shapes(kind):
    wide = draw_field(CLASSES, 3)
    cut = Field.of(Record("cut"), wide.array()[:100], truth=Cells.empty(CLASSES))
    step = taught(kind, [wide, draw_field((), 4), cut, draw_field((), 5)])
    assert all(len(found) <= 10 for found in step.detect([cut, wide]))


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.title)
def test_a_fit_that_was_cut_off_goes_on_to_the_very_same_weights(kind, tmp_path, monkeypatch):
    from leukcad.boxes import lesson

    told = {"train": BoxTraining(epochs=2, batch=2), "folder": tmp_path, "score": 0.5}
    whole = taught(kind, **{**told, "folder": tmp_path / "whole"})
    real, calls = lesson.total, []

    def cut(output: Any, targets: Any) -> torch.Tensor:
        calls.append(torch.is_grad_enabled())
        if sum(calls) > 3:  # in the second epoch
            raise KeyboardInterrupt
        return real(output, targets)

    monkeypatch.setattr(lesson, "total", cut)
    with pytest.raises(KeyboardInterrupt):
        taught(kind, **told)
    assert (tmp_path / "checkpoint.pt").exists()
    monkeypatch.setattr(lesson, "total", real)
    assert same(whole.state(), taught(kind, **told).state())


def test_cells_of_all_classes_can_be_one_class():
    step = taught(FasterRcnn, one_class=True)
    assert step.component.candidates(draw_field(CLASSES, 6)).classes == ("WBC",)
    fresh = step_of(FasterRcnn, one_class=True)
    fresh.restore(step.state())


def test_a_detector_that_knows_nothing_yet_says_so():
    with pytest.raises(LeukcadError, match="retinanet has not learned yet; train it, or restore its weights"):
        step_of(RetinaNet).detect([draw_field()])


def test_cells_that_are_points_are_refused_by_the_name_of_their_field():
    field = draw_field(CLASSES, 1, "dotted")
    field = field.replace(truth=Cells.of([[9, 9, 9, 9]], labels=[0], classes=CLASSES))
    with pytest.raises(LeukcadError, match="dotted: its cells are annotated by points, not by boxes"):
        taught(FasterRcnn, [field, field])


def test_a_field_that_nobody_annotated_is_not_taken_for_an_empty_one():
    fields = drawn(3)
    unknown = fields[1].replace(truth=None)
    empty = fields[1].replace(truth=Cells.empty(CLASSES))
    learned = [taught(SsdLite, [fields[0], *middle, fields[2]]).state() for middle in ([], [unknown], [empty])]
    apart = [max(float((state[k].float() - learned[0][k].float()).abs().max()) for k in state) for state in learned]
    assert apart[1] < 0.1 * apart[2]  # not to the bit: sums of several threads may round either way


@pytest.mark.parametrize(
    ("fields", "came"),
    [
        ([draw_field((), 1), draw_field((), 2)], "boxes of lymphocyte, lymphoblast .* lymphoblast 0 in 2 annotated"),
        ([draw_field(["lymphocyte"], 1)] * 2, "boxes of lymphoblast to learn from, got lymphocyte 2, lymphoblast 0"),
        ([draw_field(CLASSES, 1).replace(truth=None)] * 2, "got lymphocyte 0, lymphoblast 0 in 0 annotated pictures"),
    ],
    ids=["empty", "one class", "unannotated"],
)
def test_without_boxes_of_every_class_there_is_nothing_to_learn_from(fields, came):
    with pytest.raises(LeukcadError, match=came):
        taught(FasterRcnn, fields)


def test_ssdlite_names_the_backbones_that_it_takes():
    wanted = "backbone of ssdlite: expected one of mobilenet_v2, mobilenet_v3_large, mobilenet_v3_small, got resnet50"
    with pytest.raises(LeukcadError, match=wanted):
        SsdLite(backbone="resnet50")


@pytest.mark.parametrize("wrong", [{"balance": True}, {"label_smoothing": 0.1}, {"learn_from": "cells"}])
def test_options_that_mean_nothing_to_a_detector_are_refused(wrong):
    with pytest.raises(ValidationError, match=f"{next(iter(wrong))}: a detector learns from annotated boxes"):
        BoxTraining(**wrong)


def test_microns_need_pixel_sizes_and_the_message_says_who_measures_them():
    with pytest.raises(
        LeukcadError, match="microns are asked for, but no field has a pixel size; put `preprocess: red"
    ):
        taught(FasterRcnn, drawn(2), microns=0.2)


def test_a_field_whose_pixel_size_nobody_knows_is_seen_by_its_side_and_that_is_told_once(caplog):
    sized = [f.replace(pixel_size=0.2) for f in drawn(2)]
    step = step_of(SsdLite, microns=0.4)
    step.fit(examples(sized), examples(sized))
    seen: list[tuple[int, ...]] = []
    step.component.network.register_forward_pre_hook(lambda module, given: seen.append(tuple(given[0].shape[2:])))
    with caplog.at_level("WARNING"):
        step.detect([draw_field(CLASSES, 1, "strange"), sized[0], draw_field(CLASSES, 2)])
    assert seen == [(128, 128), (160, 160), (128, 128)]
    assert caplog.text.count("the pixel size of strange is unknown: seen by input_side") == 1


def test_the_network_never_sees_more_than_a_tile_at_once():
    step = taught(SsdLite, drawn(1) * 2, tile=160, overlap=0.4)
    seen: list[tuple[int, ...]] = []
    step.component.network.register_forward_pre_hook(lambda module, given: seen.append(tuple(given[0].shape)))
    big = Field.of(Record("big"), draw_field(CLASSES, 1).array().repeat(2, 0).repeat(2, 1))
    step.detect([big])
    assert set(seen) == {(1, 3, 128, 128)} and len(seen) == 5 * 6


def test_a_tile_as_large_as_the_field_changes_nothing():
    step = taught(RetinaNet)
    whole = step.component.candidates(draw_field(CLASSES, 2))
    tiled = step_of(RetinaNet, tile=280)
    tiled.restore(step.state())
    again = tiled.component.candidates(draw_field(CLASSES, 2))
    assert torch.equal(whole.boxes, again.boxes) and torch.equal(whole.scores, again.scores)


LARGE = pytest.param("resnet50", marks=pytest.mark.slow)


@pytest.mark.parametrize("backbone", ["mobilenet_v2", "mobilenet_v3_large", "resnet18", LARGE])
def test_every_backbone_learns_and_comes_back(backbone):
    step = step_of(RetinaNet, backbone=backbone, input_side=64)
    step.fit(examples(drawn(2)), Examples(CLASSES))
    fresh = step_of(RetinaNet, backbone=backbone, input_side=64)
    fresh.restore(step.state())
    assert same(fresh.state(), step.state()) and all(bool(part.isfinite().all()) for part in fresh.state().values())


@pytest.mark.parametrize(("kind", "prefix"), [(FasterRcnn, "backbone.body."), (SsdLite, "backbone.features.0.")])
def test_a_file_of_weights_fills_the_backbone_whose_first_stages_stay_as_they_are(kind, prefix, tmp_path):
    from torchvision import models

    torch.manual_seed(3)
    state = models.get_model("mobilenet_v3_small", weights=None).state_dict()
    torch.save(state, tmp_path / "w.pth")
    step = taught(kind, weights=tmp_path / "w.pth", frozen=2, train=BoxTraining(epochs=1, batch=2, lr=1e-2))
    got = step.state()
    first, later = "0.0.weight", "4.block.0.0.weight"
    assert torch.equal(got[prefix + first], state[f"features.{first}"])
    assert torch.equal(got[prefix + "0.1.running_mean"], state["features.0.1.running_mean"])
    assert not torch.equal(got[prefix + later], state[f"features.{later}"])
    fresh = step_of(kind, weights=tmp_path / "w.pth", frozen=2)
    (tmp_path / "w.pth").unlink()  # what was learned is enough
    fresh.restore(got)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.title)
def test_mixed_precision_on_request_gives_losses_that_are_numbers(kind, tmp_path):
    taught(kind, drawn(2), train=BoxTraining(epochs=1, batch=2, amp="on"), folder=tmp_path)
    assert "nan" not in (tmp_path / "history.csv").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "epochs", "lr"), [(FasterRcnn, 14, 2e-3), (RetinaNet, 24, 3e-3), (SsdLite, 24, 5e-3)])
def test_from_scratch_it_finds_the_leukocytes_of_drawn_fields(kind, epochs, lr):
    training = BoxTraining(epochs=epochs, batch=4, lr=lr, keep="last")
    step = step_of(kind, input_side=160, one_class=True, train=training)
    step.fit(examples(drawn(16)), examples(drawn(4, seed=1)))
    unseen = drawn(8, seed=2)
    told = step.detect(unseen)
    hits = sum(int((match(found, f.truth) >= 0).sum()) for f, found in zip(unseen, told, strict=True))
    assert hits >= 12, "of 16"
    assert sum(len(found) for found in told) - hits <= 6


def test_pooling_takes_torchvisions_own_kernel_even_where_repeatable_ones_are_asked_for(monkeypatch):
    import torchvision

    plain, seen = torchvision.ops.poolers.roi_align, []

    def watched(*told: Any, **more: Any) -> Any:
        seen.append(torch.are_deterministic_algorithms_enabled())
        return plain(*told, **more)

    monkeypatch.setattr(torchvision.ops.poolers, "roi_align", watched)
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        taught(FasterRcnn, drawn(2))
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.use_deterministic_algorithms(False)
    assert seen and not any(seen)
