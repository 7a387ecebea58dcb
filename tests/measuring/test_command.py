"""`leukcad measure` as it is typed."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from leukcad.cli.app import app


@pytest.fixture
def call():
    def call_(*arguments):
        return CliRunner().invoke(app, [str(a) for a in arguments], prog_name="leukcad")

    return call_


def test_the_figures_are_printed_with_their_intervals_and_where_the_page_lies(call, finder, drawn_data, tmp_path):
    path = finder("annotated", "perfect")
    told = call("measure", path, "--data", f"drawn=csv:{drawn_data}", "--out", tmp_path, "--single-file")
    assert told.exit_code == 0, told.stderr
    words = " ".join(told.stdout.split())
    assert "drawn: csv, 10 fields" in words and "16/16" in words and "1.000" in words
    assert f"page: {tmp_path / 'measure/index.html'}" in told.stdout
    assert (tmp_path / "measure/single-file.html").is_file() and "single file: " in told.stderr


def test_json_is_what_the_file_beside_the_page_holds(call, finder, drawn_data, tmp_path):
    path = finder("annotated", "perfect")
    told = call("measure", path, path, "--data", f"csv:{drawn_data}", "--out", tmp_path, "--json", "--group", "slide1")
    assert json.loads(told.stdout) == json.loads((tmp_path / "measure/measure.json").read_text())
    assert list(json.loads(told.stdout)["models"]) == ["perfect", "perfect_2"]


def test_two_pipelines_are_compared_in_words(call, finder, drawn_data, tmp_path):
    blind = finder("{use: nuclei, cell_diameter: 60}", "blind")
    told = call("measure", finder("annotated", "perfect"), blind, "--data", f"csv:{drawn_data}", "--out", tmp_path)
    assert "published: perfect and blind: not distinguishable at n = 5 (p 0.062)" in " ".join(told.stdout.split())


def test_fields_that_cannot_be_read_make_the_exit_code_1(call, finder, drawn_data, tmp_path):
    shutil.copytree(drawn_data, tmp_path / "broken")
    (tmp_path / "broken/3.png").write_bytes(b"no picture")
    path = finder("annotated", "perfect")
    told = call("measure", path, "--data", f"csv:{tmp_path / 'broken'}", "--out", tmp_path / "runs")
    assert told.exit_code == 1 and "left out: 3" in told.stderr and "page: " in told.stdout


def test_a_mistake_leaves_with_2_and_one_line(call, finder, tmp_path):
    told = call("measure", finder("annotated"), "--data", "cvs:x", "--out", tmp_path)
    assert told.exit_code == 2 and "cvs" in told.stderr and "Traceback" not in told.stderr
