from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from typer.testing import CliRunner

from leukcad import LeukcadError, Record
from leukcad.cli.app import app
from leukcad.screening.duplicates import duplicates
from leukcad.screening.findings import findings
from leukcad.screening.locating import grey_of, locate
from leukcad.screening.looks import Look, hash_of, look_at, numbers_of
from leukcad.screening.tells import TOGETHER, tells
from leukcad.types import Field

SIDE = 90  # px of the cells that the tests cut out


def run(*command: object) -> str:
    done = CliRunner().invoke(app, [str(part) for part in command], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fields and cells drawn in ALL-IDB's form; one field twice; cells 101 … cut out of fields 1 …, one a field."""
    root = tmp_path_factory.mktemp("drawn")
    run("data", "make", root, "--healthy", 6, "--leukaemic", 6, "--cells", 4, "-q")
    fields = sorted((root / "ALL_IDB1/im").glob("*.jpg"))
    for at, file in enumerate(fields):
        with Image.open(file) as picture:
            x, y = 40 + 30 * at, 25 + 20 * at
            cut = picture.crop((x, y, x + SIDE, y + SIDE))
            cut.save(root / f"ALL_IDB2/img/Im{101 + at}_{file.stem[-1]}.tif")
    twin = root / "ALL_IDB1/im/Im050_1.jpg"
    twin.write_bytes(fields[0].read_bytes())
    (root / "ALL_IDB1/xyc/Im050_1.xyc").write_bytes((root / f"ALL_IDB1/xyc/{fields[0].stem}.xyc").read_bytes())
    (root / "bench.yaml").write_text(
        "data: {use: allidb1, path: ALL_IDB1}\ncells: {use: allidb2, path: ALL_IDB2}\nclasses: [healthy, ALL]\n"
        "positive: ALL\nsplit: {use: lexicographic, train: 0.6, validation: 0.2, test: 0.2}\n"
    )
    return root


def names(root: Path) -> list[str]:
    return [f.stem for f in sorted((root / "ALL_IDB1/im").glob("*.jpg")) if f.stem != "Im050_1"]


@pytest.fixture(scope="module")
def audited(drawn: Path) -> dict:
    out = drawn / "audit"
    return json.loads(
        run("data", "audit", drawn / "bench.yaml", "--out", out, "--located", drawn / "located.csv", "--json")
    )


def test_each_cell_is_located_in_its_field_at_its_place_and_cells_of_no_field_nowhere(
    audited: dict, drawn: Path
) -> None:
    places = {place["id"]: place for place in audited["located"]}
    assert set(places) == {f"Im{101 + at}_{name[-1]}" for at, name in enumerate(names(drawn))}
    for at, name in enumerate(names(drawn)):
        place = places[f"Im{101 + at}_{name[-1]}"]
        assert place["field"] == name or at == 0  # the first field is there twice
        assert place["box"] == [40 + 30 * at, 25 + 20 * at, 40 + 30 * at + SIDE, 25 + 20 * at + SIDE]


def test_cells_of_held_out_fields_leave_training(audited: dict, drawn: Path) -> None:
    leaving = {p["id"] for p in audited["located"] if p["leaves_training"]}
    assert leaving == {p["id"] for p in audited["located"] if p["side"] != "train"} and leaving

    from leukcad import experiment
    from leukcad.config import load_bench
    from leukcad.host import discover

    spec = load_bench(drawn / "bench.yaml", discover(), [f"cells.located={drawn / 'located.csv'}"])
    setting = experiment.make_setting(device="cpu")
    sides, gone = experiment._cells(spec, setting, experiment.make_bench(spec, setting))
    assert sides is not None and gone == len(leaving)
    learned = {r.id for r in (*sides.train, *sides.validation)}
    assert len(learned) == 16 - len(leaving) and not learned & leaving


def test_donors_cut_from_training_fields_or_from_the_field_itself_are_not_pasted(audited: dict, drawn: Path) -> None:
    from leukcad import experiment
    from leukcad.answering import versions
    from leukcad.config import load_bench
    from leukcad.host import discover

    donors = f"{{use: allidb2, path: {drawn / 'ALL_IDB2'}, located: {drawn / 'located.csv'}}}"
    sets = [f"synthesize={{use: paste, of: test, doses: [1], donors: {donors}}}"]
    bench = experiment.make_bench(
        load_bench(drawn / "bench.yaml", discover(), sets), experiment.make_setting(device="cpu")
    )
    plan = bench.series()
    assert plan is not None
    homes = {d.record.extra["field"] for d in plan.donors if "field" in d.record.extra}
    learned = {r.id for side in ("train", "validation") for r in bench.side(side)}
    assert homes and not homes & learned
    given: list[set[str]] = []

    def synthesize(field: Field, doses: Sequence[int], donors: Sequence[Field]) -> Sequence[Field]:
        given.append({d.record.home for d in donors})
        return ()

    watched: Any = SimpleNamespace(draw=0, synthesize=synthesize)
    every = {d.record.home for d in plan.donors}
    for record in plan.base.records:
        field = plan.base.source.read(record)
        assert field is not None
        list(versions(replace(plan, step=watched), field, draws=1))
        assert given.pop() == every - {record.id}


def test_the_table_of_located_cells_names_field_box_and_side(audited: dict, drawn: Path) -> None:
    with (drawn / "located.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 and {row["side"] for row in rows} == {"train", "validation", "test"}
    assert set(rows[0]) == {"id", "field", "x0", "y0", "x1", "y1", "score", "side"}


def test_a_field_that_is_there_twice_is_found_across_sides(audited: dict) -> None:
    (pair,) = audited["duplicates"]
    assert {pair["first"]["id"], pair["second"]["id"]} == {"Im001_1", "Im050_1"}
    assert pair["kind"] == "exact" and pair["across"] and not pair["labels_differ"]
    assert any(sentence.startswith("1 pair shows the same pixels; 1 across sides") for sentence in audited["findings"])


def test_missing_annotations_are_counted(audited: dict, drawn: Path) -> None:
    healthy = [name for name in names(drawn) if name[-1] == "0"]  # ALL-IDB1 tells the centres of blasts only
    assert audited["sources"]["data"]["unannotated"] == healthy


def test_the_page_shows_the_pairs_and_fetches_nothing(audited: dict, drawn: Path) -> None:
    text = (drawn / "audit/index.html").read_text(encoding="utf-8")
    sources = re.findall(r'src="([^"]+)"', text)
    assert len(sources) == 1 + 12 and all((drawn / "audit" / src).is_file() for src in sources)
    assert "default-src 'none'" in text and "http" not in text.partition("<main>")[2].partition("</main>")[0]


def test_a_data_component_without_a_split_is_audited_too(tmp_path: Path) -> None:
    few = ["--set", "healthy=3", "--set", "leukaemic=3", "--set", "width=300", "--set", "height=200"]
    words = run("data", "audit", "simulated", *few, "--out", tmp_path, "-q")
    assert "6 fields: 3 ALL, 3 healthy" in words and (tmp_path / "audit.json").is_file()


def smear(seed: int, height: int = 240, width: int = 320) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low = rng.integers(60, 255, (12, 16, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(low).resize((width, height), Image.Resampling.BICUBIC))


def look(pixels: np.ndarray, id_: str, side: str = "train", label: str = "healthy") -> Look:
    return look_at(Field.of(Record(id_, label=label), pixels), "data", side)


def test_recompressed_halved_and_darkened_pictures_are_near_duplicates_and_others_are_not(tmp_path: Path) -> None:
    picture = Image.fromarray(smear(0))
    picture.save(tmp_path / "low.jpg", quality=25)
    low = np.asarray(Image.open(tmp_path / "low.jpg"))
    half = np.asarray(picture.resize((160, 120)))
    dark = (np.asarray(picture) * 0.8).astype(np.uint8)
    looks = [look(smear(0), "a"), look(low, "low", "test"), look(half, "half"), look(dark, "dark", label="ALL")]
    looks += [look(smear(seed), f"other{seed}") for seed in range(1, 20)]
    pairs = duplicates(looks)
    both = [{p.first.id, p.second.id} for p in pairs]
    assert len(pairs) == 6 and set().union(*both) == {"a", "low", "half", "dark"}
    assert [p.across for p in pairs] == [True] * 3 + [False] * 3 and sum(p.disagree for p in pairs) == 3


def test_a_pair_of_other_sizes_is_drawn_side_by_side(tmp_path: Path) -> None:
    for name, size in (("a", (400, 300)), ("b", (100, 74))):
        (tmp_path / "smears" / name).mkdir(parents=True)
        Image.fromarray(smear(0, 300, 400)).resize(size).save(tmp_path / "smears" / name / f"{name}.png")
    run("data", "audit", "folder", "--set", f"path={tmp_path / 'smears'}", "--out", tmp_path / "audit", "-q")
    with Image.open(tmp_path / "audit/pictures/pair00.jpg") as drawn:
        assert drawn.height == 320 and drawn.width > 2 * 427


def test_a_mirrored_picture_is_not_taken_for_the_same() -> None:
    mirrored = np.asarray(ImageOps.mirror(Image.fromarray(smear(0))))
    assert duplicates([look(smear(0), "a"), look(mirrored, "b")]) == []


def test_real_fields_have_the_one_near_duplicate_that_is_there(shared_data: Path) -> None:
    files = sorted((shared_data / "bccd/JPEGImages").glob("*.jpg"))
    pairs = duplicates([look(np.asarray(Image.open(file)), file.stem) for file in files])
    assert len(pairs) == 1 and pairs[0].kind == "near"


def test_a_recompressed_cell_is_located_within_a_pixel_and_one_of_another_field_is_not(tmp_path: Path) -> None:
    fields = {f"f{seed}": grey_of(smear(seed, 480, 640)) for seed in range(4)}
    Image.fromarray(fields["f2"][100:196, 200:296]).save(tmp_path / "cell.jpg", quality=60)
    cells = {"cut": np.asarray(Image.open(tmp_path / "cell.jpg")), "else": grey_of(smear(9))[:96, :96]}
    found = locate(cells, fields)
    assert set(found) == {"cut"} and found["cut"].field == "f2"
    assert np.abs(np.subtract(found["cut"].box, (200, 100, 296, 196))).max() <= 1


def test_a_flat_cell_and_one_larger_than_the_fields_are_found_nowhere() -> None:
    fields = {"f": grey_of(smear(0, 100, 100))}
    assert locate({"flat": np.full((40, 40), 200, np.uint8), "large": grey_of(smear(1, 200, 200))}, fields) == {}
    assert locate({}, fields) == {}


def test_without_opencv_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(LeukcadError, match="pip install opencv-python-headless"):
        locate({"a": grey_of(smear(0))}, {"b": grey_of(smear(0))})


def test_a_class_that_is_brighter_is_told_by_its_mean_colour_and_chance_is_not() -> None:
    rng = np.random.default_rng(0)
    looks = []
    for i in range(40):
        base = smear(i).astype(np.int16) + rng.integers(-5, 6) + (25 if i % 2 else 0)
        looks.append(look(np.clip(base, 0, 255).astype(np.uint8), f"f{i}", label="ALL" if i % 2 else "healthy"))
    rows = {row["number"]: row for row in tells(looks, "ALL")}
    assert rows["mean red"]["low"] > 0.5 and rows["mean red"]["higher"] == "ALL"
    assert rows["width"]["auroc"] == 0.5
    assert rows[TOGETHER]["auroc"] > 0.8
    assert rows["mean red"]["means"]["ALL"] > rows["mean red"]["means"]["healthy"]


def test_numbers_that_say_nothing_together_say_nothing_of_fields_they_did_not_learn_from() -> None:
    looks = [look(smear(i), f"f{i}", label="ALL" if i % 2 else "healthy") for i in range(60)]
    (row,) = [row for row in tells(looks, "ALL") if row["number"] == TOGETHER]
    assert row["low"] < 0.5 < row["high"]


def test_the_numbers_of_a_picture_are_its_size_mean_sharpness_and_dark_share() -> None:
    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[:, 2:] = 200
    told = numbers_of(pixels)
    assert (told["height"], told["width"], told["mean red"], told["dark pixels"]) == (2, 4, 100, 0.5)
    assert told["sharpness"] == pytest.approx(200 / 3 / 2, abs=1e-3)


def test_the_hash_has_as_many_ones_as_zeros() -> None:
    bits = hash_of(np.asarray(Image.fromarray(smear(3)).convert("L").resize((64, 64)), np.float32))
    assert bits.shape == (256,) and bits.sum() == 128


def test_uneven_and_unlabelled_sources_are_said_and_sound_ones_are_not() -> None:
    sound = {"fields": 4, "imbalance": 1.0, "unlabelled": 0, "unannotated": [], "unreadable": {}}
    told = {"duplicates": [], "located": [], "tells": {}, "sources": {"data": sound}}
    assert findings(told) == []
    told["sources"] = {"data": {**sound, "imbalance": 3.0, "unlabelled": 1}}
    assert len(findings(told)) == 2
