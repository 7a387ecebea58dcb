from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leukcad.cli.app import app

sys.path.insert(0, str(Path(__file__).parent))  # where its test files find their helpers
ROOT = Path(__file__).resolve().parents[2]

BENCH = """
data: {use: simulated, healthy: 8, leukaemic: 8, width: 240, height: 180}
test: {use: simulated, healthy: 2, leukaemic: 2, width: 240, height: 180, seed: 9, prefix: Fresh}
cells: {use: simulated-cells, healthy: 6, leukaemic: 6, seed: 500}
classes: [healthy, ALL]
positive: ALL
cell_classes: {healthy: [lymphocyte, neutrophil, monocyte, eosinophil, basophil], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
threshold: {rule: fixed}
synthesize: {use: paste, doses: [1], donors: {use: simulated-cells, healthy: 12, leukaemic: 6, width: 240, seed: 5}}
audit: {draws: 1, k: 5, doses: [2]}
"""
NETWORK = "{use: torchvision, name: shufflenet_v2_x0_5, input_size: 64, train: {epochs: 1, batch: 8}}"
DIRECT = f"explained: 1\nsteps: [{{classify: {NETWORK}}}, {{explain: gradcam}}]\n"
TWO_STEP = (
    f"explained: 1\nsteps: [detect: nuclei, crop: square, classify: {NETWORK}, diagnose: excess, explain: gradcam]\n"
)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as a checkout is, with what the pages speak of, its benches and networks small."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "pipelines", folder / "pipelines")
    (folder / "pipelines/benches/simulated.yaml").write_text(BENCH)
    for place, bench, source in (("", "simulated", "previous"), ("allidb1/", "allidb1", "cells")):
        above = f"extends: {'../' if place else ''}benches/{bench}.yaml\n"
        cells = TWO_STEP.replace("batch: 8", f"batch: 8, learn_from: {source}")
        (folder / f"pipelines/{place}direct_resnet50.yaml").write_text(above + DIRECT)
        (folder / f"pipelines/{place}two_step.yaml").write_text(above + cells)
    (folder / "mine.yaml").write_text(f"extends: pipelines/benches/simulated.yaml\n{TWO_STEP}")
    (folder / "ALL-IDB1-masks").mkdir()
    (folder / "theirs.onnx").touch()
    _draw(folder)
    return folder


def _draw(folder: Path) -> None:
    """Pictures: fields in the layout of ALL-IDB, slides of several fields, a folder a class, one smear."""
    few = ["--healthy", "10", "--leukaemic", "10", "--cells", "12"]
    told = CliRunner().invoke(app, ["data", "make", str(folder), *few])
    assert told.exit_code == 0, told.output
    pictures = sorted((folder / "ALL_IDB1/im").glob("*.jpg"))
    shutil.copy(pictures[0], folder / "smear.jpg")
    for number, picture in enumerate(pictures[:4]):
        slide = f"S{number // 2 + 1}"
        (folder / "slides" / slide).mkdir(parents=True, exist_ok=True)
        for into in (folder / "slides", folder / "slides" / slide):  # told apart by their names, or by their folders
            shutil.copy(picture, into / f"{slide}_{picture.name}")
    for picture in pictures:
        into = folder / "smears" / ("ALL" if picture.stem.endswith("_1") else "healthy")
        into.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, into)
    counted = ["group,class,count", *(f"S{n},{kind},50" for n in (1, 2) for kind in ("healthy", "lymphoblast"))]
    (folder / "counted.csv").write_text("\n".join(counted) + "\n")
