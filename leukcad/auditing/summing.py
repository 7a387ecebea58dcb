"""Single fields' heat maps taken together: medians over groups, and what the study says of its own maps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from leukcad.evaluation.stability import Median, median_over_groups, stability

SMALL = 0.05

Row = Mapping[str, Any]


def together(rows: Sequence[Row], null: Mapping[int, list[float]]) -> dict[str, Any]:
    """Gain, energy and their like over fields; null: gains of re-drawn heads, each head's over the same fields."""
    import numpy as np

    names = ("gain", "energy", "chance", "ceiling", "coverage")
    told: dict[str, Any] = {name: _over_groups(rows, partial(_value, name))._asdict() for name in names}
    medians = [float(np.median(gains)) for gains in null.values() if gains]
    told["null_gain"] = {"median": float(np.median(medians)), "range": stability(medians)} if medians else None
    tested = [row["p"] for row in rows if row.get("p") is not None]
    told["beyond_chance"] = {"fields": len(tested), "p_at_most_0.05": sum(p <= SMALL for p in tested)}
    return told


def places(rows: Sequence[Row], few: int) -> dict[str, Any]:
    """Loddo & Putzu (2022), Figs 4 and 5, as numbers.

    densities: heat per area on leukocytes and, where the data outline them, on red cells, platelets and plasma; 1 is
    the field's mean. coverage_few, coverage_crowded: the share of leukocytes hotter than their field, in fields of at
    most and of more than `few` leukocytes.
    """
    kinds = dict.fromkeys(kind for row in rows for kind in row.get("kinds", ()))
    dense: dict[str, Callable[[Row], float | None]] = {"leukocyte": _on_leukocytes}
    dense |= {kind: partial(_density, kind) for kind in kinds}
    some = [row for row in rows if row["leukocytes"]]
    parts = {
        "coverage_few": [row for row in some if row["leukocytes"] <= few],
        "coverage_crowded": [row for row in some if row["leukocytes"] > few],
    }
    return {
        "densities": {kind: _over_groups(rows, value)._asdict() for kind, value in dense.items()},
        **{name: _over_groups(part, partial(_value, "coverage"))._asdict() for name, part in parts.items()},
    }


def _over_groups(rows: Sequence[Row], value: Callable[[Row], float | None]) -> Median:
    groups: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if (told := value(row)) is not None:
            groups[row["group"]].append(told)
    return median_over_groups(groups)


def _on_leukocytes(row: Row) -> float | None:
    return row["energy"] / row["chance"] if row.get("energy") is not None and row["chance"] else None


def _value(name: str, row: Row) -> float | None:
    return row.get(name)


def _density(kind: str, row: Row) -> float | None:
    area = row.get("areas", {}).get(kind)
    return row["kinds"][kind] / area if area else None
