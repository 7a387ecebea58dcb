from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from leukcad.data.images import write_jpeg, write_png

Discs = list[tuple[int, int, int]]
Draw = Callable[..., NDArray[np.uint8]]


def discs(height: int, width: int, cells: Discs) -> NDArray[np.int64]:
    """(H, W): 0 outside, i + 1 on the disc i of (x, y, radius)."""
    y, x = np.mgrid[:height, :width]
    out = np.zeros((height, width), np.int64)
    for i, (cx, cy, radius) in enumerate(cells, 1):
        out[(x - cx) ** 2 + (y - cy) ** 2 <= radius**2] = i
    return out


def smear(height: int, width: int, cells: Discs) -> NDArray[np.uint8]:
    """A pale picture with violet discs."""
    image = np.full((height, width, 3), (230, 215, 220), np.uint8)
    image[discs(height, width, cells) > 0] = (110, 60, 150)
    return image


@pytest.fixture
def all_idb1(tmp_path: Path) -> Path:
    """ALL-IDB1's form: two ALL fields with two blasts each, two healthy ones; 120 × 90 px."""
    root = tmp_path / "ALL_IDB1"
    (root / "im").mkdir(parents=True)
    (root / "xyc").mkdir()
    for number, sick in ((1, 1), (2, 1), (34, 0), (35, 0)):
        write_jpeg(smear(90, 120, [(30, 40, 10), (80, 50, 12)]), root / "im" / f"Im{number:03d}_{sick}.jpg")
        (root / "xyc" / f"Im{number:03d}_{sick}.xyc").write_text("30\t40\r\n80\t50\r\n" if sick else "")
    return root


@pytest.fixture
def all_idb2(tmp_path: Path) -> Path:
    """ALL-IDB2's form: four cells with masks in gt/; 64 × 64 px."""
    root = tmp_path / "ALL_IDB2"
    (root / "img").mkdir(parents=True)
    (root / "gt").mkdir()
    for number, sick in ((1, 1), (2, 1), (131, 0), (132, 0)):
        cell, nucleus = discs(64, 64, [(30, 34, 20)]) > 0, discs(64, 64, [(30, 34, 12)]) > 0
        mask = np.full((64, 64, 3), 255, np.uint8)
        mask[cell], mask[nucleus] = (0, 0, 255), (0, 255, 255)
        write_png(smear(64, 64, [(30, 34, 20)]), root / "img" / f"Im{number:03d}_{sick}.png")
        write_png(mask, root / "gt" / f"Im{number:03d}_{sick}.png")
    return root
