from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from leukcad.data.images import write_png
from leukcad.testing import draw_field

BENCH = """
data: {{use: csv, path: {folder}}}
cell_classes: {{healthy: [lymphocyte], lymphoblast: []}}
split: {{use: grouped, train: 0.4, validation: 0.2, test: 0.4, seed: 0}}
steps:
  - detect: {detect}
"""


def write_csv_data(folder: Path, fields: int = 10) -> Path:
    """Drawn fields with boxes as the data source `csv` has them; every fifth is empty."""
    with (folder / "cells.csv").open("w", newline="") as cells, (folder / "fields.csv").open("w", newline="") as listed:
        rows, index = csv.writer(cells), csv.writer(listed)
        rows.writerow(("field", "x0", "y0", "x1", "y1", "class"))
        index.writerow(("field", "file", "label", "group"))
        for i in range(fields):
            kinds = () if i % 5 == 4 else ("lymphocyte", "lymphoblast")
            field = draw_field(kinds, seed=i)
            write_png(field.array(), folder / f"{i}.png")
            index.writerow((i, f"{i}.png", "", f"slide{i // 2}"))
            assert field.truth is not None
            for name, box in zip(field.truth.names(), field.truth.boxes.tolist(), strict=True):
                rows.writerow((i, *box, name))
    return folder


@pytest.fixture(scope="session")
def drawn_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten drawn fields of five slides in one table."""
    return write_csv_data(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def finder(tmp_path: Path, drawn_data: Path) -> Callable[..., Path]:
    """Writes a pipeline that ends at cells, on the drawn fields."""

    def write(detect: str, name: str = "finder", data: Path = drawn_data) -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(BENCH.format(folder=data, detect=detect))
        return path

    return write
