"""From a pipeline file to a trained pipeline and its answers: split, learn, freeze the threshold, test."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.answering import AnswerBook, SeriesPlan, TestSet, Trained, answer_series, answer_sets
from leukcad.assembly import Setting, Source, make_pipeline, make_source, make_step
from leukcad.augmenting import augmented
from leukcad.errors import LeukcadError
from leukcad.files import sha256_of
from leukcad.learning import Sides, learn
from leukcad.patients import answer_units
from leukcad.runs import Run, core_hash, digest_of, source_hash
from leukcad.seen import FILE as SEEN
from leukcad.seen import Seen, written
from leukcad.step import log
from leukcad.types import Field, Record

if TYPE_CHECKING:
    from leukcad.config import PipelineSpec, Use
    from leukcad.data.splits import Split

QUICK = {"doses": 2, "draws": 1, "explained": 2}  # the most that a quick look takes of each


@dataclass(eq=False)
class Bench:
    """The data of a bench, indexed and split: what a comparison holds equal. seen: what left it by `drop`."""

    spec: PipelineSpec
    setting: Setting
    source: Source
    split: Split
    sets: list[TestSet]
    seen: tuple[Seen, ...] = ()

    def side(self, name: str) -> list[Record]:
        """The records of one side of the split, in the order of the index."""
        ids = set(getattr(self.split, name))
        return [r for r in self.source.records if r.id in ids]

    def digest(self) -> str:
        """What the bench is made of: its keys, its records, how its synthetic fields are made."""
        made = [source_hash(type(t.source.step.component)) for t in self.sets]
        if self.spec.synthesize:
            use = self.spec.synthesize.use
            made.append(source_hash(self.setting.host.load(use.stage, use.name)))
        sides = (self.source.records, *(t.records for t in self.sets))
        records = [[(r.id, r.sha256, r.source, r.group) for r in side] for side in sides]  # groups are what is counted
        bench = {key: value for key, value in self.spec.bench().items() if key != "audit"}  # it has a digest of its own
        keys = {"bench": bench, "records": records, "made": made, "quick": self.setting.quick}
        if self.spec.synthesize and (files := _files(self.spec.synthesize.use.options)):
            keys["files"] = [sha256_of(path) for path in files]  # positions that a person chose, say
        return digest_of(keys)

    def drop(self, seen: Sequence[Seen]) -> list[str]:
        """Take the fields that pipelines learned from out of the test sets; their ids."""
        self.seen += tuple(seen)
        dropped: list[str] = []
        for at, test in enumerate(self.sets):
            gone = set().union(*(one.among(test.source, test.records) for one in seen))
            dropped += [r.id for r in test.records if r.id in gone]
            self.sets[at] = TestSet(test.name, test.source, [r for r in test.records if r.id not in gone])
        if empty := [t.name for t in self.sets if not t.records]:
            raise LeukcadError(
                f"every field of {', '.join(empty)} was learned from", cure="give the bench other fields"
            )
        return dropped

    def series(self) -> SeriesPlan | None:
        """How the synthetic fields are made, None where the bench makes none."""
        told = self.spec.synthesize
        if told is None:
            return None
        base = next((s for s in self.sets if s.name == told.of), None)
        if base is None:
            known = ", ".join(s.name for s in self.sets)
            raise LeukcadError(f"synthesize: no test set {told.of!r}", cure=f"known: {known}")
        step = make_step(told.use, self.setting, place=0, seed=told.seed)
        step.classes, step.positive = self.spec.classes, self.spec.positive
        quick = self.setting.quick
        doses = tuple(d for d in told.doses if d <= 10)[-QUICK["doses"] :] if quick else told.doses
        draws = min(told.draws, QUICK["draws"]) if quick else told.draws
        return SeriesPlan(step, base, doses, draws, self.donors(base))

    def donors(self, base: TestSet, use: Use | None = None) -> list[Field]:
        """The fields that donors come from, of the source `use` or the series' own; none that were learned from."""
        told = self.spec.synthesize
        use = use or (told.donors if told else None)
        source = make_source(use, self.setting) if use else base.source
        seen = {r.source for side in ("train", "validation") for r in self.side(side)}
        # a name that two collections share says nothing, unless a record names another as its origin
        tells = [source is self.source or r.source != r.id for r in source.records]
        pairs = zip(source.records, tells, strict=True)
        records = [r for r, tell in pairs if not (tell and r.home in seen)]
        fields = [f for f in map(source.read, records) if f is not None]
        return fields if source is base.source else [_named_donor(f) for f in fields]


def _named_donor(field: Field) -> Field:
    """A donor's name that no field can have, so that a field is not taken for its own donor."""
    record = field.record
    if record.source != record.id:
        return field
    return field.replace(record=record.replace(id=f"donor/{record.id}", source=f"donor/{record.id}"))


