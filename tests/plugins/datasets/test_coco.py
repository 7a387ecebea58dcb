from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leukcad_datasets.coco import Coco

from leukcad import Field, LeukcadError, Step
from leukcad.data.images import write_png


@pytest.fixture
def told() -> dict[str, Any]:
    """Two pictures of 40 × 30 px, the first with a leukocyte that sticks out, a red cell and a crowd of platelets."""
    boxes = [(7, 5, [30, 10, 20, 10], 0), (8, 5, [1, 2, 3, 4], 0), (9, 5, [0, 0, 9, 9], 1)]
    return {
        "info": {"year": 2026},
        "images": [
            {"id": 5, "file_name": "a/1.png", "width": 40, "height": 30},
            {"id": 6, "file_name": "2.png", "width": 40, "height": 30},
        ],
        "categories": [{"id": 3, "name": "WBC"}, {"id": 1, "name": "RBC"}, {"id": 2, "name": "platelet"}],
        "annotations": [
            {"id": id_, "image_id": image, "category_id": (3, 1, 2)[i], "bbox": box, "iscrowd": crowd, "area": 1.5}
            for i, (id_, image, box, crowd) in enumerate(boxes)
        ],
    }


def source(folder: Path, told: Any, **options: Any) -> Step:
    for name in ("a/1.png", "2.png"):
        write_png(np.zeros((30, 40, 3), np.uint8), folder / "pictures" / name)
    file = folder / "boxes.json"
    file.write_text(told if isinstance(told, str) else json.dumps(told))
    return Step("data", "coco", Coco(path=file, images=folder / "pictures", **options))


def read(step: Step, place: int) -> Field:
    return step.read(step.index()[place])


def test_boxes_are_cut_at_the_edge_and_complete_but_for_crowds(tmp_path: Path, told: dict[str, Any]) -> None:
    step = source(tmp_path, told)
    assert [r.id for r in step.index()] == ["a/1", "2"]
    field = read(step, 0)
    assert field.truth is not None
    assert field.truth.boxes.tolist() == [[30, 10, 40, 20], [1, 2, 4, 6]]
    assert field.truth.names() == ["WBC", "RBC"]
    assert field.complete == {"WBC", "RBC"}
    empty = read(step, 1)
    assert empty.truth is not None and len(empty.truth) == 0 and "platelet" in empty.complete


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ([float("nan"), 0, 5, 5], "expected a box of finite numbers, got nan"),
        ([5, 5, -3, 4], "turned inside out"),
        ([40, 5, 8, 8], r"less than a pixel of the box .* lies in the picture of 40 × 30 px"),
        ([5, 5, 0, 4], "less than a pixel"),
        ([1e308, 0, 1e308, 5], "finite"),
    ],
)
def test_a_bad_box_is_named_and_the_other_fields_are_read(
    tmp_path: Path, told: dict[str, Any], box: list[float], reason: str
) -> None:
    told["annotations"][0]["bbox"] = box
    step = source(tmp_path, told)
    with pytest.raises(LeukcadError, match=f"annotation 7: .*{reason}"):
        read(step, 0)
    assert read(step, 1).width == 40


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t["annotations"][1].update(id=7), "the annotation 7 stands twice"),
        (lambda t: t["images"][1].update(id=5), "the image 5 stands twice"),
        (lambda t: t["categories"][1].update(name="WBC"), "the category name 'WBC' stands twice"),
        (lambda t: t["annotations"][1].update(image_id=99), "annotation 8: there is no image 99"),
        (lambda t: t["annotations"][1].update(category_id=99), "annotation 8: there is no category 99"),
        (lambda t: t["images"][1].update(file_name="../../etc/passwd"), "image 6: expected a path within"),
        (lambda t: t["images"][1].update(file_name="/etc/passwd"), "image 6: expected a path within"),
        (lambda t: t["images"][1].update(file_name="./a/1.png"), "the images 5 and 6 are both 'a/1'"),
        (lambda t: t["annotations"][1].update(bbox=[1, 2, 3]), r"annotations\.1\.bbox"),
        (lambda t: t["annotations"][1].update(image_id="5"), r"annotations\.1\.image_id"),
        (lambda t: t.pop("images"), "images: Field required"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, told: dict[str, Any], change: Any, reason: str
) -> None:
    change(told)
    with pytest.raises(LeukcadError, match=rf"boxes\.json: .*{reason}"):
        source(tmp_path, told).index()


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 100_000, '{"images": 1}'])
def test_what_is_no_coco_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LeukcadError, match=r"boxes\.json: "):
        source(tmp_path, text).index()


def test_boxes_drawn_on_a_picture_of_another_size_are_refused(tmp_path: Path, told: dict[str, Any]) -> None:
    told["images"][0]["width"] = 80
    with pytest.raises(LeukcadError, match="image 5: drawn on 80 × 30 px, but the picture has 40 × 30 px"):
        read(source(tmp_path, told), 0)


def test_labels_and_groups_come_from_a_table(tmp_path: Path, told: dict[str, Any]) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("field,label,group\na/1,ALL,p1\n2.png,healthy,\n")
    records = source(tmp_path, told, labels=table).index()
    assert [(r.label, r.group) for r in records] == [("ALL", "p1"), ("healthy", "2")]
    assert [r.label for r in source(tmp_path, told).index()] == [None, None]


@pytest.mark.parametrize(
    ("row", "reason"), [("x,ALL", "the field 'x' is not in the data"), ("2,ALL\n2.png,ALL", "'2.png' stands twice")]
)
def test_a_table_of_other_fields_is_refused(tmp_path: Path, told: dict[str, Any], row: str, reason: str) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(f"field,label\n{row}\n")
    with pytest.raises(LeukcadError, match=rf"labels\.csv:\d: .*{reason}"):
        source(tmp_path, told, labels=table).index()


def test_pictures_lie_beside_the_file_or_in_its_folder_images(tmp_path: Path, told: dict[str, Any]) -> None:
    (tmp_path / "boxes.json").write_text(json.dumps(told))
    for name in ("a/1.png", "2.png"):
        write_png(np.zeros((30, 40, 3), np.uint8), tmp_path / "images" / name)
    step = Step("data", "coco", Coco(path=tmp_path / "boxes.json"))
    assert [r.id for r in step.index()] == ["a/1", "2"] and read(step, 0).width == 40


def test_a_table_may_name_groups_of_fields_without_a_label_but_not_nothing(
    tmp_path: Path, told: dict[str, Any]
) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("field,label,group\na/1,,slide 1\n")
    assert [(r.label, r.group) for r in source(tmp_path, told, labels=table).index()] == [
        (None, "slide 1"),
        (None, "2"),
    ]
    table.write_text("field,label,group\na/1,,\n")
    with pytest.raises(LeukcadError, match=r"labels\.csv:2: expected a label or a group for 'a/1', got neither"):
        source(tmp_path, told, labels=table).index()
