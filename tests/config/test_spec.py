from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from leukcad.config import ConfigError, PipelineSpec, dump, load_pipeline, pipeline_schema
from leukcad.config import spec as module
from leukcad.config.nodes import to_plain
from leukcad.config.reading import parse
from leukcad.host import Host

BENCH = """\
data: {use: simulated, seed: 1}
cells: cells
test: {use: simulated, seed: 2}
tests: {far: {use: simulated, preset: both}}
classes: [healthy, ALL]
positive: ALL
cell_classes: {normal: [lymphocyte, neutrophil], blast: [lymphoblast]}
positive_cells: [blast]
split: {use: stratified, train: 0.8, validation: 0.2, test: 0}
synthesize: {use: paste, match: false, doses: [1, 5, 20], draws: 3, of: test, donors: {use: cells, seed: 9}}
threshold: {rule: fixed, value: 0.4}
"""
PIPELINE = """\
extends: bench.yaml
title: Two steps
steps:
  - preprocess: stain
  - detect: {use: nuclei, min_area: 50}
  - crop: square
  - classify: {use: net, train: {epochs: 5, learn_from: cells}}
  - diagnose: share
  - explain: cam
seed: 7
device: cuda:1
observe: [watch, {use: watch, every: 5}]
"""
LEAST = "data: simulated\nclasses: [a, b]\n"


def load(folder: Path, host: Host, text: str = PIPELINE, bench: str = BENCH, **more: Any) -> PipelineSpec:
    (folder / "bench.yaml").write_text(bench, encoding="utf-8")
    (folder / "p.yaml").write_text(text, encoding="utf-8")
    return load_pipeline(folder / "p.yaml", host, **more)


def complaints(folder: Path, host: Host, text: str, bench: str = BENCH, **more: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, host, text, bench, **more)
    return str(caught.value).replace(f"{folder}{os.sep}", "").split("\n")


def steps(*lines: str) -> str:
    return LEAST + "steps:\n" + "".join(f"  - {line}\n" for line in lines)


def test_a_pipeline_is_read_whole(tmp_path: Path, host: Host) -> None:
    spec = load(tmp_path, host, quick=True)
    assert (spec.name, spec.title, spec.seed, spec.device, spec.explained) == ("p", "Two steps", 7, "cuda:1", 6)
    assert spec.quick and not load(tmp_path, host).quick
    assert [(use.stage, use.name) for use in spec.steps] == [
        ("preprocess", "stain"),
        ("detect", "nuclei"),
        ("crop", "square"),
        ("classify", "net"),
        ("diagnose", "share"),
        ("explain", "cam"),
    ]
    assert spec.steps[1].options == {"min_area": 50.0}
    assert spec.steps[1].plain == {"use": "nuclei", "min_area": 50.0}
    assert spec.steps[1].where == f"{tmp_path / 'p.yaml'}:5:5"
    assert spec.steps[3].options["train"].epochs == 5
    assert spec.data.options == {"seed": 1, "preset": "count", "path": None}
    assert spec.cells is not None and spec.cells.name == "cells"
    assert spec.tests["far"].options["preset"] == "both"
    assert spec.classes == ("healthy", "ALL") and spec.positive == "ALL" and spec.positive_cells == ("blast",)
    assert spec.cell_classes == {"normal": ("lymphocyte", "neutrophil"), "blast": ("lymphoblast",)}
    assert spec.split == {"use": "stratified", "train": 0.8, "validation": 0.2, "test": 0.0, "seed": 0}
    assert spec.threshold == {"rule": "fixed", "value": 0.4}
    assert [use.options["every"] for use in spec.observe] == [1, 5]
    series = spec.synthesize
    assert series is not None and series.donors is not None
    assert (series.doses, series.draws, series.of, series.seed) == ((1, 5, 20), 3, "test", 0)
    assert series.use.options == {"match": False}
    assert series.donors.options["seed"] == 9


def test_what_is_left_out_has_its_default(tmp_path: Path, host: Host) -> None:
    spec = load(tmp_path, host, steps("classify: net"))
    assert spec.split == {"use": "lexicographic", "train": 0.7, "validation": 0.2, "test": 0.1}
    assert spec.threshold == {"rule": "balanced", "value": 0.5}
    assert (spec.cells, spec.test, spec.tests, spec.synthesize, spec.observe) == (None, None, {}, None, ())
    assert (spec.seed, spec.device, spec.positive) == (0, "auto", None)


