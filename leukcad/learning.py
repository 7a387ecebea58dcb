"""Learning goes step by step, in pipeline order: each learner sees what the steps before it make of the fields."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from leukcad.assembly import Source, cell_classes
from leukcad.errors import LeukcadError
from leukcad.labels import OTHER, called, mapped
from leukcad.pipeline import Pipeline, State
from leukcad.runs import Run, core_hash, digest_of
from leukcad.step import Step, log
from leukcad.types import Cells, Crops, Examples, Field, Record

if TYPE_CHECKING:
    from leukcad.config import PipelineSpec

T = TypeVar("T")


@dataclass(frozen=True)
class Sides:
    """The records that a learner may see, and the source that reads them."""

    source: Source
    train: Sequence[Record]
    validation: Sequence[Record]


def learn(pipeline: Pipeline, spec: PipelineSpec, fields: Sides, cells: Sides | None, run: Run) -> None:
    """Let every learner of the pipeline learn, or take back what it learned before; nothing finished is redone."""
    for step in pipeline.learners():
        step.folder = run.step_folder(step)
        began, before = time.monotonic(), run.learned(step)
        try:
            if before:
                run.restore(step)
            else:
                _fit(pipeline, step, spec, fields, cells, run)
        except BaseException as error:
            step.manager.hook.leukcad_step_failed(run=run, step=step, error=error)
            raise
        seconds = 0.0 if before else time.monotonic() - began
        step.manager.hook.leukcad_step_finished(run=run, step=step, seconds=seconds)


def _fit(pipeline: Pipeline, step: Step, spec: PipelineSpec, fields: Sides, cells: Sides | None, run: Run) -> None:
    mode = step.component.train.learn_from if hasattr(step.component, "train") else "previous"
    if mode == "cells" and cells is None:
        raise LeukcadError(
            f"{step.title}: learn_from is 'cells', but the bench has none", cure="add `cells:` to the bench"
        )
    sides = cells if mode == "cells" and cells is not None else fields
    gather = Gather(pipeline, step, spec, mode, digest_of(_learned_before(pipeline, step, run)))
    began = time.monotonic()
    train, validation = gather(sides.source, sides.train, copies=True), gather(sides.source, sides.validation)
    _check(train, step)
    step.fit(train, validation)
    run.save(step, {"learn_from": mode, "seconds": round(time.monotonic() - began, 2), "examples": _counts(train)})
    log.info("%s learned in %.1f s", step.title, time.monotonic() - began)


@dataclass(eq=False)
class Gather:
    """Collects what one step learns from; crops are computed once and kept, keyed by what they were made of."""

    pipeline: Pipeline
    step: Step
    spec: PipelineSpec
    mode: str
    before: str

    def __call__(self, source: Source, records: Sequence[Record], copies: bool = False) -> Examples:
        """The examples of `records`, without those whose label is unknown.

        copies: whether the crop step may give each cell several times; for what is learned from, never for validation.
        """
        if self.step.stage != "classify":
            return self._annotated(source, records)
        draws = self._draws() if copies else 1
        path = self._cached(source, records, draws)
        crops = load_crops(path) if path else None
        if crops is None:
            parts = [self._crops(batch, draws) for batch in source.batches(records)]
            crops = _joined(parts, int(getattr(self.step.component, "input_size", 224)))
            if path and not source.unreadable:
                save_crops(path, crops)
        return Examples(self.step.classes, crops=crops)

    def _crops(self, batch: list[Field], draws: int) -> Crops:
        """The labelled crops of a batch: `draws` of each cell, one draw after the other."""
        state = self._state(batch)
        if self.mode == "cells" and state.cells is not None:
            state.cells = [_the_cell(f, c) for f, c in zip(batch, state.cells, strict=True)]
            self._crop_again(state)
        parts = [self._labelled(batch, state)]
        for draw in range(1, draws):
            self._crop_again(state, draw)
            parts.append(self._labelled(batch, state))
        return _joined(parts, 0)

    def _labelled(self, batch: list[Field], state: State) -> Crops:
        if self.mode == "field" or state.cells is None:
            return self._labelled_by_field(state)
        labelled = [
            called(c, f, cell_classes(self.spec)) if self.mode != "truth" else c
            for f, c in zip(batch, state.cells, strict=True)
        ]
        crops = self.pipeline.crops_for(state, self.step)
        return _known(_with_labels(crops, labelled))

    def _state(self, batch: list[Field]) -> State:
        """The batch as it stands before the learner; with `truth` the annotated cells take the place of found ones."""
        if self.mode != "truth":
            return self.pipeline.run(batch, until=self.step)
        state = State(list(batch))
        state.cells = [mapped(f.truth or Cells.empty(), cell_classes(self.spec)) for f in batch]
        for place, step in enumerate(self.pipeline.steps):
            if step is self.step:
                break
            if step.stage in ("preprocess", "crop"):
                self.pipeline.advance(state, step, place)
        return state

    def _crop_place(self) -> int | None:
        """Where the crop step just before the learner stands, None without one."""
        steps = list(self.pipeline.steps)
        place = next(i for i, s in enumerate(steps) if s is self.step)
        return place - 1 if place and steps[place - 1].stage == "crop" else None

    def _draws(self) -> int:
        """How many crops of each training cell the crop step wants, by its component's `copies`."""
        place = self._crop_place()
        return 1 if place is None else int(getattr(self.pipeline.steps[place].component, "copies", 1))

    def _crop_again(self, state: State, draw: int = 0) -> None:
        state.crops = None
        if (place := self._crop_place()) is None:
            return
        step = self.pipeline.steps[place]
        before, step.draw = step.draw, draw
        try:
            self.pipeline.advance(state, step, place)
        finally:
            step.draw = before

    def _labelled_by_field(self, state: State) -> Crops:
        import torch

        crops = self.pipeline.crops_for(state, self.step)
        names = [f.record.label for f in state.fields]
        labels = torch.tensor([self.step.classes.index(n) if n in self.step.classes else -1 for n in names])
        return _known(crops.replace(labels=labels[crops.field_index] if len(crops) else crops.labels))

    def _annotated(self, source: Source, records: Sequence[Record]) -> Examples:
        """The readable fields with their annotated cells, read when they are walked over."""
        known = [record for record in records if source.read(record) is not None]

        @lru_cache(maxsize=1)  # fields and cells are walked side by side
        def pair(place: int) -> tuple[Field, Cells]:
            return self._pair(source, known[place])

        fields, cells = Walked(len(known), lambda i: pair(i)[0]), Walked(len(known), lambda i: pair(i)[1])
        return Examples(self.step.classes, fields, cells)

    def _pair(self, source: Source, record: Record) -> tuple[Field, Cells]:
        """A field as the preprocessing before the learner leaves it, and its annotated cells."""
        field = source.read(record)
        if field is None:
            raise LeukcadError(f"{record.id} could be read before, and now it cannot", cure="look at the disk")
        state = State([field])
        for place, step in enumerate(self.pipeline.steps):
            if step is self.step:
                break
            if step.stage == "preprocess":
                self.pipeline.advance(state, step, place)
        return state.fields[0], mapped(field.truth or Cells.empty(), cell_classes(self.spec))

    def _cached(self, source: Source, records: Sequence[Record], draws: int) -> Path | None:
        if self.step.cache is None or any(r.sha256 is None for r in records):
            return None  # what cannot be told apart by content is not cached
        parts = {
            "records": [(r.id, r.sha256, r.label) for r in records],
            "data": [source.step.name, source.step.origin, source.step.quick],
            "before": self.before,
            "core": core_hash(),
            "classes": self.step.classes,
            "cell_classes": cell_classes(self.spec),
            "mode": self.mode,
            "size": getattr(self.step.component, "input_size", 224),
            "draws": [draws, self.step.seed] if draws > 1 else None,
        }
        return self.step.cache / "crops" / digest_of(parts)[:32]


