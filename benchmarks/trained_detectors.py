"""What does a trained detector find where it never learned, and do one scale and one stain help? Prints a table.

    LEUKCAD_DATA=… python benchmarks/trained_detectors.py runs/wbc_faster_rcnn-… [more runs] [--json FILE]

"as it is" is the run. "one scale", "one stain" and "both" are its very weights, nothing learned anew, behind the steps
of wbc_faster_rcnn_scaled.yaml, _stained.yaml and _alike.yaml: the red cells of every field are brought to the size that
they have in the fields that the run learned from, its colours to theirs. About 10 min a run on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from pathlib import Path
from typing import Any

from leukcad import experiment
from leukcad.answering import TestSet
from leukcad.assembly import Setting, make_pipeline, make_source
from leukcad.config import load_pipeline
from leukcad.measuring import Adjudication, Model, Score, figures, score_set
from leukcad.measuring.paired import pairs
from leukcad.measuring.sources import data_named
from leukcad.types import Examples, Field

DETECT = Path(__file__).resolve().parents[1] / "pipelines" / "detect"
SEEN = {"one scale": "scaled", "one stain": "stained", "both": "alike"}
AS_IT_IS = "as it is"
SHOWN = 40  # training fields that tell the size of red cells and the stain
SETS = {
    "BCCD test": ("{use: voc, path: bccd, subset: test}", ""),
    "bcisc 5, 7, 9": ("{use: folder, path: bcisc}", "579"),
    "chula_wbc": ("{use: yolo, path: chula_wbc, classes: [a, b, c, d, e]}", ""),
}
HEAD = """\
| learned from | fields | labels | seen | AP50 | recall (95 %) | precision (95 %) |
|---|---|---|---|---|---|---|"""
Scores = dict[str, list[Score]]


def models(run: Path, setting: Setting) -> tuple[str, list[Model]]:
    """What the run learned from; the run, and its weights in the pipelines that bring fields to one scale or stain."""
    trained = experiment.load(run, setting)
    bench = experiment.make_bench(trained.spec, setting)
    shown = [f for f in map(bench.source.read, bench.side("train")[:SHOWN]) if f is not None]
    old = trained.pipeline.steps[-1]
    microns = scale_of(shown, old.component.input_side, setting)
    kept = {"input_side": old.component.input_side, "one_class": str(old.component.one_class).lower()}
    found = [Model(AS_IT_IS, trained.pipeline, trained.spec)]
    for seen, file in SEEN.items():
        told = kept if file == "stained" else {**kept, "microns": microns}
        sets = [f"steps.detect.{name}={value}" for name, value in told.items()]
        spec = load_pipeline(DETECT / f"wbc_faster_rcnn_{file}.yaml", setting.host, sets=sets)
        pipeline = make_pipeline(spec, setting)
        *before, new = pipeline.steps
        for step in before:
            if step.name == "reinhard":
                step.fit(
                    Examples(trained.spec.classes, shown, [f.truth for f in shown]), Examples(trained.spec.classes)
                )
        new.classes = old.classes
        new.restore(old.state())
        found.append(Model(seen, pipeline, spec))
    path = trained.spec.data.plain.get("path")
    return Path(str(path)).name if path else trained.spec.data.name, found


def scale_of(fields: list[Field], side: int, setting: Setting) -> float:
    """µm a pixel as the detector saw these fields when it learned: the median, told by their red cells."""
    spec = load_pipeline(DETECT / "wbc_faster_rcnn_scaled.yaml", setting.host)
    told = make_pipeline(spec, setting).steps[0].preprocess(fields)
    return statistics.median(f.pixel_size * max(f.width, f.height) / side for f in told if f.pixel_size is not None)


def test_set(name: str, setting: Setting) -> TestSet:
    """One of SETS; of bcisc the groups that are digits of the second part."""
    source, groups = SETS[name]
    found = make_source(data_named(source)[1], setting)
    return TestSet(name, found, [r for r in found.records if not groups or r.group in groups])


def rate(told: dict[str, Any]) -> str:
    """value (low–high; hits/of)."""
    if told["value"] is None:
        return f"– ({told['hits']}/{told['of']})"
    return f"{told['value']:.3f} ({told['low']:.2f}–{told['high']:.2f}; {told['hits']}/{told['of']})"


def by_view(scores: dict[str, Scores]) -> dict[str, Any]:
    """Labels as published or adjudicated → figures of each way of seeing, and exact tests of every two in recall."""
    told = {}
    for view in next(iter(scores.values())):
        some = {seen: scores[seen][view] for seen in scores}
        told[view] = {"figures": {seen: figures(one) for seen, one in some.items()}, "paired": pairs(some)}
    return told


def lines(learned: str, fields: str, told: dict[str, Any]) -> list[str]:
    """The rows of one set, and what the tests against fields as they are say."""
    rows = []
    for view, about in told.items():
        for seen, one in about["figures"].items():
            cells = [learned, fields, view, seen, f"{one['ap50']:.3f}", rate(one["recall"]), rate(one["precision"])]
            rows.append(f"| {' | '.join(cells)} |")
    return rows


def tests(learned: str, fields: str, told: dict[str, Any]) -> list[str]:
    """A line for each way of seeing against fields as they are."""
    return [
        f"- {learned} on {fields}, {view}: {pair['second']} finds more in {pair['more_by_second']} of {pair['groups']} "
        f"slides or fields, fewer in {pair['more_by_first']} (p = {pair['p_holm']:.3f})"
        for view, about in told.items()
        for pair in about["paired"]
        if pair["first"] == AS_IT_IS
    ]


def main() -> None:
    """Measure every run on every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs of wbc_faster_rcnn.yaml, on any bench")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    setting = experiment.make_setting(device=asked.device)
    reader = Adjudication.read(Path(os.environ["LEUKCAD_DATA"]) / "extra_wbc.csv")
    print(HEAD, flush=True)
    found: dict[str, Any] = {}
    said: list[str] = []
    for run in asked.runs:
        learned, seen = models(run, setting)
        for name in asked.sets:
            told = by_view(score_set(seen, test_set(name, setting), own=False, adjudication=reader).scores)
            print("\n".join(lines(learned, name, told)), flush=True)
            found.setdefault(learned, {})[name] = told
            said += tests(learned, name, told)
    print("\n".join(said))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