def make_bench(spec: PipelineSpec, setting: Setting) -> Bench:
    """Index the bench's data, split it, and name its test sets."""
    from leukcad.data.splits import check_leaks, split

    source = _of_classes(make_source(spec.data, setting), spec)
    sides = split(source.records, spec.split)
    check_leaks(sides, source.records)
    held_out = [r for r in source.records if r.id in set(sides.test)]
    sets = []
    if spec.test is not None:
        other = _of_classes(make_source(spec.test, setting), spec)
        _no_overlap(other.records, source.records, sides)
        sets.append(TestSet("test", other, other.records))
    if held_out:
        sets.append(TestSet("split_test" if spec.test is not None else "test", source, held_out))
    for name, use in spec.tests.items():
        more = _of_classes(make_source(use, setting), spec)
        sets.append(TestSet(name, more, more.records))
    if not sets:
        raise LeukcadError(
            "the split leaves no test fields", cure="give `split` a test share, or the bench a `test` source"
        )
    return Bench(spec, setting, source, sides, sets)


def _of_classes(source: Source, spec: PipelineSpec) -> Source:
    """The source without fields of classes that the bench does not name, which is logged; raises where none is left."""
    if not spec.classes:
        return source
    left = [r for r in source.records if r.label is None or r.label in spec.classes]
    if gone := sorted({str(r.label) for r in source.records} - {str(r.label) for r in left}):
        n, named = len(source.records) - len(left), ", ".join(gone[:8])
        if not left:
            cure = f"name these: {named}"
            raise LeukcadError(f"no field is of a class in [{', '.join(spec.classes)}]", cure=cure)
        log.info("%d fields of %s are left out: the bench's classes do not name them", n, named)
    source.records = left
    return source


def _no_overlap(test: Sequence[Record], data: Sequence[Record], sides: Split) -> None:
    known = {r.content: r.id for r in data if r.id in {*sides.train, *sides.validation}}
    if both := [f"{r.id} is {known[r.content]}" for r in test if r.content in known]:
        raise LeukcadError(
            f"test fields that were trained on: {', '.join(both[:5])}", cure="give the test other fields"
        )


def make_setting(*, device: str = "auto", quick: bool = False, cache: Path | None = None) -> Setting:
    """The host, the device ('auto' takes CUDA where it is) and the cache ($LEUKCAD_CACHE, else ~/.cache/leukcad)."""
    import os

    import torch

    from leukcad.host import discover

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise LeukcadError(f"device: expected one that is there, got {device!r}", cure="use device: auto or cpu")
    kept = cache or Path(os.environ.get("LEUKCAD_CACHE") or Path.home() / ".cache" / "leukcad")
    return Setting(discover(), device, kept, quick)


def train(spec: PipelineSpec, setting: Setting, out: Path, bench: Bench | None = None) -> tuple[Trained, Bench]:
    """Train a pipeline, or take up the run in `out` whose digest holds; the run folder is complete but for answers."""
    from leukcad.config import dump
    from leukcad.data.splits import write_split

    bench = bench or make_bench(spec, setting)
    pipeline = make_pipeline(spec, setting)
    components = [type(s.component) for s in pipeline.steps]
    components += [setting.host.load("synthesize", spec.augment.use.name)] if spec.augment else []
    source, examples = augmented(spec, setting, bench.source, bench.side("train"))
    fields = Sides(source, examples, bench.side("validation"))
    cells, gone = _cells(spec, setting, bench)
    digest = _digest(spec, bench, components, [fields, *([cells] if cells else [])])
    run = Run(out / f"{spec.name}-{digest[:8]}", digest)
    run.create(dump(spec.plain), _provenance(spec, setting, pipeline.steps))
    if pipeline.steps:  # observers are registered with every step; the first one speaks for all
        pipeline.steps[0].manager.hook.leukcad_run_started(run=run)
    with run.logging():
        write_split(run.folder / "split.csv", bench.split, bench.source.records)
        run.write_json(SEEN, written((*fields.train, *fields.validation)))
        if gone:
            log.info("%d single cells leave training: they were cut from fields that do not train", gone)
        learn(pipeline, spec, fields, cells, run)
        trained = Trained(spec.name, run, spec, pipeline, None)
        trained.threshold = freeze_threshold(trained, bench)
    return trained, bench


def ends_at_cells(spec: PipelineSpec) -> bool:
    """Whether a pipeline finds cells and says nothing of their field: no diagnosis, and no threshold for one."""
    stages = {use.stage for use in spec.steps}
    return bool(stages & {"detect", "segment"}) and "diagnose" not in stages


