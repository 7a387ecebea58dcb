from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leukcad_datasets.yolo import Yolo, class_names

from leukcad import Field, LeukcadError, Step
from leukcad.data.images import write_png


def source(path: Path, quick: bool = False, **options: Any) -> Step:
    return Step("data", "yolo", Yolo(path=path, **options), quick=quick)


def read(step: Step, id_: str) -> Field:
    return step.read(next(r for r in step.index() if r.id == id_))


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    """Three pictures of 40 × 20 px, one without a label file."""
    for name in ("train/a", "train/b", "val/c"):
        write_png(np.zeros((20, 40, 3), np.uint8), tmp_path / "images" / f"{name}.png")
        (tmp_path / "labels" / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "labels/train/a.txt").write_text("1 0.5 0.5 0.25 0.5\n\n0 0.95 0.5 0.2 0.1\n")
    (tmp_path / "labels/val/c.txt").write_text("")
    (tmp_path / "classes.txt").write_text("WBC\nRBC\n")
    return tmp_path


def test_shares_become_pixels_cut_at_the_edge(boxes: Path) -> None:
    field = read(source(boxes), "train/a")
    assert field.truth is not None
    np.testing.assert_allclose(field.truth.boxes.numpy(), [[15, 5, 25, 15], [34, 9, 40, 11]], rtol=1e-5)
    assert field.truth.names() == ["RBC", "WBC"]
    assert field.complete == {"WBC", "RBC"}


@pytest.mark.parametrize("id_", ["train/b", "val/c"])
def test_an_empty_or_absent_label_file_means_no_cells(boxes: Path, id_: str) -> None:
    truth = read(source(boxes), id_).truth
    assert truth is not None and len(truth) == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2 0.5 0.5 0.1 0.1", "expected a class from 0 to 1, got 2"),
        ("-1 0.5 0.5 0.1 0.1", "expected a class from 0 to 1, got -1"),
        ("0 0.5 0.5 0.1", "expected class, x, y, width, height"),
        ("0 0.5 0.5 0.1 0.1 0.9", "expected class, x, y, width, height"),
        ("WBC 0.5 0.5 0.1 0.1", "expected class, x, y, width, height"),
        ("0 nan 0.5 0.1 0.1", "expected shares of the picture from 0 to 1"),
        ("0 0.5 0.5 -0.1 0.1", "expected shares of the picture from 0 to 1"),
        ("0 20 10 8 8", "expected shares of the picture from 0 to 1"),
        ("0 0.5 0.5 0.001 0.1", "less than a pixel"),
    ],
)
def test_a_bad_line_is_named_and_the_other_fields_are_read(boxes: Path, line: str, reason: str) -> None:
    (boxes / "labels/train/a.txt").write_text(f"0 0.5 0.5 0.5 0.5\n{line}\n")
    step = source(boxes)
    with pytest.raises(LeukcadError, match=rf"a\.txt:2: .*{reason}"):
        read(step, "train/a")
    assert read(step, "val/c").width == 40


def test_pictures_without_any_label_file_are_refused(boxes: Path) -> None:
    for file in boxes.glob("labels/*/*.txt"):
        file.unlink()
    with pytest.raises(LeukcadError, match="no label file for any picture"):
        source(boxes).index()


@pytest.mark.parametrize(
    "text", ["names: [WBC, RBC]\nnc: 2\n", "names: {0: WBC, 1: RBC}\n", "names:\n  0: WBC\n  1: RBC\n"]
)
def test_class_names_come_from_a_yaml_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    assert class_names(tmp_path) == ("WBC", "RBC")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("names: WBC\n", r"data\.yaml: expected names: \[...\], got WBC"),
        ("names: {1: WBC, 2: RBC}\n", "expected names"),
        ("names: [WBC, WBC]\n", "different class names"),
        ("names: &a [WBC, *a]\n", "data.yaml"),
        ("train: x\n", "expected names"),
    ],
)
def test_a_yaml_file_without_names_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(LeukcadError, match=reason):
        class_names(tmp_path)


def test_without_names_the_cure_is_told(boxes: Path) -> None:
    (boxes / "classes.txt").unlink()
    with pytest.raises(LeukcadError, match=r"no classes\.txt .*; name them: classes:"):
        source(boxes).index()
    assert len(source(boxes, classes=("WBC", "RBC")).index()) == 3


def test_chula_is_read(shared_data: Path) -> None:
    kinds = tuple("abcde")  # the data set does not say what its numbers mean
    step = source(shared_data / "chula_wbc", classes=kinds)
    assert len(step.index()) == 40
    assert len(source(shared_data / "chula_wbc", classes=kinds, quick=True).index()) == 24
    for record in step.index()[::8]:
        field = step.read(record)
        assert field.array().shape == (900, 1440, 3)
        assert field.truth is not None and len(field.truth) >= 1
        sides = field.truth.boxes[:, 2:] - field.truth.boxes[:, :2]
        assert bool((sides > 60).all()) and bool((sides < 300).all())


def test_a_byte_order_mark_is_no_part_of_the_first_class(boxes: Path) -> None:
    (boxes / "classes.txt").write_bytes(b"\xef\xbb\xbfWBC\nRBC\n")
    truth = read(source(boxes), "train/a").truth
    assert truth is not None and truth.classes == ("WBC", "RBC")