def test_the_resolved_pipeline_loads_again_from_anywhere_as_the_same(tmp_path: Path, host: Host) -> None:
    (tmp_path / "w.pt").touch()
    text = PIPELINE.replace("use: net,", "use: net, weights: w.pt,")
    spec = load(tmp_path, host, text)
    elsewhere = tmp_path / "run" / "p.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(dump(spec.plain), encoding="utf-8")
    again = load_pipeline(elsewhere, host)
    assert again.plain == spec.plain
    assert again.bench() == spec.bench()
    assert again.steps[3].options == spec.steps[3].options
    assert again.steps[3].options["weights"] == tmp_path / "w.pt"
    least = load(tmp_path, host, steps("classify: net"))
    elsewhere.write_text(dump(least.plain), encoding="utf-8")
    assert load_pipeline(elsewhere, host).plain == least.plain


def test_a_bench_is_what_a_comparison_holds_equal(tmp_path: Path, host: Host) -> None:
    one, two = load(tmp_path, host), load(tmp_path, host, "extends: bench.yaml\nsteps: [{classify: net}]\nseed: 3")
    assert one.bench() == two.bench()
    assert "steps" not in one.bench() and "seed" not in one.bench()
    assert one.bench() != load(tmp_path, host, sets=["threshold.value=0.3"]).bench()


def test_another_bench_replaces_all_of_the_old_one(tmp_path: Path, host: Host) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("data: {use: simulated, preset: both}\nclasses: [x, y]", encoding="utf-8")
    text = PIPELINE.replace("learn_from: cells", "learn_from: truth")
    spec = load(tmp_path, host, text, bench=BENCH, **{"sets": ["steps.detect.min_area=9"]})
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    spec = load_pipeline(tmp_path / "p.yaml", host, bench=other)
    assert spec.data.options["preset"] == "both" and spec.data.options["seed"] == 0
    assert (spec.classes, spec.positive, spec.test, spec.synthesize) == (("x", "y"), None, None, None)
    other.write_text("data: simulated\nsteps: []", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"other\.yaml:2:1: 'steps' is no key of a bench"):
        load_pipeline(tmp_path / "p.yaml", host, bench=other)


def test_settings_reach_into_steps_and_bench(tmp_path: Path, host: Host) -> None:
    sets = ["steps.classify.train.epochs=3", "steps.3.context=2", "data.preset=both", "observe=[{use: watch}]"]
    spec = load(tmp_path, host, sets=sets)
    assert spec.steps[3].options["train"].epochs == 3
    assert spec.steps[2].options["context"] == 2.0
    assert spec.data.options["preset"] == "both"
    assert len(spec.observe) == 1
    lines = complaints(tmp_path, host, PIPELINE, sets=["steps.classify.train.epochs=none"])
    assert lines == ["--set steps.classify.train.epochs=none: expected a whole number ≥ 1, got 'none'"]


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path, host: Host) -> None:
    text = PIPELINE.replace("min_area: 50", "min_aera: 50").replace("device: cuda:1", "device: gpu\nepoch: 1")
    text = text.replace("explain: cam", "explian: cam")
    bench = (
        BENCH.replace("use: paste", "use: past")
        .replace("value: 0.4", "value: 4")
        .replace("positive: ALL", "positive: AL")
    )
    assert complaints(tmp_path, host, text, bench) == [
        "p.yaml:5:27: unknown key 'min_aera'; did you mean 'min_area'? known: min_area",
        "p.yaml:9:5: unknown stage 'explian'; did you mean 'explain'? known: classify, crop, detect, diagnose, explain,"
        " preprocess, segment",
        "p.yaml:11:9: expected text of the form ^(auto|cpu|cuda(:[0-9]+)?)$, got 'gpu'",
        "p.yaml:12:1: unknown key 'epoch'; known: audit, augment, cell_classes, cells, classes, data, device,"
        " explained, extends, observe, positive, positive_cells, seed, split, steps, synthesize, test, tests,"
        " threshold, title",
        "bench.yaml:10:19: unknown synthesize component 'past'; did you mean 'paste'? known: paste",
        "bench.yaml:11:33: expected a number ≥ 0 and ≤ 1, got 4",
    ]


