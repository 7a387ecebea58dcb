"""From fields to patients or slides: all cells of a unit decide together, by the pipeline's own rule."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from leukcad.answering import AnswerBook, TestSet, Trained
from leukcad.assembly import BATCH
from leukcad.evaluation.answers import Answer
from leukcad.pipeline import State, ordered
from leukcad.progress import bar
from leukcad.types import Cells, Predictions, Record

if TYPE_CHECKING:
    from leukcad.pipeline import Pipeline

SUFFIX = "_by_group"  # of a set's name: its patients or slides instead of its fields


def units(records: Sequence[Record], positive: str | None) -> dict[str, tuple[str | None, list[Record]]]:
    """Unit → its label and fields, if groups hold several fields; empty where each field is its own group.

    With a positive class one positive field makes the patient positive; without one, fields of one group that have
    different labels are different units (a slide of each).
    """
    if len({r.group for r in records}) == len(records):
        return {}
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.group if positive else f"{record.group}/{record.label}"].append(record)
    return {name: (_label(fields, positive), fields) for name, fields in found.items()}


def _label(fields: Sequence[Record], positive: str | None) -> str | None:
    labels = {f.label for f in fields}
    return positive if positive in labels else next(iter(labels)) if len(labels) == 1 else None


def answer_units(models: Sequence[Trained], books: Sequence[AnswerBook], sets: Sequence[TestSet]) -> None:
    """Let every model answer every patient or slide of the sets, as the set NAME_by_group."""
    for test in sets:
        name = test.name + SUFFIX
        positive = models[0].pipeline.positive
        wanted = {
            unit: told
            for unit, told in units(test.records, positive).items()
            if any(f"{name}/{unit}" not in book.done for book in books)
        }
        with bar(f"testing on {name}", total=len(wanted)) as advance:
            for unit, (label, records) in wanted.items():
                for model, book in zip(models, books, strict=True):
                    if f"{name}/{unit}" not in book.done:
                        book.add(f"{name}/{unit}", [_answer(model, test, name, unit, label, records)])
                advance(1)


def _answer(
    model: Trained, test: TestSet, name: str, unit: str, label: str | None, records: Sequence[Record]
) -> Answer:
    states, pixels = [], hashlib.sha256()
    for batch in test.source.batches(records, BATCH):
        states.append(model.pipeline.run(batch))
        for field in batch:
            pixels.update(field.array().tobytes())
    state = State([], answers=unite(model.pipeline, states))
    assert state.answers is not None  # unite() always answers
    row = state.answers.probabilities[0].tolist()
    return Answer(
        set=name,
        field=unit,
        source=unit,
        group=unit,
        truth=label,
        probabilities={c: round(p, 6) for c, p in zip(state.answers.classes, row, strict=True)},
        called=model.call(state, 0),
        reason=state.answers.reasons[0],
        cells=sum(len(c) for s in states for c in (s.cells or [])),
        sha256=pixels.hexdigest(),
    )


def unite(pipeline: Pipeline, states: Sequence[State]) -> Predictions:
    """One answer out of the batches of one patient's fields: the rule over all cells; without a rule, the mean."""
    import torch

    rule = next((step for step in pipeline.steps if step.stage == "diagnose"), None)
    if rule is None or not states:
        return _mean(pipeline, [s.answers for s in states if s.answers is not None])
    states = [s for s in states if sum(map(len, pipeline.cells_of(s)))] or states[:1]  # an empty one may name no class
    told = [pipeline.told(state, pipeline.cells_of(state))[0] for state in states]
    cells = [c for state in states for c in pipeline.cells_of(state)]
    boxes, scores = torch.cat([c.boxes for c in cells]), torch.cat([c.scores for c in cells])
    together = Cells(boxes, scores, torch.full((len(boxes),), -1))
    abstain, reasons = torch.cat([p.abstain for p in told]), tuple(r for p in told for r in p.reasons)
    predictions = Predictions(torch.cat([p.probabilities for p in told]), told[0].classes, abstain, reasons)
    n = len(predictions)
    one = rule.diagnose([together], predictions, torch.zeros(n, dtype=torch.int64), torch.arange(n))
    return ordered(one, pipeline.classes)


def _mean(pipeline: Pipeline, answers: Sequence[Predictions]) -> Predictions:
    import torch

    rows = [a.probabilities[~a.abstain] for a in answers]
    n = sum(map(len, rows))
    if n:
        return Predictions.of(torch.cat(rows).mean(dim=0, keepdim=True), pipeline.classes)
    blank = torch.full((1, len(pipeline.classes)), 1 / len(pipeline.classes))
    return Predictions(blank, pipeline.classes, torch.tensor([True]), ("no field could be answered",))
