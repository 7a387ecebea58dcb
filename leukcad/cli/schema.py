"""`leukcad schema`: the JSON Schemas of pipeline files, for editors, and of verdict.json, for programs."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer

from leukcad.cli.options import Quiet, Verbose, examples

EXAMPLES = examples(
    "leukcad schema > leukcad.schema.json",
    "leukcad schema --out leukcad.schema.json",
    "leukcad schema verdict --out verdict.schema.json",
    after="An editor with a YAML language server then completes and checks: begin a pipeline file with the line "
    "'# yaml-language-server: $schema=leukcad.schema.json'.",
)


class Of(enum.StrEnum):
    """What has a schema."""

    pipeline = "pipeline"
    verdict = "verdict"


def schema(
    of: Annotated[Of, typer.Argument(metavar="pipeline|verdict", help="Of pipeline files, or of verdict.json.")] = (
        Of.pipeline
    ),
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it here, not on stdout.")] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print the JSON Schema of pipeline files, with the options of every installed component, or of verdict.json."""
    import json

    from leukcad.cli import talk
    from leukcad.files import atomic_write

    talk.listen(quiet=quiet, verbose=verbose)
    text = json.dumps(_schema(of), indent=1, ensure_ascii=False)
    if out is None:
        typer.echo(text)
    else:
        atomic_write(out, text + "\n")
        talk.note(f"schema: {out}")


def _schema(of: Of) -> dict[str, Any]:
    if of is Of.verdict:
        from leukcad.evaluation.schema import verdict_schema

        return verdict_schema()
    from leukcad.config import pipeline_schema
    from leukcad.host import discover

    return pipeline_schema(discover())
