"""Pieces of picture, brought to a host's scale, stain and sharpness: what is set in."""

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

#: How far beyond its outline a cell's unsharp edge reaches, px; a donor's patch holds as much around it.
TAIL = 4


@dataclass(frozen=True, eq=False)
class Piece:
    """density: float32 (h, w, 3), optical density against clear plasma; mask, nucleus: bool (h, w); alpha: 0–1 (h, w).

    noise: float32 (h, w, 3), grey levels that the host's pixels have beyond the piece's own. about: what the ledger
    tells of it.
    """

    kind: str
    density: Floats
    mask: Bools
    alpha: Floats
    nucleus: Bools | None = None
    noise: Floats | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def corner(self, x: float, y: float) -> tuple[int, int]:
        """Where its corner lies when the middle of its mask is at (x, y) px."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        return round(x - (columns[0] + columns[-1] + 1) / 2), round(y - (rows[0] + rows[-1] + 1) / 2)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the mask, px."""
        return int(self.mask.any(axis=0).sum()), int(self.mask.any(axis=1).sum())

    def lit(self, white: Floats) -> Floats:
        """Grey levels, float32, over clear plasma of the colour `white`, float32 (h, w, 3)."""
        colour: Floats = (white + 1) * np.exp(-self.density) - 1
        if self.noise is None:
            return colour
        # Shot noise: the darker, the less.
        less = np.sqrt((0.3 + 0.7 * np.clip(colour, 0, None) / 128) / (0.3 + 0.7 * white / 128))
        return np.asarray(colour + less * self.noise * np.sqrt(self.alpha)[..., None], np.float32)

    def part(self, here: tuple[slice, slice]) -> Piece:
        """What of it lies within the field."""
        noise = None if self.noise is None else self.noise[here]
        nucleus = None if self.nucleus is None else self.nucleus[here]
        return Piece(self.kind, self.density[here], self.mask[here], self.alpha[here], nucleus, noise, self.about)


def piece_of(donor: Donor, host: Host, match: Match, rng: np.random.Generator) -> Piece:
    """A donor, turned at random, as it would look in the host."""
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))
    density, stamp = match.adapt(donor, turns, flip, margin=TAIL)
    lacking = host.survey.noise**2 - (donor.noise * match.noise_kept(donor)) ** 2
    noise = host.grain(density.shape[:2], rng) * np.float32(np.sqrt(lacking)) if lacking > 0.05 else None
    about = {
        "donor": donor.id,
        "donor_source": donor.source,
        "donor_group": donor.group,
        "diameter": float(np.sqrt(4 * stamp.mask.sum() / np.pi)),
        "rotation": 90 * turns,
        "flip": flip,
        "scale": match.scale(donor),
    }
    return Piece(donor.kind, tailed(density, stamp.mask), stamp.mask, stamp.alpha, stamp.nucleus, noise, about)


def tailed(density: Floats, mask: Bools) -> Floats:
    """The density of a cell alone: beyond its outline its unsharp edge is no darker than along most of the outline.

    So nothing of the donor's surroundings comes along, a red cell beside it say.
    """
    import cv2

    out = np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5), np.float32)
    inside = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    # The outermost pixels of the cell nearby: what fades out beside a dark nucleus is dark, beside cytoplasm pale.
    rim = (mask & (np.asarray(inside) <= 1.5)).astype(np.float32)
    share = np.asarray(cv2.GaussianBlur(rim, (0, 0), 2))[..., None]
    edge = np.asarray(cv2.GaussianBlur(density * rim[..., None], (0, 0), 2)) / np.maximum(share, 1e-6)
    fade = np.zeros((TAIL + 1, 3), np.float32)
    for t in range(1, TAIL):
        ring = (out > t - 0.5) & (out <= t + 0.5)
        if ring.any():
            fade[t] = np.median(density[ring] / np.maximum(edge[ring], 0.02), axis=0)
    fade = np.minimum.accumulate(np.clip(fade[1:], -0.1, 1), axis=0)
    steps = np.arange(1, TAIL + 1)
    usual = np.stack([np.interp(out, steps, fade[:, c]) for c in range(3)], axis=-1) * edge
    # Close by the cell's own edge, unless something beside it makes it darker than edges are.
    own = np.maximum(np.minimum(density, 1.1 * usual + 0.01), -0.1)
    tail = np.where(out[..., None] < 2.5, own, usual)
    return np.where(mask[..., None], density, tail).astype(np.float32)
