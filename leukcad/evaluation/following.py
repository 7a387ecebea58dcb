"""What heat maps follow when healthy cells are added: where the cells lie, or how many there are.

Loddo and Putzu (2022, Fig. 8) say of direct networks that their maps follow the position of added cells, not their
number. Both are measured here on one field's series of maps; over fields: `stability.median_over_groups`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Seen(NamedTuple):
    """One map (H, W) ≥ 0 of a field with cells added: their number, the draw of their positions, and where they lie."""

    draw: int
    dose: int
    heat: NDArray[np.float64]
    added: NDArray[np.bool_]


class Follows(NamedTuple):
    """position: the share of a map on its own added cells less its share where other draws put theirs, mean; > 0: maps
    follow the cells. None without two draws of a dose. number: Spearman's ρ of dose and Σh within a draw, mean over
    draws; None without three doses of a draw.
    """

    position: float | None
    number: float | None


def follows(series: Sequence[Seen]) -> Follows:
    """What the maps of one field follow. Maps without any heat do not enter; heat is raw, never rescaled per map."""
    import numpy as np

    lit = [s for s in series if s.heat.sum() > 0]
    gains = []
    for one in lit:
        elsewhere = [s.added for s in lit if s.dose == one.dose and s.draw != one.draw]
        if elsewhere:
            own, *others = (float(one.heat[m].sum() / one.heat.sum()) for m in (one.added, *elsewhere))
            gains.append(own - float(np.mean(others)))
    rhos = [rho for draw in _by_draw(lit).values() if (rho := _spearman(draw)) is not None]
    return Follows(float(np.mean(gains)) if gains else None, float(np.mean(rhos)) if rhos else None)


def _by_draw(series: Sequence[Seen]) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    for one in series:
        found[one.draw].append(one)
    return found


def _spearman(draw: Sequence[Seen]) -> float | None:
    from scipy.stats import spearmanr

    totals = [float(s.heat.sum()) for s in draw]
    if len({s.dose for s in draw}) < 3:
        return None
    if len(set(totals)) == 1:
        return 0.0  # nothing changes with the dose
    return float(spearmanr([s.dose for s in draw], totals).statistic)
