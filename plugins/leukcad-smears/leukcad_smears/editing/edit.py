"""What all interventions share: drawn or in pixels, one cell after another, a field per dose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field as Option

from leukcad.errors import LeukcadError
from leukcad.hookspecs import hookimpl
from leukcad_smears.editing.drawing import Drawing
from leukcad_smears.editing.host import HOSTS, Host
from leukcad_smears.editing.workpiece import Workpiece

if TYPE_CHECKING:
    from leukcad import Field, Step

How = Annotated[
    Literal["auto", "render", "paste"],
    Option(description="render: the scene is edited and drawn anew; paste: pixels are; auto: render where it can"),
]
InPixels = Annotated[
    Literal["auto", "render", "paste"],
    Option(description="in pixels, whatever is said: there is nothing to draw"),
]
DONE = object()


@dataclass(frozen=True)
class Task:
    """One call: the host, the donors offered, and the step that asks."""

    host: Host
    donors: Sequence[Field]
    step: Step

    def rng(self, part: str) -> np.random.Generator:
        """A generator for one part of the edit; it depends on the field, the draw and the part."""
        return self.step.rng(f"{self.host.field.record.id}/{part}")

    def note(self, how: str) -> dict[str, str | int]:
        """What every line of the ledger tells."""
        return {"method": self.step.name, "how": how, "draw": self.step.draw}


class Edit:
    """An intervention. `drawn` and `pasted` edit one cell at each step and end when no further one can be edited."""

    #: Whether the edit can be made in the scene and drawn anew.
    renders: ClassVar[bool] = True

    def __init__(self, how: Literal["auto", "render", "paste"] = "auto") -> None:
        self.how = how

    @hookimpl
    def leukcad_synthesize(
        self, field: Field, doses: Sequence[int], donors: Sequence[Field], step: Step
    ) -> Iterator[Field]:
        """One field per dose (cells edited) that fits, in rising order, each holding the edits of those before it."""
        task = Task(HOSTS.of(field), donors, step)
        how = self._how(field)
        work: Drawing | Workpiece = Drawing(task.host) if how == "render" else Workpiece(task.host)
        edits = self.drawn(work, task) if isinstance(work, Drawing) else self.pasted(work, task)
        done = 0
        for dose in sorted(set(doses)):
            while done < dose:
                if next(edits, DONE) is DONE:
                    return
                done += 1
            id_ = f"{field.record.id}+{step.name}{dose}@{step.draw}"
            yield work.field(id_, dose=dose, draw=step.draw, how=how)

    def drawn(self, work: Drawing, task: Task) -> Iterator[None]:
        """Edit the scene, one cell a step."""
        raise NotImplementedError

    def pasted(self, work: Workpiece, task: Task) -> Iterator[None]:
        """Edit the pixels, one cell a step."""
        raise NotImplementedError

    def _how(self, field: Field) -> str:
        if self.how == "render" and field.scene is None:
            raise LeukcadError(
                f"{field.record.id}: expected a field whose scene is known, got pixels only",
                cure="set `how: paste` (or `auto`), or give simulated fields",
            )
        return "render" if self.renders and self.how != "paste" and field.scene is not None else "paste"


def named_truth(field: Field, what: str) -> list[str]:
    """The names of the field's cells. Raises `LeukcadError` where the field is not annotated."""
    if field.truth is None:
        raise LeukcadError(
            f"{what} {field.record.id}: expected a field whose cells are annotated, got one without",
            cure="give boxes of its leukocytes (a `data` source that reads them), or use `add`",
        )
    return field.truth.names()
