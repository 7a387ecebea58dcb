"""The two main jobs: run one pipeline, compare several on the same fields. A run's report is a comparison of one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.files import atomic_write
from leukcad.step import log

if TYPE_CHECKING:
    from leukcad.answering import AnswerBook, Trained
    from leukcad.assembly import Setting
    from leukcad.auditing.audit import Audit
    from leukcad.config import PipelineSpec
    from leukcad.experiment import Bench
    from leukcad.folds import Folds

Names = Sequence[str | Path]


@dataclass(frozen=True)
class Comparison:
    """What was found: `results` as in results.json, `page` the HTML report, `told` what the page shows.

    failed: the fields that could not be read, with the reason. audit: what the audit found, if there was one.
    """

    results: dict[str, Any]
    page: Path
    told: dict[str, Any]
    runs: dict[str, Path]
    failed: dict[str, str]
    audit: Audit | None = None


def run(
    pipeline: str | Path,
    *,
    sets: Sequence[str] = (),
    bench: str | Path | None = None,
    quick: bool = False,
    out: str | Path = "runs",
    device: str | None = None,
    observe: Sequence[str] = (),
    audit: bool = False,
    command: str = "",
) -> Comparison:
    """Train a pipeline, test it on its test fields and series, explain some fields; all of it in its run folder.

    `sets` are changes such as "steps.classify.train.epochs=5". audit: judge it, too, as `leukcad.audit` does. Where a
    pipeline ends at cells, these are tested: recall, precision, and all that `leukcad.measure` says. Raises
    `LeukcadError`.
    """
    from leukcad import experiment

    spec = _load(pipeline, sets, bench, quick, observe)
    if audit:
        _diagnoses([spec], "leave --audit out")
    setting = experiment.make_setting(device=device or spec.device, quick=quick)
    model, its_bench = experiment.train(spec, setting, Path(out))
    _leave_out(its_bench, [model])
    if experiment.ends_at_cells(spec):
        return _cells_found(model, its_bench, command or f"leukcad run {pipeline}")
    books = {model.name: experiment.test([model], its_bench)[0]}
    folder, command = model.run.folder, command or f"leukcad run {pipeline}"
    judged = _judged([model], its_bench, folder / "audit", quick, False, command) if audit else None
    found = _finish([model], books, its_bench, folder, command, judged=judged)
    model.run.write_json("metrics.json", found.results)
    _finished(model, found.results)
    return found


def compare(
    pipelines: Names = (),
    *,
    sets: Sequence[str] = (),
    seeds: Sequence[int] = (),
    bench: str | Path | None = None,
    quick: bool = False,
    out: str | Path = "runs",
    device: str | None = None,
    observe: Sequence[str] = (),
    audit: bool = False,
    perturb: bool = False,
    command: str = "",
) -> Comparison:
    """Hold pipelines (YAML files or runs) side by side on the same fields; runs whose digest holds are reused.

    A run that is given is judged as it stands, on its own bench or on `bench`, without fields that it learned from.
    Without names: pipelines/direct_resnet50.yaml and pipelines/two_step.yaml. Refuses pipelines whose benches differ,
    unless `bench` says which to use. With `seeds` each pipeline is trained once per seed, as NAME-seedK. audit: judge
    them, too, as `leukcad.audit` does. perturb: ask them again with errors in what their detectors found; nothing is
    trained for it. Raises `LeukcadError`.
    """
    from leukcad import experiment

    names = [str(p) for p in pipelines] or ["pipelines/direct_resnet50.yaml", "pipelines/two_step.yaml"]
    specs = load_specs(names, sets=sets, seeds=seeds, bench=bench, quick=quick, observe=observe, out=out)
    _diagnoses(specs, "leukcad measure holds what they find side by side")
    setting = experiment.make_setting(device=device or specs[0].device, quick=quick)
    models, its_bench = train_all(specs, setting, Path(out))
    books = dict(zip([m.name for m in models], experiment.test(models, its_bench), strict=True))
    folder = Path(out) / "compare"
    command = command or f"leukcad compare {' '.join(map(str, pipelines))}".strip()
    judged = _judged(models, its_bench, folder / "audit", quick, bool(seeds), command) if audit else None
    erring = _perturbed(models, its_bench) if perturb else None
    found = _finish(models, books, its_bench, folder, command, judged=judged, erring=erring)
    for model in models:
        parts = ("pipelines", "scores", *(("audit",) if judged else ()), *(("perturbed",) if erring else ()))
        alone = {part: {model.name: found.results[part][model.name]} for part in parts}
        told = {**found.results, **alone, "paired": {}}
        model.run.write_json("metrics.json", told)
        _finished(model, told)
    return found


def cross_validate(
    pipelines: Names,
    folds: Folds,
    *,
    sets: Sequence[str] = (),
    seeds: Sequence[int] = (),
    bench: str | Path | None = None,
    quick: bool = False,
    out: str | Path = "runs",
    device: str | None = None,
    observe: Sequence[str] = (),
    command: str = "",
) -> Comparison:
    """Compare pipelines over (repeated) k-fold: the rates and tests are those of the pooled out-of-fold answers.

    The bench's own split, `test` and `tests` give way to the folds. `results` gets `folds`: how they were made, and
    Nadeau and Bengio's corrected test for every two pipelines by set. Answers lie in out/folds; pictures and learning
    curves on the page are those of the first fold. Raises `LeukcadError`, also for finished runs.
    """
    from leukcad import experiment
    from leukcad import folds as folding

    if not pipelines:
        raise LeukcadError("folds: no pipeline was named", cure="leukcad compare A.yaml B.yaml --folds 5")
    names = [str(p) for p in pipelines]
    if given := [name for name in names if Path(name).suffix not in (".yaml", ".yml")]:
        raise LeukcadError(f"folds: {given[0]} is a finished run, trained once", cure="give its pipeline file")
    options: dict[str, Any] = {"seeds": seeds, "bench": bench, "quick": quick, "observe": observe, "out": out}
    plain = load_specs(names, sets=sets, **options)[0]
    setting = experiment.make_setting(device=device or plain.device, quick=quick)
    told, first = [], None
    for repeat, fold in folds.all():
        log.info("repetition %d of %d, fold %d of %d", repeat + 1, folds.repeats, fold + 1, folds.k)
        specs = load_specs(names, sets=[*sets, *folds.settings(plain, repeat, fold)], **options)
        models, its_bench = train_all(specs, setting, Path(out))
        books = dict(zip([m.name for m in models], experiment.test(models, its_bench), strict=True))
        told.append(folding.Fold.of(repeat, books, its_bench.split))
        first = first or (models, its_bench)
    assert first is not None  # there are three folds or more
    folder = Path(out) / "folds"
    more = {"words": folds.words(), **asdict(folds), "pairs": folding.corrected(told, plain.positive)}
    return _finish(first[0], folding.pool(told, folder), first[1], folder, command or "leukcad compare", more)


def predict(
    run_: str | Path,
    images: Names,
    *,
    out: str | Path = "runs",
    device: str = "auto",
    overlays: str | Path | None = None,
) -> list[dict[str, Any]]:
    """A diagnosis per image: `{"image", "called", "probabilities", "found", "cells", "reason", "error", "overlay"}`.

    `found` is how many cells of each class were found, `cells` tells the box and class of each.

    An image that cannot be read has `error` and the others go on. Raises `LeukcadError` for a run that is not there.
    """
    from leukcad import experiment, runs
    from leukcad.prediction import predict_one
    from leukcad.progress import track

    model = experiment.load(runs.find(str(run_), Path(out)), experiment.make_setting(device=device))
    told: list[dict[str, Any]] = []
    used: set[str] = set()  # pictures of one name from several folders get overlays of their own
    for image in track([Path(one) for one in images], "diagnosing"):
        name = next(n for k in count(1) if (n := image.stem if k == 1 else f"{image.stem}-{k}") not in used)
        used.add(name)
        told.append(predict_one(model, image, Path(overlays) / f"{name}.jpg" if overlays else None))
    return told


def load_specs(
    names: Names,
    *,
    sets: Sequence[str] = (),
    seeds: Sequence[int] = (),
    bench: str | Path | None = None,
    quick: bool = False,
    observe: Sequence[str] = (),
    out: str | Path = "runs",
) -> list[PipelineSpec]:
    """The specifications of pipelines that may be compared: equal benches, distinct names."""
    specs = [_load(name, sets, bench, quick, observe, Path(out)) for name in names]
    specs = distinct(_seeded(specs, seeds))
    _same_bench(specs)
    return specs


def _load(
    what: str | Path,
    sets: Sequence[str],
    bench: str | Path | None,
    quick: bool,
    observe: Sequence[str],
    runs_folder: Path | None = None,
) -> PipelineSpec:
    """The specification behind a YAML file or, if `runs_folder` is given, a run."""
    from leukcad import runs
    from leukcad.config import load_pipeline
    from leukcad.host import discover

    path = Path(what)
    name = None
    if path.suffix not in (".yaml", ".yml") and runs_folder is not None:
        folder = runs.find(str(what), runs_folder)
        path, name = folder / "pipeline.yaml", runs.Run.open(folder).name
        if runs.Run.open(folder).provenance().get("quick", False) != quick:
            cure = "leave --quick out" if quick else "add --quick, or give its pipeline file to train it in full"
            raise LeukcadError(f"{folder} is a {'full run' if quick else 'quick look'}", cure=cure)
    more = [f"observe=[{', '.join('{use: ' + o + '}' for o in observe)}]"] if observe else []
    spec = load_pipeline(path, discover(), sets=(*sets, *more), bench=Path(bench) if bench else None, quick=quick)
    return replace(spec, name=name) if name else spec


def distinct(specs: Sequence[PipelineSpec]) -> list[PipelineSpec]:
    """Two pipelines of one file name are told apart by a number."""
    seen: dict[str, int] = {}
    out = []
    for spec in specs:
        seen[spec.name] = seen.get(spec.name, 0) + 1
        out.append(spec if seen[spec.name] == 1 else replace(spec, name=f"{spec.name}_{seen[spec.name]}"))
    return out


def _seeded(specs: Sequence[PipelineSpec], seeds: Sequence[int]) -> Sequence[PipelineSpec]:
    """Each pipeline once per seed; without seeds as they are."""
    return [
        replace(spec, name=f"{spec.name}-seed{seed}", seed=seed, plain={**spec.plain, "seed": seed})
        for spec in specs
        for seed in seeds
    ] or specs


def _same_bench(specs: Sequence[PipelineSpec]) -> None:
    first = specs[0].bench()
    for spec in specs[1:]:
        other = spec.bench()
        for key in sorted({*first, *other}):
            if first.get(key) != other.get(key):
                raise LeukcadError(
                    f"{specs[0].name} and {spec.name} cannot be compared: their benches differ in {key!r} "
                    f"({json.dumps(first.get(key))[:80]} against {json.dumps(other.get(key))[:80]})",
                    cure="let both extend the same bench, or give one with --bench FILE",
                )


def train_all(specs: Sequence[PipelineSpec], setting: Setting, out: Path) -> tuple[list[Trained], Bench]:
    """Train each pipeline, take up its run, or load a run that was given; their one bench is indexed once.

    Fields of the bench that any of them learned from leave its test sets.
    """
    from leukcad import experiment

    models: list[Trained] = []
    bench = experiment.make_bench(specs[0], setting)
    for spec in specs:
        if spec.file.name == "pipeline.yaml" and (spec.file.parent / "provenance.json").exists():
            models.append(replace(experiment.load(spec.file.parent, setting), name=spec.name))
            _answers_it(models[-1], bench.spec)
        else:
            models.append(experiment.train(spec, setting, out, bench)[0])
    _leave_out(bench, models)
    return models, bench


def _leave_out(bench: Bench, models: Sequence[Trained]) -> None:
    from leukcad.seen import learned_from

    if dropped := bench.drop(learned_from(models)):
        log.warning("left out, since a pipeline learned from them: %s", ", ".join(dropped))


def _answers_it(model: Trained, asked: PipelineSpec) -> None:
    """Raises LeukcadError where a run answers in other classes than the bench asks for: all of it would be wrong."""
    known, positive = model.spec.classes, model.spec.positive
    if set(known) - set(asked.classes) or positive != asked.positive:
        was, wanted = (
            f"[{', '.join(names)}], positive {of}" for names, of in ((known, positive), (asked.classes, asked.positive))
        )
        cure = "name the bench's classes as the run does"
        raise LeukcadError(f"{model.name} answers in {was}; the bench asks for {wanted}", cure=cure)


def _finish(
    models: Sequence[Trained],
    books: dict[str, AnswerBook],
    bench: Bench,
    folder: Path,
    command: str,
    folds: dict[str, Any] | None = None,
    judged: Audit | None = None,
    erring: dict[str, Any] | None = None,
) -> Comparison:
    from leukcad import outcome
    from leukcad.beside import earlier, screened
    from leukcad.report.page import write_report
    from leukcad.showcase.shown import showcase

    outcome.check_same_fields(books)
    found = outcome.results(books, bench) | ({"folds": folds} if folds else {})
    found |= {"perturbed": erring} if erring else {}
    told = outcome.describe(models, books, bench, command, found)
    if judged is not None:
        found["audit"] = {name: _verdict(one) for name, one in judged.verdicts.items()}
        told["audits"] = [{**judged.told, "page": judged.page.relative_to(folder).as_posix()}]
    else:
        told["audits"] = earlier(models, folder)
    told |= _shown_errors(erring, bench) if erring else {}
    told["screen"] = screened(bench, folder)
    told |= showcase(models, books, bench, folder)
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / "results.json", (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode())
    page = write_report(folder, told)
    failed = {k: v for s in (bench.source, *(t.source for t in bench.sets)) for k, v in s.unreadable.items()}
    return Comparison(found, page, told, {m.name: m.run.folder for m in models}, failed, judged)


def _perturbed(models: Sequence[Trained], bench: Bench) -> dict[str, Any]:
    """Model → its rates against the strength of its detector's errors."""
    from leukcad.perturbing import answer_perturbed, curves

    return curves(answer_perturbed(models, bench), bench.spec.classes, bench.spec.positive)


