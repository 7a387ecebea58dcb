"""`detect: nuclei` on a dozen fields of each data set that it was made on: floors, not figures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from leukcad_skimage.wbc import find_wbc
from PIL import Image

ReadSet = Callable[[Path], list[tuple[Path, npt.NDArray[np.float64]]]]


def picture(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


def centre_hits(found: npt.NDArray[np.float32], truth: npt.NDArray[np.float64]) -> int:
    """Boxes of the truth that hold the centre of a found box, each used once."""
    centres = (found[:, :2] + found[:, 2:]) / 2
    margins = np.minimum(centres[:, None] - truth[None, :, :2], truth[None, :, 2:] - centres[:, None])
    free = np.ones(len(truth), bool)
    for row in margins.min(axis=-1) >= 0:
        candidates = np.flatnonzero(row & free)
        if candidates.size:
            free[candidates[0]] = False
    return int((~free).sum())


def bccd_fields(root: Path) -> list[tuple[Path, npt.NDArray[np.float64]]]:
    """Every 24th field of BCCD's trainval split, which the method was made on."""
    names = (root / "bccd/ImageSets/Main/trainval.txt").read_text().split()[::24]
    fields = []
    for name in names:
        tree = ElementTree.parse(root / f"bccd/Annotations/{name}.xml")
        cells = [cell for cell in tree.iter("object") if cell.findtext("name") == "WBC"]
        keys = ("xmin", "ymin", "xmax", "ymax")
        boxes = [[float(cell.findtext(f"bndbox/{key}") or 0) for key in keys] for cell in cells]
        fields.append((root / f"bccd/JPEGImages/{name}.jpg", np.array(boxes).reshape(-1, 4)))
    return fields


def bcisc_fields(root: Path) -> list[tuple[Path, npt.NDArray[np.float64]]]:
    """Every fourth field of bcisc's groups 1 and 3, which the method was made on; boxes from the masks."""
    with (root / "bcisc/index.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["group"] in ("1", "3")][::4]
    fields = []
    for row in rows:
        mask = picture(root / "bcisc" / row["mask"])[..., 0]
        _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(mask > 127, np.uint8))
        kept = stats[1:][stats[1:, cv2.CC_STAT_AREA] > 200][:, :4].astype(float) * (2048 / mask.shape[1])
        kept[:, 2:] += kept[:, :2]
        fields.append((root / "bcisc" / row["field"], kept))
    return fields


@pytest.mark.parametrize("read_set", [bccd_fields, bcisc_fields])
def test_real_leukocytes_are_found_and_little_else(read_set: ReadSet, shared_data: Path) -> None:
    hits = truths = found = 0
    for path, truth in read_set(shared_data):
        boxes = find_wbc(picture(path)).boxes
        hits, truths, found = hits + centre_hits(boxes, truth), truths + len(truth), found + len(boxes)
    assert truths >= 12
    assert hits >= 0.95 * truths and hits >= 0.9 * found
