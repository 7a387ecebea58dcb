"""Options that several commands share, and how examples are written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Sets = Annotated[
    list[str],
    typer.Option("--set", metavar="NAME=VALUE", help="Change one value, as in steps.classify.train.epochs=5."),
]
BenchFile = Annotated[
    Path | None, typer.Option("--bench", metavar="FILE", help="Take data, split and tests from this bench instead.")
]
Quick = Annotated[bool, typer.Option("--quick", help="A small first look; its results say so.")]
Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where runs are kept.")]
Device = Annotated[
    str | None, typer.Option("--device", metavar="NAME", help="auto, cpu, cuda or cuda:N; else what the file says.")
]
Observe = Annotated[list[str], typer.Option("--observe", metavar="NAME", help="An observer that wraps every step.")]
SingleFile = Annotated[
    bool, typer.Option("--single-file", help="Write the report as one file, too, with all its pictures in it.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more; show tracebacks.")]

RUNS = Path("runs")


def examples(*lines: str, after: str = "") -> str:
    """An epilog: one example a line, kept as they are, and a paragraph after them."""
    shown = "\b\n" + "\n".join(["Examples:", *(f"  {line}" for line in lines)])
    return f"{shown}\n\n{after}" if after else shown
