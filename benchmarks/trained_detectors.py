"""What does a trained detector find where it never learned, as it stands and seen at one scale? Prints a table.

    LEUKCAD_DATA=… python benchmarks/trained_detectors.py runs/wbc_faster_rcnn-…    # its run; about 5 min on one core

"as it learned" is the run. "one scale" are its weights, nothing learned anew, in wbc_faster_rcnn_scaled.yaml: every
field is scaled so that its red cells have about the size of those that the detector learned from.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from leukcad import experiment
from leukcad.answering import TestSet
from leukcad.assembly import Setting, make_pipeline, make_source
from leukcad.config import load_pipeline
from leukcad.measuring import Adjudication, Model
from leukcad.measuring.results import measure_sets
from leukcad.measuring.sources import data_named

ROOT = Path(__file__).resolve().parents[1]
SCALED = ROOT / "pipelines" / "detect" / "wbc_faster_rcnn_scaled.yaml"
SETS = [
    ("BCCD test", "{use: voc, path: bccd, subset: test}", ""),
    ("bcisc 5, 7, 9", "{use: folder, path: bcisc}", "579"),
    ("chula_wbc", "{use: yolo, path: chula_wbc, classes: [a, b, c, d, e]}", ""),
]
HEAD = """\
| fields | seen | labels | AP50 | recall (95 %) | precision (95 %) |
|---|---|---|---|---|---|"""


def models(run: Path, setting: Setting) -> list[Model]:
    """The run, and its weights in the pipeline that sees every field at one scale."""
    trained = experiment.load(run, setting)
    spec = load_pipeline(SCALED, setting.host)
    pipeline = make_pipeline(spec, setting)
    old, new = trained.pipeline.steps[-1], pipeline.steps[-1]
    new.classes = old.classes
    new.restore(old.state())
    return [Model("as it learned", trained.pipeline, trained.spec), Model("one scale", pipeline, spec)]


def test_set(name: str, source: str, groups: str, setting: Setting) -> TestSet:
    """One of SETS; `groups` are the digits of those that are kept, none: all."""
    found = make_source(data_named(source)[1], setting)
    return TestSet(name, found, [r for r in found.records if not groups or r.group in groups])


def rate(told: dict[str, Any]) -> str:
    """value (low–high; hits/of)."""
    if told["value"] is None:
        return f"– ({told['hits']}/{told['of']})"
    return f"{told['value']:.3f} ({told['low']:.2f}–{told['high']:.2f}; {told['hits']}/{told['of']})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="the folder of a run of wbc_faster_rcnn.yaml")
    setting = replace(experiment.make_setting(device="cpu"), cache=None)
    asked = models(parser.parse_args().run, setting)
    reader = Adjudication.read(Path(os.environ["LEUKCAD_DATA"]) / "extra_wbc.csv")
    print(HEAD)
    for row in SETS:
        found = measure_sets(asked, [test_set(*row, setting)], own=False, adjudication=reader)
        for model in asked:
            for view, told in found.figures[model.name][row[0]].items():
                cells = [row[0], model.name, view, f"{told['ap50']:.3f}", rate(told["recall"]), rate(told["precision"])]
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
