"""Where heat maps lie, in the terms of the study's claims.

On WBC that stand alone, in crowds, on red cells; and whether they follow the places of pasted WBC or their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from leukcad.kinds import is_leukocyte
from leukcad.types import Cells, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.answering import SeriesPlan, Trained

ALONE, CROWDED = 2, 6  # WBC of a field: at most, at least
POINT = 0.045  # of a field's width: a leukocyte of ALL-IDB1 (106 to 124 px), where only its centre is annotated
SMALL = 512  # px of the longer side at which maps are compared and drawn


@dataclass(frozen=True, eq=False)
class Seen:
    """A field and its heat map at most `SMALL` px, for panels."""

    name: str
    label: str
    dose: int
    picture: NDArray[np.uint8]
    heat: NDArray[np.float32]


@dataclass(eq=False)
class Looks:
    """What one model showed: rows of numbers by field, the agreement of maps, and the maps themselves."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    same_places: list[float] = field(default_factory=list)
    same_number: list[float] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    pasted: list[Seen] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Medians, None where no field has what is asked.

        alone, crowded: mean heat on WBC over that of the field, where few or many stand. red_cells: mean heat on red
        cells over that on WBC; red_share: how much of all heat lies on them. ignored: share of WBC in crowded fields
        whose mean heat is below the field's.
        same_places, same_number: correlation of maps of one draw at two doses, and of two draws at one dose.
        """
        return {
            "alone": _median([r["on_wbc"] for r in self.rows if 0 < r["wbc"] <= ALONE]),
            "crowded": _median([r["on_wbc"] for r in self.rows if r["wbc"] >= CROWDED]),
            "red_cells": _median([r["red_over_wbc"] for r in self.rows]),
            "red_share": _median([r["red_share"] for r in self.rows]),
            "ignored": _median([r["ignored"] for r in self.rows if r["wbc"] >= CROWDED]),
            "same_places": _median(self.same_places),
            "same_number": _median(self.same_number),
            "fields": len(self.rows),
        }


def look(model: Trained, fields: Sequence[Field], plan: SeriesPlan | None, hosts: Sequence[Field]) -> Looks:
    """Heat maps of `fields`, and of `hosts` with WBC pasted in by `plan`."""
    looks = Looks()
    for one in fields:
        if (seen := _seen(model, one, 0)) is not None:
            looks.seen.append(seen)
            looks.rows += [row] if (row := _row(one, seen)) else []
    for host in hosts if plan is not None else ():
        assert plan is not None
        _compare(looks, model, plan, host)
    return looks


def _compare(looks: Looks, model: Trained, plan: SeriesPlan, host: Field) -> None:
    from leukcad.answering import versions

    found: dict[tuple[int, int], Seen] = {}
    for new, dose, draw in versions(plan, host, draws=min(2, plan.draws)):
        if (seen := _seen(model, new, dose)) is not None:
            found[dose, draw] = seen
            looks.pasted += [seen] if draw == 0 else []
    doses, draws = sorted({d for d, _ in found}), sorted({d for _, d in found})
    for a, b in pairwise(doses):
        pairs = [(found.get((a, draw)), found.get((b, draw))) for draw in draws]
        looks.same_places += [_alike(x, y) for x, y in pairs if x and y]
    if len(draws) > 1:
        pairs = [(found.get((dose, draws[0])), found.get((dose, draws[1]))) for dose in doses]
        looks.same_number += [_alike(x, y) for x, y in pairs if x and y]


def _seen(model: Trained, one: Field, dose: int) -> Seen | None:
    heat = model.pipeline.explain(model.pipeline.run([one]))[0]
    if heat is None:
        return None
    size = _size(one.width, one.height)
    small = _resized(heat.values.cpu().numpy(), size)
    return Seen(one.record.id, one.record.label or "?", dose, _resized(one.array(), size), small)


def _row(one: Field, seen: Seen) -> dict[str, Any] | None:
    """None without annotated WBC, or where the map is empty."""
    import numpy as np

    wbc = leukocytes(one, seen.heat.shape)
    if wbc is None or not wbc.any() or not seen.heat.mean() > 0:
        return None
    white, mean = wbc > 0, float(seen.heat.mean())
    red = _stained(seen.picture, white) & ~white
    numbers = np.unique(wbc[white])
    cold = [float(seen.heat[wbc == i].mean()) < mean for i in numbers]
    on_wbc = float(seen.heat[white].mean())
    on_red = float(seen.heat[red].mean()) if red.any() else 0.0
    return {
        "field": one.record.id,
        "wbc": len(numbers),
        "on_wbc": on_wbc / mean,
        "red_over_wbc": on_red / max(on_wbc, 1e-12),
        "red_share": float(seen.heat[red].sum() / seen.heat.sum()),
        "ignored": float(np.mean(cold)),
    }


def leukocytes(one: Field, shape: tuple[int, ...]) -> NDArray[np.int32] | None:
    """(h, w): i + 1 on leukocyte i, by its outline, box, or a disc around its centre; None without annotation."""
    import numpy as np

    if one.truth is None:
        return None
    cells: Cells = one.truth.select([i for i, name in enumerate(one.truth.names()) if is_leukocyte(name)])
    if cells.regions is not None:
        map_: NDArray[np.int32] = _resized(cells.regions.cpu().numpy(), (shape[1], shape[0]), nearest=True)
        return map_
    out = np.zeros(shape, np.int32)
    y, x = np.mgrid[: shape[0], : shape[1]]
    scale, least = shape[1] / one.width, POINT * shape[1]
    for i, (x0, y0, x1, y1) in enumerate((cells.boxes * scale).tolist()):
        width, height = max(x1 - x0, least), max(y1 - y0, least)
        inside = ((2 * x - x0 - x1) / width) ** 2 + ((2 * y - y0 - y1) / height) ** 2 <= 1
        out[inside] = i + 1
    return out


def _stained(picture: NDArray[np.uint8], white: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whatever is darker than the middle between plasma and what absorbs most, in green: red cells, beside WBC."""
    import numpy as np

    green = picture[..., 1].astype(np.float32)
    low, high = np.quantile(green[~white], (0.05, 0.95)) if (~white).any() else (0.0, 0.0)
    return green < (low + high) / 2


def _alike(first: Seen, second: Seen) -> float:
    """The correlation of two maps; 0 where one is even."""
    import numpy as np

    a, b = first.heat.ravel().astype(np.float64), second.heat.ravel().astype(np.float64)
    if a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _size(width: int, height: int) -> tuple[int, int]:
    shrink = min(1.0, SMALL / max(width, height))
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def _resized(array: Any, size: tuple[int, int], nearest: bool = False) -> Any:
    import numpy as np
    from PIL import Image

    how = Image.Resampling.NEAREST if nearest else Image.Resampling.BOX
    return np.asarray(Image.fromarray(np.ascontiguousarray(array)).resize(size, how))


def _median(values: Sequence[float | None]) -> float | None:
    there = [v for v in values if v is not None]
    return median(there) if there else None
