"""A small study from one command: trained, tested, drawn, told, and taken up again without redoing anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leukcad.reproducing import studies
from leukcad.reproducing.again import Reproduction, reproduce

# LayerCAM, since its map is never empty: two epochs may teach a network whose Grad-CAM has nothing positive to show.
BENCH = """
data: {use: simulated, healthy: 20, leukaemic: 20, width: 400, height: 300}
classes: [healthy, ALL]
positive: ALL
cell_classes:
  healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil]
  lymphoblast: [lymphoblast]
positive_cells: [lymphoblast]
split: lexicographic
synthesize:
  {use: paste-paper, doses: [1], donors: {use: simulated-cells, healthy: 20, leukaemic: 4, width: 400, seed: 5}}
threshold: {rule: fixed, value: 0.5}
steps:
  - classify: {use: torchvision, input_size: 64, train: {epochs: 2, lr: 1e-3, batch: 8}}
  - explain: layercam
"""

CELLS = """
data: {use: simulated-cells, healthy: 24, leukaemic: 24}
classes: [healthy, ALL]
positive: ALL
cell_classes:
  healthy: [lymphocyte, reactive_lymphocyte, neutrophil, monocyte, eosinophil, basophil]
  lymphoblast: [lymphoblast]
positive_cells: [lymphoblast]
split: {use: stratified, train: 0.5, validation: 0.2, test: 0.3}
steps:
  - preprocess: {use: coarsen, factor: 1}
  - detect: annotated
  - crop: square
  - classify: {use: torchvision, name: shufflenet_v2_x0_5, input_size: 32, train: {epochs: 1, batch: 8}}
  - diagnose: max
"""


BY_NUMBERS = """
extends: base/base.yaml
steps:
  - classify: {use: numbers, of: [colour], input_size: 64}
"""

BY_CELLS = """
extends: base/base.yaml
steps:
  - detect: nuclei
  - crop: {use: square, context: 1.3}
  - classify: {use: numbers, of: [nucleus], input_size: 64, train: {balance: true}}
  - diagnose: {use: mixture, at_least: 2}
"""

QUESTIONS = """
fair:
  - {name: numbers, kind: given, asks: 'looked at?', says: A sum, than: direct, owes: what it tells}
  - {name: elsewhere, kind: given, asks: 'is it the data?', says: Trained elsewhere direct, owes: data}
  - {name: two_step_annotated, kind: spared, asks: 'what do boxes cost?', says: With boxes two-step, owes: detection}
"""


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("again")
    (folder / "base").mkdir()
    (folder / "base" / "base.yaml").write_text(BENCH)
    for name, network in (("resnet18", "resnet18"), ("shufflenet", "shufflenet_v2_x0_5")):
        (folder / f"{name}.yaml").write_text(
            f"extends: base/base.yaml\nsteps: {{classify: {{name: {network}}}}}\n", encoding="utf-8"
        )
    (folder / "resolution").mkdir()
    (folder / "resolution" / "cells.yaml").write_text(CELLS, encoding="utf-8")
    for name, told in {"numbers": BY_NUMBERS, "elsewhere": BY_NUMBERS, "two_step": BY_CELLS}.items():
        (folder / f"{name}.yaml").write_text(told, encoding="utf-8")
    told = Path(str(studies._folder() / "loddo2022.yaml")).read_text(encoding="utf-8").split("\nfair:")[0]
    how = f"""
run:
  {{networks: [resnet18, shufflenet], seeds: [0], splits: [lexicographic], doses: [1, 4], draws: 2, kind_doses: [2],
   diameters: [8, 24]}}
quick: {{}}
real: {{pipelines: {folder}}}
simulated:
  pipelines: {folder}
  kinds: [lymphocyte]
  fair:
    bench: {folder}/bench.yaml
    direct: {folder}/resnet18.yaml
    two_step: {folder}/two_step.yaml
    routes: [{folder}]
    elsewhere: {{elsewhere: [data.seed=77]}}
    without: {{two_step_annotated: nobody annotated them}}
