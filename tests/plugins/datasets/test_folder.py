from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from leukcad_datasets.folder import Folder
from leukcad_datasets.masks import read_cells
from PIL import Image

from leukcad import Field, LeukcadError, Step
from leukcad.data.images import write_jpeg, write_png


def source(path: Path, quick: bool = False, **options: bool) -> Step:
    return Step("data", "folder", Folder(path=path, **options), quick=quick)


def read(step: Step, id_: str) -> Field:
    return step.read(next(r for r in step.index() if r.id == id_))


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """Three fields of 80 × 60 px; a mask of 40 × 30 px with two cells, one with a hole, and a speck."""
    mask = np.zeros((30, 40), np.uint8)
    mask[5:15, 5:15] = 255
    mask[9:11, 9:11] = 0
    mask[20:28, 30:40] = 255
    for name in ("a/1.jpg", "a/2.jpg", "b/3.jpg"):
        write_jpeg(np.full((60, 80, 3), 200, np.uint8), tmp_path / name)
    write_png(mask, tmp_path / "masks" / "1.png")
    (tmp_path / "index.csv").write_text(
        "field,label,group,mask\na/1.jpg,lymp,p1,masks/1.png\na/2.jpg,lymp,p1,\nb/3.jpg,mono,p2,\n"
    )
    return tmp_path


def test_folders_are_classes(tmp_path: Path) -> None:
    for name in ("healthy/1.jpg", "healthy/deep/2.png", "ALL/3.jpg", "ALL/.hidden.jpg", "ALL/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    records = source(tmp_path).index()
    assert [(r.id, r.label) for r in records] == [
        ("ALL/3", "ALL"),
        ("healthy/1", "healthy"),
        ("healthy/deep/2", "healthy"),
    ]


@pytest.mark.parametrize(("name", "reason"), [("1.jpg", "outside class folders, such as 1.jpg"), ("x", "no pictures")])
def test_a_folder_without_classes_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(LeukcadError, match=f"expected an index.csv or one folder a class, got .*{reason}"):
        source(tmp_path).index()


def test_two_pictures_that_differ_by_suffix_only_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("1.jpg", "1.png"):
        (tmp_path / "a" / name).write_bytes(b"")
    with pytest.raises(LeukcadError, match=r"1\.png and 1\.jpg have the same name"):
        source(tmp_path).index()


def test_an_index_names_label_and_group(listed: Path) -> None:
    records = source(listed).index()
    assert [(r.id, r.label, r.group) for r in records] == [
        ("a/1", "lymp", "p1"),
        ("a/2", "lymp", "p1"),
        ("b/3", "mono", "p2"),
    ]


def test_a_smaller_mask_gives_cells_at_the_fields_scale_with_its_label(listed: Path) -> None:
    truth = read(source(listed), "a/1").truth
    assert truth is not None and truth.regions is not None
    assert truth.boxes.tolist() == [[10, 10, 30, 30], [60, 40, 80, 56]]
    assert truth.names() == ["lymp", "lymp"]
    assert tuple(truth.regions.shape) == (60, 80)
    assert (truth.regions[10:30, 10:30] == 1).all()
    assert read(source(listed), "a/2").truth is None


def test_cells_may_keep_their_own_counsel(listed: Path) -> None:
    truth = read(source(listed, cell_labels=False), "a/1").truth
    assert truth is not None and truth.names() == ["WBC", "WBC"]


def test_single_cells_are_the_largest_part_or_the_whole_picture(listed: Path) -> None:
    step = source(listed, single_cells=True)
    masked, bare = read(step, "a/1").truth, read(step, "b/3").truth
    assert masked is not None and masked.boxes.tolist() == [[10, 10, 30, 30]]
    assert bare is not None and bare.boxes.tolist() == [[0, 0, 80, 60]] and bare.names() == ["mono"]


@pytest.mark.parametrize("what", ["field", "mask"])
def test_a_missing_file_is_named_with_its_row_and_the_others_are_read(listed: Path, what: str) -> None:
    (listed / ("a/1.jpg" if what == "field" else "masks/1.png")).unlink()
    step = source(listed)
    with pytest.raises(LeukcadError, match=rf"index\.csv:2: there is no {what} .*1\.(jpg|png)"):
        read(step, "a/1")
    assert read(step, "a/2").width == 80


def test_an_index_of_nothing_that_is_there_is_refused(listed: Path) -> None:
    shutil.rmtree(listed / "a")
    shutil.rmtree(listed / "b")
    with pytest.raises(LeukcadError, match=r"index\.csv:2: there is no .*1\.jpg, nor any other"):
        source(listed).index()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("../x.jpg,a,,", r"index\.csv:2: expected a path within .*, got '\.\./x\.jpg'"),
        ("a/1.jpg,a,,a\\..\\..\\m.png", "expected a path within"),
        ("/etc/passwd,a,,", "expected a path within"),
        ("C:\\x.jpg,a,,", "expected a path within"),
        ("a/1.jpg,a,,\n./a/1.jpg,a,,", r"index\.csv:3: the field '\./a/1\.jpg' stands twice, first in line 2"),
        ("a/1.jpg,,,", r"index\.csv:2: the column 'label' is empty"),
        ("a/1.jpg,a", r"index\.csv:2: expected 4 cells, got 2"),
        ("", "expected rows below the header"),
    ],
)
def test_a_broken_index_is_refused_with_its_line(listed: Path, row: str, reason: str) -> None:
    (listed / "index.csv").write_text(f"field,label,group,mask\n{row}\n")
    with pytest.raises(LeukcadError, match=reason):
        source(listed).index()


