"""`leukcad data convert` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leukcad.cli.app import app
from leukcad.data.images import write_png
from leukcad.testing import draw_field


@pytest.fixture
def call():
    def call_(*arguments):
        return CliRunner().invoke(app, [str(a) for a in arguments], prog_name="leukcad")

    return call_


@pytest.fixture
def yolo(tmp_path):
    """Two pictures of YOLO's form, one of them empty, and one that is broken."""
    for name, line in (("a", "1 0.5 0.5 0.1 0.2\n0 0.2 0.2 0.1 0.1\n"), ("b", ""), ("c", "")):
        write_png(draw_field().array(), tmp_path / f"yolo/images/{name}.png")
        (tmp_path / "yolo/labels").mkdir(exist_ok=True)
        (tmp_path / f"yolo/labels/{name}.txt").write_text(line)
    (tmp_path / "yolo/classes.txt").write_text("RBC\nWBC\n")
    return tmp_path / "yolo"


def test_it_says_what_was_written_and_how_to_read_it_and_reads_it(call, yolo, tmp_path):
    told = call("data", "convert", f"yolo:{yolo}", tmp_path / "coco", "--to", "coco", "--drop", "RBC")
    assert told.exit_code == 0, told.stderr
    assert told.stdout.splitlines() == [
        f"3 fields with 1 cells: {tmp_path / 'coco'}",
        f"read it: {{use: coco, path: {tmp_path / 'coco/annotations.json'}}}",
    ]
    shown = call("data", "show", "coco", "--set", f"path={tmp_path / 'coco/annotations.json'}")
    assert "3 fields" in shown.stdout


def test_a_picture_that_cannot_be_read_makes_the_exit_code_1(call, yolo, tmp_path):
    (yolo / "images/c.png").write_bytes(b"no picture")
    told = call("data", "convert", f"yolo:{yolo}", tmp_path / "voc", "--to", "voc", "--json")
    assert told.exit_code == 1 and json.loads(told.stdout)["fields"] == 2 and "left out: c" in told.stderr


def test_a_map_of_classes_is_read_and_must_be_whole(call, yolo, tmp_path):
    classes = tmp_path / "classes.yaml"
    classes.write_text("WBC: leukocyte\n")
    arguments = ("data", "convert", f"yolo:{yolo}", tmp_path / "csv", "--to", "csv", "--classes", classes)
    told = call(*arguments)
    assert told.exit_code == 2 and "no new class is named for RBC" in told.stderr
    assert call(*arguments, "--drop", "RBC").exit_code == 0
    assert Path(tmp_path / "csv/cells.csv").read_text().splitlines()[1].endswith(",leukocyte")


def test_what_is_lost_is_told_on_stderr(call, tmp_path):
    told = call(
        "data",
        "convert",
        "simulated",
        tmp_path / "voc",
        "--to",
        "voc",
        "--quick",
        "--set",
        "healthy=1",
        "--set",
        "leukaemic=1",
        "--set",
        "width=320",
        "--set",
        "height=240",
    )
    assert told.exit_code == 0 and "lost: the masks of cells (VOC holds none; 2 fields)" in told.stderr