@pytest.mark.parametrize(
    ("bench", "message"),
    [
        (
            "classes: [healthy, ALL]|classes: [ALL, ALL]",
            "5:10: expected at least two classes, each once, got [ALL, ALL]",
        ),
        ("positive: ALL|positive: AL", "6:11: unknown class 'AL'; did you mean 'ALL'? known: ALL, healthy"),
        ("blast: [lymphoblast]|blast: [neutrophil]", "7:58: 'neutrophil' already belongs to the cell class 'normal'"),
        ("positive_cells: [blast]|positive_cells: [b]", "8:18: unknown cell class 'b'"),
        ("use: stratified|use: random", "9:14: unknown split 'random'; known: blocks, blocks-kfold, file"),
        ("train: 0.8|train: 0.7", "9:8: expected train > 0 and train + validation + test = 1, got 0.7 + 0.2 + 0"),
        ("split: {use: stratified|split: {by: x", "9:8: expected {use: rule, …}, got a mapping"),
        ("doses: [1, 5, 20]|doses: [5, 1]", "10:47: expected rising doses, got [5, 1]"),
        ("doses: [1, 5, 20], |", "10:13: 'doses' is missing: numbers of added cells, rising"),
        ("of: test|of: tset", "10:73: unknown set 'tset'; did you mean 'test'? known: far, split_test, test"),
        ("seed: 9|sed: 9", "10:100: unknown key 'sed'; did you mean 'seed'?"),
        ("rule: fixed|rule: best", "11:19: unknown value 'best'; known: balanced, fixed"),
        ("far: {use|test: {use", "4:9: the name 'test' is taken"),
        ("far: {use|'a b': {use", "4:9: expected a set's name"),
        ("use: simulated, preset: both|preset: both", "4:14: expected a component of the stage 'data'"),
        ("tests: {far: {use: simulated, preset: both}}|tests: [a]", "4:8: expected further test sets by name"),
        ("cells: cells|cells: 5", "2:8: expected a component of the stage 'data' ({use: name, …}), got 5"),
        ("use: simulated, seed: 1|use: folder", "1:7: 'path' is missing: where the fields lie"),
    ],
)
def test_a_mistake_in_the_bench_is_named_where_it_stands(tmp_path: Path, host: Host, bench: str, message: str) -> None:
    old, new = bench.split("|")
    assert old in BENCH
    lines = complaints(tmp_path, host, PIPELINE, BENCH.replace(old, new, 1))
    assert len(lines) == 1
    assert lines[0].startswith(f"bench.yaml:{message}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["crop: square", "detect: nuclei", "classify: net"],
            "5:5: 'detect' may not come after 'crop'; the order is: preprocess*",
        ),
        (["detect: nuclei", "preprocess: stain", "classify: net"], "5:5: 'preprocess' may not come after 'detect'"),
        (["crop: square", "crop: square", "classify: net"], "5:5: 'crop' stands twice in a row"),
        (["detect: nuclei", "crop: square"], "5:5: 'crop' needs a 'classify' after it, got nothing"),
        (["diagnose: share"], "4:5: 'diagnose' needs a 'detect', 'segment' or 'classify' before it"),
        (["preprocess: stain", "diagnose: share"], "5:5: 'diagnose' needs"),
        (["classify: net", "diagnose: share", "classify: net"], "6:5: 'classify' may not come after 'diagnose'"),
        (["classify: net", "diagnose: share", "diagnose: share"], "6:5: 'diagnose' stands twice in a row"),
        (["classify: net", "explain: cam", "diagnose: share"], "6:5: 'diagnose' may not come after 'explain'"),
        (["detect: nuclei", "explain: cam"], "5:5: 'explain' needs a 'classify' before it"),
        (["explain: cam"], "4:5: 'explain' needs a 'classify' before it"),
        (["data: simulated"], "4:5: unknown stage 'data'"),
        (["{detect: nuclei, crop: square}"], "4:5: expected a step with one key"),
        (["nuclei"], "4:5: expected a step with one key, its stage, such as '- detect: {use: nuclei}', got 'nuclei'"),
        (["detect:"], "4:12: expected a component of the stage 'detect' ({use: name, …}), got nothing (null); known:"),
        (["detect: 5"], "4:13: expected a component of the stage 'detect' ({use: name, …}), got 5"),
        (["detect: [nuclei]"], "4:13: expected a component"),
        (["detect: {min_area: 1}"], "4:13: expected a component of the stage 'detect' ({use: name, …}), got no 'use'"),
        (["detect: crooked"], "4:13: plugin pretend 1.0: Crooked: expected named arguments"),
        (["detect: lost"], "4:13: plugin pretend 1.0: detect 'lost' (leukcad_pretend:NoSuchClass) cannot be imported"),
        (["classify: {use: net, train: {learn_from: cells}}"], "4:46: learn_from is 'cells', but there is no 'cells'"),
    ],
)
def test_a_step_in_the_wrong_place_or_shape_is_named(
    tmp_path: Path, host: Host, lines: list[str], message: str
) -> None:
    found = complaints(tmp_path, host, steps(*lines))
    assert found[0].startswith(f"p.yaml:{message}")