def test_a_mask_of_another_shape_is_named(listed: Path) -> None:
    write_png(np.zeros((30, 30), np.uint8), listed / "masks" / "1.png")
    with pytest.raises(LeukcadError, match=r"1\.png: a mask of 30 × 30 px does not fit"):
        read(source(listed), "a/1")


def test_a_field_without_cells_in_its_mask_has_none(listed: Path) -> None:
    write_png(np.zeros((30, 40), np.uint8), listed / "masks" / "1.png")
    truth = read(source(listed), "a/1").truth
    assert truth is not None and len(truth) == 0


def test_bcisc_is_read_with_its_masks_and_groups(shared_data: Path) -> None:
    step = source(shared_data / "bcisc")
    records = step.index()
    assert len(records) == 123
    assert {r.label for r in records} == {"baso", "eosi", "lymp", "mono", "neut"}
    assert len({r.group for r in records}) < 40
    for record in records[::30]:
        field = step.read(record)
        assert field.truth is not None and 1 <= len(field.truth) <= 3
        assert field.truth.names() == [record.label] * len(field.truth)
        sides = (field.truth.boxes[:, 2:] - field.truth.boxes[:, :2]).numpy() / field.width
        assert (sides > 0.05).all() and (sides < 0.35).all()


def test_quick_means_few_fields_of_every_class(shared_data: Path) -> None:
    labels = [r.label for r in source(shared_data / "pbc_cells", quick=True).index()]
    assert len(labels) == 8 * 24
    assert all(labels.count(label) == 24 for label in labels)


def test_a_larger_mask_is_shrunk_and_its_boxes_still_hold_its_regions(listed: Path) -> None:
    mask = np.zeros((180, 240), bool)
    mask[30:91, 31:100] = True
    mask[100:150, 120:122] = True  # thinner than a pixel of the field
    write_png(mask, listed / "masks" / "1.png")
    truth = read(source(listed), "a/1").truth
    assert truth is not None and truth.regions is not None
    assert len(truth) == len(np.unique(truth.regions.numpy())) - 1
    for i, (x0, y0, x1, y1) in enumerate(truth.boxes.int().tolist(), 1):
        rows, columns = np.nonzero(truth.regions.numpy() == i)
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == [x0, y0, x1, y1]


def test_specks_of_a_drawing_tool_are_no_cells(listed: Path) -> None:
    mask = np.zeros((300, 400), bool)
    mask[50:60, 50:60] = True
    mask[202:204, 302:304] = True  # would be one pixel of the field
    write_png(mask, listed / "masks" / "1.png")
    truth = read(source(listed), "a/1").truth
    assert truth is not None and truth.boxes.tolist() == [[10, 10, 12, 12]]


def test_a_mask_of_numbers_in_a_large_field_is_refused_not_read_without_its_first_cell(tmp_path: Path) -> None:
    mask = np.zeros((1944, 2592), np.uint8)
    for number, at in enumerate((200, 900, 1600), 1):
        mask[at : at + 120, at : at + 120] = number
    write_png(mask, tmp_path / "mask.png")
    with pytest.raises(LeukcadError, match="expected a mask of two values"):
        read_cells(tmp_path / "mask.png", 1944, 2592)
    smooth = Image.fromarray((mask > 0).astype(np.uint8) * 255).resize((1300, 975), Image.Resampling.BICUBIC)
    write_png(np.asarray(smooth), tmp_path / "mask.png")
    assert len(read_cells(tmp_path / "mask.png", 1944, 2592)) == 3