@dataclass(frozen=True, eq=False)
class Walked(Sequence[T]):
    """`length` things that are made when they are asked for: memory does not grow with their number."""

    length: int
    make: Callable[[int], T]

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """The thing at `index`, made anew."""
        places = range(self.length)[index]  # raises IndexError as a list does
        return self.make(places) if isinstance(places, int) else [self.make(place) for place in places]


def save_crops(folder: Path, crops: Crops) -> None:
    """Keep crops as memory-mappable arrays; a folder appears only when it is whole."""
    import numpy as np

    from leukcad.files import atomic_folder, disk_errors

    with atomic_folder(folder) as new, disk_errors(folder, "write"):
        for name in ("pixels", "boxes", "field_index", "cell_index", "labels"):
            np.save(new / f"{name}.npy", getattr(crops, name).contiguous().numpy())


def load_crops(folder: Path) -> Crops | None:
    """Crops kept before, mapped from disk; None where there are none."""
    import numpy as np
    import torch

    names = ("pixels", "boxes", "field_index", "cell_index", "labels")
    if not all((folder / f"{name}.npy").exists() for name in names):
        return None
    # copy-on-write: torch wants writeable memory, the file stays as it is
    return Crops(*(torch.from_numpy(np.load(folder / f"{name}.npy", mmap_mode="c")) for name in names))


