"""Both routes from one command: trained, tested, compared, cut off and taken up again, on small simulated fields."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

import leukcad
from leukcad import LeukcadError
from leukcad.data.images import write_png
from leukcad.report.single import single_file

BENCH = """
data: {use: simulated, healthy: 12, leukaemic: 12, width: 400, height: 300}
test: {use: simulated, healthy: 4, leukaemic: 4, width: 400, height: 300, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
cell_classes:
  healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil]
  lymphoblast: [lymphoblast]
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
synthesize:
  use: paste
  doses: [1, 3]
  draws: 2
  donors: {use: simulated-cells, healthy: 10, leukaemic: 4, width: 400, seed: 5}
explained: 2
"""
NETWORK = "use: torchvision, name: shufflenet_v2_x0_5, input_size: 64, train: {epochs: 3, lr: 1e-3, batch: 8}"
DIRECT = f"""
extends: bench.yaml
steps:
  - classify: {{{NETWORK}}}
  - explain: gradcam
"""
TWO_STEP = f"""
extends: bench.yaml
steps:
  - detect: nuclei
  - crop: square
  - classify: {{{NETWORK}}}
  - diagnose: excess
  - explain: gradcam
"""


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bench and both pipelines, compared once into runs/."""
    folder = tmp_path_factory.mktemp("study")
    for name, text in (("bench", BENCH), ("direct", DIRECT), ("two_step", TWO_STEP)):
        (folder / f"{name}.yaml").write_text(text)
    leukcad.compare([folder / "direct.yaml", folder / "two_step.yaml"], out=folder / "runs")
    return folder


def book_of(run: Path) -> Path:
    """A run's answers to its bench; audits keep theirs beside them."""
    (book,) = (path for path in run.glob("answers/*.jsonl") if not path.name.startswith("audit-"))
    return book


def answers(runs: Path, name: str) -> list[dict[str, Any]]:
    book = book_of(next(runs.glob(f"{name}-*")))
    return [told for line in book.read_text().splitlines() if "done" not in (told := json.loads(line))]


def test_results_hold_every_set_and_metric_with_value_interval_and_n(kitchen: Path) -> None:
    found = json.loads((kitchen / "runs/compare/results.json").read_text())
    assert set(found["pipelines"]) == {"direct", "two_step"}
    for sets in found["pipelines"].values():
        assert set(sets) == {"test", "imgSynt1", "imgSynt3"}
        for rates in sets.values():
            assert set(rates) == {"accuracy", "precision", "sensitivity", "specificity", "f1"}
            assert all(set(rate) == {"value", "low", "high", "n"} for rate in rates.values())
        assert sets["test"]["accuracy"]["n"] == 8 and sets["imgSynt3"]["specificity"]["n"] == 4


def test_results_hold_scores_and_paired_tests_beside_the_rates(kitchen: Path) -> None:
    found = json.loads((kitchen / "runs/compare/results.json").read_text())
    assert found["scores"]["direct"]["test"].keys() == {"auroc", "brier", "calibration", "wilson"}
    assert set(found["paired"]) == {"test", "imgSynt1", "imgSynt3"}
    (pair,) = found["paired"]["test"]["pairs"]
    assert (pair["first"], pair["second"], found["paired"]["test"]["groups"]) == ("direct", "two_step", 8)
    assert pair["says"] in (kitchen / "runs/compare/index.html").read_text()


def test_the_report_shows_the_fields_the_errors_and_what_the_data_tell_and_fits_into_one_file(kitchen: Path) -> None:
    page = kitchen / "runs/compare/index.html"
    text = page.read_text(encoding="utf-8")
    shown = set(re.findall(r"\./pictures/[^\"]+", text))
    assert len([s for s in shown if s.endswith("--direct-heat.webp")]) >= 4  # two fields, each in two versions or more
    assert all((page.parent / unquote(s)).stat().st_size for s in shown)
    assert "Worst errors" in text and "Data audit" in text and "Make it again" in text
    assert single_file(page).stat().st_size < 15e6


