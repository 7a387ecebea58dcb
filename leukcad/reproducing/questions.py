"""The fair fight as a study's file tells it: what is asked of the two-step route, by which pipelines, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from leukcad.errors import LeukcadError

DIRECT, TWO_STEP = "direct", "two_step"  # the two that the others are held against


class Told(BaseModel):
    """A part of a study's file: unknown keys are mistakes, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(Told):
    """What one pipeline asks, and how the answer is worded.

    name: the pipeline file's stem. kind: whether something is given to the direct route, taken from the two-step one,
    or a mistake of its steps is spared it. asks: a question. says: the start of the answer, with its subject, as in
    "Without labels of cells two-step". than: what it is held against. owes: what a win would be owed to (spared: what
    costs it something).
    """

    name: str
    kind: Literal["given", "taken", "spared"]
    asks: str
    says: str
    owes: str
    than: str = "before"


class Fair(Told):
    """The fair fight of one place.

    bench: what all are tested on. series: the doses and draws of its series are its own, not the study's. direct,
    two_step: the routes that the others are held against. routes: folders of the others, the first that has one gives
    it. sets: changes by route or pattern (direct_*). elsewhere: changes by which a route learns on a bench of its own,
    and is tested on this one all the same. without: why a route is left out.
    """

    bench: str
    series: bool = False
    direct: str
    two_step: str
    routes: tuple[str, ...]
    sets: dict[str, tuple[str, ...]] = {}
    elsewhere: dict[str, tuple[str, ...]] = {}
    without: dict[str, str] = {}

    def file(self, route: str) -> str:
        """The pipeline file of a route. Raises LeukcadError where there is none."""
        if route in (DIRECT, TWO_STEP):
            places = [Path(self.direct if route == DIRECT else self.two_step)]
        else:
            places = [Path(folder) / f"{route}.yaml" for folder in self.routes]
        found = next((path for path in places if path.is_file()), None)
        if found is None:
            cure = "go into a checkout of leukcad (cd leukcad)"
            raise LeukcadError(f"there is no {places[-1]} in {Path.cwd()}", cure=cure)
        return str(found)


def changes(told: Mapping[str, Sequence[str]], route: str) -> list[str]:
    """The changes of a route out of those by route or pattern, in the order of the file: later ones win."""
    from fnmatch import fnmatchcase

    return [one for pattern, some in told.items() if fnmatchcase(route, pattern) for one in some]


def planned(questions: Sequence[Question], routes: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs that are tested, chosen before anything is measured: each with two-step, those between with direct."""
    asked = {q.name: q for q in questions}
    with_two_step = [(route, TWO_STEP) for route in routes if route != TWO_STEP]
    between = [(r, DIRECT) for r in routes if r in asked and asked[r].kind != "spared"]
    return with_two_step + between
