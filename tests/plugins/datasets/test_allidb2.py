from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from leukcad_datasets.allidb2 import AllIdb2

from leukcad import LeukcadError, Step
from leukcad.data.images import write_png


def source(path: Path, masks: Path | None = None, quick: bool = False) -> Step:
    return Step("data", "allidb2", AllIdb2(path=path, masks=masks), quick=quick)


@pytest.mark.parametrize("where", [".", "img", ".."])
def test_cells_are_found_from_the_folder_above_within_or_below(all_idb2: Path, where: str) -> None:
    records = source(all_idb2 / where).index()
    assert [r.id for r in records] == ["Im001_1", "Im002_1", "Im131_0", "Im132_0"]
    assert [r.label for r in records] == ["ALL", "ALL", "healthy", "healthy"]


def test_without_a_mask_the_cell_is_the_whole_picture(all_idb2: Path) -> None:
    step = source(all_idb2)
    fields = [step.read(r) for r in step.index()]
    assert [f.truth.names() for f in fields if f.truth] == [["lymphoblast"]] * 2 + [["WBC"]] * 2
    assert all(f.truth is not None and f.truth.boxes.tolist() == [[0, 0, 64, 64]] for f in fields)


def test_a_mask_in_three_colours_gives_box_cell_and_nucleus(all_idb2: Path) -> None:
    step = source(all_idb2, all_idb2 / "gt")
    truth = step.read(step.index()[0]).truth
    assert truth is not None and truth.regions is not None and truth.nuclei is not None
    assert truth.boxes.tolist() == [[10, 14, 51, 55]]
    assert set(np.unique(truth.regions.numpy())) == set(np.unique(truth.nuclei.numpy())) == {0, 1}
    assert float((truth.nuclei > 0).sum() / (truth.regions > 0).sum()) == pytest.approx((12 / 20) ** 2, abs=0.02)


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (np.full((64, 64, 3), 255, np.uint8), "no cell in this mask"),
        (np.full((64, 64, 3), (200, 30, 10), np.uint8), "expected the three colours white, cyan and blue"),
        (np.full((64, 20, 3), (0, 0, 255), np.uint8), r"20 × 64 px does not fit its field of 64 × 64 px"),
        (np.tile(np.arange(64, dtype=np.uint8), (64, 1)), "expected a mask of two values"),
    ],
)
def test_a_mask_of_another_kind_is_named(all_idb2: Path, mask: np.ndarray, reason: str) -> None:
    write_png(mask, all_idb2 / "gt" / "Im002_1.png")
    step = source(all_idb2, all_idb2 / "gt")
    with pytest.raises(LeukcadError, match=rf"Im002_1\.png: .*{reason}"):
        step.read(step.index()[1])


def test_a_missing_mask_is_named(all_idb2: Path) -> None:
    (all_idb2 / "gt" / "Im131_0.png").unlink()
    step = source(all_idb2, all_idb2 / "gt")
    with pytest.raises(LeukcadError, match="no mask for Im131_0"):
        step.read(step.index()[2])


def test_located_cells_name_their_field_and_a_table_in_which_none_was_found_is_no_mistake(all_idb2: Path) -> None:
    table = all_idb2 / "located.csv"
    found = []
    for rows in ("", "Im131_0,Im007_0\n"):
        table.write_text("id,field\n" + rows)
        found.append([r.source for r in Step("data", "allidb2", AllIdb2(path=all_idb2, located=table)).index()])
    assert found[0] == ["Im001_1", "Im002_1", "Im131_0", "Im132_0"]
    assert found[1] == ["Im001_1", "Im002_1", "ALL_IDB1/Im007_0", "Im132_0"]


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match="no pictures in it"):
        source(tmp_path).index()


def test_quick_means_forty_cells_of_each_class(tmp_path: Path) -> None:
    for number in range(1, 121):
        (tmp_path / f"Im{number:03d}_{int(number <= 60)}.tif").write_bytes(b"not read")
    labels = [r.label for r in source(tmp_path, quick=True).index()]
    assert labels.count("ALL") == labels.count("healthy") == 40


def test_the_authors_260_masks_hold_one_cell_with_a_nucleus_each(shared_data: Path, tmp_path: Path) -> None:
    masks = shared_data / "all_idb2_masks" / "gt"
    from leukcad.data.images import read_header

    files = sorted(masks.glob("*.tif"))
    assert len(files) == 260
    for file in files[::13]:
        header = read_header(file)
        write_png(np.zeros((header.height, header.width, 3), np.uint8), tmp_path / f"{file.stem}.png")
    step = source(tmp_path, masks)
    for record in step.index():
        truth = step.read(record).truth
        assert truth is not None and truth.regions is not None and truth.nuclei is not None
        share = float((truth.nuclei > 0).sum() / (truth.regions > 0).sum())
        assert len(truth) == 1 and 0.15 < share <= 1
