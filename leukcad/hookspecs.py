"""The hooks: what a plugin may offer, and what a component of each stage must answer.

A plugin's seam (its entry point in the group `leukcad`) only offers; the class it names is imported when a pipeline
uses it. Implementations are marked with `hookimpl` and may omit arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from torch import Tensor

    from leukcad.step import Model, Step
    from leukcad.types import Cells, Crops, Examples, Field, Heatmap, Predictions, Record

hookspec = pluggy.HookspecMarker("leukcad")
hookimpl = pluggy.HookimplMarker("leukcad")

#: Stage → the hooks that a component of it must implement.
STAGES: dict[str, tuple[str, ...]] = {
    "data": ("leukcad_index", "leukcad_read"),
    "preprocess": ("leukcad_preprocess",),
    "detect": ("leukcad_detect",),
    "segment": ("leukcad_segment",),
    "crop": ("leukcad_crop",),
    "classify": ("leukcad_classify",),
    "diagnose": ("leukcad_diagnose",),
    "explain": ("leukcad_explain",),
    "synthesize": ("leukcad_synthesize",),
    "observe": (),
}
LEARNING = ("leukcad_fit", "leukcad_state", "leukcad_restore")
#: Stage → the hooks that a component of it may implement besides.
OPTIONAL: dict[str, tuple[str, ...]] = {"synthesize": ("leukcad_positions",)}


@dataclass(frozen=True)
class Component:
    """One offer of a plugin: a stage, a name, where the class is, and one line about it.

    Raises `LeukcadError` for an unknown stage, a name that is not lower-case-with-dashes, or a target that is not
    `package.module:Class`.
    """

    stage: str
    name: str
    target: str
    summary: str = ""

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise LeukcadError(
                f"component {self.name!r}: expected a stage out of {', '.join(STAGES)}, got {self.stage!r}"
            )
        if not re.fullmatch(r"[a-z0-9]+([-_.][a-z0-9]+)*", self.name):
            raise LeukcadError(f"component name: expected lower case with dashes, got {self.name!r}")
        if not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", self.target):
            raise LeukcadError(f"component {self.name!r}: expected 'package.module:Class', got {self.target!r}")


class SeamSpecs:
    """The seam's only duty."""

    @hookspec
    def leukcad_components(self) -> Iterable[Component]:
        """The components that this plugin offers. Cheap: it imports nothing heavy."""


# A specification has no body; pluggy reads only its name and arguments.
# mypy: disable-error-code="empty-body"
class StageSpecs:
    """The stages: each hook is answered by the one component that the pipeline chose. Pure in its inputs."""

    @hookspec(firstresult=True)
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """The records of a data source, in a stable order, without reading pixels."""

    @hookspec(firstresult=True)
    def leukcad_read(self, record: Record, step: Step) -> Field:
        """One field with its pixels and its truth."""

    @hookspec(firstresult=True)
    def leukcad_preprocess(self, fields: Sequence[Field], step: Step) -> list[Field]:
        """Fields with other values or pixel size; never another height or width."""

    @hookspec(firstresult=True)
    def leukcad_detect(self, fields: Sequence[Field], step: Step) -> list[Cells]:
        """The cells found in each field; an empty `Cells` where there are none.

        A component that drops cells below a score keeps that score in the attribute `min_score`, which `leukcad
        measure` lowers for a while to see what lies below it.
        """

    @hookspec(firstresult=True)
    def leukcad_segment(self, fields: Sequence[Field], cells: Sequence[Cells] | None, step: Step) -> list[Cells]:
        """The cells with `regions` and `nuclei` filled; `cells` is None without a detector."""

    @hookspec(firstresult=True)
    def leukcad_crop(self, fields: Sequence[Field], cells: Sequence[Cells], size: int, step: Step) -> Crops:
        """One square of `size` px per cell; letterbox or squash is decided here.

        A component whose attribute `copies` is above 1 is asked so often for each cell that a classifier learns from,
        with `step.draw` 0, 1, …: draw 0 is what is seen of a cell ever after, the others may be moved or scaled.
        """

    @hookspec(firstresult=True)
    def leukcad_classify(self, crops: Crops, step: Step) -> Predictions:
        """One row per crop over `step.classes`; no crops give no rows."""

    @hookspec(firstresult=True)
    def leukcad_diagnose(
        self,
        cells: Sequence[Cells],
        predictions: Predictions,
        field_index: Tensor,
        cell_index: Tensor,
        step: Step,
    ) -> Predictions:
        """One row per field (or slide, or patient) over `step.classes`, out of one row per cell.

        `predictions` row k belongs to cell `cell_index[k]` of `cells[field_index[k]]`. A unit without cells abstains.
        """

    @hookspec(firstresult=True)
    def leukcad_explain(self, crops: Crops, targets: Sequence[str], model: Model, step: Step) -> list[Heatmap]:
        """One (S, S) heat map per crop for its target class; the engine returns them to the field."""

    @hookspec(firstresult=True)
    def leukcad_synthesize(
        self, field: Field, doses: Sequence[int], donors: Sequence[Field], step: Step
    ) -> Iterable[Field]:
        """New fields out of one, a field per dose, nested (a dose holds the smaller ones); truth exact, ledger filled.

        Doses that do not fit any more are left out. The draw is `step.draw`; `step.rng(field.record.id)` differs by it.
        """

    @hookspec(firstresult=True)
    def leukcad_positions(self, field: Field, count: int, step: Step) -> Cells:
        """Up to `count` boxes that a cell could be set into, the best first, with scores in [0, 1]; of `synthesize`.

        A component that answers takes the option `positions`: a file of `leukcad.positions`, whose boxes alone it then
        uses. `leukcad place` asks for the boxes, lets a person choose, and writes the file.
        """

    @hookspec(firstresult=True)
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Learn. `step.folder` may hold a checkpoint of an interrupted fit: go on from it."""

    @hookspec(firstresult=True)
    def leukcad_state(self) -> dict[str, Tensor]:
        """What was learned, as named tensors."""

    @hookspec(firstresult=True)
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back what `leukcad_state` gave; `step.classes` are the classes of the fit."""


class EventSpecs:
    """The run's life, for observers: progress, trackers, loggers. Collecting."""

    @hookspec
    def leukcad_run_started(self, run: Any) -> None:
        """A run begins; `run` is its `leukcad.runs.Run`."""

    @hookspec
    def leukcad_step_finished(self, run: Any, step: Step, seconds: float) -> None:
        """A step has learned (or was found learned, seconds 0)."""

    @hookspec
    def leukcad_step_failed(self, run: Any, step: Step, error: BaseException) -> None:
        """A step raised while it learned, or while the steps before it made what it learns from."""

    @hookspec
    def leukcad_run_finished(self, run: Any, results: dict[str, Any]) -> None:
        """A run ends; `results` is what `metrics.json` holds."""
