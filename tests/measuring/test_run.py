"""`leukcad run` with a pipeline that ends at cells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leukcad import LeukcadError, compare, run
from leukcad.cli.app import app
from leukcad.experiment import load, make_setting

PIPELINE = """
data: {use: simulated, preset: count, healthy: 6, leukaemic: 6, width: 480, height: 360}
classes: [healthy, ALL]
positive: ALL
cell_classes: {WBC: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil, lymphoblast]}
split: {use: lexicographic, train: 0.5, validation: 0.25, test: 0.25}
steps: [{detect: nuclei}]
"""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("cells") / "nuclei.yaml"
    file.write_text(PIPELINE, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def done(pipeline: Path) -> Path:
    """The folder of its run."""
    return run(pipeline, out=pipeline.parent / "runs").runs["nuclei"]


def test_it_leaves_recall_and_precision_of_its_test_fields_in_the_form_of_all_rates(done: Path) -> None:
    told = json.loads((done / "metrics.json").read_text())
    rates = told["pipelines"]["nuclei"]["test"]
    assert set(rates) == {"recall", "precision"}
    assert all({"value", "low", "high", "n"} <= set(rate) for rate in rates.values())
    assert told["cells"]["nuclei"]["test"]["recall"] == rates["recall"]
    assert rates["recall"]["value"] > 0.8, "the classical detector finds drawn leukocytes"


def test_its_page_shows_the_worst_misses_and_lies_in_the_run(done: Path) -> None:
    page = (done / "index.html").read_text(encoding="utf-8")
    assert "Cells found by nuclei on test" in page


def test_the_run_can_be_loaded_though_it_has_no_threshold_for_a_diagnosis(done: Path) -> None:
    assert load(done, make_setting(device="cpu")).threshold is None


def test_in_the_terminal_it_prints_what_was_measured(pipeline: Path) -> None:
    told = CliRunner().invoke(app, ["run", str(pipeline), "--out", str(pipeline.parent / "runs"), "--quiet"])
    assert told.exit_code == 0, told.output
    assert "recall" in told.output and "run nuclei:" in told.output


def test_comparing_or_judging_it_is_refused_before_anything_is_trained(pipeline: Path, tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match=r"nuclei ends at cells: it diagnoses nothing; .*leukcad measure"):
        compare([pipeline], out=tmp_path)
    with pytest.raises(LeukcadError, match=r"ends at cells.*leave --audit out"):
        run(pipeline, audit=True, out=tmp_path)
    assert not list(tmp_path.iterdir())
