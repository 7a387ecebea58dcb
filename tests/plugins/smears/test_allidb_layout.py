from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from leukcad_smears.allidb import write_allidb


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("allidb")
    write_allidb(folder, healthy=2, leukaemic=2, cells=2, width=400, height=300)
    return folder


def test_both_layouts_are_written_with_the_names_of_all_idb(folder: Path) -> None:
    def names(part: str) -> list[str]:
        return sorted(p.name for p in (folder / part).iterdir())

    assert names("ALL_IDB1/im") == ["Im001_1.jpg", "Im002_1.jpg", "Im003_0.jpg", "Im004_0.jpg"]
    assert names("ALL_IDB1/xyc") == [n.replace("jpg", "xyc") for n in names("ALL_IDB1/im")]
    assert names("ALL_IDB2/img") == ["Im001_1.tif", "Im002_1.tif", "Im003_0.tif", "Im004_0.tif"]
    assert names("ALL_IDB2/masks") == names("ALL_IDB2/img")


def test_centres_stand_on_blasts_and_healthy_fields_have_none(folder: Path) -> None:
    for path in (folder / "ALL_IDB1" / "xyc").iterdir():
        rows = [tuple(map(int, line.split())) for line in path.read_text().splitlines()]
        mask = cv2.imread(str(folder / "ALL_IDB1" / "masks" / path.with_suffix(".tif").name))
        assert mask is not None
        assert len(rows) >= 2 if path.stem.endswith("_1") else not rows
        assert all((mask[y, x] != 255).any() for x, y in rows)


def test_masks_have_the_three_published_colours(folder: Path) -> None:
    mask = cv2.imread(str(folder / "ALL_IDB2" / "masks" / "Im001_1.tif"))
    assert mask is not None
    colours = {tuple(map(int, c)) for c in np.unique(mask[..., ::-1].reshape(-1, 3), axis=0)}
    assert colours == {(255, 255, 255), (0, 255, 255), (0, 0, 255)}
