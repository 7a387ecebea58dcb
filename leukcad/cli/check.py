"""`leukcad check`: find every mistake in pipeline files without running them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import BenchFile, Quiet, Sets, examples

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
    quiet: Quiet = False,
) -> None:
    """Check pipeline files without running them or importing torch."""
    from leukcad.cli.errors import MISTAKE

    wrong = [problem for file in files for problem in _check(file, sets, bench, quiet)]
    for problem in dict.fromkeys(wrong):  # two files that extend a third one share its mistakes
        print(problem, file=sys.stderr)
    if wrong:
        raise typer.Exit(MISTAKE)


def _check(file: Path, sets: list[str], bench: Path | None, quiet: bool) -> list[str]:
    from leukcad.config import load_pipeline
    from leukcad.errors import LeukcadError
    from leukcad.host import discover

    try:
        spec = load_pipeline(file, discover(), sets=sets, bench=bench)
    except LeukcadError as error:
        return str(error).splitlines()
    if not quiet:
        typer.echo(f"{file}: ok: {' → '.join(f'{use.stage} {use.name}' for use in spec.steps)}")
    return []
