"""What all detectors that learn from boxes do, shown by one that needs no network to find light squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from leukcad import Cells, Examples, Field, LeukcadError, Record, Step
from leukcad.boxes import BoxBatches, BoxTraining, Detector, Framing, Picture, Told, lesson
from leukcad.config.options import json_schema
from leukcad.options import Augment

SPOTS = [[20.0, 30.0, 60.0, 70.0], [150.0, 40.0, 200.0, 90.0], [88.0, 120.0, 128.0, 160.0]]


class Light(Detector):
    """Finds what is light, as sure as it is light; its one number learns nothing of it."""

    title = "light"

    def __init__(self, *, least: int = 100, **more: Any) -> None:
        super().__init__(**more)
        self.least = least

    def built(self, classes: int, fresh: bool) -> nn.Module:
        return nn.Linear(1, classes)

    def head(self, network: nn.Module) -> list[nn.Parameter]:
        return []

    def taught(self, network: nn.Module) -> nn.Module:
        return Taught(network)

    def look(self, pixels: Tensor) -> Told:
        from scipy.ndimage import find_objects, label

        grey = pixels[0, 0].numpy()
        places = find_objects(label(grey > self.least)[0])
        boxes = torch.tensor([[x.start, y.start, x.stop, y.stop] for y, x in places]).reshape(-1, 4)
        scores = torch.tensor([float(grey[place].max()) / 255 for place in places])
        return boxes, scores, torch.zeros(len(places), dtype=torch.int64)


class Taught(nn.Module):
    """A loss that falls as its one number nears 1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: tuple[Tensor, list[Picture]]) -> tuple[Tensor, list[Told]]:
        none = torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, dtype=torch.int64)
        return (self.network(torch.ones(1, 1)) - 1).square().mean(), [none for _ in batch[1]]


class Waking(Light):
    """Light, whose network finds nothing until its one number has come half the way to 1."""

    def built(self, classes: int, fresh: bool) -> nn.Module:
        network = nn.Linear(1, classes, bias=False)
        nn.init.zeros_(network.weight)
        return network

    def taught(self, network: nn.Module) -> nn.Module:
        class Woken(Taught):
            def forward(self, batch: tuple[Tensor, list[Picture]]) -> tuple[Tensor, list[Told]]:
                loss, told = super().forward(batch)
                one = torch.tensor([SPOTS[0]]), torch.tensor([0.9]), torch.tensor([0])
                return loss, [one if network.weight.item() > 0.5 else none for none in told]

        return Woken(network)


def field(greys: tuple[int, ...] = (250, 200, 150), name: str = "f", truth: int = 3) -> Field:
    """Squares of these greys on a dark ground; the first `truth` of them are annotated, as of kinds in turn."""
    pixels = np.full((180, 220, 3), 30, np.uint8)
    for grey, (x0, y0, x1, y1) in zip(greys, np.array(SPOTS, int), strict=True):
        pixels[y0:y1, x0:x1] = grey
    cells = Cells.of(SPOTS[:truth], labels=[i % 2 for i in range(truth)], classes=("a", "b"))
    return Field.of(Record(name), pixels, truth=cells)


def examples(*fields: Field) -> Examples:
    return Examples(("a", "b"), list(fields), [f.truth or Cells.empty(("a", "b")) for f in fields])


def step_of(quick: bool = False, **options: Any) -> Step:
    told = {"input_side": 220, "one_class": True, "train": BoxTraining(epochs=1, batch=2), **options}
    return Step("detect", "light", Light(**told), classes=("a", "b"), quick=quick)


def learned(*validation: Field, **options: Any) -> Step:
    step = step_of(**options)
    step.fit(examples(field(), field(name="g")), examples(*validation))
    return step


def test_a_plugin_writes_only_its_own_options_and_takes_all_that_detectors_take() -> None:
    names = list(json_schema(Light)["properties"])
    assert names[0] == "least" and {"input_side", "score", "tile", "train"} < set(names)