@pytest.mark.parametrize(
    "lines",
    [
        ["classify: net"],
        ["detect: nuclei"],
        ["detect: nuclei", "diagnose: share"],
        ["preprocess: stain", "preprocess: stain", "detect: nuclei", "detect: nuclei", "crop: square", "classify: net"],
        ["detect: nuclei", "crop: square", "classify: net", "crop: square", "classify: net", "diagnose: share"],
        ["classify: net", "classify: net", "explain: cam"],
        ["detect: nuclei", "classify: net", "detect: nuclei", "diagnose: share", "explain: cam"],
    ],
)
def test_orders_that_make_sense_are_allowed(tmp_path: Path, host: Host, lines: list[str]) -> None:
    assert len(load(tmp_path, host, steps(*lines)).steps) == len(lines)


@pytest.mark.parametrize(
    "text", ["data: simulated", "data: simulated\nsteps: []", "data: simulated\nsteps: {detect: nuclei}"]
)
def test_steps_are_needed(tmp_path: Path, host: Host, text: str) -> None:
    assert "expected 'steps', a list such as" in complaints(tmp_path, host, text)[0]


def test_data_and_classes_are_needed(tmp_path: Path, host: Host) -> None:
    lines = complaints(tmp_path, host, "steps: [{classify: net}]")
    assert [line.split(": ", 1)[1][:20] for line in lines] == ["'data' is missing: w", "'classes' is missing"]
    assert load(tmp_path, host, "data: simulated\nsteps: [{detect: nuclei}]").classes == ()


def test_a_missing_folder_names_the_file_that_asked_for_it(tmp_path: Path, host: Host) -> None:
    bench = BENCH.replace("{use: simulated, seed: 1}", "{use: folder, path: none}")
    line = complaints(tmp_path, host, PIPELINE, bench)[0]
    assert line.startswith("bench.yaml:1:27: there is no folder 'none'; looked at ")


def test_a_run_that_was_moved_loads_without_its_data(tmp_path: Path, host: Host) -> None:
    bench = BENCH.replace("{use: simulated, seed: 1}", "{use: folder, path: none}")
    spec = load(tmp_path, host, PIPELINE, bench, must_exist=False)
    assert spec.data.options["path"] == tmp_path / "none"
    with pytest.raises(ConfigError, match="min_area"):
        load(tmp_path, host, PIPELINE.replace("min_area", "area"), bench, must_exist=False)


def test_the_json_schema_accepts_pipelines_and_benches_and_refuses_mistakes(tmp_path: Path, host: Host) -> None:
    schema = pipeline_schema(host)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for text in (PIPELINE, BENCH, "extends: [a.yaml]\ndata: {preset: both}", dump(load(tmp_path, host).plain)):
        validator.validate(to_plain(parse(text, "x")))
    wrong = [
        "epoch: 1",
        "data: {use: simulated, sed: 1}",
        "data: nothing",
        "steps: [{detect: {use: nuclei, min_area: 0}}]",
    ]
    wrong += ["steps: [{data: simulated}]", "steps: [{detect: nuclei, crop: square}]", "threshold: {rule: best}"]
    wrong += ["steps: [{classify: {use: net, train: {epochs: 0}}}]", "split: {use: kfold, k: 1}", "steps: []"]
    wrong += ["synthesize: {use: paste, doses: []}", "device: gpu", "data: {use: folder}", "observe: watch"]
    for text in wrong:
        assert not validator.is_valid(to_plain(parse(text, "x"))), text
    assert schema["properties"]["title"]["description"]


def test_checking_imports_nothing_heavy(tmp_path: Path, host: Host) -> None:
    load(tmp_path, host)
    heavy = "torch torchvision skimage scipy sklearn pandas matplotlib cv2 PIL"
    code = f"""
import sys
sys.path[:0] = [{str(Path(module.__file__).parents[2])!r}]
from leukcad.config import load_pipeline, pipeline_schema, ConfigError
from leukcad.host import Host
try:
    load_pipeline({str(tmp_path / "p.yaml")!r}, Host())
except ConfigError:
    pass
pipeline_schema(Host())
print([name for name in {heavy.split()} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_nothing_of_the_checker_is_imported_before_it_is_used() -> None:
    root = str(Path(module.__file__).parents[2])
    code = "import sys, leukcad.config; print([n for n in ('pydantic', 'yaml') if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root}
    )
    assert done.stdout.strip() == "[]"
