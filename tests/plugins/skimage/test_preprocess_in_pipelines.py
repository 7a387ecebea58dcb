"""A pipeline learns its stain reference from the training fields, and answers by it when it is loaded again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from leukcad_skimage.reinhard import statistics
from leukcad_skimage.repaint import small

from leukcad.config import load_pipeline
from leukcad.experiment import load, make_bench, make_setting, train
from leukcad.host import discover

PIPELINE = """
data: {{use: simulated, healthy: 4, leukaemic: 4, width: 320, height: 240}}
classes: [healthy, ALL]
positive: ALL
cell_classes: {{healthy: [lymphocyte, neutrophil, monocyte, eosinophil, basophil], lymphoblast: [lymphoblast]}}
positive_cells: [lymphoblast]
split: {{use: stratified, train: 0.5, validation: 0.25, test: 0.25}}
steps:
  - preprocess: white-balance
  - preprocess: {stain}
  - preprocess: {{use: red-cell-scale, known: replace}}
  - detect: annotated
  - crop: {{use: {crop}}}
  - classify: {{use: descriptors, model: knn, input_size: 48}}
  - diagnose: share
"""


@pytest.mark.parametrize("stain", ["reinhard", "macenko"])
def test_a_learned_stain_goes_with_the_run(tmp_path: Path, stain: str) -> None:
    (tmp_path / "p.yaml").write_text(PIPELINE.format(stain=stain, crop="physical, fallback: 60"))
    spec, setting = load_pipeline(tmp_path / "p.yaml", discover()), make_setting(device="cpu", cache=tmp_path)
    bench = make_bench(spec, setting)
    model, _ = train(spec, setting, tmp_path / "runs", bench)
    (fields,) = bench.source.batches(bench.side("test"))
    again = load(model.run.folder, setting)
    one, two = model.pipeline.run(fields), again.pipeline.run(fields)
    assert all(torch.equal(a.image, b.image) for a, b in zip(one.fields, two.fields, strict=True))
    assert one.answers is not None and two.answers is not None
    assert torch.equal(one.answers.probabilities, two.answers.probabilities)
    assert [f"{s.stage}/{s.name}" for s in model.pipeline.learners()] == [
        f"preprocess/{stain}",
        "classify/descriptors",
    ]
    if stain == "reinhard":  # learned of fields that the white balance had changed already
        whitened = [
            model.pipeline.steps[0].preprocess([f])[0] for f in map(bench.source.read, bench.side("train")) if f
        ]
        told = torch.stack([torch.from_numpy(statistics(small(f.array()))) for f in whitened])
        assert torch.equal(model.pipeline.steps[1].state()["target"], torch.quantile(told, 0.5, dim=0))
