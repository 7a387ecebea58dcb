"""Every explainer on one simulated field, for a direct and a two-step pipeline: docs/pictures/explainers.jpg.

    python benchmarks/explainers.py [--runs FOLDER]

Takes finished runs of both default pipelines out of FOLDER, or trains them into runs/explainers. Shown is the one of
twelve fresh ALL fields that both are surest of. Each map is drawn on its own scale, its highest value written above
it: methods measure different things.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from leukcad_smears.simulated import Simulated
from PIL import Image, ImageDraw, ImageFont

from leukcad import Field, Step
from leukcad.assembly import Setting
from leukcad.config import load_pipeline
from leukcad.data.images import write_jpeg
from leukcad.experiment import load, train
from leukcad.host import discover
from leukcad.pipeline import Pipeline
from leukcad.report.pictures import overlay_heat
from leukcad.runs import find

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "runs" / "explainers"
WAYS: dict[str, dict[str, Any]] = {
    "gradcam": {},
    "gradcam-plusplus": {},
    "hirescam": {},
    "layercam": {"layer": "layer3"},
    "scorecam": {"channels": 64},
    "eigencam": {},
    "occlusion": {"score": "log-odds"},
}
SIDE, HEAD = (304, 228), 20  # px of a picture and of the line above it


def trained(name: str, runs: Path | None) -> Pipeline:
    """The pipeline of a finished run: one of `runs`, else trained now or before."""
    host = discover()
    if runs is not None:
        return load(find(name, runs), Setting(host)).pipeline
    spec = load_pipeline(ROOT / "pipelines" / f"{name}.yaml", host)
    return train(spec, Setting(host), RUNS)[0].pipeline


def tile(text: str, pixels: np.ndarray) -> np.ndarray:
    """A picture with a line of text above it."""
    sheet = Image.new("RGB", (SIDE[0], SIDE[1] + HEAD), "white")
    sheet.paste(Image.fromarray(pixels).resize(SIDE, Image.Resampling.LANCZOS), (0, HEAD))
    ImageDraw.Draw(sheet).text((4, 3), text, fill="black", font=ImageFont.load_default(13))
    return np.asarray(sheet)


def chance(pipeline: Pipeline, field: Field) -> float:
    """The probability of ALL."""
    answers = pipeline.run([field]).answers
    assert answers is not None
    return float(answers.probabilities[0, answers.classes.index("ALL")])


def row(title: str, pipeline: Pipeline, field: Field) -> list[np.ndarray]:
    """The field as it is answered, then each explainer's map of it."""
    plain = [step for step in pipeline.steps if step.stage != "explain"]
    state = pipeline.run([field])
    tiles = [tile(f"{title}: ALL {chance(pipeline, field):.2f}", field.array())]
    for name, options in WAYS.items():
        component = discover().load("explain", name)(**options)
        explainer = Step("explain", name, component, options, classes=pipeline.classes, positive=pipeline.positive)
        (heat,) = replace(pipeline, steps=[*plain, explainer]).explain(state)
        assert heat is not None
        told = " ".join([name, *(f"{key}={value}" for key, value in options.items())])
        tiles.append(tile(f"{told} | {float(heat.values.max()):.2g}", overlay_heat(field.array(), heat)))
        print(f"{title}: {told}: {float(heat.values.max()):.3g}", flush=True)
    return tiles


def main() -> None:
    """Train, explain, draw."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--runs", type=Path, help="where finished runs lie")
    told = arguments.parse_args()
    pipelines = {
        "direct, ResNet-50": trained("direct_resnet50", told.runs),
        "two-step, ResNet-18": trained("two_step", told.runs),
    }
    step = Step("data", "simulated", Simulated(healthy=1, leukaemic=12, seed=77, prefix="Shown"))
    fields = [f for f in map(step.read, step.index()) if f.record.label == "ALL"]
    field = max(fields, key=lambda f: min(chance(p, f) for p in pipelines.values()))
    tiles = [t for title, pipeline in pipelines.items() for t in row(title, pipeline, field)]
    lines = [np.concatenate(tiles[i : i + 4], axis=1) for i in range(0, len(tiles), 4)]
    write_jpeg(np.concatenate(lines), ROOT / "docs" / "pictures" / "explainers.jpg", 72)


if __name__ == "__main__":
    main()
