"""Taking trained pipelines through test sets and synthetic series, each field once for all of them.

Answers are appended field by field to `answers/BENCH.jsonl` of each run, so that a test that was cut off goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from leukcad.assembly import BATCH, Source
from leukcad.errors import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.pipeline import Pipeline, State
from leukcad.progress import bar
from leukcad.runs import Run
from leukcad.step import Step
from leukcad.types import Field, Record

if TYPE_CHECKING:
    from leukcad.config import PipelineSpec


@dataclass(frozen=True)
class Answered:
    """What was said of one field.

    probabilities: one a class, in [0, 1]. called: one of these classes, None for an abstention, then with a `reason`.
    cells: how many cells were answered from.
    """

    probabilities: Mapping[str, float]
    called: str | None
    reason: str = ""
    cells: int = 0


class Answerer(Protocol):
    """Whatever answers fields, and so can be audited: a trained pipeline, a function, an ONNX file, a table."""

    @property
    def name(self) -> str:
        """What reports call it."""

    def answers(self, fields: Sequence[Field]) -> list[Answered]:
        """One answer a field, in their order."""


@dataclass(eq=False)
class Trained:
    """A pipeline that has learned, with its frozen threshold (None without a positive class): an `Answerer`."""

    name: str
    run: Run
    spec: PipelineSpec
    pipeline: Pipeline
    threshold: float | None

    def call(self, state: State, index: int) -> str | None:
        """The class that field `index` of an answered batch is called; None where it abstains."""
        answers = state.answers
        if answers is None:
            raise LeukcadError(
                f"{self.name}: the pipeline ends at cells", cure="add a diagnose step to diagnose fields"
            )
        if bool(answers.abstain[index]):
            return None
        row = answers.probabilities[index].tolist()
        positive = self.pipeline.positive
        if positive is not None and self.threshold is not None:
            at = answers.classes.index(positive)
            if row[at] >= self.threshold:
                return positive
            row[at] = -1.0
        return answers.classes[row.index(max(row))]

    def answers(self, fields: Sequence[Field]) -> list[Answered]:
        """One answer a field."""
        return self.told(self.pipeline.run(fields))

    def told(self, state: State) -> list[Answered]:
        """The answers in a batch that went through the pipeline."""
        return [self._told(state, index) for index in range(len(state.fields))]

    def _told(self, state: State, index: int) -> Answered:
        called = self.call(state, index)
        assert state.answers is not None  # call() has refused a pipeline without answers
        row, found = state.answers.probabilities[index].tolist(), state.found(index)
        probabilities = {c: round(p, 6) for c, p in zip(state.answers.classes, row, strict=True)}
        return Answered(probabilities, called, state.answers.reasons[index], 1 if found is None else len(found))


@dataclass(frozen=True)
class TestSet:
    """Fields to be answered under one name."""

    name: str
    source: Source
    records: Sequence[Record]


@dataclass(frozen=True)
class SeriesPlan:
    """Which fields get how many cells pasted, by what, out of which donors."""

    step: Step
    base: TestSet
    doses: tuple[int, ...]
    draws: int
    donors: Sequence[Field]


@dataclass(eq=False)
class AnswerBook:
    """The answers of one run on one bench: an append-only file of blocks, each ended by a line that names it."""

    path: Path
    answers: list[Answer] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        raw = self.path.read_bytes() if self.path.exists() else b""
        block: list[Answer] = []
        at = finished = 0
        for line in raw.splitlines(keepends=True):
            at += len(line)
            if not line.endswith(b"\n"):
                break  # torn by a kill
            told = json.loads(line)
            if "done" not in told:
                block.append(Answer.from_json(line.decode()))
                continue
            self.answers += block
            self.done.add(told["done"])
            block, finished = [], at
        if finished < len(raw):
            with self.path.open("r+b") as file:  # drop what follows the last finished block
                file.truncate(finished)

    def add(self, key: str, answers: Sequence[Answer]) -> None:
        """Append one finished block."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = [a.to_json() + "\n" for a in answers] + [json.dumps({"done": key}) + "\n"]
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write("".join(lines))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            cure = "make room and run the same command again: it goes on from here"
            raise LeukcadError(f"{self.path}: cannot write answers: {error.strerror}", cure=cure) from error
        self.answers += answers
        self.done.add(key)


