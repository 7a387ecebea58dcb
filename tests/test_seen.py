"""Nothing is tested on what it was learned from, wherever the same pictures lie; and a run is as old as its data."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from leukcad_datasets.folder import Folder

import leukcad
from leukcad import LeukcadError, Record
from leukcad.data.images import write_png
from leukcad.experiment import make_bench, make_setting
from leukcad.study import load_specs, train_all

NETWORK = "use: torchvision, name: shufflenet_v2_x0_5, input_size: 32, train: {epochs: 1, batch: 8}"
SPLIT = "{{use: stratified, seed: {}, train: 0.3, validation: 0.2, test: 0.5}}"
BENCH = """
data: {{use: folder, path: {data}{more}}}
classes: [healthy, ALL]
positive: ALL
split: {split}
"""


@pytest.fixture(scope="module")
def smears(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures a class; the last healthy one is the first one again."""
    folder = tmp_path_factory.mktemp("smears")
    for label, shade in (("ALL", 90), ("healthy", 170)):
        (folder / label).mkdir()
        for number in range(12):
            rng = np.random.default_rng([shade, number % 11 if label == "healthy" else number])
            picture = (shade + rng.integers(-20, 20, (24, 24, 3))).astype(np.uint8)
            write_png(picture, folder / label / f"{label}{number:02d}.png")
    return folder


def pipeline(where: Path, data: Path, split: str = SPLIT.format(0), more: str = "") -> Path:
    where.parent.mkdir(parents=True, exist_ok=True)
    steps = "" if where.stem.startswith("bench") else f"steps:\n  - classify: {{{NETWORK}}}\n"
    where.write_text(BENCH.format(data=data, split=split, more=more) + steps)
    return where


def learned(file: Path) -> tuple[Path, set[str]]:
    """The run of a pipeline, trained or taken up, and the pictures that it learned from by their bytes."""
    specs = load_specs([file])
    models, bench = train_all(specs, make_setting(device="cpu"), file.parent / "runs")
    sides = [r for side in ("train", "validation") for r in bench.side(side)]
    return models[0].run.folder, {Path(str(r.path)).stem for r in sides}


def test_a_run_is_not_judged_on_copies_of_what_it_learned_from_under_another_path_or_with_other_options(
    smears: Path, tmp_path: Path
) -> None:
    run, known = learned(pipeline(tmp_path / "net.yaml", smears))
    copy = shutil.copytree(smears, tmp_path / "copy")
    for name, data, more in (("bench_copied", copy, ""), ("bench_told", smears, ", cell_labels: false")):
        bench = pipeline(tmp_path / f"{name}.yaml", data, SPLIT.format(3), more)
        specs = load_specs([str(run)], bench=bench, out=run.parent)
        (_,), judged = train_all(specs, make_setting(device="cpu"), run.parent)
        left = {r.id for t in judged.sets for r in t.records}
        twins = {"healthy/healthy00", "healthy/healthy11"}
        shown = {f"{p.parent.name}/{p.stem}" for p in smears.rglob("*.png") if p.stem not in known}
        assert left and left - twins <= shown


def test_a_test_source_that_holds_training_pictures_is_refused_whatever_its_options(
    smears: Path, tmp_path: Path
) -> None:
    file = pipeline(tmp_path / "net.yaml", smears)
    file.write_text(file.read_text() + f"test: {{use: folder, path: {smears}, cell_labels: false}}\n")
    with pytest.raises(LeukcadError, match="test fields that were trained on"):
        make_bench(load_specs([file])[0], make_setting(device="cpu"))


def test_the_pipeline_of_a_run_is_trained_anew_where_it_is_changed(smears: Path, tmp_path: Path) -> None:
    run, _ = learned(pipeline(tmp_path / "net.yaml", smears))
    before = (run / "steps/1-classify/weights.safetensors").stat().st_mtime_ns
    leukcad.run(run / "pipeline.yaml", sets=["steps.classify.train.epochs=2"], out=tmp_path / "more", device="cpu")
    assert len(list((tmp_path / "more").glob("pipeline-*/metrics.json"))) == 1
    assert (run / "steps/1-classify/weights.safetensors").stat().st_mtime_ns == before
    assert not (run / "metrics.json").exists()


