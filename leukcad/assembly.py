"""From a checked specification to working parts: steps, the pipeline, data sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.files import sha256_of
from leukcad.host import Host
from leukcad.pipeline import Pipeline
from leukcad.runs import digest_of, source_hash
from leukcad.step import Step, log
from leukcad.types import Field, Record

if TYPE_CHECKING:
    from leukcad.config import PipelineSpec, Use

BATCH = 16  # fields that are in memory at once; a GPU waits for its orders where they are fewer


@dataclass(frozen=True)
class Setting:
    """What all steps of a run share."""

    host: Host
    device: str = "cpu"
    cache: Path | None = None
    quick: bool = False


@dataclass(eq=False)
class Source:
    """A data source: its records, and their fields as they are asked for; `unreadable` names those that failed."""

    step: Step
    records: list[Record]
    unreadable: dict[str, str] = field(default_factory=dict)

    def read(self, record: Record) -> Field | None:
        """One field; None, with a line in the log, where it cannot be read."""
        try:
            return self.step.read(record)
        except LeukcadError as error:
            if record.id not in self.unreadable:
                log.warning("%s is left out: %s", record.id, error)
            self.unreadable[record.id] = str(error)
            return None

    def batches(self, records: Sequence[Record], size: int = BATCH) -> Iterator[list[Field]]:
        """The readable fields of `records`, `size` at a time."""
        for start in range(0, len(records), size):
            fields = [self.read(record) for record in records[start : start + size]]
            if batch := [f for f in fields if f is not None]:
                yield batch


def make_step(use: Use, setting: Setting, *, place: int = 0, seed: int = 0, **more: Any) -> Step:
    """The step that `use` names, its component constructed with the checked options."""
    offer = setting.host.find(use.stage, use.name)
    cls = setting.host.load(use.stage, use.name)
    try:
        component = cls(**use.options)
    except LeukcadError as error:
        raise LeukcadError(f"{use.where}: {use.stage} {use.name!r}: {error}") from error
    return Step(
        use.stage,
        use.name,
        component,
        use.plain,
        offer.origin,
        place,
        device=setting.device,
        seed=seed,
        cache=setting.cache,
        quick=setting.quick,
        **more,
    )


def make_source(use: Use, setting: Setting) -> Source:
    """A data source with its records; raises `LeukcadError` where it has none."""
    step = make_step(use, setting)
    records = step.index()
    if not records:
        raise LeukcadError(f"{use.where}: data {use.name!r} holds no fields", cure="look at its path and its counts")
    made = [use.plain, setting.quick, source_hash(type(step.component))]
    shown = Counter(record.path for record in records)
    return Source(step, [_known(record, made, shown[record.path] == 1) for record in records])


def _known(record: Record, made: list[Any], whole: bool) -> Record:
    """The record with the hashes that it lacks.

    Its content is its file, if it shows the `whole` of it, else what it is made from: a part of a file, or a seed.
    """
    path = Path(record.path) if record.path else None
    content = sha256_of(path) if path and path.is_file() and not (record.sha256 and record.content) else ""
    parts = {"id": record.id, "label": record.label, "extra": dict(record.extra), "file": content, "made": made}
    sha = record.sha256 or digest_of(parts)
    return record.replace(sha256=sha, content=record.content or (content if whole else "") or sha)


def make_pipeline(spec: PipelineSpec, setting: Setting) -> Pipeline:
    """The pipeline of `spec`, its steps told which classes they answer in."""
    observers = [make_observer(use, setting) for use in spec.observe]
    steps: list[Step] = []
    cells = False  # whether cells have been looked for
    for place, use in enumerate(spec.steps, 1):
        cells = cells or use.stage in ("detect", "segment")
        step = make_step(use, setting, place=place, seed=spec.seed, observers=observers, positive=spec.positive)
        step.classes, step.positive_cells = _answers_in(step, spec, cells)
        steps.append(step)
    pipeline = Pipeline(steps, spec.classes, spec.positive)
    inherited = any(s.stage == "classify" and _learns_from(s) == "field" for s in steps)
    for step in steps:
        if inherited and spec.positive and step.stage == "diagnose":
            step.positive_cells = (spec.positive,)
    return pipeline


def make_observer(use: Use, setting: Setting) -> Any:
    """An observer's instance; it is registered with every step of the pipeline."""
    return setting.host.load(use.stage, use.name)(**use.options)


def cell_classes(spec: PipelineSpec) -> dict[str, tuple[str, ...]]:
    """Cell class → names in the data; without a map cells have the fields' classes."""
    return spec.cell_classes or {name: (name,) for name in spec.classes}


def _answers_in(step: Step, spec: PipelineSpec, cells: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if step.stage == "classify":
        if not cells or _learns_from(step) == "field":
            return spec.classes, (spec.positive,) if spec.positive else ()
        return tuple(cell_classes(spec)), spec.positive_cells
    if step.stage == "diagnose":
        return spec.classes, spec.positive_cells
    return tuple(cell_classes(spec)), spec.positive_cells


def _learns_from(step: Step) -> str:
    return str(getattr(getattr(step.component, "train", None), "learn_from", "previous"))
