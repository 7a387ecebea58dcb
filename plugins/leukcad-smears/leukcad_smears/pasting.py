"""What every way of pasting shares: donors, places, doses, truth and ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field as Option

from leukcad.errors import LeukcadError
from leukcad.hookspecs import hookimpl
from leukcad.kinds import is_leukocyte
from leukcad_smears.canvas import Canvas
from leukcad_smears.chosen import ChosenPlaces, chosen_for
from leukcad_smears.donors import DIFFERENTIAL, HEALTHY, MARGIN, Donor, Shelf
from leukcad_smears.matching import USUAL, leukocyte_size
from leukcad_smears.plasma import Places
from leukcad_smears.survey import Survey, survey

if TYPE_CHECKING:
    from leukcad import Cells, Field, Step
    from leukcad.positions import Position

Kinds = Annotated[
    Literal["healthy"] | list[str],
    Option(description="which donors: healthy (the five leukocytes of normal blood), or a list of cell kinds"),
]
Differential = Annotated[
    Literal["natural", "even"],
    Option(description="how often each kind: as in normal blood, or all alike (kinds without a natural share: alike)"),
]
Overlap = Annotated[
    float, Option(ge=0, le=1, description="largest share of a position that red cells may cover; the least come first")
]


#: Hands out corners (x, y) px for cells of a given size, until none is left.
AnyPlaces = Places | ChosenPlaces
#: Sets one cell in and tells where and how, or None where no place is left.
SetIn = Callable[[Canvas, AnyPlaces, Donor, np.random.Generator], dict[str, Any] | None]


#: Donors tried before a field is called full.
TRIES = 6


class Pasting:
    """What both ways of pasting share: choosing donors and places, doses, truth and ledger."""

    blending = ""

    def __init__(
        self, kinds: Literal["healthy"] | list[str], differential: str, max_overlap: float, positions: Path | None
    ) -> None:
        self.kinds, self.differential, self.max_overlap = kinds, differential, max_overlap
        self.positions = positions
        self._shelf = Shelf()

    def synthesize(self, field: Field, doses: Sequence[int], donors: Sequence[Field], step: Step) -> Iterator[Field]:
        """One field per dose that fits, in increasing order, each holding the cells of those before it."""
        chosen = None if self.positions is None else chosen_for(self.positions, field, step)
        if chosen is not None and not chosen:
            return
        pool = self._pool(field, donors)
        host = survey(field.array())
        pool, set_in = self.prepare(field, host, pool, chosen)
        rng = step.rng(field.record.id)
        kinds = tuple(sorted({d.kind for d in pool}))
        free = ChosenPlaces(chosen, rng) if chosen is not None else self._free(field, host, rng)
        canvas, places = Canvas(field, kinds), free
        drawn = _draw(pool, kinds, self._weights(kinds), rng)
        for dose in sorted(set(doses)):
            while canvas.added < dose:
                if not self._one_more(canvas, places, drawn, set_in, rng, step):
                    return
            yield canvas.field(f"{field.record.id}+{dose}@{step.draw}", dose=dose, draw=step.draw)

    def _one_more(
        self,
        canvas: Canvas,
        places: AnyPlaces,
        drawn: Iterator[Donor],
        set_in: SetIn,
        rng: np.random.Generator,
        step: Step,
    ) -> bool:
        """Set one cell in; where one is too large for what is left, others are tried."""
        for donor in islice(drawn, TRIES):
            if (done := set_in(canvas, places, donor, rng)) is not None:
                canvas.note(donor.kind, {**done, **self._about(donor), "draw": step.draw, "method": step.name})
                return True
        return False

    def prepare(
        self, field: Field, host: Survey, pool: list[Donor], chosen: Sequence[Position] | None
    ) -> tuple[list[Donor], SetIn]:
        """The donors that this host can take, and how one is set in. Raises `LeukcadError` where no donor can.

        chosen: the positions that a person chose, None where they are found.
        """
        raise NotImplementedError

    def _about(self, donor: Donor) -> dict[str, Any]:
        return {"donor": donor.id, "donor_source": donor.source, "kind": donor.kind, "blending": self.blending}

    def _pool(self, field: Field, donors: Sequence[Field]) -> list[Donor]:
        wanted = {*DIFFERENTIAL, *HEALTHY} if self.kinds == "healthy" else set(self.kinds)
        every = self._shelf.donors(donors)
        own = {field.record.id, field.record.source, *(entry.get("donor_source") for entry in field.ledger)}
        others = [d for d in every if d.source not in own]
        pool = [d for d in others if d.kind in wanted]
        if not pool:
            has = ", ".join(sorted({d.kind for d in others})) or "no whole cell"
            raise LeukcadError(
                f"pasting into {field.record.id}: expected donors of {', '.join(sorted(wanted))}, got {has} "
                f"in {len(donors)} donor pictures (the field's own cells are never donors)",
                cure="give `donors` a source with such cells, or name what it has in `kinds`",
            )
        return pool

    def _weights(self, kinds: Sequence[str]) -> list[float]:
        if self.differential == "natural" and all(k in DIFFERENTIAL for k in kinds):
            return [DIFFERENTIAL[k] for k in kinds]
        return [1.0] * len(kinds)

    @hookimpl
    def leukcad_positions(self, field: Field, count: int, step: Step) -> Cells:
        """Squares on plasma, on none of the field's leukocytes; the score is the share that no red cell covers."""
        from leukcad import Cells

        host = survey(field.array())
        side, covered = box_side(field, host), host.covered.astype(np.float32)
        places = self._free(field, host, step.rng(f"{field.record.id}/positions"))
        boxes, scores = list[tuple[float, float, float, float]](), list[float]()
        while len(boxes) < count and (corner := places.next(side, side)) is not None:
            (x, y), n = corner, host.step
            boxes.append((x, y, x + side, y + side))
            here = covered[y // n : int(y + side) // n + 1, x // n : int(x + side) // n + 1]
            scores.append(1 - float(here.mean()))
        order = np.argsort(-np.array(scores), kind="stable")
        return Cells.of([boxes[i] for i in order], scores=[scores[i] for i in order])

    def _free(self, field: Field, host: Survey, rng: np.random.Generator) -> Places:
        truth, avoid, regions = field.truth, [], None
        if truth is not None:
            leukocytes = [is_leukocyte(name) for name in truth.names()]
            avoid = [tuple(b) for b, is_wbc in zip(truth.boxes.tolist(), leukocytes, strict=True) if is_wbc]
            if truth.regions is not None and all(leukocytes):
                regions = truth.regions.cpu().numpy()
        size = (field.width, field.height)
        return Places(host, *size, rng, avoid=avoid, regions=regions, most=self.max_overlap)


def box_side(field: Field, host: Survey, usual: float | None = None) -> float:
    """Side of a position, px: 1.25 × the field's own leukocytes, else what its red cells let expect, else `usual`.

    Where nothing tells, a sixteenth of the field's shorter side. At most what fits into the field.
    """
    least = min(field.width, field.height)
    own = leukocyte_size(field) or (host.red_cell * USUAL if host.red_cell else None)
    return float(min(1.25 * (own or usual or least / 20), least - 2 * MARGIN))


def _draw(
    pool: Sequence[Donor], kinds: Sequence[str], weights: Sequence[float], rng: np.random.Generator
) -> Iterator[Donor]:
    """Donors without end; none a second time before all of its kind were used."""
    shelves: dict[str, list[Donor]] = {kind: [] for kind in kinds}
    shares = np.array(weights) / sum(weights)
    while True:
        kind = kinds[int(rng.choice(len(kinds), p=shares))]
        if not shelves[kind]:
            fresh = [d for d in pool if d.kind == kind]
            shelves[kind] = [fresh[i] for i in rng.permutation(len(fresh))]
        yield shelves[kind].pop()