def answer_sets(models: Sequence[Trained], books: Sequence[AnswerBook], sets: Sequence[TestSet]) -> None:
    """Let every model answer every field of the sets, reading each field once."""
    for test in sets:
        wanted = [r for r in test.records if any(f"{test.name}/{r.id}" not in b.done for b in books)]
        with bar(f"testing on {test.name}", total=len(wanted)) as advance:
            for start in range(0, len(wanted), BATCH):
                records = wanted[start : start + BATCH]
                fields = [f for f in map(test.source.read, records) if f is not None]
                rows = [(test.name, f, 0, 0) for f in fields]
                answer_rows(models, books, rows, key=lambda row: f"{row[0]}/{row[1].record.id}")
                _unreadable(models, books, test, records)
                advance(len(records))


def answer_series(models: Sequence[Trained], books: Sequence[AnswerBook], plan: SeriesPlan) -> None:
    """Make the synthetic fields of `plan` one source field at a time and let every model answer them."""
    wanted = [r for r in plan.base.records if any(f"imgSynt/{r.id}" not in b.done for b in books)]
    with bar("testing on the synthetic series", total=len(wanted)) as advance:
        for record in wanted:
            field_ = plan.base.source.read(record)
            if field_ is not None:
                rows = [(f"imgSynt{dose}", new, dose, draw) for new, dose, draw in versions(plan, field_)]
                answer_rows(models, books, rows, key=partial(_series_key, record.id))
            advance(1)


def versions(plan: SeriesPlan, field_: Field, draws: int | None = None) -> Iterator[tuple[Field, int, int]]:
    """The synthetic versions of one field with their dose and draw."""
    donors = [d for d in plan.donors if d.record.home != field_.record.source]
    for draw in range(plan.draws if draws is None else draws):
        plan.step.draw = draw
        for new in plan.step.synthesize(field_, plan.doses, donors):
            yield new, len(new.ledger) - len(field_.ledger), draw


Row = tuple[str, Field, int, int]  # set, field, dose, draw


def ask(models: Sequence[Answerer], fields: Sequence[Field]) -> list[list[Answered]]:
    """What each model says of each field; opening steps that pipelines share are taken once."""
    opened: dict[str, State] = {}  # what is deterministic is computed once for all pipelines
    told = []
    for model in models:
        if not isinstance(model, Trained):
            told.append(model.answers(fields))
            continue
        opening = model.pipeline.opening_key()
        if opening not in opened:
            opened[opening] = model.pipeline.open(fields)
        told.append(model.told(model.pipeline.close(opened[opening])))
    return told


def answer_rows(
    models: Sequence[Answerer],
    books: Sequence[AnswerBook],
    rows: Sequence[Row],
    key: Callable[[Row], str],
) -> None:
    """Let every model answer the fields of `rows`; what one key names is kept as one block, asked once."""
    waiting: list[dict[str, list[Answer]]] = [{} for _ in models]
    hashes = [hashlib.sha256(row[1].array().tobytes()).hexdigest() for row in rows]
    for start in range(0, len(rows), BATCH):
        part, shas = rows[start : start + BATCH], hashes[start : start + BATCH]
        asked = [i for i, book in enumerate(books) if not all(key(row) in book.done for row in part)]
        told = ask([models[i] for i in asked], [row[1] for row in part])
        for i, answered in zip(asked, told, strict=True):
            for row, sha, one in zip(part, shas, answered, strict=True):
                if key(row) not in books[i].done:
                    waiting[i].setdefault(key(row), []).append(recorded(row, one, sha))
    for book, blocks in zip(books, waiting, strict=True):
        for name, block in blocks.items():
            book.add(name, block)


def _series_key(source: str, _: Row) -> str:
    """All versions of one field are one block."""
    return f"imgSynt/{source}"


def recorded(row: Row, told: Answered, sha: str) -> Answer:
    """An answer as it is kept: with what it answers, and the sha256 of the pixels."""
    name, field_, dose, draw = row
    record = field_.record
    return Answer(
        set=name,
        field=record.id,
        source=record.source,
        group=record.group,
        truth=record.label,
        probabilities=told.probabilities,
        called=told.called,
        reason=told.reason,
        dose=dose,
        draw=draw,
        cells=told.cells,
        sha256=sha,
    )


def _unreadable(
    models: Sequence[Trained], books: Sequence[AnswerBook], test: TestSet, records: Sequence[Record]
) -> None:
    """A field that cannot be read is an abstention with its reason: an error in every rate, never in silence."""
    for record in records:
        if record.id not in test.source.unreadable:
            continue
        reason = test.source.unreadable[record.id]
        for model, book in zip(models, books, strict=True):
            if (key := f"{test.name}/{record.id}") not in book.done:
                spread = {c: 1 / len(model.spec.classes) for c in model.spec.classes}
                where = (test.name, record.id, record.source, record.group)
                book.add(key, [Answer(*where, record.label, spread, None, reason)])
