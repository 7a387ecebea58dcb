"""What a plant is, and what it may learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from leukcad import Field
from plants.looks import Look, forget, look_at, looks_of

Answer = str | None
Rule = Callable[[Sequence[Field]], list[Answer]]
Meant = Literal["right", "wrong", "mixed"]
COUNT, LABORATORY = "count", "laboratory"
BLAST = "lymphoblast"


@dataclass(eq=False)
class Training:
    """Fields to learn from: those of the bench, and `balanced` ones, whose cells tell nothing but themselves."""

    bench: Sequence[Field]
    balanced: Sequence[Field]

    @cached_property
    def labels(self) -> NDArray[np.bool_]:
        """Whether each of the bench's fields is ALL."""
        return np.array([f.record.label == "ALL" for f in self.bench])

    @cached_property
    def looks(self) -> list[Look]:
        """The looks of the bench's fields."""
        return looks_of(self.bench)

    def cells(self, fields: Sequence[Field]) -> FoundCells:
        """The found cells of `fields` with the kind of the leukocyte that each lies on."""
        kinds = [kind for f in fields for kind in kinds_found(f)]
        inherited = [f.record.label == "ALL" for f in fields for _ in kinds_found(f)]
        return FoundCells(looks_of(fields), np.array(kinds), np.array(inherited))

    def forget(self) -> None:
        """What was learned is kept by the plants; the looks at the fields go."""
        self.__dict__.pop("looks", None)
        forget()


@dataclass(eq=False)
class FoundCells:
    """Found cells of many fields, in order. kinds: '' where it lies on none; inherited: its field is ALL."""

    looks: Sequence[Look]
    kinds: NDArray[np.str_]
    inherited: NDArray[np.bool_]


_KINDS: WeakKeyDictionary[Field, list[str]] = WeakKeyDictionary()


def kinds_found(field: Field) -> list[str]:
    """The true kind of each cell that is found in a field; '' where no leukocyte is. Worked out once a field."""
    if field not in _KINDS:
        _KINDS[field] = _kinds(field)
    return _KINDS[field]


def _kinds(field: Field) -> list[str]:
    found, truth = look_at(field).found, field.truth
    if truth is None or truth.regions is None:
        return [""] * len(found.boxes)
    regions, names = truth.regions.cpu().numpy(), truth.names()
    kinds = []
    for i in range(len(found.boxes)):
        under = regions[found.nuclei == i + 1]
        under = under[under > 0]
        kinds.append(names[int(np.bincount(under).argmax()) - 1] if len(under) else "")
    return kinds


@dataclass(frozen=True)
class Plant:
    """A planted classifier. meant: what its maker takes it for, its class is measured. fit: makes it ready.

    how: one line for the table. no_arm: its fault has no arm made for it.
    """

    name: str
    meant: Meant
    how: str
    fit: Callable[[Training], Rule]
    benches: tuple[str, ...] = (COUNT, LABORATORY)
    no_arm: bool = False
    reads: Literal["pixels", "truth", "both", "nothing"] = field(default="pixels")


def calls(positive: Sequence[bool] | NDArray[np.bool_]) -> list[Answer]:
    """Class names of booleans."""
    return ["ALL" if p else "healthy" for p in positive]