def _shown_errors(erring: dict[str, Any], bench: Bench) -> dict[str, Any]:
    from leukcad.perturbing import panels

    return {"perturbed": erring, "perturbed_panels": panels(erring, bench.spec.positive)}


def _cells_found(model: Trained, bench: Bench, command: str) -> Comparison:
    """What a pipeline that ends at cells found on its test fields."""
    from leukcad.measuring import Model
    from leukcad.measuring.results import measure_sets
    from leukcad.measuring.writing import unreadable, write

    models, folder = [Model(model.name, model.pipeline, model.spec)], model.run.folder
    found = measure_sets(models, bench.sets)
    quick = bench.setting.quick
    told, page = write(models, bench.sets, found, folder, command=command, quick=quick, runs={model.name: folder})
    figures = {of: views["published"] for of, views in found.figures[model.name].items()}
    rates = {of: {key: told[key] for key in ("recall", "precision")} for of, told in figures.items()}
    results = {"quick": quick, "pipelines": {model.name: rates}, "cells": {model.name: figures}}
    model.run.write_json("metrics.json", results)
    _finished(model, results)
    return Comparison(results, page, told, {model.name: folder}, unreadable(told))


def _diagnoses(specs: Sequence[PipelineSpec], cure: str) -> None:
    from leukcad.experiment import ends_at_cells

    if blind := [spec.name for spec in specs if ends_at_cells(spec)]:
        raise LeukcadError(f"{blind[0]} ends at cells: it diagnoses nothing", cure=f"add a diagnose step; {cure}")


def _judged(models: Sequence[Trained], bench: Bench, folder: Path, quick: bool, seeded: bool, command: str) -> Audit:
    from leukcad.auditing.audit import audit_subjects, subject_of

    subjects = [subject_of(model, seeded) for model in models]
    return audit_subjects(subjects, bench, folder, quick=quick, command=command)


def _verdict(told: dict[str, Any]) -> dict[str, Any]:
    return {key: told[key] for key in ("verdict", "cause", "deciding_arms")}


def _finished(model: Trained, results: dict[str, Any]) -> None:
    if model.pipeline.steps:
        model.pipeline.steps[0].manager.hook.leukcad_run_finished(run=model.run, results=results)
