"""Every component of this repository keeps the contract of its stage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leukcad.config import json_schema
from leukcad.data.images import write_jpeg, write_png
from leukcad.files import atomic_write
from leukcad.host import discover
from leukcad.testing import Contract, draw_field

SMALL = {"healthy": 3, "leukaemic": 3}
BOXES = {"backbone": "mobilenet_v3_small", "input_side": 96, "score": 0.05, "most": 10}
#: Components that need options to be asked at all, or to be asked in seconds.
OPTIONS: dict[str, dict[str, Any]] = {
    "physical": {"fallback": 60.0},
    "deep-features": {"name": "shufflenet_v2_x0_5", "weights": "none", "input_size": 64, "model": "knn"},
    "bag": {"name": "shufflenet_v2_x0_5", "input_size": 64, "tile": 32},
    "timm": {"name": "test_resnet.r160_in1k", "input_size": 64},
    "faster-rcnn": {**BOXES},
    "retinanet": {**BOXES},
    "ssdlite": {**BOXES},
    "smp": {"encoder": "tu-test_resnet.r160_in1k"},
    "torchvision": {"name": "shufflenet_v2_x0_5", "input_size": 64},
    "simulated": {**SMALL, "width": 320, "height": 240},
    "simulated-cells": {**SMALL, "width": 320},
    "swap": {"of": ["lymphocyte"], "to": ["lymphoblast"]},
}
#: Data sources that read the user's files; each has a class below.
FILES = {"folder", "allidb1", "allidb2", "coco", "csv", "yolo", "voc"}
REAL = {"semireal", "semireal-cells"}  # they need real data: tests/plugins/smears/test_semireal.py
OURS = sorted(
    key
    for key, offer in discover().offers.items()
    if offer.distribution.startswith("leukcad-") and key[1] not in FILES | REAL
)


def test_there_are_components_of_every_stage_that_has_a_built_in() -> None:
    assert {"data", "detect", "crop", "classify", "diagnose", "explain", "synthesize"} <= {stage for stage, _ in OURS}


def _contract(stage: str, name: str) -> type[Contract]:
    told = {"stage": stage, "name": name, "options": OPTIONS.get(name, {})}
    made = type(f"Test_{stage}_{name}".replace("-", "_"), (Contract,), told)
    needed = json_schema(discover().load(stage, name)).get("required", [])
    if missing := sorted(set(needed) - set(OPTIONS.get(name, {}))):
        return pytest.mark.skip(f"{stage} {name} needs {', '.join(missing)}: give it a line in OPTIONS")(made)
    return made


for _stage, _name in OURS:
    _made = _contract(_stage, _name)
    globals()[_made.__name__] = _made


class FromFiles(Contract):
    """A data source that reads what `write` leaves in a folder."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _files(cls, tmp_path_factory: pytest.TempPathFactory) -> None:
        cls.options = cls.write(tmp_path_factory.mktemp(cls.name))

    @classmethod
    def write(cls, root: Path) -> dict[str, Any]:
        """Make the files; the options that name them."""
        raise NotImplementedError


class TestFolder(FromFiles):
    """One folder a class."""

    stage, name = "data", "folder"

    @classmethod
    def write(cls, root: Path) -> dict[str, Any]:
        for label, kind in (("healthy", "lymphocyte"), ("ALL", "lymphoblast")):
            write_jpeg(draw_field([kind]).array(), root / label / "1.jpg")
        return {"path": str(root)}


class TestAllIdb1(FromFiles):
    """ALL-IDB1's form."""

    stage, name = "data", "allidb1"

    @classmethod
    def write(cls, root: Path) -> dict[str, Any]:
        for field, centres in (("Im001_1", "30\t40\r\n"), ("Im034_0", "")):
            write_jpeg(draw_field().array(), root / "ALL_IDB1/im" / f"{field}.jpg")
            atomic_write(root / "ALL_IDB1/xyc" / f"{field}.xyc", centres)
        return {"path": str(root / "ALL_IDB1")}


class TestAllIdb2(FromFiles):
    """ALL-IDB2's form."""

    stage, name = "data", "allidb2"

    @classmethod
    def write(cls, root: Path) -> dict[str, Any]:
        for cell in ("Im001_1", "Im131_0"):
            write_png(draw_field().array()[:64, :64], root / "ALL_IDB2/img" / f"{cell}.png")
        return {"path": str(root / "ALL_IDB2")}


class TestCsv(FromFiles):
    """Boxes and points in one table."""

    stage, name = "data", "csv"

    @classmethod
    def write(cls, root: Path) -> dict[str, Any]:
        write_jpeg(draw_field().array(), root / "a.jpg")
        atomic_write(root / "fields.csv", "field,file,label,group\na,a.jpg,,\n")
        atomic_write(root / "cells.csv", "field,x0,y0,x1,y1,class\na,10,10,30,30,WBC\na,50,50,50,50,WBC\n")
        return {"path": str(root)}


class TestYolo(FromFiles):
    """YOLO's label files."""

    stage, name = "data", "yolo"

    @classmethod
    def write(cls, root: Path) -> dict[str, Any]:
        write_jpeg(draw_field().array(), root / "images/a.jpg")
        atomic_write(root / "labels/a.txt", "0 0.5 0.5 0.1 0.1\n")
        return {"path": str(root), "classes": ["WBC"]}


class TestVoc(FromFiles):
    """Pascal VOC's annotations."""

    stage, name = "data", "voc"

    @classmethod
    def write(cls, root: Path) -> dict[str, Any]:
        write_jpeg(draw_field().array(), root / "JPEGImages/a.jpg")
        box = "<bndbox><xmin>3</xmin><ymin>4</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
        size = "<size><width>280</width><height>240</height></size>"
        told = f"<annotation><filename>a.jpg</filename>{size}<object><name>WBC</name>{box}</object></annotation>"
        atomic_write(root / "Annotations/a.xml", told)
        return {"path": str(root)}


class TestCoco(FromFiles):
    """One COCO file."""

    stage, name = "data", "coco"

    @classmethod
    def write(cls, root: Path) -> dict[str, Any]:
        write_jpeg(draw_field().array(), root / "a.jpg")
        told = {
            "images": [{"id": 1, "file_name": "a.jpg", "width": 280, "height": 240}],
            "categories": [{"id": 1, "name": "WBC"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [3, 4, 30, 40], "iscrowd": 0}],
        }
        atomic_write(root / "boxes.json", json.dumps(told))
        return {"path": str(root / "boxes.json")}
