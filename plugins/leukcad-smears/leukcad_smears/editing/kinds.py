"""Which kinds of cells an edit takes out and sets in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field as Option

from leukcad.errors import LeukcadError
from leukcad.kinds import is_leukocyte
from leukcad_smears.donors import DIFFERENTIAL, HEALTHY, Donor
from leukcad_smears.scene import WBC_KINDS

if TYPE_CHECKING:
    from leukcad import Step

Names = Annotated[list[str], Option(min_length=1)]
Wanted = Literal["healthy"] | Names
Kinds = Annotated[
    Wanted,
    Option(description="which cells: healthy (the five leukocytes of normal blood), or a list of cell kinds"),
]
Of = Annotated[
    Wanted,
    Option(description="which of the field's cells: healthy (all leukocytes that are no blasts), or a list of kinds"),
]

#: Kinds that are never healthy, whatever a pipeline calls its positive cells.
BLASTS = ("lymphoblast",)


def wanted_names(kinds: Literal["healthy"] | Sequence[str]) -> set[str]:
    """The names of cells to set in."""
    return {*DIFFERENTIAL, *HEALTHY} if kinds == "healthy" else set(kinds)


def drawable(kinds: Literal["healthy"] | Sequence[str]) -> tuple[str, ...]:
    """Kinds that the simulator can draw. Raises `LeukcadError` for others."""
    if kinds == "healthy":
        return tuple(sorted(DIFFERENTIAL))
    if unknown := sorted(set(kinds) - set(WBC_KINDS)):
        raise LeukcadError(
            f"drawing cells: expected kinds out of {', '.join(WBC_KINDS)}, got {', '.join(unknown)}",
            cure="name kinds that the simulator draws, or set `how: paste` and give donors of these kinds",
        )
    return tuple(sorted(set(kinds)))


def chosen(names: Sequence[str], of: Literal["healthy"] | Sequence[str], step: Step) -> list[int]:
    """Which cells of the truth are meant; healthy are all leukocytes that are neither blasts nor positive cells."""
    if of == "healthy":
        out = {*BLASTS, *step.positive_cells, ""}
        return [i for i, name in enumerate(names) if is_leukocyte(name) and name not in out]
    return [i for i, name in enumerate(names) if name in of]


def kinds_dealt(kinds: Sequence[str], differential: str, rng: np.random.Generator) -> Iterator[str]:
    """Kinds without end, as often as in normal blood (`natural`) where all have a natural share, else all alike."""
    ordered = sorted(kinds)
    natural = differential == "natural" and all(k in DIFFERENTIAL for k in ordered)
    shares = np.array([DIFFERENTIAL[k] if natural else 1.0 for k in ordered])
    shares /= shares.sum()
    while True:
        yield ordered[int(rng.choice(len(ordered), p=shares))]


def donors_dealt(pool: Sequence[Donor], kinds: Iterator[str], rng: np.random.Generator) -> Iterator[Donor]:
    """A donor of each kind asked for; none a second time before all of its kind were used."""
    shelves: dict[str, list[Donor]] = {}
    for kind in kinds:
        if not shelves.get(kind):
            fresh = [d for d in pool if d.kind == kind]
            shelves[kind] = [fresh[i] for i in rng.permutation(len(fresh))]
        yield shelves[kind].pop()
