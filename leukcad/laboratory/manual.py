"""Agreement with a differential that a person counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leukcad.data.tables import read_table
from leukcad.errors import LeukcadError
from leukcad.evaluation.intervals import clopper_pearson

Differential = Mapping[str, int]


def read_manual(path: Path) -> dict[str, dict[str, int]]:
    """Group → class → cells counted, from a CSV with the columns group, class, count.

    Raises `LeukcadError` with the line of a count that is no whole number ≥ 0, or of a class that stands twice.
    """
    told: dict[str, dict[str, int]] = defaultdict(dict)
    for line, row in read_table(path, ("group", "class", "count"), ()):
        if not row["count"].isdecimal():
            raise LeukcadError(f"{path}:{line}: expected a whole number of cells, got {row['count']!r}")
        if row["class"] in told[row["group"]]:
            raise LeukcadError(f"{path}:{line}: {row['class']!r} of {row['group']!r} stands twice")
        told[row["group"]][row["class"]] = int(row["count"])
    return dict(told)


def agreement(counted: Differential, manual: Differential) -> list[dict[str, Any]]:
    """For each class: the share counted here, the manual share with its limits, and whether the one lies within.

    The limits are the exact 95 % limits of a share of the cells that the person counted, known as Rümke's limits (his
    tables were not at hand; tests hold the rows that are remembered of them). They know nothing of the error of the
    count that is held against them: one class in twenty lies outside by chance, and more where fewer cells were
    counted here.
    """
    here, there = sum(counted.values()), sum(manual.values())
    rows = []
    for name in dict.fromkeys((*manual, *counted)):
        low, high = clopper_pearson(manual.get(name, 0), there)
        share = counted.get(name, 0) / here if here else None
        rows.append(
            {
                "class": name,
                "share": share,
                "manual": manual.get(name, 0) / there if there else None,
                "low": low,
                "high": high,
                "within": share is not None and there > 0 and low <= share <= high,
            }
        )
    return rows
