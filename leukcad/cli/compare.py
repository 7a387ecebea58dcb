"""`leukcad compare`: hold pipelines side by side on the same fields."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from leukcad.cli.options import (
    RUNS,
    BenchFile,
    Device,
    Json,
    Observe,
    Out,
    Quick,
    Quiet,
    Sets,
    SingleFile,
    Verbose,
    examples,
)

DEFAULTS = (Path("pipelines/direct_resnet50.yaml"), Path("pipelines/two_step.yaml"))
EXAMPLES = examples(
    "leukcad compare",
    "leukcad compare --quick",
    "leukcad compare --audit",
    "leukcad compare --perturb-detections",
    "leukcad compare pipelines/direct_resnet50.yaml pipelines/two_step.yaml mine.yaml",
    "leukcad compare direct_resnet50 two_step",
    "leukcad compare mine.yaml pipelines/two_step.yaml --folds 5 --repeats 3",
    "leukcad compare --seed 0 --seed 1 --seed 2 --bench pipelines/benches/simulated_balanced.yaml",
    after="Runs whose pipeline, data and code have not changed are reused. Exit code 1: finished, but some fields "
    "could not be read.",
)


def compare(
    pipelines: Annotated[
        list[str],
        typer.Argument(
            metavar="PIPELINE|RUN",
            help="Files or runs; without any, pipelines/direct_resnet50.yaml and pipelines/two_step.yaml.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  # typer copies it
    sets: Sets = [],  # noqa: B006
    seeds: Annotated[
        list[int], typer.Option("--seed", metavar="N", help="Train each pipeline with this seed; may be repeated.")
    ] = [],  # noqa: B006
    folds: Annotated[
        int, typer.Option("--folds", metavar="K", help="Test each field once, over K folds; needs pipeline files.")
    ] = 0,
    repeats: Annotated[int, typer.Option("--repeats", metavar="R", help="Deal the folds R times.")] = 1,
    blocks: Annotated[
        int | None,
        typer.Option("--blocks", metavar="N", help="Keep N neighbouring fields of a class in one fold, not groups."),
    ] = None,
    bench: BenchFile = None,
    quick: Quick = False,
    out: Out = RUNS,
    device: Device = None,
    observe: Observe = [],  # noqa: B006
    audit: Annotated[bool, typer.Option("--audit", help="Judge them, too: leukcad audit -h.")] = False,
    perturb: Annotated[
        bool,
        typer.Option("--perturb-detections", help="Ask again with errors in what was found."),
    ] = False,
    single_file: SingleFile = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train pipelines, or reuse their runs, test all of them on the very same fields, and write one report."""
    from leukcad.cli import talk
    from leukcad.cli.run import tell
    from leukcad.folds import Folds
    from leukcad.study import compare as compare_
    from leukcad.study import cross_validate

    _need_defaults(pipelines)
    _need_folds(folds, repeats, blocks)
    talk.listen(quiet=quiet, verbose=verbose)
    asked: dict[str, Any] = {"sets": sets, "seeds": seeds, "bench": bench, "quick": quick, "out": out}
    asked |= {"device": device, "observe": observe, "command": talk.command_line()}
    _need_one_split(folds, audit, perturb)
    if folds:
        found = cross_validate(pipelines or list(map(str, DEFAULTS)), Folds(folds, repeats, blocks), **asked)
    else:
        found = compare_(pipelines, audit=audit, perturb=perturb, **asked)
    tell(found, as_json=as_json, single_file=single_file)


def _need_folds(folds: int, repeats: int, blocks: int | None) -> None:
    from leukcad.errors import LeukcadError

    if not folds and (repeats != 1 or blocks is not None):
        raise LeukcadError("--repeats and --blocks say how folds are made, and there are none", cure="add --folds 5")


def _need_one_split(folds: int, audit: bool, perturb: bool) -> None:
    from leukcad.errors import LeukcadError

    if folds and audit:
        cure = "judge the runs of one split: leukcad audit RUN"
        raise LeukcadError("an audit needs fields that no fold learned from, and folds leave none", cure=cure)
    if folds and perturb:
        raise LeukcadError("detections are perturbed on one split, and folds are many", cure="leave --folds out")


def _need_defaults(pipelines: list[str]) -> None:
    from leukcad.errors import LeukcadError

    missing = [path for path in DEFAULTS if not path.is_file()]
    if not pipelines and missing:
        cure = "go into a checkout of leukcad (cd leukcad), or say which: leukcad compare A.yaml B.yaml"
        raise LeukcadError(f"nothing to compare: there is no {missing[0]} in {Path.cwd()}", cure=cure)
