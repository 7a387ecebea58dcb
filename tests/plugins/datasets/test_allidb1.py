from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from leukcad_datasets.allidb1 import AllIdb1, read_centres

from leukcad import Field, LeukcadError, Step
from leukcad.data.images import write_jpeg, write_png


def source(path: Path, masks: Path | None = None) -> Step:
    return Step("data", "allidb1", AllIdb1(path=path, masks=masks))


def read(step: Step, id_: str) -> Field:
    return step.read(next(r for r in step.index() if r.id == id_))


@pytest.mark.parametrize("above", [False, True])
def test_labels_come_from_the_names(all_idb1: Path, above: bool) -> None:
    records = source(all_idb1.parent if above else all_idb1).index()
    assert [(r.id, r.label) for r in records] == [
        ("Im001_1", "ALL"),
        ("Im002_1", "ALL"),
        ("Im034_0", "healthy"),
        ("Im035_0", "healthy"),
    ]
    assert all(r.group == r.source == r.id and Path(str(r.path)).is_file() for r in records)


def test_blast_centres_are_points_and_all_of_them_are_there(all_idb1: Path) -> None:
    field = read(source(all_idb1), "Im001_1")
    assert field.truth is not None
    assert field.truth.boxes.tolist() == [[30, 40, 30, 40], [80, 50, 80, 50]]
    assert field.truth.names() == ["lymphoblast", "lymphoblast"]
    assert field.complete == {"lymphoblast"}
    assert field.array().shape == (90, 120, 3)


@pytest.mark.parametrize("gone", [True, False])
def test_a_healthy_field_has_no_blasts_with_or_without_an_empty_file(all_idb1: Path, gone: bool) -> None:
    if gone:
        (all_idb1 / "xyc" / "Im034_0.xyc").unlink()
    field = read(source(all_idb1), "Im034_0")
    assert field.truth is not None and len(field.truth) == 0
    assert field.complete == {"lymphoblast"}


def test_without_a_folder_of_centres_nothing_is_claimed(all_idb1: Path) -> None:
    shutil.rmtree(all_idb1 / "xyc")
    field = read(source(all_idb1), "Im001_1")
    assert field.truth is None and not field.complete


@pytest.mark.parametrize(
    ("id_", "text", "reason"),
    [
        ("Im001_1", None, r"Im001_1\.xyc: there is no such file, but Im001_1 is ALL"),
        ("Im001_1", "\n", r"Im001_1\.xyc: 0 blasts, but Im001_1 is ALL by its name"),
        ("Im034_0", "3 4\n", r"Im034_0\.xyc: 1 blasts, but Im034_0 is healthy by its name"),
        ("Im001_1", "3 4\n5\n", r"Im001_1\.xyc:2: expected a centre, two numbers, got '5'"),
        ("Im001_1", "3 nan\n", r"Im001_1\.xyc:1: expected a centre"),
        ("Im001_1", "3 4\n200 40\n", r"Im001_1\.xyc: a centre outside the picture of 120 × 90 px"),
    ],
)
def test_what_contradicts_the_label_is_named_and_the_other_fields_are_read(
    all_idb1: Path, id_: str, text: str | None, reason: str
) -> None:
    file = all_idb1 / "xyc" / f"{id_}.xyc"
    file.unlink()
    if text is not None:
        file.write_text(text)
    step = source(all_idb1)
    with pytest.raises(LeukcadError, match=reason):
        read(step, id_)
    assert len([read(step, r.id) for r in step.index() if r.id != id_]) == 3


def test_a_truncated_picture_is_named_when_it_is_read_not_before(all_idb1: Path) -> None:
    file = all_idb1 / "im" / "Im002_1.jpg"
    file.write_bytes(file.read_bytes()[:500])
    step = source(all_idb1)
    assert len(step.index()) == 4
    with pytest.raises(LeukcadError, match=r"Im002_1\.jpg"):
        read(step, "Im002_1")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Picture1.jpg", r"Picture1\.jpg: expected a name such as Im001_1"),
        ("Im001_0.jpg", "the number stands twice"),
    ],
)
def test_a_strange_name_is_refused(all_idb1: Path, name: str, reason: str) -> None:
    write_jpeg(np.zeros((9, 9, 3), np.uint8), all_idb1 / "im" / name)
    with pytest.raises(LeukcadError, match=reason):
        source(all_idb1).index()


