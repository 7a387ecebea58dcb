"""Measuring what pipelines find (files that learn or do not, and runs), on their own bench or on other data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.step import log

if TYPE_CHECKING:
    from leukcad.answering import TestSet, Trained
    from leukcad.assembly import Setting
    from leukcad.config import PipelineSpec
    from leukcad.measuring import Model
    from leukcad.seen import Seen

Names = Sequence[str | Path]


@dataclass(frozen=True)
class Measurement:
    """What was measured: `told` as in measure.json, `page` the HTML page, `failed` the fields that were not read."""

    told: dict[str, Any]
    page: Path
    failed: dict[str, str]


def measure(
    pipelines: str | Path | Names,
    *,
    data: str | Sequence[str] = (),
    groups: Sequence[str] = (),
    leave: Sequence[str] = (),
    adjudicated: str | Path | None = None,
    sets: Sequence[str] = (),
    bench: str | Path | None = None,
    quick: bool = False,
    out: str | Path = "runs",
    device: str | None = None,
    command: str = "",
) -> Measurement:
    """Hold the cells that pipelines (YAML files or runs) find against annotated ones: docs/measuring.md.

    Recall and precision at the frozen threshold, average precision, count error, Dice where there are masks; of each
    pipeline on the test sets of their bench, or on `data` ("coco:boxes.json", "{use: voc, path: bccd, subset: test}"),
    of which `groups` keeps some patients or slides. leave: kinds of annotated cells that are neither hit nor miss.
    adjudicated: a CSV of what the published labels miss. A pipeline that learns is trained, or its run taken up; fields
    that any of them learned from are left out. Writes out/measure/index.html and measure.json. Raises `LeukcadError`.
    """
    from leukcad.measuring import Adjudication
    from leukcad.measuring.results import measure_sets
    from leukcad.measuring.writing import unreadable, write

    names = [pipelines] if isinstance(pipelines, str | Path) else list(pipelines)
    if not names:
        raise LeukcadError("nothing to measure", cure="name a pipeline file, or a run")
    reader = Adjudication.read(Path(adjudicated)) if adjudicated else None
    asked = [data] if isinstance(data, str) else list(data)
    if asked and bench:
        raise LeukcadError("expected data or a bench, got both", cure="name a source, or the bench whose tests to take")
    loaded = _load(names, sets, bench, quick, Path(out), device, own=not asked)
    tests = _tests(loaded, asked)
    dropped = {test.name: _seen(test, loaded.learned) for test in tests}
    tests = [_kept(test, groups, dropped[test.name]) for test in tests]
    found = measure_sets(loaded.models, tests, own=not asked, leave=leave, adjudication=reader)
    for name, told in found.sets.items():
        told["dropped"] = dropped[name]
    told, page = write(
        loaded.models,
        tests,
        found,
        Path(out) / "measure",
        command=command or _command(names),
        quick=loaded.quick,
        runs=loaded.runs,
        reader=reader,
    )
    return Measurement(told, page, unreadable(told))


@dataclass(frozen=True, eq=False)
class _Loaded:
    """The pipelines, the test sets of their bench (None where they are not asked for), what was learned from."""

    models: list[Model]
    bench_sets: list[TestSet] | None
    learned: Sequence[Seen]
    runs: dict[str, Path]
    setting: Setting
    quick: bool


def _load(
    names: Names, sets: Sequence[str], bench: str | Path | None, quick: bool, out: Path, device: str | None, own: bool
) -> _Loaded:
    from leukcad import experiment, study
    from leukcad.measuring import finds_cells
    from leukcad.seen import learned_from

    quick = _is_quick(names, quick, out)
    if own:
        specs = study.load_specs(names, sets=sets, bench=bench, quick=quick, out=out)
    else:  # what their benches are does not matter
        specs = study.distinct([study.load_specs([n], sets=sets, quick=quick, out=out)[0] for n in names])
    if blind := [spec.name for spec in specs if not finds_cells(spec)]:
        raise LeukcadError(f"{blind[0]} finds no cells: there is nothing to measure", cure="add a detect step")
    setting = experiment.make_setting(device=device or specs[0].device, quick=quick)
    its_bench = experiment.make_bench(specs[0], setting) if own else None
    models: list[Model] = []
    trained: list[Trained] = []
    for spec in specs:
        one = _model(spec, setting, out, its_bench)
        models.append(one[0])
        trained += [one[1]] if one[1] else []
    runs = {model.name: model.run.folder for model in trained}
    sets_ = its_bench.sets if its_bench else None
    return _Loaded(models, sets_, learned_from(trained), runs, setting, quick)


def _model(spec: PipelineSpec, setting: Setting, out: Path, bench: Any) -> tuple[Model, Trained | None]:
    """A run as it stands; a pipeline that learns, trained or taken up; one that learns nothing needs no run."""
    from leukcad import experiment
    from leukcad.assembly import make_pipeline
    from leukcad.measuring import Model

    if spec.file.name == "pipeline.yaml" and (spec.file.parent / "provenance.json").exists():
        model = replace(experiment.load(spec.file.parent, setting), name=spec.name)
        return Model(model.name, model.pipeline, model.spec), model
    pipeline = make_pipeline(spec, setting)
    if not pipeline.learners():
        return Model(spec.name, pipeline, spec), None
    model, _ = experiment.train(spec, setting, out, bench)
    return Model(model.name, model.pipeline, model.spec), model


def _is_quick(names: Names, quick: bool, out: Path) -> bool:
    """Runs are measured as they were trained: a quick look stays one."""
    from leukcad import runs

    folders = [runs.find(str(name), out) for name in names if Path(name).suffix not in (".yaml", ".yml")]
    return quick or any(bool(runs.Run.open(folder).provenance().get("quick", False)) for folder in folders)


def _tests(loaded: _Loaded, asked: Sequence[str]) -> list[TestSet]:
    from leukcad.answering import TestSet
    from leukcad.assembly import make_source
    from leukcad.measuring.sources import data_named

    if loaded.bench_sets is not None:
        return loaded.bench_sets
    tests: list[TestSet] = []
    seen: dict[str, int] = {}
    for text in asked:
        name, use = data_named(text)
        seen[name] = n = seen.get(name, 0) + 1
        source = make_source(use, loaded.setting)
        tests.append(TestSet(name if n == 1 else f"{name}_{n}", source, source.records))
    return tests


def _seen(test: TestSet, learned: Sequence[Seen]) -> list[str]:
    gone = set().union(*(one.among(test.source, test.records) for one in learned))
    dropped = [record.id for record in test.records if record.id in gone]
    if dropped:
        log.warning("%s: left out, since a pipeline learned from them: %s", test.name, ", ".join(dropped[:20]))
    return dropped


def _kept(test: TestSet, groups: Sequence[str], dropped: Sequence[str]) -> TestSet:
    """The fields that nobody learned from, of the groups that are asked for."""
    gone, wanted = set(dropped), set(groups)
    left = [r for r in test.records if r.id not in gone]
    records = [r for r in left if not wanted or r.group in wanted]
    if not left:
        raise LeukcadError(f"{test.name}: every field was learned from", cure="measure on other data")
    if strange := sorted(wanted - {r.group for r in left}):
        known = ", ".join(sorted({r.group for r in left})[:20])
        raise LeukcadError(f"{test.name}: no field of the group {strange[0]!r}", cure=f"known: {known}")
    return replace(test, records=records)


def _command(names: Names) -> str:
    return f"leukcad measure {' '.join(map(str, names))}"