def test_the_worst_errors_are_drawn_on_the_very_fields_that_were_answered(kitchen: Path) -> None:
    found = leukcad.compare([kitchen / "direct.yaml", kitchen / "two_step.yaml"], out=kitchen / "runs")
    rows = found.told["mistakes"]
    wrong = {
        (name, a["field"]) for name in found.runs for a in answers(kitchen / "runs", name) if a["called"] != a["truth"]
    }
    assert rows and {(row["pipeline"], row["field"]) for row in rows} <= wrong
    drawn = [row for row in rows if row["version"]]
    assert drawn and all(row["version"]["answers"][row["pipeline"]]["called"] == row["called"] for row in drawn)


@pytest.mark.slow
def test_a_run_that_is_judged_shows_its_verdict_and_so_does_a_later_comparison(kitchen: Path) -> None:
    brief = ["audit.draws=1", "audit.k=2", "audit.doses=[1]"]
    found = leukcad.run(kitchen / "direct.yaml", sets=brief, out=kitchen / "runs", audit=True)
    assert found.audit is not None and set(found.results["audit"]) == {"direct"}
    text = found.page.read_text(encoding="utf-8")
    assert "Right for the right reason?" in text and 'href="./audit/index.html"' in text
    later = leukcad.compare([kitchen / "direct.yaml", kitchen / "two_step.yaml"], out=kitchen / "runs")
    text = later.page.read_text(encoding="utf-8")
    assert "From an audit of this run that was made before" in text and later.audit is None
    assert f'href="./../{found.runs["direct"].name}/audit/index.html"' in text


def test_both_pipelines_answer_the_very_same_pixels(kitchen: Path) -> None:
    seen = [
        {(a["set"], a["field"], a["draw"]): a["sha256"] for a in answers(kitchen / "runs", n)}
        for n in ("direct", "two_step")
    ]
    assert seen[0] == seen[1] and len(seen[0]) == 8 + 2 * 2 * 8


def test_a_run_folder_tells_what_was_asked_learned_and_answered(kitchen: Path) -> None:
    run = next((kitchen / "runs").glob("two_step-*"))
    names = ("pipeline.yaml", "provenance.json", "split.csv", "threshold.json", "metrics.json", "log.txt")
    assert all((run / name).stat().st_size for name in names)
    assert json.loads((run / "steps/3-classify/learned.json").read_text())["classes"] == ["healthy", "lymphoblast"]