def test_a_folder_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match="expected the folder im or ALL_IDB1/im in it"):
        source(tmp_path).index()


def test_a_changed_annotation_changes_the_record(all_idb1: Path) -> None:
    before = source(all_idb1).index()[0]
    (all_idb1 / "xyc" / "Im001_1.xyc").write_text("31 40\n")
    assert source(all_idb1).index()[0] != before


def test_a_mask_gives_boxes_at_the_fields_scale_fills_holes_and_parts_touching_blasts(all_idb1: Path) -> None:
    mask = np.zeros((45, 60), bool)  # half the field's size
    mask[10:30, 5:50] = True  # both blasts, touching
    mask[18:20, 20:22] = False  # a hole
    mask[35:43, 50:58] = True  # a leukocyte that is no blast
    mask[2, 2] = False
    write_png(mask, all_idb1.parent / "masks" / "Im001_1_WBCs.png")
    field = read(source(all_idb1, all_idb1.parent / "masks"), "Im001_1")
    assert field.truth is not None and field.truth.regions is not None
    assert sorted(field.truth.names()) == ["WBC", "lymphoblast", "lymphoblast"]
    assert field.complete == {"lymphoblast", "WBC"}
    regions = field.truth.regions.numpy()
    assert (regions[20:60, 10:100] > 0).all()
    assert regions[40, 30] != regions[50, 80]
    for i, (x0, y0, x1, y1) in enumerate(field.truth.boxes.int().tolist(), 1):
        rows, columns = np.nonzero(regions == i)
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == [x0, y0, x1, y1]
    wbc = field.truth.names().index("WBC")
    assert field.truth.boxes[wbc].tolist() == [100, 70, 116, 86]


def test_a_blast_that_the_mask_forgot_stays_a_point(all_idb1: Path) -> None:
    mask = np.zeros((90, 120), np.uint8)
    mask[30:50, 20:40] = 255
    write_png(mask, all_idb1.parent / "masks" / "Im001_1.png")
    field = read(source(all_idb1, all_idb1.parent / "masks"), "Im001_1")
    assert field.truth is not None
    assert field.truth.names() == ["lymphoblast", "lymphoblast"]
    assert field.truth.boxes.tolist() == [[20, 30, 40, 50], [80, 50, 80, 50]]
    assert read(source(all_idb1, all_idb1.parent / "masks"), "Im002_1").truth is not None


def test_the_published_masks_of_ten_fields_are_read(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "im").mkdir()
    (tmp_path / "xyc").mkdir()
    blank = np.full((1368, 1712, 3), 220, np.uint8)
    for number in (1, 7):  # one of bools, one of 0 and 255
        write_jpeg(blank, tmp_path / "im" / f"Im{number:03d}_1.jpg")
        (tmp_path / "xyc" / f"Im{number:03d}_1.xyc").write_text("1 1\n")
    step = source(tmp_path, shared_data / "all_idb1_masks")
    found = [read(step, f"Im{n:03d}_1").truth for n in (1, 7)]
    assert [cells.names().count("WBC") for cells in found if cells is not None] == [5, 7]


def test_centres_are_read_with_tabs_commas_and_empty_lines(tmp_path: Path) -> None:
    (tmp_path / "a.xyc").write_bytes(b"1\t2\r\n\r\n3.5,4\n")
    assert read_centres(tmp_path / "a.xyc").tolist() == [[1, 2], [3.5, 4]]


def test_nuclei_in_three_colours_belong_to_the_parted_cells(all_idb1: Path) -> None:
    mask = np.full((90, 120, 3), 255, np.uint8)
    mask[20:60, 10:100] = (0, 0, 255)
    mask[35:45, 25:35] = mask[45:55, 75:85] = (0, 255, 255)
    mask[70:80, 100:110] = (0, 255, 255)
    write_png(mask, all_idb1.parent / "masks" / "Im001_1.png")
    truth = read(source(all_idb1, all_idb1.parent / "masks"), "Im001_1").truth
    assert truth is not None and truth.regions is not None and truth.nuclei is not None
    regions, nuclei = truth.regions.numpy(), truth.nuclei.numpy()
    assert (nuclei[nuclei > 0] == regions[nuclei > 0]).all()
    assert len({nuclei[40, 30], nuclei[50, 80], nuclei[75, 105]}) == 3
