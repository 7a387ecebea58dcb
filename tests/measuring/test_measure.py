"""The job: pipelines measured on their bench and on other data, the page, and mistakes of whoever asks."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

import leukcad
from leukcad import LeukcadError
from leukcad.measuring.sources import data_named


@pytest.fixture
def perfect(finder):
    return finder("annotated", "perfect")


def test_the_truth_itself_measures_as_perfect_on_the_test_side_of_its_own_bench(perfect, tmp_path):
    found = leukcad.measure(perfect, out=tmp_path / "runs")
    told = found.told["figures"]["perfect"]["test"]["published"]
    assert found.told["sets"]["test"]["fields"] == 4  # two slides of five
    assert (told["recall"]["value"], told["precision"]["value"], told["ap50"], told["count"]["value"]) == (1, 1, 1, 0)
    assert told["lowest"] is None and json.loads((tmp_path / "runs/measure/measure.json").read_text()) == found.told


def test_leukocytes_that_no_cell_class_names_are_neither_hit_nor_miss_on_the_own_bench_but_count_elsewhere(
    tmp_path, drawn_data, finder
):
    one = tmp_path / "one.yaml"
    one.write_text(finder("annotated").read_text().replace(", lymphoblast: []", ""))
    own = leukcad.measure(one, out=tmp_path / "runs").told["figures"]["one"]["test"]["published"]
    other = leukcad.measure(one, data=f"csv:{drawn_data}", out=tmp_path / "runs").told["figures"]["one"]
    assert own["ignored"] == own["cells"] > 0 and own["precision"]["value"] == 1
    assert other[drawn_data.name]["published"]["cells"] == 16


def test_two_pipelines_are_held_side_by_side_on_other_data_and_the_worst_is_drawn(
    tmp_path, drawn_data, perfect, finder
):
    blind = finder("{use: nuclei, cell_diameter: 60}", "blind")
    found = leukcad.measure([perfect, blind], data=f"drawn=csv:{drawn_data}", out=tmp_path / "runs")
    told = {name: sets["drawn"]["published"] for name, sets in found.told["figures"].items()}
    assert told["perfect"]["recall"]["hits"] == 16 and told["blind"]["recall"]["value"] == 0
    (pair,) = found.told["paired"]["drawn"]["published"]
    assert (pair["more_by_first"], pair["more_by_second"], pair["groups"]) == (5, 0, 5)
    missed = [row for row in found.told["worst"]["blind"]["drawn"] if row["kind"] == "missed"]
    assert len(missed) == 12 and all((found.page.parent / row["picture"]).stat().st_size for row in missed)
    assert missed[0]["words"].startswith("lymphoblast")  # they are the larger ones
    assert found.told["worst"]["perfect"]["drawn"] == []
    text = found.page.read_text()
    assert "blind" in text and "sign test" in text and all(f"./{row['picture']}" in text for row in missed)


def test_adjudicated_figures_stand_beside_those_as_published(tmp_path, drawn_data, perfect):
    with (drawn_data / "cells.csv").open() as file:
        first = next(row for row in csv.DictReader(file))
    table = tmp_path / "extra.csv"
    box = ",".join(first[key] for key in ("x0", "y0", "x1", "y1"))
    file = f"{drawn_data.name},{first['field']}.png"
    table.write_text(f"dataset,file,x0,y0,x1,y1,verdict\n{file},{box},published_not_wbc\n{file},0,0,9,9,wbc\n")
    found = leukcad.measure(perfect, data=f"csv:{drawn_data}", adjudicated=table, out=tmp_path / "runs")
    views = found.told["figures"]["perfect"][drawn_data.name]
    assert views["published"]["recall"]["hits"] == 16
    assert (views["adjudicated"]["recall"]["hits"], views["adjudicated"]["recall"]["of"]) == (15, 16)
    assert views["adjudicated"]["precision"]["of"] == 16 and found.told["adjudicated"]["used"] == 1


def test_a_table_that_names_none_of_the_fields_is_told(tmp_path, drawn_data, perfect, caplog):
    table = tmp_path / "extra.csv"
    table.write_text("file,x0,y0,x1,y1,verdict\nother.png,0,0,9,9,wbc\n")
    leukcad.measure(perfect, data=f"csv:{drawn_data}", adjudicated=table, out=tmp_path / "runs")
    assert "nothing was adjudicated" in caplog.text


def test_average_precision_reaches_below_the_frozen_threshold_which_stays_as_it_was(tmp_path, drawn_data, finder):
    strict = finder("{use: nuclei, min_score: 0.99999}", "strict")
    told = leukcad.measure(strict, data=f"csv:{drawn_data}", out=tmp_path / "runs").told["figures"]["strict"]
    strictly = told[drawn_data.name]["published"]
    usual = finder("nuclei", "usual")
    usually = leukcad.measure(usual, data=f"csv:{drawn_data}", out=tmp_path / "runs").told["figures"]["usual"]
    assert strictly["found"] < usually[drawn_data.name]["published"]["found"] and strictly["lowest"] == 0.05
    assert strictly["ap50"] == usually[drawn_data.name]["published"]["ap50"] > strictly["recall"]["value"]


def test_groups_may_be_chosen(tmp_path, drawn_data, perfect):
    found = leukcad.measure(perfect, data=f"csv:{drawn_data}", groups=["slide0", "slide3"], out=tmp_path / "runs")
    assert found.told["figures"]["perfect"][drawn_data.name]["published"]["groups"] == 2


def test_a_field_that_cannot_be_read_is_told_and_the_others_are_measured(tmp_path, drawn_data, perfect):
    folder = tmp_path / "broken"
    shutil.copytree(drawn_data, folder)
    (folder / "3.png").write_bytes(b"no picture")
    found = leukcad.measure(perfect, data=f"csv:{folder}", out=tmp_path / "runs")
    assert set(found.failed) == {"3"} and found.told["figures"]["perfect"]["broken"]["published"]["fields"] == 9


def test_names_of_data_never_become_markup(tmp_path, drawn_data, finder):
    folder = tmp_path / "hostile"
    shutil.copytree(drawn_data, folder)
    cells = (folder / "cells.csv").read_text()
    (folder / "cells.csv").write_text(cells.replace("lymphoblast", "<script>alert(1)</script>"))
    blind = finder("{use: nuclei, cell_diameter: 60}", "blind", folder)
    text = leukcad.measure(blind, data=f"csv:{folder}", out=tmp_path / "runs").page.read_text()
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"groups": ["nobody"]}, "no field of the group 'nobody'; known: slide0"),
        ({"data": "cvs:here"}, "unknown data component 'cvs'.*csv"),
        ({"data": "a b c"}, "expected a data component and its path"),
        ({"data": "csv:nowhere"}, "there is no folder 'nowhere'"),
        ({"data": "folder:x", "bench": "x.yaml"}, "expected data or a bench, got both"),
    ],
)
def test_a_mistake_is_named(tmp_path, drawn_data, perfect, more, reason):
    asked = {"data": f"csv:{drawn_data}", "out": tmp_path / "runs", **more}
    with pytest.raises(LeukcadError, match=reason):
        leukcad.measure(perfect, **asked)


def test_a_pipeline_that_finds_no_cells_has_nothing_to_be_measured(tmp_path, drawn_data, finder):
    direct = tmp_path / "direct.yaml"
    steps = "classes: [a, b]\nsteps:\n  - classify: {use: torchvision, name: shufflenet_v2_x0_5}\n"
    direct.write_text(finder("nuclei").read_text().partition("steps:")[0] + steps)
    with pytest.raises(LeukcadError, match="direct finds no cells"):
        leukcad.measure(direct, data=f"csv:{drawn_data}", out=tmp_path / "runs")


def test_data_are_named_in_one_text(drawn_data):
    assert data_named(f"csv:{drawn_data}")[0] == drawn_data.name
    name, use = data_named(f"mine={{use: csv, path: {drawn_data}}}")
    assert name == "mine" and use.name == "csv" and use.options["path"] == drawn_data
    assert data_named("simulated")[1].name == "simulated"
