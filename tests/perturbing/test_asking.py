"""Trained pipelines asked about fields whose found cells have errors, and the curves of a comparison."""

from __future__ import annotations

import json

import pytest

import leukcad
from leukcad.experiment import make_bench, make_setting, train
from leukcad.perturbing import answer_perturbed, asking, curves, panels
from leukcad.perturbing.design import AS_FOUND, Kind
from leukcad.study import load_specs

BENCH = """
data: {use: simulated, healthy: 5, leukaemic: 5, width: 300, height: 240}
test: {use: simulated, healthy: 2, leukaemic: 2, width: 300, height: 240, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
cell_classes:
  healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil]
  lymphoblast: [lymphoblast]
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
threshold: {rule: fixed, value: 0.5}
explained: 1
"""
NETWORK = "use: torchvision, name: shufflenet_v2_x0_5, input_size: 64, train: {epochs: 1, batch: 8}"
STEPS = {
    "direct": [f"classify: {{{NETWORK}}}"],
    "two_step": ["detect: nuclei", "crop: square", f"classify: {{{NETWORK}}}", "diagnose: number"],
    "counts": ["detect: nuclei"],
}


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory):
    """A folder with a bench and pipelines on it."""
    folder = tmp_path_factory.mktemp("perturbed")
    (folder / "bench.yaml").write_text(BENCH)
    for name, steps in STEPS.items():
        lines = "".join(f"  - {step}\n" for step in steps)
        (folder / f"{name}.yaml").write_text(f"extends: bench.yaml\nsteps:\n{lines}")
    return folder


@pytest.fixture(scope="module")
def trained(kitchen):
    """The pipelines that diagnose, trained, and their bench."""
    specs = load_specs([kitchen / "direct.yaml", kitchen / "two_step.yaml"])
    setting = make_setting(device="cpu")
    bench = make_bench(specs[0], setting)
    return [train(spec, setting, kitchen / "runs", bench)[0] for spec in specs], bench


@pytest.fixture(scope="module")
def answered(trained):
    """What the models answer to all errors."""
    return answer_perturbed(*trained)


def test_errors_of_no_strength_give_the_very_answers_of_the_pipeline_and_missing_all_cells_abstains(
    trained, monkeypatch
):
    strengths = {"shift": (0,), "scale": (1,), "miss": (0, 1), "merge": (0,), "spurious": (0,)}
    monkeypatch.setattr(asking, "KINDS", [Kind(name, told, told[0], "") for name, told in strengths.items()])
    (_, model), bench = trained
    book = answer_perturbed([model], bench)["two_step"]
    test = bench.sets[0]
    fields = [f for batch in test.source.batches(test.records) for f in batch]
    plain = dict(zip([f.record.id for f in fields], model.answers(fields), strict=True))
    by_set = {}
    for answer in book.answers:
        by_set.setdefault(answer.set, {})[answer.field] = answer
    assert set(by_set) == {AS_FOUND, "shift 0", "scale 1", "miss 0", "miss 1", "merge 0", "spurious 0"}
    for name, answers in by_set.items():
        assert len(answers) == 4
        for id_, answer in answers.items():
            if name == "miss 1":
                assert answer.called is None and answer.cells == 0 and answer.reason
            else:
                assert (answer.called, answer.probabilities) == (plain[id_].called, plain[id_].probabilities)


def test_what_was_answered_is_not_asked_again(trained, answered, monkeypatch):
    monkeypatch.setattr(asking, "versions", None)
    again = answer_perturbed(*trained)
    assert again["two_step"].answers == answered["two_step"].answers and len(again["two_step"].answers) == 4 * 16
    assert again["direct"] == "it looks at the whole field: there is no detector that could err"


def test_curves_rise_through_the_strength_of_no_error_and_panels_keep_the_colours(trained, answered):
    spec = trained[1].spec
    told = curves(answered, spec.classes, spec.positive)
    scale = told["two_step"]["curves"]["scale"]
    assert [point["strength"] for point in scale] == [0.6, 0.8, 1, 1.25, 1.6]
    assert scale[2]["accuracy"] == told["two_step"]["as_found"]["accuracy"] and told["direct"]["curves"] == {}
    drawn = panels(told, "ALL")
    assert len(drawn) == 15 and all([line["name"] for line in p["lines"]] == ["direct", "two_step"] for p in drawn)
    assert drawn[0]["lines"][0]["x"] == [] and drawn[0]["lines"][1]["x"] == [0, 0.1, 0.2, 0.4]
    assert panels({"direct": told["direct"]}, "ALL") == []


@pytest.mark.slow
def test_a_comparison_shows_what_errors_of_detection_cost(kitchen):
    found = leukcad.compare([kitchen / "direct.yaml", kitchen / "two_step.yaml"], out=kitchen / "runs", perturb=True)
    results = json.loads((kitchen / "runs/compare/results.json").read_text())
    assert set(results["perturbed"]["two_step"]["curves"]) == {"shift", "scale", "miss", "merge", "spurious"}
    page = found.page.read_text()
    assert "As the detector errs" in page and "<strong>direct</strong> is not concerned" in page
    metrics = json.loads((found.runs["two_step"] / "metrics.json").read_text())
    assert set(metrics["perturbed"]) == {"two_step"}
    plain = leukcad.compare([kitchen / "direct.yaml", kitchen / "two_step.yaml"], out=kitchen / "runs")
    assert "As the detector errs" not in plain.page.read_text() and "perturbed" not in plain.results


def test_folds_cannot_be_perturbed(kitchen):
    from typer.testing import CliRunner

    from leukcad.cli.app import app

    told = CliRunner().invoke(app, ["compare", str(kitchen / "two_step.yaml"), "--folds", "3", "--perturb-detections"])
    assert told.exit_code == 2 and "leave --folds out" in told.stderr


def test_a_pipeline_that_ends_at_cells_has_no_diagnosis_to_lose(kitchen):
    from leukcad.assembly import make_pipeline

    (spec,) = load_specs([kitchen / "counts.yaml"])
    why = asking.not_concerned(make_pipeline(spec, make_setting(device="cpu")))
    assert why == "it ends at cells: there is no diagnosis"