def _learned_before(pipeline: Pipeline, step: Step, run: Run) -> dict[str, Any]:
    from leukcad.runs import source_hash

    before: dict[str, Any] = {}
    for earlier in pipeline.steps:
        if earlier is step:
            break
        told = run.read_json(f"steps/{earlier.place}-{earlier.stage}/learned.json")
        sha = told["sha256"] if told else ""
        before[str(earlier.place)] = [
            earlier.stage,
            earlier.name,
            earlier.options,
            source_hash(type(earlier.component)),
            sha,
        ]
    return before


def _the_cell(field: Field, found: Cells) -> Cells:
    """The one cell of a single-cell picture: what is found over its centre, else its annotation, else all of it."""
    import torch

    from leukcad.pipeline import whole

    centre = torch.tensor([field.width / 2, field.height / 2])
    if len(found):
        covers = ((found.boxes[:, :2] <= centre) & (found.boxes[:, 2:] >= centre)).all(dim=1)
        if covers.any():
            middles = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
            far = (middles - centre).norm(dim=1).masked_fill(~covers, torch.inf)
            return found.select([int(far.argmin())])
    if field.truth is not None and len(field.truth):
        return field.truth.select([0])
    return whole(field)


def _with_labels(crops: Crops, labelled: Sequence[Cells]) -> Crops:
    import torch

    pairs = zip(crops.field_index.tolist(), crops.cell_index.tolist(), strict=True)
    return crops.replace(labels=torch.tensor([int(labelled[f].labels[c]) for f, c in pairs], dtype=torch.int64))


def _known(crops: Crops) -> Crops:
    return crops.select(crops.labels >= 0)


def _joined(parts: Sequence[Crops], size: int) -> Crops:
    from leukcad.types import concatenate

    return concatenate(parts) if parts else Crops.empty(size)


def _counts(examples: Examples) -> dict[str, int]:
    if examples.crops is None:
        return {"fields": len(examples.fields)}
    labels = examples.crops.labels.tolist()
    return {name: labels.count(i) for i, name in enumerate(examples.classes)}


def _check(train: Examples, step: Step) -> None:
    counts = _counts(train)
    if examples := [name for name, n in counts.items() if not n and name != OTHER]:
        told = ", ".join(f"{name} {n}" for name, n in counts.items())
        cure = "look at the split, the detector and cell_classes"
        raise LeukcadError(f"{step.title}: no training example of {', '.join(examples)} (found: {told})", cure=cure)
