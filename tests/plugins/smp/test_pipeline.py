"""Segment → crop masked → classify, as a pipeline file says it, from simulated fields to a diagnosis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import leukcad
from leukcad.experiment import load, make_setting
from leukcad.types import Field, Record

PIPELINE = """
data: {use: simulated, healthy: 8, leukaemic: 8, width: 320, height: 240}
classes: [healthy, ALL]
positive: ALL
cell_classes: {healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: stratified, train: 0.6, validation: 0.2, test: 0.2}
threshold: {rule: fixed, value: 0.5}
steps:
  - segment:
      use: smp
      encoder: tu-test_resnet.r160_in1k
      side: 240
      tile: 128
      train: {epochs: 12, batch: 4, lr: 5e-3, schedule: onecycle, augment: {flip: true, rotate: true}}
  - crop: {use: masked, context: 1.1}
  - classify: {use: torchvision, name: shufflenet_v2_x0_5, input_size: 48, train: {epochs: 2}}
  - diagnose: {use: number, at_least: 1}
"""


def drawn(seed: int) -> Field:
    """A simulated field of ALL that nobody learned from."""
    from leukcad_smears.presets import sample_scene
    from leukcad_smears.render import render

    scene = sample_scene("count", "ALL", np.random.default_rng(seed), width=320, height=240)
    return Field.of(Record("drawn"), render(scene).image)


@pytest.mark.slow
def test_a_pipeline_learns_masks_then_masked_cells_and_answers_fields(tmp_path: Path) -> None:
    (tmp_path / "cells.yaml").write_text(PIPELINE)
    found = leukcad.run(tmp_path / "cells.yaml", out=tmp_path / "runs", device="cpu")
    assert list(found.results["scores"]) == ["cells"]
    again = load(next(iter(found.runs.values())), make_setting(device="cpu"))
    full, blank = again.answers([drawn(4), Field.of(Record("blank"), np.full((240, 320, 3), 235, np.uint8))])
    assert full.cells > 0 and full.called in ("healthy", "ALL")
    assert blank.cells == 0 and blank.called is None and "no WBC" in blank.reason