def test_the_score_is_frozen_where_the_validation_fields_are_told_apart_best_and_comes_back() -> None:
    step = learned(field(truth=2))
    assert step.component.min_score == pytest.approx((200 + 150) / 2 / 255)
    assert len(step.detect([field()])[0]) == 2
    fresh = step_of()
    fresh.restore(step.state())
    assert fresh.component.min_score == step.component.min_score and fresh.component.classes == ("WBC",)


def test_a_score_that_is_given_is_not_chosen_anew() -> None:
    step = learned(field(truth=2), score=0.9)
    assert step.component.min_score == 0.9 and len(step.detect([field()])[0]) == 1


def test_where_no_validation_field_has_a_cell_the_last_epoch_is_kept_and_not_one_that_finds_nothing(caplog) -> None:
    told = {"input_side": 220, "one_class": True, "train": BoxTraining(epochs=40, batch=2, lr=0.1)}
    step = Step("detect", "waking", Waking(**told), classes=("a", "b"))
    step.fit(examples(field(), field(name="g")), examples(field(truth=0)))
    assert step.component.network.weight.item() > 0.5 and step.component.min_score == 0.5
    assert "no cell in validation fields: the last epoch is kept" in caplog.text


def test_in_tiles_it_finds_what_it_finds_in_the_field_as_a_whole() -> None:
    whole, tiled = learned(), learned(tile=110, overlap=0.4, input_side=110)
    one, other = (step.component.candidates(field()) for step in (whole, tiled))
    assert torch.allclose(one.boxes, torch.tensor(SPOTS)) and torch.allclose(one.boxes, other.boxes)
    assert torch.equal(one.scores, other.scores)


def test_it_sees_fields_coarsely_where_a_first_look_is_wanted() -> None:
    step = learned(quick=True)
    seen: list[tuple[int, ...]] = []
    look = step.component.look
    step.component.look = lambda pixels: seen.append(tuple(pixels.shape)) or look(pixels)
    step.detect([field()])
    assert seen == [(1, 3, 160, 160)]


def test_weights_that_are_not_its_own_are_refused_by_the_layer() -> None:
    state = {**learned().state(), "strange": torch.zeros(1)}
    with pytest.raises(LeukcadError, match="its weights: light has no layer 'strange'; are these the weights of light"):
        step_of().restore(state)


def test_how_right_it_is_counts_hits_among_what_is_found_and_what_is_there_and_faint_boxes_not_at_all() -> None:
    pixels, loss = torch.zeros(3, 64, 64, dtype=torch.uint8), torch.zeros(())
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [20.0, 20.0, 40.0, 40.0]])
    truth = [Picture(pixels, boxes, torch.tensor([0, 1])), Picture(pixels, boxes[:0], torch.zeros(0).long())]
    told = boxes, torch.tensor([0.9, 0.4]), torch.tensor([0, 1])
    none = boxes[:0], torch.zeros(0), torch.zeros(0).long()
    assert lesson.right((loss, [told, none]), truth).tolist() == pytest.approx([2 / 3, 1.0])


def test_batches_hold_every_picture_once_an_epoch_and_its_boxes_stay_beside_it() -> None:
    some = [
        Picture(torch.full((3, 40, 60), i, dtype=torch.uint8), torch.full((1, 4), i), torch.tensor([0]))
        for i in range(1, 6)
    ]
    batches = BoxBatches(some, Framing(64), Augment(), "cpu")
    draws = torch.Generator().manual_seed(0), torch.Generator().manual_seed(1)
    for told in (batches.in_order(), batches.shuffled(2, *draws)):
        seen = [
            (int(pixels[i, 0, 0, 0]), int(one.boxes[0, 0]))
            for (pixels, some_), _ in told
            for i, one in enumerate(some_)
        ]
        assert all(shade == box for shade, box in seen) and len(set(seen)) == len(seen) >= 4
