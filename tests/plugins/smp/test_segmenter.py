"""smp's networks learn what a pixel is, find cells, fill given ones, and come back from their weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from leukcad_smp import building
from leukcad_smp.segmenter import Smp

from leukcad import Cells, Examples, Field, LeukcadError, Record, Step
from leukcad.options import Augment, TrainOptions
from leukcad.testing import CELL_CLASSES, draw_field

SMALL = "tu-test_resnet.r160_in1k"  # timm's own, made for tests
TURNED = Augment(flip=True, rotate=True, brightness=0.1, stain=0.1, scale=0.2)


def examples(n: int, seed: int = 0, *, nuclei: bool = True, empty: int = 1) -> Examples:
    """Drawn fields with two WBC each, and some with none."""
    fields = [draw_field(CELL_CLASSES if i >= empty else (), 50 * seed + i) for i in range(n)]
    cells = [f.truth or Cells.empty(CELL_CLASSES) for f in fields]
    return Examples(CELL_CLASSES, fields, cells if nuclei else [c.replace(nuclei=None) for c in cells])


def step_of(folder: Path | None = None, quick: bool = False, train: dict[str, Any] | None = None, **more: Any) -> Step:
    told = TrainOptions(**{"epochs": 1, "batch": 4, "lr": 3e-3, **(train or {})})
    component = Smp(**{"encoder": SMALL, "side": 140, "tile": 128, "overlap": 32, "train": told, **more})
    return Step("segment", "smp", component, classes=CELL_CLASSES, folder=folder, quick=quick)


def fitted(n: int = 4, nuclei: bool = True, **more: Any) -> Step:
    step = step_of(**more)
    step.fit(examples(n, nuclei=nuclei), examples(2, 1, nuclei=nuclei))
    return step


@pytest.fixture(scope="module")
def learned() -> Step:
    """A small U-Net that has learned from scratch what drawn cells are."""
    step = step_of(side=None, train={"epochs": 18, "batch": 4, "augment": TURNED, "schedule": "onecycle"})
    step.fit(examples(9), examples(2, 1))
    return step


def dice(found: torch.Tensor, truth: torch.Tensor) -> float:
    return float(2 * ((found > 0) & (truth > 0)).sum() / ((found > 0).sum() + (truth > 0).sum()))


@pytest.mark.slow
def test_it_learns_cells_and_nuclei_from_scratch(learned: Step) -> None:
    fields = examples(4, 7).fields
    for field, cells in zip(fields, learned.segment(fields, None), strict=True):
        assert field.truth is not None
        assert len(cells) == len(field.truth)
        if len(cells):
            assert cells.regions is not None and cells.nuclei is not None and field.truth.regions is not None
            assert dice(cells.regions, field.truth.regions) > 0.9
            assert dice(cells.nuclei, field.truth.nuclei) > 0.85
            assert cells.classes == ("WBC",) and float(cells.scores.min()) > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("instances", ["watershed", "detect"])
def test_given_cells_keep_all_but_their_maps_and_get_the_right_pixels(learned: Step, instances) -> None:
    learned.component.instances = instances
    field = draw_field(CELL_CLASSES * 2, 700)
    assert field.truth is not None and field.truth.regions is not None
    bare = field.truth.replace(regions=None, nuclei=None)
    (cells,) = learned.segment([field], [bare])
    assert torch.equal(cells.boxes, bare.boxes) and torch.equal(cells.labels, bare.labels)
    assert cells.regions is not None
    for number in range(1, len(bare) + 1):
        assert dice(cells.regions == number, field.truth.regions == number) > 0.85


@pytest.mark.slow
def test_a_cell_on_the_seam_of_two_tiles_is_one_cell(learned: Step) -> None:
    learned.component.instances = "watershed"
    field = draw_field(CELL_CLASSES * 3, 701)
    assert field.truth is not None
    (whole,) = learned.segment([field], None)
    seams = range(64, 280, 32)
    crossed = [box for box in field.truth.boxes.tolist() if any(box[0] < x < box[2] for x in seams)]
    assert crossed, "the test needs cells on seams"
    learned.component.tile, learned.component.overlap = 64, 32
    (tiled,) = learned.segment([field], None)
    learned.component.tile, learned.component.overlap = 128, 32
    assert len(tiled) == len(whole) == len(field.truth)


@pytest.mark.slow
def test_fields_of_other_sizes_are_brought_to_the_networks_scale_and_the_maps_back(learned: Step) -> None:
    field = draw_field(CELL_CLASSES, 702)
    double = Field.of(Record("double"), np.repeat(np.repeat(field.array(), 2, axis=0), 2, axis=1))
    learned.component.side = 280
    (small,), (large,) = learned.segment([field], None), learned.segment([double], None)
    learned.component.side = None
    assert large.regions is not None and large.regions.shape == (480, 560)
    assert len(large) == len(small) == 2
    assert torch.allclose(large.boxes, 2 * small.boxes, atol=6)


def test_without_nuclei_in_the_truth_it_learns_cells_alone() -> None:
    (cells,) = fitted(nuclei=False, train={"epochs": 1}).segment([draw_field(CELL_CLASSES, 3)], None)
    assert cells.regions is not None and cells.nuclei is None


def test_restored_from_its_state_it_gives_the_same_answers() -> None:
    step, fresh = fitted(), step_of()
    fresh.restore(step.state())
    field = draw_field(CELL_CLASSES, 5)
    one, other = (s.component.probabilities(field, s) for s in (step, fresh))
    assert torch.equal(one, other)
    assert float(fresh.state()["cell_area"]) == float(step.state()["cell_area"]) > 0


def test_weights_of_another_network_are_refused_when_restored() -> None:
    with pytest.raises(LeukcadError, match="its weights are of another network"):
        step_of(architecture="unetplusplus").restore(fitted().state())


def test_before_it_has_learned_it_says_so() -> None:
    with pytest.raises(LeukcadError, match=r"unet on tu-test_resnet.r160_in1k has not learned yet"):
        step_of().segment([draw_field()], None)


def test_boxes_cannot_pick_where_nothing_was_detected() -> None:
    step = step_of(instances="detect")
    with pytest.raises(LeukcadError, match="instances: detect needs cells"):
        step.segment([draw_field()], None)


def test_a_fit_that_was_cut_off_goes_on_to_the_same_end(tmp_path: Path) -> None:
    told = {"epochs": 3, "augment": TURNED}
    whole = fitted(folder=tmp_path / "whole", train=told).state()
    step = step_of(folder=tmp_path / "cut", train=told)
    seen = [0]
    prepare = step.component.prepare

    def cut(pixels: torch.Tensor) -> torch.Tensor:
        seen[0] += torch.is_grad_enabled()
        if seen[0] > 1:  # one batch an epoch
            raise KeyboardInterrupt
        return prepare(pixels)

    step.component.prepare = cut
    with pytest.raises(KeyboardInterrupt):
        step.fit(examples(4), examples(2, 1))
    assert (tmp_path / "cut" / "checkpoint.pt").exists()
    again = fitted(folder=tmp_path / "cut", train=told).state()
    assert whole.keys() == again.keys()
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_fields_that_nobody_annotated_are_not_taken_for_empty_ones() -> None:
    drawn = examples(4)
    strange = [f.replace(truth=None) if i == 2 else f for i, f in enumerate(drawn.fields)]
    step, other = step_of(), step_of()
    step.fit(Examples(CELL_CLASSES, strange, drawn.cells), examples(2, 1))
    kept = [i for i in range(4) if i != 2]
    fewer = Examples(CELL_CLASSES, [drawn.fields[i] for i in kept], [drawn.cells[i] for i in kept])
    other.fit(fewer, examples(2, 1))
    assert all(torch.equal(a, b) for a, b in zip(step.state().values(), other.state().values(), strict=True))


def test_boxes_alone_are_nothing_to_learn_from() -> None:
    drawn = examples(3)
    boxes = [c.replace(regions=None, nuclei=None) for c in drawn.cells]
    with pytest.raises(LeukcadError, match="expected cells with masks to learn from, got boxes alone"):
        step_of().fit(Examples(CELL_CLASSES, drawn.fields, boxes), examples(2, 1))


def test_fields_without_a_single_cell_are_nothing_to_learn_from() -> None:
    with pytest.raises(LeukcadError, match="expected masks of cells to learn from"):
        step_of().fit(examples(3, empty=3), examples(2, 1))


@pytest.mark.parametrize("architecture", building.ARCHITECTURES)
def test_every_architecture_learns_and_answers_at_the_scale_of_its_side(architecture: str) -> None:
    step = fitted(architecture=architecture, encoder="mobilenet_v2", side=64, tile=64)
    told = step.component.probabilities(draw_field(), step)
    assert told.shape == (3, 55, 64)
    assert torch.allclose(told.sum(0), torch.ones(55, 64), atol=1e-4)


@pytest.mark.slow
def test_a_large_field_is_answered_in_the_memory_of_its_tiles(learned: Step) -> None:
    rng = np.random.default_rng(0)
    field = Field.of(Record("large"), rng.integers(200, 240, (972, 1296, 3), dtype=np.uint8))
    largest = 0

    def watch(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        nonlocal largest
        largest = max(largest, inputs[0].numel())

    handle = learned.component.network.segmentation_head.register_forward_hook(watch)
    learned.component.tile = 256
    (cells,) = learned.segment([field], None)
    handle.remove()
    learned.component.tile = 128
    assert cells.regions is not None and cells.regions.shape == (972, 1296)
    assert largest == 16 * 256 * 256  # the last feature map of one tile


def test_half_a_tile_is_the_most_that_may_overlap() -> None:
    with pytest.raises(LeukcadError, match="expected at most half of the tile's 64 px, got 40"):
        Smp(tile=64, overlap=40)


def test_quick_lets_it_see_small_fields() -> None:
    step = step_of(quick=True, side=1024, tile=512)
    step.fit(examples(3), examples(2, 1))
    assert step.component.probabilities(draw_field(), step).shape == (3, 110, 128)
