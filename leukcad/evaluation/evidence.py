"""Where a heat map's evidence lies: on leukocytes, beyond chance, and of what its grid allows. It has no vote.

h is the raw heat map, D what the classifier could see, W the leukocytes in it. E = Σ_W h / Σ_D h; chance a = |W| / |D|;
ceiling c = E of W itself as the sharpest map of that grid; gain = (E − a) / (c − a).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leukcad.evaluation.shifts import SHIFTS, shift_p
from leukcad.evaluation.views import View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Map = NDArray[np.float64]
    Mask = NDArray[np.bool_]

NONE_FOUND = "no positive evidence"
LEAST_ROOM = 0.05  # between chance and ceiling: below it a gain would be noise
LEAST_SUM = 1e-6  # of Σ|gradient × activation|
PLASMA = "plasma"


@dataclass(frozen=True)
class Evidence:
    """One field. None where undefined: without positive evidence, without leukocytes, without room for a gain.

    energy: E. coverage: the share of leukocytes whose mean h exceeds the field's. kinds: the share of h on each other
    kind (red cells, platelets, plasma); areas: the share of D that it covers. p: against shifted and flipped maps.
    """

    energy: float | None
    chance: float
    ceiling: float | None
    gain: float | None
    p: float | None
    coverage: float | None
    kinds: Mapping[str, float] = field(default_factory=dict)
    areas: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As verdict.json has it."""
        names = ("energy", "chance", "ceiling", "gain", "p", "coverage")
        return {
            **{n: getattr(self, n) for n in names},
            "kinds": dict(self.kinds),
            "areas": dict(self.areas),
            "note": self.note,
        }


def evidence(
    heat: Map,
    leukocytes: NDArray[np.int32],
    view: View,
    others: Mapping[str, Mask] | None = None,
    raw: tuple[float, float] | None = None,
    seed: int = 0,
    shifts: int = SHIFTS,
) -> Evidence:
    """The evidence of one field.

    heat: (H, W) ≥ 0, raw. leukocytes: (H, W), 0 none, i + 1 cell i. others: further kinds, (H, W) each, in order of
    precedence, leukocytes before all; what is left of D is plasma. raw: Σh and Σ|gradient × activation| on the
    explainer's own grid, None where it has none. shifts: of the test; 0 for none, as for jittered copies.
    Raises ValueError for a map below 0 or of another shape.
    """
    import numpy as np

    if heat.shape != view.shape or leukocytes.shape != view.shape:
        raise ValueError(f"heat map: expected {view.shape}, got {heat.shape}, leukocytes {leukocytes.shape}")
    if heat.min(initial=0) < 0:
        raise ValueError(f"heat map: expected values ≥ 0, got {heat.min():.3g}")
    seen = view.covers() > 0
    heat = np.where(seen, heat, 0.0).astype(np.float64)
    white = (leukocytes > 0) & seen
    chance = float(white.sum() / max(1, seen.sum()))
    if not has_evidence(float(heat.sum()), raw):
        return Evidence(None, chance, None, None, None, None, note=NONE_FOUND)
    shares, areas = _by_kind(heat, white, seen, others)
    energy = float(heat[white].sum() / heat.sum())
    if not white.any():
        return Evidence(energy, chance, None, None, None, None, shares, areas, "no leukocyte in what was seen")
    sharpest = np.where(seen, view.blurred(white), 0.0)
    ceiling = float(sharpest[white].sum() / sharpest.sum())
    room = ceiling - chance  # cells a field over leave none: there is nowhere else to look
    gain = (energy - chance) / room if room >= LEAST_ROOM else None
    p = shift_p(heat, white, view, shifts, seed) if shifts else None
    return Evidence(energy, chance, ceiling, gain, p, coverage(heat, leukocytes, seen), shares, areas)


def has_evidence(total: float, raw: tuple[float, float] | None = None) -> bool:
    """Whether a map holds any positive evidence: its sum is above 0, and not below 1e-6 × Σ|gradient × activation|."""
    return total > 0 and (raw is None or raw[0] >= LEAST_SUM * raw[1])


def coverage(heat: Map, leukocytes: NDArray[np.int32], seen: Mask) -> float | None:
    """The share of leukocytes whose mean h exceeds the mean over what was seen; None without any."""
    import numpy as np

    labels = np.where(seen, leukocytes, 0).ravel()
    pixels = np.bincount(labels)[1:]
    sums = np.bincount(labels, weights=heat.ravel())[1:]
    there = pixels > 0
    if not there.any():
        return None
    return float((sums[there] / pixels[there] > heat[seen].mean()).mean())


def _by_kind(
    heat: Map, white: Mask, seen: Mask, others: Mapping[str, Mask] | None
) -> tuple[dict[str, float], dict[str, float]]:
    left, shares, areas = seen & ~white, {}, {}
    kinds = {**(others or {}), PLASMA: left} if others is not None else {}
    for name, mask in kinds.items():
        mine = mask & left
        left = left & ~mine
        shares[name] = float(heat[mine].sum() / heat.sum())
        areas[name] = float(mine.sum() / seen.sum())
    return shares, areas