"""
    (folder / "bench.yaml").write_text(BENCH.split("\nsteps:")[0], encoding="utf-8")
    (folder / "small.yaml").write_text(told + QUESTIONS + how, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(kitchen: Path) -> Reproduction:
    return reproduce(str(kitchen / "small.yaml"), out=kitchen / "runs", fair=True)


@pytest.mark.slow
def test_it_leaves_a_ledger_a_page_and_the_papers_figures(made: Reproduction) -> None:
    ledger: list[dict[str, Any]] = json.loads((made.folder / "ledger.json").read_text(encoding="utf-8"))
    assert all(set(e) == {"claim", "where", "printed", "ours", "state", "why"} for e in ledger)
    page = made.page.read_text(encoding="utf-8")
    for name in ("figure2", "figure3", "figure4", "figure5", "figure6", "figure7", "figure8", "kinds", "resolution"):
        assert (made.folder / f"{name}.png").read_bytes().startswith(b"\x89PNG") and f'src="{name}.png"' in page
    assert all((made.folder / f"{name}.svg").is_file() for name in ("figure6", "figure7", "kinds"))
    assert "impossible as printed" in page and "Simulated" in page
    assert "ResNet-18" in (made.folder / "table2.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_it_measures_every_dose_kind_and_map_of_every_network(made: Reproduction) -> None:
    for run in made.measured["runs"]:
        assert [row["dose"] for row in run["series"]] == [0, 1, 4]
        assert [row["dose"] for row in run["kinds"]["lymphocyte"]] == [0, 2]
        assert run["looks"]["fields"] > 0 and run["looks"]["same_places"] is not None
    assert {run["network"] for run in made.measured["runs"]} == {"resnet18", "shufflenet"}
    assert [row["diameter"] for row in made.measured["resolution"]["rows"]] == [8, 24]
    assert made.measured["resolution"]["against"] == "lymphocytes"
    assert made.measured["data"] == "simulated" and made.measured["paired"][0]["pairs"] == 1


@pytest.mark.slow
def test_a_fair_fight_tells_every_route_in_the_page_and_the_table_and_why_one_is_left_out(made: Reproduction) -> None:
    told = made.measured["fair"]
    assert told["routes"] == ["direct", "numbers", "elsewhere", "two_step"]
    assert list(told["paired"]) == ["test", "imgSynt4"] and told["paired"]["test"]["groups"] == 4
    page, table = (made.folder / name for name in ("index.html", "fair.csv"))
    assert [v["route"] for v in told["verdicts"]] == ["numbers", "elsewhere"]
    for words in (told["win"], *(v["sentence"] for v in told["verdicts"]), "nobody annotated them"):
        assert words in page.read_text(encoding="utf-8").replace("&#39;", "'")
    assert len(table.read_text(encoding="utf-8").splitlines()) == 1 + 4 * 2


@pytest.mark.slow
def test_the_direct_route_of_the_fight_is_the_run_of_the_network_that_it_is(made: Reproduction, kitchen: Path) -> None:
    assert len(list(kitchen.glob("runs/resnet18-seed0-*"))) == 1


def test_a_study_without_a_fair_fight_says_so(kitchen: Path) -> None:
    from leukcad import LeukcadError
    from leukcad.reproducing.again import _order
    from leukcad.reproducing.fighting import fight

    order = _order(studies.find(str(kitchen / "small.yaml")), None, (), None, (), False, kitchen, None)
    with pytest.raises(LeukcadError, match="names no fair fight; leave --fair out"):
        fight(order, ())


@pytest.mark.slow
def test_the_same_again_trains_and_answers_nothing(made: Reproduction, kitchen: Path) -> None:
    files = [*kitchen.glob("runs/*/steps/*/weights.safetensors"), *kitchen.glob("runs/*/answers/*.jsonl")]
    before = {path: path.stat().st_mtime_ns for path in files}
    again = reproduce(str(kitchen / "small.yaml"), out=kitchen / "runs", fair=True)
    assert len(before) >= 4 and before == {path: path.stat().st_mtime_ns for path in files}
    assert again.measured == made.measured and again.entries == made.entries
