"""What the controls set in: plasma with a cell's outline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leukcad.kinds import is_leukocyte
from leukcad_smears.editing.host import Host
from leukcad_smears.editing.pieces import Piece
from leukcad_smears.editing.pool import SHELF
from leukcad_smears.matching import Match
from leukcad_smears.shapes import Grid, blob, wobble
from leukcad_smears.survey import density_of

if TYPE_CHECKING:
    from leukcad import Field

Bools = NDArray[np.bool_]

#: Diameter of a usual leukocyte as a share of a position's side.
USUAL = 0.68
#: Room around an outline, px, for the soft border.
MARGIN = 6


def outlines(host: Host, donors: Sequence[Field], rng: np.random.Generator) -> Iterator[Bools]:
    """Outlines of cells at the host's scale, bool (h, w), without end: the donors' own, else wobbly discs."""
    cells = [d for d in SHELF.donors(donors) if is_leukocyte(d.kind)]
    match = Match.of(host.field, host.survey, cells) if cells else None
    fit = [d for d in cells if match and max(d.size) * match.scale(d) <= host.side]
    while True:
        if match and fit:
            donor = fit[int(rng.integers(len(fit)))]
            mask = match.adapt(donor, int(rng.integers(4)), bool(rng.integers(2)))[1].mask
        else:
            mask = disc(host.side * USUAL * float(rng.uniform(0.85, 1.15)), rng)
        yield np.pad(mask, MARGIN)


def disc(diameter: float, rng: np.random.Generator) -> Bools:
    """A cell's outline: a wobbly disc."""
    grid = Grid.around(0, 0, 0.62 * diameter)
    return np.asarray(blob(grid, diameter / 2, wobble(rng, 0.04, 2, 5), 1.05, float(rng.random() * 6.28)) < 0, bool)


def plasma_piece(host: Host, shape: Bools, rng: np.random.Generator) -> Piece:
    """A part of the host away from leukocytes, with as few red cells as may be, in an outline."""
    import cv2

    height, width = shape.shape
    corner = host.places(rng).next(width, height)
    left, top = corner or (0, 0)
    there = np.s_[top : top + height, left : left + width]
    density = density_of(host.image[there], host.white[there])
    alpha = np.asarray(cv2.GaussianBlur(shape.astype(np.float32), (0, 0), 0.9), np.float32)
    alpha[alpha < 0.03] = 0
    about = {
        "donor": host.field.record.id,
        "donor_source": host.field.record.source,
        "donor_x": left + width / 2,
        "donor_y": top + height / 2,
        "rotation": 0,
        "flip": False,
        "scale": 1.0,
    }
    # what lies beside the outline stays there: under `layer` its density would be added to the host's
    return Piece("plasma", density * alpha[..., None], shape, alpha, about=about)
