"""Training cells are seen several times, moved and scaled; what is answered or validated never is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from leukcad_cells.crops import Box, Physical, Square
from leukcad_cells.jitter import Jitter, Jittering
from leukcad_cells.outlined import Masked, Tight
from leukcad_torchvision.deep import DeepFeatures

from leukcad import Crops, Examples, Step, hookimpl
from leukcad.config import load_pipeline
from leukcad.experiment import make_setting, train
from leukcad.host import discover
from leukcad.testing import draw_field

COMPONENTS = [Square, Box, Tight, Masked, Physical]
FIELD = draw_field(seed=4)
JITTER = Jitter(copies=3, shift=0.2, scale=0.3)


def step_of(component, seed: int = 0, draw: int = 0) -> Step:
    return Step("crop", "c", component, seed=seed, draw=draw)


def made(kind: type, **more):
    return kind(**more, **({"fallback": 40} if kind is Physical else {}))


@pytest.mark.parametrize("kind", COMPONENTS, ids=lambda k: k.__name__)
def test_what_is_answered_is_not_moved(kind: type) -> None:
    plain, moving = (step_of(made(kind, jitter=j)).crop([FIELD], [FIELD.truth], 32) for j in (None, JITTER))
    assert torch.equal(plain.pixels, moving.pixels) and torch.equal(plain.boxes, moving.boxes)


@pytest.mark.parametrize("kind", COMPONENTS, ids=lambda k: k.__name__)
def test_each_further_draw_moves_by_itself_and_the_same_one_alike(kind: type) -> None:
    draws = [step_of(made(kind, jitter=JITTER), draw=d).crop([FIELD], [FIELD.truth], 32) for d in (0, 1, 2, 1)]
    assert not torch.equal(draws[0].boxes, draws[1].boxes) and not torch.equal(draws[1].boxes, draws[2].boxes)
    assert torch.equal(draws[1].pixels, draws[3].pixels)
    assert draws[1].labels.tolist() == draws[0].labels.tolist()


def test_without_jitter_a_draw_changes_nothing() -> None:
    one, two = (step_of(Square(), draw=d).crop([FIELD], [FIELD.truth], 32) for d in (0, 1))
    assert torch.equal(one.pixels, two.pixels)


def test_the_field_and_the_seed_decide_how_cells_move_and_not_the_batch() -> None:
    other = draw_field(seed=5, name="other")
    component = Square(jitter=JITTER)
    alone = step_of(component, draw=1).crop([FIELD], [FIELD.truth], 32)
    together = step_of(component, draw=1).crop([other, FIELD], [other.truth, FIELD.truth], 32)
    assert torch.equal(together.boxes[together.field_index == 1], alone.boxes)
    assert not torch.equal(step_of(component, seed=1, draw=1).crop([FIELD], [FIELD.truth], 32).boxes, alone.boxes)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(1, 9),
    st.lists(st.tuples(*(st.floats(0, 200),) * 2, *(st.floats(1, 80),) * 2), min_size=1, max_size=5),
)
def test_no_region_moves_or_grows_farther_than_it_may(shift: float, scale: float, draw: int, told) -> None:
    boxes = torch.tensor([[x, y, x + w, y + h] for x, y, w, h in told], dtype=torch.float32)
    moved = Jittering(Jitter(shift=shift, scale=scale)).moved(boxes, FIELD, step_of(None, draw=draw))
    sides, after = boxes[:, 2:] - boxes[:, :2], moved[:, 2:] - moved[:, :2]
    apart = ((moved[:, 2:] + moved[:, :2]) - (boxes[:, 2:] + boxes[:, :2])).abs() / 2
    assert (apart <= shift * sides + 1e-3).all()
    factor = after / sides
    assert (factor <= (1 + scale) * (1 + 1e-3)).all() and (factor >= 1 / (1 + scale) * (1 - 1e-3)).all()
    assert torch.allclose(factor[:, 0], factor[:, 1], rtol=1e-2)


PIPELINE = """
data: {{use: simulated, healthy: 4, leukaemic: 4, width: 320, height: 240}}
classes: [healthy, ALL]
positive: ALL
cell_classes: {{healthy: [lymphocyte, neutrophil, monocyte, eosinophil, basophil], lymphoblast: [lymphoblast]}}
positive_cells: [lymphoblast]
split: {{use: stratified, train: 0.5, validation: 0.25, test: 0.25}}
steps:
  - detect: annotated
  - crop: {{use: square{jitter}}}
  - classify:
      use: deep-features
      name: shufflenet_v2_x0_5
      weights: none
      input_size: 32
      model: knn
      train: {{learn_from: {mode}}}
  - diagnose: share
"""


@pytest.mark.parametrize("mode", ["previous", "truth", "field"])
def test_a_pipeline_learns_from_every_copy_and_validates_on_none(tmp_path: Path, mode: str, monkeypatch) -> None:
    seen: list[tuple[Crops, Crops]] = []
    learn = DeepFeatures.leukcad_fit

    def noted(self, train: Examples, validation: Examples, step: Step) -> None:
        assert train.crops is not None and validation.crops is not None
        seen.append((train.crops, validation.crops))
        learn(self, train, validation, step)

    monkeypatch.setattr(DeepFeatures, "leukcad_fit", hookimpl(noted))
    for jitter in (", jitter: {copies: 3, shift: 0.2}", ""):
        file = tmp_path / "p.yaml"
        file.write_text(PIPELINE.format(jitter=jitter, mode=mode))
        train(load_pipeline(file, discover()), make_setting(device="cpu", cache=tmp_path), tmp_path / "runs")
    (moving, checked), (still, unmoved) = seen
    assert len(moving) == 3 * len(still) and torch.equal(checked.pixels, unmoved.pixels)
    assert np.bincount(moving.labels).tolist() == (3 * np.bincount(still.labels)).tolist()
    assert len(torch.unique(moving.boxes, dim=0)) > 2.5 * len(still)
