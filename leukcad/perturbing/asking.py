"""Asking trained pipelines about fields whose found cells have errors; nothing is trained for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukcad.answering import AnswerBook, TestSet, Trained, recorded
from leukcad.assembly import BATCH
from leukcad.perturbing.boxes import perturbed
from leukcad.perturbing.design import AS_FOUND, KINDS
from leukcad.pipeline import Pipeline, State
from leukcad.progress import bar
from leukcad.runs import digest_of
from leukcad.types import Cells

if TYPE_CHECKING:
    from leukcad.experiment import Bench
    from leukcad.types import Field

VERSION = 1  # of how cells are perturbed: answers to another one are not reused


def answer_perturbed(models: Sequence[Trained], bench: Bench) -> dict[str, AnswerBook | str]:
    """The answers of each model to the bench's test fields with every error, or why it is not concerned.

    They are kept in the run as answers/perturbed-….jsonl, field by field, so that what was cut off goes on.
    """
    test = base_set(bench)
    design = digest_of({"version": VERSION, "bench": bench.digest(), "kinds": repr(KINDS)})[:12]
    told: dict[str, AnswerBook | str] = {m.name: not_concerned(m.pipeline) for m in models}
    asked = [m for m in models if not told[m.name]]
    books = {m.name: AnswerBook(m.run.folder / "answers" / f"perturbed-{design}.jsonl") for m in asked}
    with bar("perturbing what was found", total=len(test.records)) as advance:
        for start in range(0, len(test.records), BATCH):
            records = test.records[start : start + BATCH]
            wanted = [r for r in records if any(r.id not in books[m.name].done for m in asked)]
            fields = [f for f in map(test.source.read, wanted) if f is not None]
            for model in asked:
                _answer(model, books[model.name], fields)
            advance(len(records))
    return {**told, **books}


def base_set(bench: Bench) -> TestSet:
    """The set that is perturbed: what synthetic fields are made of, else the first."""
    of = bench.spec.synthesize.of if bench.spec.synthesize else "test"
    return next((test for test in bench.sets if test.name == of), bench.sets[0])


def not_concerned(pipeline: Pipeline) -> str:
    """Why errors of detection cannot touch a pipeline, '' where they can."""
    if _parts(pipeline) is None:
        return "it looks at the whole field: there is no detector that could err"
    if not any(step.stage == "diagnose" for step in pipeline.steps):
        return "it ends at cells: there is no diagnosis"
    return ""


@dataclass(frozen=True, eq=False)
class _Parts:
    """A pipeline up to its last detector, and what comes after it."""

    front: Pipeline
    rest: Pipeline


def _parts(pipeline: Pipeline) -> _Parts | None:
    """Cut behind the last `detect`, else the last `segment`; None where cells are not looked for."""
    steps = list(pipeline.steps)
    for stage in ("detect", "segment"):
        places = [i for i, step in enumerate(steps) if step.stage == stage]
        if places:
            cut = places[-1] + 1
            halves = (Pipeline(part, pipeline.classes, pipeline.positive) for part in (steps[:cut], steps[cut:]))
            return _Parts(*halves)
    return None


def _answer(model: Trained, book: AnswerBook, fields: Sequence[Field]) -> None:
    """Every version of the fields that are not in the book yet; a field is one block."""
    fields = [f for f in fields if f.record.id not in book.done]
    parts = _parts(model.pipeline)
    if not fields or parts is None:
        return
    opened = parts.front.run(fields)
    cells = parts.front.cells_of(opened)
    shas = [hashlib.sha256(f.array().tobytes()).hexdigest() for f in fields]
    blocks: list[list[object]] = [[] for _ in fields]
    for name, changed in versions(opened.fields, cells):
        state = State(list(opened.fields), list(changed))
        for place, step in enumerate(parts.rest.steps):
            parts.rest.advance(state, step, place)
        for i, answer in enumerate(model.told(state)):
            blocks[i].append(recorded((name, fields[i], 0, 0), answer, shas[i]))
    for field, block in zip(fields, blocks, strict=True):
        book.add(field.record.id, block)  # type: ignore[arg-type]  # answers, all of them


def versions(fields: Sequence[Field], cells: Sequence[Cells]) -> Iterator[tuple[str, list[Cells]]]:
    """The name of each version and the cells of every field in it, those that were found first."""
    yield AS_FOUND, list(cells)
    for kind in KINDS:
        for strength in kind.strengths:
            pairs = zip(fields, cells, strict=True)
            yield kind.set_name(strength), [perturbed(kind.name, strength, f, c) for f, c in pairs]
