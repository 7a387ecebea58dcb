"""YOLO: what it learns, keeps, refuses, and finds."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pydantic import ValidationError

from leukcad import Cells, Examples, Field, LeukcadError, Record
from leukcad.labels import match
from leukcad.testing import draw_field


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_what_it_learned_comes_back_with_its_threshold(barely, small):
    fresh = small.step_of()
    fresh.restore(barely.state())
    assert fresh.component.min_score == barely.component.min_score
    for field in small.drawn(2, seed=2):
        one, other = barely.component.candidates(field), fresh.component.candidates(field)
        assert len(one) and torch.equal(one.boxes, other.boxes) and torch.equal(one.scores, other.scores)


def test_boxes_lie_in_the_field_best_first_and_carry_the_classes_of_the_step(barely, small):
    found = barely.component.candidates(draw_field(small.classes, 100))
    assert 0 < len(found) <= 10 and found.classes == small.classes
    assert found.boxes.min() >= 0 and found.boxes[:, 2].max() <= 280 and found.boxes[:, 3].max() <= 240
    assert torch.equal(found.scores, found.scores.sort(descending=True).values)


def test_a_higher_threshold_leaves_out_cells_and_changes_none(barely, small):
    field = draw_field(small.classes, 101)
    everything, before = barely.component.candidates(field), barely.component.min_score
    try:
        for least in (0.06, 0.2, 0.9):
            barely.component.min_score = least
            assert torch.equal(barely.detect([field])[0].boxes, everything.boxes[everything.scores >= least])
    finally:
        barely.component.min_score = before


def test_a_tile_as_large_as_the_field_changes_nothing(barely, small):
    tiled = small.step_of(tile=280)
    tiled.restore(barely.state())
    field = draw_field(small.classes, 2)
    assert torch.allclose(tiled.component.candidates(field).boxes, barely.component.candidates(field).boxes)


def test_the_network_never_sees_more_than_a_tile_at_once(barely, small):
    tiled = small.step_of(tile=160, overlap=0.4)
    tiled.restore(barely.state())
    seen: list[tuple[int, ...]] = []
    tiled.component.network.register_forward_pre_hook(lambda module, given: seen.append(tuple(given[0].shape)))
    tiled.detect([Field.of(Record("big"), draw_field(small.classes, 1).array().repeat(2, 0).repeat(2, 1))])
    assert set(seen) == {(1, 3, 96, 96)} and len(seen) == 5 * 6


def test_weights_for_other_classes_are_refused(barely, small):
    with pytest.raises(LeukcadError, match=r"detect 'yolo': its weights: the layer .* of yolov8n: expected .*, got"):
        small.step_of(classes=("a", "b", "c")).restore(barely.state())


def test_fields_without_cells_are_ordinary_and_so_are_fields_of_other_shapes(small):
    wide = draw_field(small.classes, 3)
    cut = Field.of(Record("cut"), wide.array()[:100], truth=Cells.empty(small.classes))
    step = small.taught([wide, draw_field((), 4), cut, draw_field((), 5)])
    assert all(len(found) <= 10 for found in step.detect([cut, wide]))


@pytest.mark.parametrize("model", ["yolov8n", "yolo26n"])
def test_a_fit_that_was_cut_off_goes_on_to_the_very_same_weights(model, small, tmp_path, monkeypatch):
    from leukcad_ultralytics.options import YoloTraining

    from leukcad.boxes import lesson

    told = {"model": model, "input_side": 64, "train": YoloTraining(epochs=2, batch=2), "score": 0.5}
    whole = small.taught(folder=tmp_path / "whole", **told)
    real, calls = lesson.total, []

    def cut(output: Any, targets: Any) -> torch.Tensor:
        calls.append(torch.is_grad_enabled())
        if sum(calls) > 3:  # in the second epoch
            raise KeyboardInterrupt
        return real(output, targets)

    monkeypatch.setattr(lesson, "total", cut)
    with pytest.raises(KeyboardInterrupt):
        small.taught(folder=tmp_path, **told)
    assert (tmp_path / "checkpoint.pt").exists()
    monkeypatch.setattr(lesson, "total", real)
    assert same(whole.state(), small.taught(folder=tmp_path, **told).state())


@pytest.mark.parametrize("model", ["yolo11n", "yolov9t", "yolov10n"])
def test_every_family_learns_and_comes_back(model, small):
    step = small.step_of(model=model, input_side=64)
    step.fit(small.examples(small.drawn(2)), Examples(small.classes))
    fresh = small.step_of(model=model, input_side=64)
    fresh.restore(step.state())
    assert same(fresh.state(), step.state())


def test_cells_of_all_classes_can_be_one_class(small):
    step = small.taught(one_class=True)
    assert step.component.candidates(draw_field(small.classes, 6)).classes == ("WBC",)


def test_a_detector_that_knows_nothing_yet_says_so(small):
    with pytest.raises(LeukcadError, match="yolo has not learned yet; train it, or restore its weights"):
        small.step_of().detect([draw_field()])


def test_cells_that_are_points_are_refused_by_the_name_of_their_field(small):
    field = draw_field(small.classes, 1, "dotted")
    field = field.replace(truth=Cells.of([[9, 9, 9, 9]], labels=[0], classes=small.classes))
    with pytest.raises(LeukcadError, match="dotted: its cells are annotated by points, not by boxes"):
        small.taught([field, field])


def test_without_boxes_of_every_class_there_is_nothing_to_learn_from(small):
    fields = [draw_field(["lymphocyte"], 1), draw_field(small.classes, 1).replace(truth=None)]
    with pytest.raises(LeukcadError, match="boxes of lymphoblast to learn from, got lymphocyte 1, lymphoblast 0 in 1"):
        small.taught(fields)


@pytest.mark.parametrize("wrong", [{"balance": True}, {"label_smoothing": 0.1}, {"learn_from": "cells"}])
def test_options_that_mean_nothing_to_a_detector_are_refused(wrong):
    from leukcad_ultralytics.options import YoloTraining

    with pytest.raises(ValidationError, match=f"{next(iter(wrong))}: a detector learns from annotated boxes"):
        YoloTraining(**wrong)


@pytest.mark.slow
def test_from_scratch_it_finds_the_leukocytes_of_drawn_fields(small):
    from leukcad_ultralytics.options import YoloTraining

    step = small.step_of(input_side=128, one_class=True, train=YoloTraining(epochs=24, batch=4, lr=2e-3))
    step.fit(small.examples(small.drawn(24)), small.examples(small.drawn(6, seed=1)))
    unseen = small.drawn(10, seed=2)
    found = step.detect(unseen)
    hits = sum(int((match(f, field.truth) >= 0).sum()) for field, f in zip(unseen, found, strict=True))
    assert hits >= 18 and sum(map(len, found)) - hits <= 4