def test_a_run_leaves_out_of_further_tests_what_it_learned_from(smears: Path, tmp_path: Path) -> None:
    file = pipeline(tmp_path / "net.yaml", smears)
    file.write_text(file.read_text() + f"tests: {{all: {{use: folder, path: {smears}, cell_labels: false}}}}\n")
    found = leukcad.run(file, out=tmp_path / "runs", device="cpu").results["pipelines"]["net"]
    assert found["test"]["accuracy"]["n"] == 12 and found["all"]["accuracy"]["n"] <= 12


def test_a_run_that_answers_in_other_classes_than_a_bench_asks_for_is_refused(smears: Path, tmp_path: Path) -> None:
    run, _ = learned(pipeline(tmp_path / "net.yaml", smears))
    other = shutil.copytree(smears, tmp_path / "other")
    (other / "healthy").rename(other / "normal")
    bench = pipeline(tmp_path / "bench.yaml", other)
    bench.write_text(bench.read_text().replace("[healthy, ALL]", "[normal, ALL]"))
    with pytest.raises(
        LeukcadError, match=r"net answers in \[healthy, ALL\], positive ALL; the bench asks for \[normal"
    ):
        leukcad.compare([str(run)], bench=bench, out=run.parent)


def test_fields_that_are_parts_of_one_file_are_told_apart_by_their_own_part(
    smears: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slide = str(next(smears.rglob("*.png")))
    parts = [Record(f"part{i}", label="ALL" if i % 2 else "healthy", path=slide, extra={"x": i}) for i in range(8)]
    monkeypatch.setattr(Folder, "_by_class", lambda _: parts)
    bench = make_bench(load_specs([pipeline(tmp_path / "net.yaml", smears)])[0], make_setting(device="cpu"))
    assert len({r.content for r in bench.source.records}) == 8


def test_two_equal_pictures_of_one_source_stay_where_its_split_puts_them(smears: Path, tmp_path: Path) -> None:
    rows = [
        f"{p.parent.name}/{p.stem},{'test' if p.stem[-2:] in ('10', '11') else 'train'}"
        for p in sorted(smears.rglob("*.png"))
    ]
    (tmp_path / "split.csv").write_text("id,side\n" + "\n".join(rows).replace("5,train", "5,validation"))
    file = pipeline(tmp_path / "net.yaml", smears, f"{{use: file, path: {tmp_path / 'split.csv'}}}")
    found = leukcad.run(file, out=tmp_path / "runs", device="cpu")
    assert found.results["pipelines"]["net"]["test"]["accuracy"]["n"] == 4


def test_a_run_is_trained_anew_once_a_field_has_changed_sides(smears: Path, tmp_path: Path) -> None:
    names = sorted(f"{p.parent.name}/{p.stem}" for p in smears.rglob("*.png"))
    table, found = tmp_path / "split.csv", []
    for apart in (names[:4], names[4:8]):
        rows = [f"{n},{'test' if n in apart else 'train' if int(n[-2:]) % 3 else 'validation'}" for n in names]
        table.write_text("id,side\n" + "\n".join(rows))
        found.append(learned(pipeline(tmp_path / "net.yaml", smears, f"{{use: file, path: {table}}}")))
    assert found[0][0] != found[1][0]
    assert not found[1][1] & {Path(name).stem for name in names[4:8]}


def test_answers_are_given_anew_once_fields_belong_to_other_patients(smears: Path, tmp_path: Path) -> None:
    data = shutil.copytree(smears, tmp_path / "data")
    file = pipeline(tmp_path / "net.yaml", data)
    digests = []
    for patients in (24, 6):
        files = enumerate(sorted(data.rglob("*.png")))
        rows = [f"{p.parent.name}/{p.name},{p.parent.name},{p.parent.name}{i % patients}" for i, p in files]
        (data / "index.csv").write_text("field,label,group\n" + "\n".join(rows))
        digests.append(make_bench(load_specs([file])[0], make_setting(device="cpu")).digest())
    assert digests[0] != digests[1]