def test_the_same_seed_gives_identical_answers_a_second_time(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEUKCAD_CACHE", str(kitchen / "another-cache"))
    leukcad.run(kitchen / "two_step.yaml", out=kitchen / "again")
    assert answers(kitchen / "again", "two_step") == answers(kitchen / "runs", "two_step")


def test_a_run_whose_digest_holds_is_reused_and_answers_nothing_twice(kitchen: Path) -> None:
    run = next((kitchen / "runs").glob("direct-*"))
    book = book_of(run)
    before = (run / "steps/1-classify/weights.safetensors").stat().st_mtime_ns, book.stat().st_mtime_ns
    leukcad.run(kitchen / "direct.yaml", out=kitchen / "runs")
    assert before == ((run / "steps/1-classify/weights.safetensors").stat().st_mtime_ns, book.stat().st_mtime_ns)


def test_a_run_killed_while_it_was_answering_goes_on_to_the_same_answers(kitchen: Path, tmp_path: Path) -> None:
    shutil.copytree(
        next((kitchen / "runs").glob("direct-*")), tmp_path / next((kitchen / "runs").glob("direct-*")).name
    )
    book = book_of(next(tmp_path.glob("direct-*")))
    whole = book.read_bytes()
    book.write_bytes(whole[: len(whole) // 2])  # in the middle of a line
    leukcad.run(kitchen / "direct.yaml", out=tmp_path)
    assert book.read_bytes() == whole


def test_training_that_was_cut_off_goes_on_to_the_same_weights(
    kitchen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leukcad.training import batches

    real, calls = batches.augment, []

    def cut(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(batches, "augment", cut)
    with pytest.raises(KeyboardInterrupt):
        leukcad.run(kitchen / "direct.yaml", out=tmp_path)
    monkeypatch.setattr(batches, "augment", real)
    leukcad.run(kitchen / "direct.yaml", out=tmp_path)
    shas = [
        json.loads(next(p.glob("direct-*/steps/1-classify/learned.json")).read_text())["sha256"]
        for p in (tmp_path, kitchen / "runs")
    ]
    assert shas[0] == shas[1]


def test_pipelines_on_different_benches_are_refused_by_the_key_that_differs(kitchen: Path) -> None:
    other = kitchen / "other.yaml"
    other.write_text(TWO_STEP + "split: {use: stratified}\n")
    with pytest.raises(LeukcadError, match="benches differ in 'split'"):
        leukcad.compare([kitchen / "direct.yaml", other], out=kitchen / "runs")


def test_predict_answers_the_good_pictures_and_names_the_broken_one(kitchen: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    write_png(rng.integers(180, 255, (120, 160, 3), dtype=np.uint8), tmp_path / "good.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "good.png").read_bytes()[:200])
    told = leukcad.predict(
        "direct", [tmp_path / "good.png", tmp_path / "broken.png"], out=kitchen / "runs", overlays=tmp_path / "o"
    )
    assert told[0]["called"] in ("healthy", "ALL") and (tmp_path / "o/good.jpg").is_file()
    assert told[1]["called"] is None and "broken.png" in told[1]["error"]


def test_overlays_of_pictures_of_one_name_stand_side_by_side(kitchen: Path, tmp_path: Path) -> None:
    images = [tmp_path / name for name in ("x/a.png", "y/a.png", "a-2.png")]
    for image in images:
        image.parent.mkdir(exist_ok=True)
        write_png(np.full((120, 160, 3), 230, np.uint8), image)
    leukcad.predict("direct", images, out=kitchen / "runs", overlays=tmp_path / "o")
    assert len(list((tmp_path / "o").glob("*.jpg"))) == 3


def test_a_field_without_wbc_is_an_abstention_with_its_reason(kitchen: Path, tmp_path: Path) -> None:
    write_png(np.full((120, 160, 3), 230, np.uint8), tmp_path / "blank.png")
    (told,) = leukcad.predict("two_step", [tmp_path / "blank.png"], out=kitchen / "runs")
    assert told["called"] is None and told["reason"] == "no WBC found" and told["cells"] == []


def test_weights_that_were_touched_are_refused(kitchen: Path, tmp_path: Path) -> None:
    run = next((kitchen / "runs").glob("direct-*"))
    copy = shutil.copytree(run, tmp_path / run.name)
    weights = copy / "steps/1-classify/weights.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[-1] ^= 1
    weights.write_bytes(raw)
    with pytest.raises(LeukcadError, match="sha256"):
        leukcad.predict(copy, [tmp_path / "x.png"])


def test_a_run_is_judged_on_another_bench_without_the_fields_that_it_learned_from(kitchen: Path) -> None:
    weights = next((kitchen / "runs").glob("direct-*/steps/1-classify/weights.safetensors"))
    before = weights.stat().st_mtime_ns
    bench = BENCH.replace("explained: 2\n", "")
    with pytest.raises(LeukcadError, match=r"learned from|trained on"):
        same = bench.replace("seed: 9, prefix: Fresh}", "prefix: Im}").replace(
            "healthy: 4, leukaemic: 4", "healthy: 12, leukaemic: 12"
        )
        (kitchen / "same.yaml").write_text(same)
        leukcad.compare(["direct", "two_step"], bench=kitchen / "same.yaml", out=kitchen / "runs")
    (kitchen / "fresh.yaml").write_text(bench.replace("seed: 9", "seed: 10"))
    found = leukcad.compare(["direct", "two_step"], bench=kitchen / "fresh.yaml", out=kitchen / "runs")
    assert found.results["pipelines"]["direct"]["test"]["accuracy"]["n"] == 8
    assert weights.stat().st_mtime_ns == before
