"""Pieces of picture, brought to a host's scale, stain and light: what is set in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.donors import Donor
from leukcad_smears.editing.host import Host
from leukcad_smears.matching import Match

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Piece:
    """pixels: float32 (h, w, 3), grey levels under the host's light; mask, nucleus: bool (h, w); alpha: 0–1 (h, w).

    about: what the ledger tells of it.
    """

    kind: str
    pixels: Floats
    mask: Bools
    alpha: Floats
    nucleus: Bools | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def corner(self, x: float, y: float) -> tuple[int, int]:
        """Where its corner lies when the middle of its mask is at (x, y) px."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        return round(x - (columns[0] + columns[-1] + 1) / 2), round(y - (rows[0] + rows[-1] + 1) / 2)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the mask, px."""
        return int(self.mask.any(axis=0).sum()), int(self.mask.any(axis=1).sum())


def piece_of(donor: Donor, host: Host, match: Match, x: float, y: float, rng: np.random.Generator) -> Piece:
    """A donor, turned at random, as it would look at (x, y) px of the host."""
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))
    density, stamp = match.adapt(donor, turns, flip, margin=3)
    pixels = match.expose(density, host.survey.white_at(x, y), donor, rng)
    about = {
        "donor": donor.id,
        "donor_source": donor.source,
        "donor_group": donor.group,
        "diameter": float(np.sqrt(4 * stamp.mask.sum() / np.pi)),
        "rotation": 90 * turns,
        "flip": flip,
        "scale": match.scale(donor),
    }
    return Piece(donor.kind, pixels, stamp.mask, stamp.alpha, stamp.nucleus, about)
