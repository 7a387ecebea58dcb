"""Judging whatever answers fields: pipelines (trained, or their runs taken up), runs, functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.auditing.audit import Audit, Subject, audit_subjects, subject_of
from leukcad.auditing.functions import NAMED, Function, named
from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from leukcad.answering import Trained
    from leukcad.config import PipelineSpec
    from leukcad.experiment import Bench

Judged = str | Path | Callable[..., Any]


def audit(
    what: Judged | Sequence[Judged],
    *,
    bench: str | Path | None = None,
    sets: Sequence[str] = (),
    seeds: Sequence[int] = (),
    quick: bool = False,
    groups: int | None = None,
    explain: bool = True,
    out: str | Path = "runs",
    device: str | None = None,
    command: str = "",
) -> Audit:
    """Judge pipelines (YAML files or runs) and functions on the very same edited fields: docs/audit.md.

    A function is a callable, or its name as "module:function"; it takes a list of uint8 (H, W, 3) arrays and answers a
    class, a mapping of class to probability, or None for each. Functions need `bench`. With `seeds` each pipeline is
    trained once per seed, and the common verdict is the recipe's. quick: a first look (pipelines are trained quickly,
    too). groups: the most patients, slides or fields of a class. explain: whether what has no vote is made, too (twins
    of re-rendered arms, dose curves, explaining arms). Raises `LeukcadError`.
    """
    asked = [what] if isinstance(what, str | Path) or callable(what) else list(what)
    if not asked:
        raise LeukcadError("nothing to audit", cure="name a pipeline file, a run, or module:function")
    functions = [one for one in asked if is_function(one)]
    names = [str(one) for one in asked if not is_function(one)]
    out = Path(out)
    loaded = _loaded(names, bench, sets, seeds, quick, out, device)
    its_bench = loaded.bench if loaded else _bare_bench(bench, sets, quick, device)
    subjects = loaded.subjects if loaded else []
    subjects += [_function(one, its_bench.spec, out) for one in functions]
    _distinct(subjects)
    folder = subjects[0].folder / "audit" if len(subjects) == 1 else out / "audit"
    told = command or f"leukcad audit {' '.join(s.name for s in subjects)}"
    return audit_subjects(subjects, its_bench, folder, quick=quick, groups=groups, explain=explain, command=told)


def export_fields(
    folder: str | Path,
    *,
    bench: str | Path,
    sets: Sequence[str] = (),
    quick: bool = False,
    groups: int | None = None,
    device: str | None = None,
) -> Path:
    """Write the edited fields of a bench as pictures with a table to be filled; returns the table's path.

    Only what decides is written: the arms and their controls. Raises `LeukcadError`.
    """
    from leukcad.auditing.plan import make_plan
    from leukcad.auditing.tables import export

    plan = make_plan(_bare_bench(bench, sets, quick, device), quick=quick, groups=groups, explain=False)
    return export(plan, Path(folder))


def is_function(one: Judged) -> bool:
    """Whether it is a function, or names one."""
    return callable(one) or (isinstance(one, str) and bool(NAMED.fullmatch(one)))


@dataclass(frozen=True, eq=False)
class _Loaded:
    models: list[Trained]
    subjects: list[Subject]
    bench: Bench


def _loaded(
    names: Sequence[str],
    bench: str | Path | None,
    sets: Sequence[str],
    seeds: Sequence[int],
    quick: bool,
    out: Path,
    device: str | None,
) -> _Loaded | None:
    """The pipelines, trained or taken up, on their one bench; None without pipelines."""
    from leukcad import experiment, study

    if not names:
        return None
    small = _quick_data(names, quick, out)
    specs = study.load_specs(names, sets=sets, seeds=seeds, bench=bench, quick=small, out=out)
    setting = experiment.make_setting(device=device or specs[0].device, quick=small)
    models, its_bench = study.train_all(specs, setting, out)
    return _Loaded(models, [subject_of(model, bool(seeds)) for model in models], its_bench)


def _quick_data(names: Sequence[str], quick: bool, out: Path) -> bool:
    """Whether the data are those of a quick look: of runs, as they were trained; of files, as is asked."""
    from leukcad import runs

    files = [name for name in names if Path(name).suffix in (".yaml", ".yml")]
    folders = [runs.find(name, out) for name in names if name not in files]
    told = {str(f): bool(runs.Run.open(f).provenance().get("quick", False)) for f in folders}
    if len({*told.values(), *([quick] if files else [])}) > 1:
        raise LeukcadError(
            f"quick looks and full runs cannot be judged together ({', '.join(names)})",
            cure="judge them one by one",
        )
    return next(iter(told.values()), quick)


def _bare_bench(bench: str | Path | None, sets: Sequence[str], quick: bool, device: str | None) -> Bench:
    """A bench without a pipeline."""
    from leukcad import experiment
    from leukcad.config import load_bench
    from leukcad.host import discover

    if bench is None:
        cure = "say which: --bench pipelines/benches/simulated.yaml"
        raise LeukcadError("a function is judged on a bench, and none is given", cure=cure)
    spec = load_bench(bench, discover(), sets, quick)
    return experiment.make_bench(spec, experiment.make_setting(device=device or spec.device, quick=quick))


def _function(one: Judged, spec: PipelineSpec, out: Path) -> Subject:
    function = one if callable(one) else named(str(one))
    model = Function(function, spec.classes, "" if callable(one) else str(one))
    return Subject(model, out / f"audit-{_safe(model.name)}", certain=False)


def _distinct(subjects: Sequence[Subject]) -> None:
    """Refuse two of one name: their answers would lie in one file."""
    names = [subject.name for subject in subjects]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LeukcadError(f"expected different names, got {twice[0]!r} twice", cure="name each once")


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
