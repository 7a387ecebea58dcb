"""`leukcad schema`: the JSON Schema of pipeline files, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import Quiet, Verbose, examples

EXAMPLES = examples(
    "leukcad schema > leukcad.schema.json",
    "leukcad schema --out leukcad.schema.json",
    after="An editor with a YAML language server then completes and checks: begin a pipeline file with the line "
    "'# yaml-language-server: $schema=leukcad.schema.json'.",
)


def schema(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it here, not on stdout.")] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print the JSON Schema of pipeline files, with the options of every installed component."""
    import json

    from leukcad.cli import talk
    from leukcad.config import pipeline_schema
    from leukcad.files import atomic_write
    from leukcad.host import discover

    talk.listen(quiet=quiet, verbose=verbose)
    text = json.dumps(pipeline_schema(discover()), indent=1, ensure_ascii=False)
    if out is None:
        typer.echo(text)
    else:
        atomic_write(out, text + "\n")
        talk.note(f"schema: {out}")