def freeze_threshold(model: Trained, bench: Bench) -> float | None:
    """The decision threshold, set on the validation fields once and kept; None without a positive class."""
    from leukcad.evaluation.thresholds import freeze

    positive = model.spec.positive
    if positive is None:
        return None
    if (kept := model.run.read_json("threshold.json")) is not None:
        return float(kept["threshold"])
    told: list[float] = []
    truth: list[bool] = []
    for batch in bench.source.batches(bench.side("validation")):
        answers = model.pipeline.run(batch).answers
        if answers is None:
            return None
        at = answers.classes.index(positive)
        for i, field in enumerate(batch):
            if not bool(answers.abstain[i]):
                told.append(float(answers.probabilities[i, at]))
                truth.append(field.record.label == positive)
    rule, value = model.spec.threshold["rule"], model.spec.threshold["value"]
    threshold = freeze(told, truth, rule, value)
    about = {"threshold": threshold, "rule": rule, "positive": positive, "validation_fields": len(told)}
    model.run.write_json("threshold.json", about)
    log.info("threshold for %s: %.4f (%s, %d validation fields)", positive, threshold, rule, len(told))
    return threshold


def test(models: Sequence[Trained], bench: Bench, *, series: bool = True) -> list[AnswerBook]:
    """The answers of every model to the bench's test sets and, unless told otherwise, its series.

    What was answered before is not asked again.
    """
    name = bench.digest()[:12]
    books = [AnswerBook(m.run.folder / "answers" / f"{name}.jsonl") for m in models]
    answer_sets(models, books, bench.sets)
    answer_units(models, books, bench.sets)
    plan = bench.series() if series and bench.spec.synthesize else None
    if plan is not None:
        answer_series(models, books, plan)
    return books


def load(folder: Path, setting: Setting) -> Trained:
    """A finished run, ready to answer."""
    from leukcad.config import load_pipeline

    run = Run.open(folder)
    spec = load_pipeline(folder / "pipeline.yaml", setting.host, must_exist=False)  # its data may be elsewhere
    pipeline = make_pipeline(spec, setting)
    for step in pipeline.learners():
        step.folder = run.step_folder(step)
        run.restore(step)
    kept = run.read_json("threshold.json")
    if spec.positive is not None and kept is None and not ends_at_cells(spec):
        raise LeukcadError(f"{folder}: the run is not finished", cure="run its pipeline again: it goes on from there")
    return Trained(run.name, run, spec, pipeline, float(kept["threshold"]) if kept else None)


def _cells(spec: PipelineSpec, setting: Setting, bench: Bench) -> tuple[Sides | None, int]:
    """The bench's single cells, split 80 : 20 by class, if a step learns from them; and how many were left out.

    Cells whose record names as `field` one of the bench's that does not train leave: they show what chooses or tests.
    """
    from leukcad.data.splits import split

    if spec.cells is None:
        return None, 0
    source = make_source(spec.cells, setting)
    known = [*bench.source.records, *(r for test in bench.sets for r in test.records)]
    held = {r.id for r in known} - {r.id for r in bench.side("train")}
    left = [r for r in source.records if r.extra.get("field") not in held]
    gone, source.records = len(source.records) - len(left), left
    sides = split(source.records, {"use": "stratified", "train": 0.8, "validation": 0.2, "test": 0.0, "seed": 0})
    chosen = [[r for r in source.records if r.id in set(ids)] for ids in (sides.train, sides.validation)]
    return Sides(source, chosen[0], chosen[1]), gone


def _digest(spec: PipelineSpec, bench: Bench, components: Sequence[type], learned: Sequence[Sides]) -> str:
    """What the weights depend on; `learned`: the records that they learn from and are chosen by, side by side."""
    parts = {
        "pipeline": {
            k: v
            for k, v in spec.plain.items()
            if k not in ("tests", "test", "synthesize", "audit", "title", "explained")
        },
        "learned": [[[(r.id, r.sha256) for r in side] for side in (one.train, one.validation)] for one in learned],
        "components": [[c.__module__, c.__qualname__, source_hash(c)] for c in components],
        "files": {str(path): sha256_of(path) for use in spec.steps for path in _files(use.options)},
        "versions": {"leukcad": version("leukcad"), "torch": version("torch")},
        "core": core_hash(),
        "quick": bench.setting.quick,
        "device": bench.setting.device.partition(":")[0],
    }
    return digest_of(parts)


def _files(options: Mapping[str, Any]) -> list[Path]:
    """The files that options name, such as weights: what is in them counts, not where they lie."""
    named = [Path(v) for v in options.values() if isinstance(v, Path) or (isinstance(v, str) and "/" in v)]
    return [path for path in named if path.is_file()]


def _provenance(spec: PipelineSpec, setting: Setting, steps: Sequence[Any]) -> dict[str, Any]:
    import torch

    from leukcad.training.precision import pays

    return {
        "pipeline": spec.name,
        "title": spec.title,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": setting.quick,
        "seed": spec.seed,
        "device": setting.device,
        "threads": torch.get_num_threads(),
        "mixed_precision": pays(torch.device(setting.device)),  # what `amp: auto` means there
        "machine": f"{platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("leukcad", "torch", "numpy", "pluggy", "pydantic")},
        "steps": [f"{s.stage}: {s.name} ({s.origin})" for s in steps],
    }
