"""A file of ONNX takes the place of a network in either route; checking a pipeline does not open it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import onnx
import pytest

import leukcad
from leukcad import LeukcadError

BENCH = """
data: {use: simulated, healthy: 4, leukaemic: 4, width: 400, height: 300}
classes: [healthy, ALL]
positive: ALL
cell_classes:
  healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil]
  lymphoblast: [lymphoblast]
positive_cells: [lymphoblast]
split: {use: stratified, train: 0.25, validation: 0.25, test: 0.5, seed: 0}
explained: 1
"""
DIRECT = """
extends: bench.yaml
steps:
  - classify: {use: onnx, path: model.onnx, classes: [healthy, ALL], input_size: 32, normalise: unit}
  - explain: {use: occlusion, window: 0.5}
"""
TWO_STEP = """
extends: bench.yaml
steps:
  - detect: nuclei
  - crop: square
  - classify: {use: onnx, path: model.onnx, classes: [lymphoblast, healthy], input_size: 32, normalise: unit}
  - diagnose: number
  - explain: {use: occlusion, window: 0.5}
"""
CHECK = """
import sys
from leukcad.cli import main
try:
    main(["check", "direct.yaml", "two_step.yaml"])
except SystemExit as left:
    assert not left.code, left.code
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


@pytest.fixture
def kitchen(tmp_path: Path, mean_colours) -> Path:
    """A folder with a bench, both pipelines, and a file that answers by the mean colour."""
    for name, text in (("bench", BENCH), ("direct", DIRECT), ("two_step", TWO_STEP)):
        (tmp_path / f"{name}.yaml").write_text(text)
    onnx.save(mean_colours(((0.0, 0.0, 0.0), (-30.0, 30.0, 0.0))), tmp_path / "model.onnx")
    return tmp_path


@pytest.mark.parametrize("name", ["direct", "two_step"])
def test_a_pipeline_answers_and_is_explained_with_a_file(name: str, kitchen: Path) -> None:
    leukcad.run(kitchen / f"{name}.yaml", out=kitchen / "runs")
    (run,) = (kitchen / "runs").glob(f"{name}-*")
    sets = json.loads((run / "metrics.json").read_text())
    assert '"accuracy"' in json.dumps(sets)
    assert list(run.rglob("*-heat.webp"))


def test_another_file_is_another_run(kitchen: Path, mean_colours) -> None:
    leukcad.run(kitchen / "direct.yaml", out=kitchen / "runs")
    onnx.save(mean_colours(((0.0, 0.0, 0.0), (1.0, 0.0, 0.0))), kitchen / "model.onnx")
    leukcad.run(kitchen / "direct.yaml", out=kitchen / "runs")
    assert len(list((kitchen / "runs").glob("direct-*"))) == 2


def test_a_run_with_a_file_that_is_none_says_so(kitchen: Path) -> None:
    (kitchen / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(LeukcadError, match=r"model\.onnx: not an ONNX file"):
        leukcad.run(kitchen / "direct.yaml", out=kitchen / "runs")


def test_checking_imports_neither_onnxruntime_nor_torch(kitchen: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, cwd=kitchen, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "leukcad_onnx" in loaded
    assert not loaded & {"onnxruntime", "onnx", "torch"}
