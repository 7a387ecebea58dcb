"""How many leukocytes fields hold: what makes k*, the number of cells that an audit adds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from leukcad.kinds import is_leukocyte
from leukcad.types import Field

if TYPE_CHECKING:
    from leukcad.experiment import Bench

NOT_WBC = ("RBC", "platelet")
UNKNOWN_K, LEAST_K, MOST_K = 10, 5, 20
MOST_READ = 200  # fields of a class that are counted


def leukocytes(field_: Field) -> int | None:
    """The annotated leukocytes of a field, None where it is not annotated."""
    return None if field_.truth is None else sum(map(is_leukocyte, field_.truth.names()))


def number_of(field_: Field, kinds: Collection[str]) -> int:
    """The annotated cells of these kinds."""
    return 0 if field_.truth is None else sum(name in kinds for name in field_.truth.names())


@dataclass(frozen=True)
class Counts:
    """k: cells to add, and how it was found. few: median count of negative training fields, None where unknown.

    training: the counts of the training fields, sorted; empty where unknown.
    """

    k: int
    how: str
    few: int | None = None
    training: tuple[int, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As verdict.json has it."""
        return {"k": self.k, "how": self.how, "median_negative": self.few, "training_fields": len(self.training)}


def count(bench: Bench, kinds: Sequence[str]) -> Counts:
    """k* = median count of positive training fields − that of negative ones, within 5 to 20; 10 where unknown.

    Known only where the data annotate every kind in `kinds` exhaustively. `audit.k` of the bench goes before.
    """
    told = bench.spec.audit.k
    found = _training(bench, kinds)
    if found is None:
        return Counts(told or UNKNOWN_K, "as the bench says" if told else "unknown: not every leukocyte is annotated")
    positive, negative = (median(found[which]) for which in (True, False))
    every = tuple(sorted([*found[True], *found[False]]))
    if told:
        return Counts(told, "as the bench says", round(negative), every)
    k = min(MOST_K, max(LEAST_K, round(positive - negative)))
    how = f"training fields hold {positive:g} leukocytes at the median where positive, {negative:g} where negative"
    return Counts(k, how, round(negative), every)


def _training(bench: Bench, kinds: Sequence[str]) -> Mapping[bool, list[int]] | None:
    """Counts by whether the training field is positive; None where they are not known for both."""
    records = bench.side("train")
    found: dict[bool, list[int]] = {True: [], False: []}
    for positive in found:
        mine = [r for r in records if r.label is not None and (r.label == bench.spec.positive) == positive]
        every = max(1, -(-len(mine) // MOST_READ))
        for record in mine[::every]:
            read = bench.source.read(record)
            if read is None:
                continue
            number = leukocytes(read)
            if number is None or not set(kinds) <= read.complete:
                return None
            found[positive].append(number)
    return found if found[True] and found[False] else None
