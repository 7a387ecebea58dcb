"""`leukcad check`: find every mistake in pipeline files without running them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import BenchFile, Json, Quiet, Sets, Verbose, examples

EXAMPLES = examples(
    "leukcad check mine.yaml",
    "leukcad check pipelines/*.yaml",
    "leukcad check pipelines/two_step.yaml --set steps.classify.name=resnet50",
    after="Every mistake is one line: file:line:column, what was expected, the nearest match. Exit code 2: mistakes.",
)


def check(
    files: Annotated[list[Path], typer.Argument(metavar="PIPELINE", help="Pipeline files.")],
    sets: Sets = [],  # noqa: B006  # typer copies it
    bench: BenchFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check pipeline files without running them or importing torch."""
    from leukcad.cli import talk
    from leukcad.cli.errors import MISTAKE

    talk.listen(quiet=quiet, verbose=verbose)
    told = {str(file): _check(file, sets, bench) for file in files}
    wrong = dict.fromkeys(problem for one in told.values() for problem in one["mistakes"])
    if as_json:
        talk.print_json(told)
    else:
        for file, one in told.items():
            if one["steps"] and not quiet:
                typer.echo(f"{file}: ok: {' → '.join(one['steps'])}")
        for problem in wrong:  # two files that extend a third one share its mistakes
            print(problem, file=sys.stderr)
    if wrong:
        raise typer.Exit(MISTAKE)


def _check(file: Path, sets: list[str], bench: Path | None) -> dict[str, list[str]]:
    """`{"mistakes": [...], "steps": [...]}`: one of both is empty."""
    from leukcad.config import load_pipeline
    from leukcad.errors import LeukcadError
    from leukcad.host import discover

    try:
        spec = load_pipeline(file, discover(), sets=sets, bench=bench)
    except LeukcadError as error:
        return {"mistakes": str(error).splitlines(), "steps": []}
    return {"mistakes": [], "steps": [f"{use.stage} {use.name}" for use in spec.steps]}
