"""New test fields out of old ones: cells of donors pasted onto plasma, dose by dose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field as Option

from leukcad.errors import LeukcadError
from leukcad.hookspecs import hookimpl
from leukcad_smears.canvas import Canvas
from leukcad_smears.chosen import PositionsFile, largest
from leukcad_smears.donors import MARGIN, Donor
from leukcad_smears.matching import Match, turned
from leukcad_smears.pasting import AnyPlaces, Differential, Kinds, Overlap, Pasting, SetIn, box_side
from leukcad_smears.survey import Survey

if TYPE_CHECKING:
    from leukcad import Field, Step
    from leukcad.positions import Position


class PastePaper(Pasting):
    """The published series (Loddo & Putzu 2022, §3.1.2): unscaled donors that fit, a mean filter along the seam."""

    blending = "mean3x3"

    def __init__(
        self,
        *,
        kinds: Kinds = "healthy",
        differential: Differential = "natural",
        max_overlap: Overlap = 1.0,
        box: Annotated[
            float | None,
            Option(gt=4, description="side of a position, px; by default 1.25 × the host's own leukocytes"),
        ] = None,
        positions: PositionsFile = None,
    ) -> None:
        super().__init__(kinds, differential, max_overlap, positions)
        self.box = box

    @hookimpl
    def leukcad_synthesize(
        self, field: Field, doses: Sequence[int], donors: Sequence[Field], step: Step
    ) -> Iterator[Field]:
        """Fields with 1, 2, 5 … donor cells, each cell's foreground replaced as it is."""
        return self.synthesize(field, doses, donors, step)

    def prepare(
        self, field: Field, host: Survey, pool: list[Donor], chosen: Sequence[Position] | None
    ) -> tuple[list[Donor], SetIn]:
        """The donors no larger than a position."""
        side = largest(chosen) if chosen else self.side(field, host, pool)
        fit = [d for d in pool if max(d.size) <= side]
        if not fit:
            least = min(max(d.size) for d in pool)
            raise LeukcadError(
                f"pasting into {field.record.id}: no donor fits a position of {side:.0f} px, the least has {least} px",
                cure="use `paste`, which brings donors to the field's scale, or larger positions (`box`, `positions`)",
            )
        return fit, _replace

    def side(self, field: Field, host: Survey, pool: list[Donor]) -> float:
        """Side of a position, px."""
        found = box_side(field, host, float(np.median([d.diameter for d in pool])))
        return min(self.box or found, field.width - 2 * MARGIN, field.height - 2 * MARGIN)


class Paste(Pasting):
    """Donors brought to the field's scale and stain, feathered in, with the field's sharpness and noise."""

    blending = "feather"

    def __init__(
        self,
        *,
        kinds: Kinds = "healthy",
        differential: Differential = "natural",
        max_overlap: Overlap = 1.0,
        positions: PositionsFile = None,
    ) -> None:
        super().__init__(kinds, differential, max_overlap, positions)

    @hookimpl
    def leukcad_synthesize(
        self, field: Field, doses: Sequence[int], donors: Sequence[Field], step: Step
    ) -> Iterator[Field]:
        """Fields with 1, 2, 5 … donor cells, matched to the field."""
        return self.synthesize(field, doses, donors, step)

    def prepare(
        self, field: Field, host: Survey, pool: list[Donor], chosen: Sequence[Position] | None
    ) -> tuple[list[Donor], SetIn]:
        """The donors that, at the field's scale, are smaller than the field, and than a chosen position."""
        match = Match.of(field, host, pool)
        most = min(field.width, field.height) / 2
        fit = [d for d in pool if max(d.mask.shape) * match.scale(d) <= most]
        if fit and chosen:
            least = min(max(d.size) * match.scale(d) for d in fit)
            fit = [d for d in fit if max(d.size) * match.scale(d) <= largest(chosen)]
            if not fit:
                raise LeukcadError(
                    f"pasting into {field.record.id}: no donor fits a position of {largest(chosen):.0f} px, "
                    f"the least has {least:.0f} px at the field's scale",
                    cure=f"draw larger boxes in {self.positions}",
                )
        if not fit:
            raise LeukcadError(
                f"pasting into {field.record.id}: no donor fits a field of {field.width} × {field.height} px",
                cure="give larger fields, or donors whose scale can be told (red cells around them, or a pixel size)",
            )

        def set_in(canvas: Canvas, places: AnyPlaces, donor: Donor, rng: np.random.Generator) -> dict[str, Any] | None:
            return feathered(canvas, places, donor, rng, match)

        return fit, set_in


def _replace(canvas: Canvas, places: AnyPlaces, donor: Donor, rng: np.random.Generator) -> dict[str, Any] | None:
    """Foreground replaced, then a 3 × 3 mean along the new border (one pixel on either side of it)."""
    import cv2

    turns, flip = int(rng.integers(4)), bool(rng.integers(2))
    patch, mask, nucleus = turned(donor, turns, flip)
    height, width = mask.shape
    corner = places.next(width, height)
    if corner is None:
        return None
    x0, y0 = corner
    here = canvas.image[y0 : y0 + height, x0 : x0 + width]
    here[mask] = patch[mask]
    kernel, whole = np.ones((3, 3), np.uint8), mask.astype(np.uint8)
    border = cv2.dilate(whole, kernel) != cv2.erode(whole, kernel)
    here[border] = cv2.blur(here, (3, 3))[border]
    where = canvas.place(x0, y0, mask, nucleus)
    return {**where, "diameter": donor.diameter, "rotation": 90 * turns, "flip": flip, "scale": 1.0}


def feathered(
    canvas: Canvas, places: AnyPlaces, donor: Donor, rng: np.random.Generator, match: Match
) -> dict[str, Any] | None:
    """Set a matched donor in over what lies there; the truth's mask is where it shows by more than half."""
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))
    density, stamp = match.adapt(donor, turns, flip)
    height, width = stamp.mask.shape
    corner = places.next(width, height)
    if corner is None:
        return None
    x0, y0 = corner
    colour = match.expose(density, match.host.white_at(x0 + width / 2, y0 + height / 2), donor, rng)
    here = canvas.image[y0 : y0 + height, x0 : x0 + width]
    alpha = stamp.alpha[..., None]
    mixed = alpha * colour + (1 - alpha) * here
    np.copyto(here, np.clip(np.rint(mixed), 0, 255).astype(np.uint8), where=alpha > 0)
    where = canvas.place(x0, y0, stamp.mask, stamp.nucleus)
    diameter = float(np.sqrt(4 * stamp.mask.sum() / np.pi))
    return {**where, "diameter": diameter, "rotation": 90 * turns, "flip": flip, "scale": match.scale(donor)}
