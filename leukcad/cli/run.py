"""`leukcad run`: train one pipeline and test it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from leukcad.study import Comparison

EXAMPLES = examples(
    "leukcad run pipelines/two_step.yaml",
    "leukcad run pipelines/direct_resnet50.yaml --quick",
    "leukcad run pipelines/two_step.yaml --set steps.classify.train.epochs=5 --set seed=1",
    "leukcad run pipelines/two_step.yaml --bench pipelines/benches/simulated_overlap.yaml",
    "leukcad run pipelines/two_step.yaml --quick --single-file",
    after="A run that was cut off goes on where it stopped when the same command is given again. "
    "Exit code 1: finished, but some fields could not be read.",
)


def run(
    pipeline: Annotated[Path, typer.Argument(metavar="PIPELINE", help="The pipeline file.")],
    sets: Sets = [],  # noqa: B006  # typer copies it
    bench: BenchFile = None,
    quick: Quick = False,
    out: Out = RUNS,
    device: Device = None,
    observe: Observe = [],  # noqa: B006
    audit: Annotated[bool, typer.Option("--audit", help="Judge it, too: leukcad audit -h.")] = False,
    single_file: SingleFile = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train a pipeline, test it on its test fields and its synthetic series, and leave a run folder with a report."""
    from leukcad.cli import talk
    from leukcad.study import run as run_

    talk.listen(quiet=quiet, verbose=verbose)
    found = run_(
        pipeline,
        sets=sets,
        bench=bench,
        quick=quick,
        out=out,
        device=device,
        observe=observe,
        audit=audit,
        command=talk.command_line(),
    )
    tell(found, as_json=as_json, single_file=single_file)


def tell(found: Comparison, *, as_json: bool, single_file: bool = False) -> None:
    """Print what was found; exit with 1 if fields could not be read. single_file: write the report as one, too."""
    from leukcad.cli import talk

    if single_file:
        talk.single(found.page)
    if as_json:
        talk.print_json(found.results)
    else:
        if "cells" in found.results:
            from leukcad.measuring.printing import print_measurement

            print_measurement(found.told)
        else:
            from leukcad.report.tables import print_comparison

            print_comparison(found.told)
        if found.audit is not None:
            from leukcad.report.audit_tables import print_audit

            print_audit(found.audit.told)
        for name, folder in found.runs.items():
            typer.echo(f"run {name}: {folder}")
        typer.echo(f"report: {found.page}")
    talk.list_failed(found.failed)
