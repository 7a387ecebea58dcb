from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leukcad_datasets.voc import Voc

from leukcad import Field, LeukcadError, Step
from leukcad.data.images import write_png

CELL = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"


def note(*cells: tuple[Any, ...], size: tuple[int, int] = (40, 20), filename: str = "x.png") -> str:
    inner = "".join(CELL.format(*cell) for cell in cells)
    told = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>"
    return f"<annotation><filename>{filename}</filename>{told}{inner}</annotation>"


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    """Two pictures of 40 × 20 px."""
    (tmp_path / "Annotations").mkdir()
    for name in ("a", "b"):
        write_png(np.zeros((20, 40, 3), np.uint8), tmp_path / "JPEGImages" / f"{name}.png")
    (tmp_path / "Annotations/a.xml").write_text(note(("WBC", 11, 6, 20, 15), ("RBC", 1, 1, 60, 1)))
    (tmp_path / "Annotations/b.xml").write_text(note(("platelet", 3, 3, 5, 5)))
    return tmp_path


def source(path: Path, quick: bool = False, **options: Any) -> Step:
    return Step("data", "voc", Voc(path=path, **options), quick=quick)


def read(step: Step, id_: str) -> Field:
    return step.read(next(r for r in step.index() if r.id == id_))


def test_both_corners_belong_to_a_box_and_pixels_count_from_one(voc: Path) -> None:
    field = read(source(voc), "a")
    assert field.truth is not None
    assert field.truth.boxes.tolist() == [[10, 5, 20, 15], [0, 0, 40, 1]]
    assert field.truth.names() == ["WBC", "RBC"]
    assert field.truth.classes == ("RBC", "WBC", "platelet")
    assert field.complete == {"RBC", "WBC", "platelet"}


def test_a_subset_keeps_its_order(voc: Path) -> None:
    (voc / "ImageSets/Main").mkdir(parents=True)
    (voc / "ImageSets/Main/test.txt").write_text("b\na 1\n")
    assert [r.id for r in source(voc, subset="test").index()] == ["b", "a"]
    (voc / "ImageSets/Main/test.txt").write_text("b\n../a\n")
    with pytest.raises(LeukcadError, match=r"test\.txt:2: expected a path within"):
        source(voc, subset="test").index()
    (voc / "ImageSets/Main/test.txt").write_text("b\nb\n")
    with pytest.raises(LeukcadError, match="a field stands twice: b"):
        source(voc, subset="test").index()
    with pytest.raises(LeukcadError, match=r"cannot read .*train\.txt: there is no such file"):
        source(voc, subset="train").index()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (note(("WBC", 5, 5, 4, 9)), "object 1: a box turned inside out"),
        (note(("WBC", 5, 5, "nan", 9)), "object 1: expected a box of finite numbers"),
        (note(("WBC", 5, 5, "", 9)), "object 1: expected xmin, ymin, xmax, ymax"),
        (note(("", 5, 5, 8, 9)), "object 1: it has no name"),
        (note(("WBC", 1, 1, 4, 4), ("WBC", 50, 5, 60, 9)), "object 2: less than a pixel"),
        (note(("WBC", 5, 5, 8, 9), size=(80, 40)), "drawn on 80 × 40 px, but the picture has 40 × 20 px"),
        ("<annotation>", "not an annotation in XML"),
        ("", "not an annotation in XML"),
        ("<kml/>", "expected <annotation>, got <kml>"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation>&x;</annotation>', "not an annotation"),
    ],
)
def test_a_bad_annotation_is_named_and_the_other_fields_are_read(voc: Path, text: str, reason: str) -> None:
    (voc / "Annotations/a.xml").write_text(text)
    step = source(voc)
    with pytest.raises(LeukcadError, match=rf"a\.xml: .*{reason}"):
        read(step, "a")
    assert read(step, "b").width == 40


@pytest.mark.parametrize(("gone", "left"), [("JPEGImages/a.png", "a.jpg"), ("Annotations/a.xml", "a.xml")])
def test_a_picture_or_annotation_without_its_other_half_is_named(voc: Path, gone: str, left: str) -> None:
    (voc / "Annotations/a.xml").write_text(note(filename=""))
    (voc / gone).unlink()
    step = source(voc)
    with pytest.raises(LeukcadError, match=f"{left}: there is no such"):
        read(step, "a")


def test_an_annotation_may_name_its_picture_but_not_one_elsewhere(voc: Path) -> None:
    (voc / "Annotations/c.xml").write_text(note(("WBC", 1, 1, 4, 4), filename="b.png"))
    assert len(read(source(voc), "c").truth or ()) == 1
    (voc / "Annotations/c.xml").write_text(note(filename="../../secret.png"))
    with pytest.raises(LeukcadError, match=r"c\.xml: expected a path within"):
        read(source(voc), "c")


def test_bccd_is_read(shared_data: Path) -> None:
    step = source(shared_data / "bccd")
    assert len(step.index()) == 364
    assert len(source(shared_data / "bccd", subset="test").index()) == 72
    names: list[str] = []
    for record in [*step.index()[::45], next(r for r in step.index() if r.id.endswith("00338"))]:
        field = step.read(record)
        assert field.array().shape == (480, 640, 3)
        names += field.truth.names() if field.truth else []
    assert {"WBC", "RBC", "Platelets"} == set(names)
