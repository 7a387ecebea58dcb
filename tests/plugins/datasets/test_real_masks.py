"""The adapters on the study authors' own masks; the pictures are blank, since ALL-IDB may not be passed on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from leukcad_datasets.allidb1 import AllIdb1
from leukcad_datasets.allidb2 import AllIdb2
from PIL import Image
from scipy import ndimage

from leukcad import Field, Step
from leukcad.data.images import read_header, write_jpeg, write_png
from leukcad.evaluation.auroc import auroc


@pytest.fixture(scope="module")
def cells(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Field]:
    """All 260 of ALL-IDB2's cells with their masks."""
    folder, masks = tmp_path_factory.mktemp("cells"), shared_data / "all_idb2_masks" / "gt"
    for file in sorted(masks.glob("*.tif")):
        header = read_header(file)
        write_png(np.zeros((header.height, header.width, 3), np.uint8), folder / f"{file.stem}.png")
    step = Step("data", "allidb2", AllIdb2(path=folder, masks=masks))
    return [step.read(record) for record in step.index()]


@pytest.mark.slow
def test_the_260_cells_are_130_of_each_class_and_ten_are_smaller_than_the_others(cells: list[Field]) -> None:
    labels = [field.record.label for field in cells]
    assert labels.count("ALL") == labels.count("healthy") == 130
    assert sum(field.array().shape[:2] != (257, 257) for field in cells) == 10


@pytest.mark.slow
def test_the_share_of_the_nucleus_alone_tells_blasts_with_an_auroc_of_0_92(cells: list[Field]) -> None:
    shares = []
    for field in cells:
        truth = field.truth
        assert truth is not None and len(truth) == 1 and truth.regions is not None and truth.nuclei is not None
        shares.append(float((truth.nuclei > 0).sum() / (truth.regions > 0).sum()))
    told = auroc(shares, [field.record.label == "ALL" for field in cells])
    assert told.value == pytest.approx(0.92, abs=0.005)
    assert (told.low, told.high) == pytest.approx((0.882, 0.946), abs=0.002)


@pytest.mark.slow
def test_a_mask_in_three_colours_leaves_white_out_of_the_cell(cells: list[Field]) -> None:
    regions = [field.truth.regions for field in cells if field.truth is not None]
    covered = [float((region > 0).float().mean()) for region in regions if region is not None]
    assert len(covered) == 260 and max(covered) < 0.9 and 0.1 < float(np.median(covered)) < 0.6


def test_masks_of_whole_fields_with_holes_as_bools_or_0_and_255_give_solid_cells(
    shared_data: Path, tmp_path: Path
) -> None:
    masks = shared_data / "all_idb1_masks"
    (tmp_path / "im").mkdir()
    (tmp_path / "xyc").mkdir()
    modes, found = set(), {}
    for file in sorted(masks.glob("*_WBCs.tif")):
        with Image.open(file) as mask:
            modes.add(mask.mode)
            white = np.asarray(mask) > 0
        assert (ndimage.binary_fill_holes(white) & ~white).any()  # every one of the ten has holes
        name = file.stem.removesuffix("_WBCs")
        write_jpeg(np.full((*white.shape, 3), 220, np.uint8), tmp_path / "im" / f"{name}.jpg")
        (tmp_path / "xyc" / f"{name}.xyc").write_text("1 1\n")  # an ALL field has a blast; here outside of all cells
    step = Step("data", "allidb1", AllIdb1(path=tmp_path, masks=masks))
    for record in step.index():
        truth = step.read(record).truth
        assert truth is not None and truth.regions is not None
        inside = truth.regions.numpy() > 0
        assert not (ndimage.binary_fill_holes(inside) & ~inside).any()
        found[record.id] = truth.names().count("WBC")
    assert modes == {"1", "L"}
    assert list(found.values()) == [5, 10, 7, 5, 24, 13, 7, 14, 9, 12]
