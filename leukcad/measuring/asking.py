"""Taking pipelines through the fields of a set, each field read once, and scoring what they find."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leukcad.answering import TestSet
from leukcad.assembly import BATCH
from leukcad.errors import LeukcadError
from leukcad.labels import whole
from leukcad.measuring.scoring import Score, score_field
from leukcad.measuring.targets import target_of, unnamed
from leukcad.pipeline import Pipeline
from leukcad.progress import bar

if TYPE_CHECKING:
    from leukcad.config import PipelineSpec
    from leukcad.measuring.adjudication import Adjudication
    from leukcad.types import Cells, Field

LOWEST = 0.05  # the score down to which a detector is asked for its average precision
VIEWS = ("published", "adjudicated")


@dataclass(frozen=True, eq=False)
class Model:
    """A pipeline that finds cells, ready to be asked."""

    name: str
    pipeline: Pipeline
    spec: PipelineSpec


@dataclass(eq=False)
class Scored:
    """The scores of one set: model → view → fields. unannotated: fields that nothing is known of.

    open: whether a field does not say that all its leukocytes are annotated. lowest: the score down to which each
    model was asked, None where it cannot be asked below its threshold. kinds: the kinds of cells in the truth; classes:
    those that each model reports.
    """

    scores: dict[str, dict[str, list[Score]]]
    unannotated: list[str] = field(default_factory=list)
    open: bool = False
    lowest: dict[str, float | None] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    classes: dict[str, list[str]] = field(default_factory=dict)


def finds_cells(spec: PipelineSpec) -> bool:
    """Whether a pipeline looks for cells at all."""
    return any(use.stage in ("detect", "segment") for use in spec.steps)


def score_set(
    models: Sequence[Model],
    test: TestSet,
    *,
    own: bool = True,
    leave: Collection[str] = (),
    adjudication: Adjudication | None = None,
) -> Scored:
    """Let each model find the cells of each field of `test`, and score them.

    own: whether the fields are those of the models' bench; then leukocytes of a kind that its cell classes leave out
    are neither hit nor miss, as those of the kinds in `leave`. Raises `LeukcadError` for a model that finds no cells,
    and where no field is annotated.
    """
    views = VIEWS if adjudication else VIEWS[:1]
    told = Scored({m.name: {view: [] for view in views} for m in models})
    told.lowest = {m.name: LOWEST if lowerable(m.pipeline) else None for m in models}
    kinds: dict[str, None] = {}
    with bar(f"measuring on {test.name}", total=len(test.records)) as advance:
        for start in range(0, len(test.records), BATCH):
            records = test.records[start : start + BATCH]
            fields = [f for f in map(test.source.read, records) if f is not None]
            told.unannotated += [f.record.id for f in fields if f.truth is None]
            known = [f for f in fields if f.truth is not None]
            kinds |= dict.fromkeys(name for f in known if f.truth is not None for name in f.truth.classes)
            told.open = told.open or not all(map(whole, known))
            for model in models:
                reported = _score_batch(model, known, told.scores[model.name], own, leave, adjudication)
                told.classes[model.name] = list(dict.fromkeys([*told.classes.get(model.name, []), *reported]))
            advance(len(records))
    told.kinds = list(kinds)
    if all(not scores for by_view in told.scores.values() for scores in by_view.values()):
        why = "no field of it has annotated cells" if told.unannotated else "no field of it could be read"
        raise LeukcadError(f"{test.name}: {why}", cure="measure on data with boxes or masks")
    return told


def _score_batch(
    model: Model,
    fields: Sequence[Field],
    into: dict[str, list[Score]],
    own: bool,
    leave: Collection[str],
    adjudication: Adjudication | None,
) -> list[str]:
    """Score some fields; the classes that the model reports."""
    if not fields:
        return []
    cells = _cells(model, fields)
    ranked = cells
    if lowerable(model.pipeline):
        with lowered(model.pipeline):
            ranked = _cells(model, fields)
    for one, found, more in zip(fields, cells, ranked, strict=True):
        assert one.truth is not None  # those without are left out
        left = {*leave, *(unnamed(model.spec.cell_classes, one.truth.classes) if own else ())}
        for view, scores in into.items():
            opinions = adjudication.of(one.record) if adjudication and view == VIEWS[1] else ()
            target = target_of(one, left, opinions)
            assert target is not None  # it has a truth
            scores.append(score_field(one, group_of(model.spec, one), target, found, more))
    return list(dict.fromkeys(name for found in cells for name in found.classes))


def group_of(spec: PipelineSpec, one: Field) -> str:
    """What is independent: the patient or slide; where labels are types of cells they may share slide numbers."""
    record = one.record
    positive = spec.positive is not None and record.label in spec.classes
    return record.group if positive or record.label is None else f"{record.group}/{record.label}"


def _cells(model: Model, fields: Sequence[Field]) -> list[Cells]:
    """What the pipeline takes for cells once all of its steps but the diagnosis are done."""
    last = next((s for s in model.pipeline.steps if s.stage in ("diagnose", "explain")), None)
    state = model.pipeline.run(fields, until=last)
    if state.cells is None:
        raise LeukcadError(f"{model.name} finds no cells: there is nothing to measure", cure="add a detect step")
    return state.cells


def lowerable(pipeline: Pipeline) -> bool:
    """Whether a step that finds cells can be asked for those below its frozen threshold."""
    return bool(_thresholds(pipeline))


@contextmanager
def lowered(pipeline: Pipeline, to: float = LOWEST) -> Iterator[None]:
    """While the block runs, the pipeline's detectors report cells from the score `to` on."""
    before = [(component, component.min_score) for component in _thresholds(pipeline, to)]
    try:
        for component, _ in before:
            component.min_score = to
        yield
    finally:
        for component, threshold in before:
            component.min_score = threshold


def _thresholds(pipeline: Pipeline, above: float = LOWEST) -> list[Any]:
    finders = [step.component for step in pipeline.steps if step.stage in ("detect", "segment")]
    return [c for c in finders if isinstance(t := getattr(c, "min_score", None), float | int) and t > above]
