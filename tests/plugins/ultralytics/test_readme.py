"""What plugins/leukcad-ultralytics/README.md shows, works."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from leukcad.config import load_pipeline
from leukcad.host import discover

ROOT = Path(__file__).resolve().parents[3]
HOME = ROOT / "plugins/leukcad-ultralytics"


def test_the_step_that_the_readme_shows_passes_the_check(tmp_path):
    told = re.search(r"```yaml\n(.*?)```", (HOME / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    bench = str(ROOT / "pipelines/benches/simulated_cells.yaml")
    whole = {"extends": bench, "steps": yaml.safe_load(told[1].replace("1e-3", "0.001"))}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    assert load_pipeline(tmp_path / "mine.yaml", discover()).steps[0].options["model"] == "yolo11n"
