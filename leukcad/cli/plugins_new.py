"""`leukcad plugins new`: a plugin package of one's own to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import Json, Quiet, Verbose, examples

EXAMPLES = examples(
    "leukcad plugins new white-patch --stage preprocess",
    "leukcad plugins new my-net --stage classify --into ~/plugins",
    after="The package holds a small method of its stage that works as it is, and its tests: install it with "
    "pip install -e, change the method, and hold it against its contract with leukcad plugins check NAME.",
)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The component's name: lower case with dashes.")],
    stage: Annotated[str, typer.Option("--stage", metavar="STAGE", help="Which stage it is of, as classify.")],
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="Where its folder is made.")] = Path(),
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a new plugin package: a small method of the stage, its seam, its tests and a pipeline to try it with."""
    from leukcad.cli import talk
    from leukcad.scaffold import Names, scaffold

    talk.listen(quiet=quiet, verbose=verbose)
    names = Names(name, stage)
    folder = scaffold(names, into)
    where = "" if stage != "data" else f" --set path={folder / 'tests' / 'fields'}"
    rows = [
        ("method", str(folder / names.package / f"{names.identifier}.py")),
        ("install", f"pip install -e {folder}"),
        ("test", f"pytest {folder}"),
        ("check", f"leukcad plugins check {name}{where}"),
        ("run", f"leukcad run {folder / 'try.yaml'} --quick"),
    ]
    if as_json:
        talk.print_json({"folder": str(folder), **dict(rows)})
    else:
        talk.print_table(rows)
