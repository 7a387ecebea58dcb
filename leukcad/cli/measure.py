"""`leukcad measure`: what the cells that a pipeline finds are worth against annotated ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import (
    RUNS,
    BenchFile,
    Device,
    Json,
    Out,
    Quick,
    Quiet,
    Sets,
    SingleFile,
    Verbose,
    examples,
)

EXAMPLES = examples(
    "leukcad measure pipelines/two_step.yaml",
    "leukcad measure nuclei.yaml --data coco:boxes.json",
    "leukcad measure nuclei.yaml trained --data '{use: voc, path: bccd, subset: test}' --adjudicated extra_wbc.csv",
    "leukcad measure nuclei.yaml --data '{use: folder, path: bcisc}' --group 5 --group 7 --group 9 --json",
    after="Without --data: on the test fields of the pipeline's own bench. The page with the worst misses is "
    "runs/measure/index.html, all figures are in measure.json beside it. Exit code 1: some fields could not be read.",
)


def measure(
    pipelines: Annotated[list[str], typer.Argument(metavar="PIPELINE|RUN", help="Files or runs that find cells.")],
    data: Annotated[
        list[str],
        typer.Option("--data", metavar="SOURCE", help="NAME:PATH or {use: NAME, …}; NAME= before it names the set."),
    ] = [],  # noqa: B006  # typer copies it
    groups: Annotated[
        list[str], typer.Option("--group", metavar="NAME", help="Only fields of this patient or slide; repeatable.")
    ] = [],  # noqa: B006
    leave: Annotated[
        list[str], typer.Option("--leave", metavar="KIND", help="Annotated cells that are neither hit nor miss.")
    ] = [],  # noqa: B006
    adjudicated: Annotated[
        Path | None,
        typer.Option("--adjudicated", metavar="FILE.csv", help="What published labels miss: docs/measuring.md."),
    ] = None,
    sets: Sets = [],  # noqa: B006
    bench: BenchFile = None,
    quick: Quick = False,
    out: Out = RUNS,
    device: Device = None,
    single_file: SingleFile = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Measure found cells against annotated ones: recall, precision, average precision, count error, Dice."""
    from leukcad.cli import talk
    from leukcad.measures import measure as measure_

    talk.listen(quiet=quiet, verbose=verbose)
    found = measure_(
        pipelines,
        data=data,
        groups=groups,
        leave=leave,
        adjudicated=adjudicated,
        sets=sets,
        bench=bench,
        quick=quick,
        out=out,
        device=device,
        command=talk.command_line(),
    )
    if single_file:
        talk.single(found.page)
    if as_json:
        talk.print_json(found.told)
    else:
        from leukcad.measuring.printing import print_measurement

        print_measurement(found.told)
        typer.echo(f"page: {found.page}")
    talk.list_failed(found.failed)
