"""How well do the segmenters outline cells and nuclei? Writes docs/segmenters.md.

    LEUKCAD_DATA=… leukcad run pipelines/segment/unet_bcisc.yaml --out RUNS
    LEUKCAD_DATA=… python benchmarks/segmenters.py --unet RUNS/unet_bcisc-…

Fields of bcisc's groups 1 and 3 were developed on and learned from, 5, 7 and 9 only reported on.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leukcad import Field, Step, experiment
from leukcad.answering import TestSet
from leukcad.assembly import Setting, make_pipeline, make_source
from leukcad.config import load_pipeline
from leukcad.config.spec import PipelineSpec
from leukcad.evaluation.bootstrap import cluster_bca, mean
from leukcad.measuring import Model, Score, figures, score_set
from leukcad.measuring.sources import data_named

ROOT = Path(__file__).resolve().parents[1]
PRESETS = ("count", "overlap", "camera", "both", "balanced", "leukocytosis")
SEED = 90_210  # of simulated fields that nothing was developed on
CLASSICAL, UNET = "nucleus-cytoplasm", "smp, U-Net"
HEAD = """\
| fields | segmenter | n | Dice of cells (95 %) | median | least | Dice of nuclei (95 %) | recall | precision | ms |
|---|---|---|---|---|---|---|---|---|---|"""


def timed(model: Model, fields: Sequence[Field]) -> float:
    """Processor milliseconds a field, one thread; the first field is not counted."""
    segment: Step = next(s for s in model.pipeline.steps if s.stage == "segment")
    segment.segment(fields[:1], None)
    began = time.process_time()
    for field in fields[1:]:
        segment.segment([field], None)
    return 1000 * (time.process_time() - began) / (len(fields) - 1)


def interval(scores: Sequence[Score], which: str) -> str:
    """Mean over fields with its BCa interval over fields."""
    values = np.array([[v] for s in scores if (v := getattr(s, which)) is not None])
    if not len(values):
        return "–"
    low, high = cluster_bca(values, mean) or (float("nan"),) * 2
    return f"{values.mean():.3f} ({low:.3f}–{high:.3f})"


def row(name: str, model: Model, *tests: TestSet) -> str:
    """One line of the table."""
    scores = [s for test in tests for s in score_set([model], test).scores[model.name]["published"]]
    told, dice = figures(scores), [s.dice for s in scores if s.dice is not None]
    fields = [f for f in (tests[0].source.read(r) for r in tests[0].records[:9]) if f is not None]
    rates = [f"{told[r]['value']:.3f} ({told[r]['hits']}/{told[r]['of']})" for r in ("recall", "precision")]
    numbers = [interval(scores, "dice"), f"{np.median(dice):.3f}", f"{min(dice):.3f}", interval(scores, "nucleus_dice")]
    ms = f"{timed(model, fields):.0f}"
    print(name, model.name, len(scores), *numbers, *rates, ms, sep=" | ", flush=True)
    return f"| {' | '.join([name, model.name, str(len(scores)), *numbers, *rates, ms])} |"


def classical(setting: Setting) -> tuple[Model, PipelineSpec]:
    """The untrained pipeline, and what it says of its bench."""
    spec = load_pipeline(ROOT / "pipelines/segment/classical_bcisc.yaml", setting.host)
    return Model(CLASSICAL, make_pipeline(spec, setting), spec), spec


def simulated(setting: Setting, preset: str, n: int) -> TestSet:
    """Fresh simulated fields, healthy and leukaemic by halves."""
    text = f"{{use: simulated, preset: {preset}, healthy: {n // 2}, leukaemic: {n // 2}, seed: {SEED}}}"
    source = make_source(data_named(text)[1], setting)
    return TestSet(preset, source, source.records)


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unet", type=Path, required=True, help="the folder of the run of unet_bcisc.yaml")
    given = parser.parse_args()
    setting = experiment.make_setting(device="cpu")
    by_stain, spec = classical(setting)
    trained = experiment.load(given.unet, setting)
    unet = Model(UNET, trained.pipeline, trained.spec)
    bench = experiment.make_bench(spec, setting)
    learned = TestSet("learned", bench.source, [*bench.side("train"), *bench.side("validation")])
    rows = [row("bcisc 1, 3 (made on)", by_stain, learned), row("bcisc 1, 3 (learned from)", unet, learned)]
    rows += [row("bcisc 5, 7, 9", model, bench.sets[0]) for model in (by_stain, unet)]
    rows.append(row("simulated, all presets", by_stain, *(simulated(setting, preset, 10) for preset in PRESETS)))
    text = (Path(__file__).parent / "segmenters.md").read_text(encoding="utf-8")
    told = json.loads((given.unet / "steps/1-segment/learned.json").read_text())
    with (given.unet / "steps/1-segment/history.csv").open() as lines:
        epochs = list(csv.DictReader(lines))
    page = text.replace("{table}", "\n".join([HEAD, *rows])).replace("{epochs}", str(len(epochs)))
    page = page.replace("{fields}", str(told["examples"]["fields"]))
    (ROOT / "docs/segmenters.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
