"""`leukcad data show`: what a data source holds, in numbers and in a picture."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukcad.cli.options import Json, Quick, Quiet, Sets, Verbose, examples

if TYPE_CHECKING:
    from leukcad.assembly import Source

EXAMPLES = examples(
    "leukcad data show pipelines/two_step.yaml",
    "leukcad data show pipelines/two_step.yaml --out fields.jpg --truth",
    "leukcad data show simulated --set preset=overlap --out overlap.jpg",
    after="SOURCE is a pipeline or bench file, or the name of a data component (leukcad plugins lists them). "
    "Exit code 1: some fields could not be read.",
)


def show(
    source: Annotated[str, typer.Argument(metavar="PIPELINE|SOURCE", help="A file, or a data component.")],
    sets: Sets = [],  # noqa: B006  # typer copies it
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PICTURE.jpg", help="Draw a contact sheet of the fields.")
    ] = None,
    number: Annotated[int, typer.Option(min=1, max=200, help="Fields on the sheet.")] = 12,
    of: Annotated[str, typer.Option("--of", metavar="NAME", help="Which of the file's sources to draw.")] = "data",
    truth: Annotated[bool, typer.Option("--truth", help="Outline the annotated cells.")] = False,
    quick: Quick = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Count the fields of each class in the data that a pipeline uses, and draw some of them."""
    from leukcad.assembly import make_source
    from leukcad.cli import talk
    from leukcad.cli.contact_sheet import draw
    from leukcad.cli.sources import sources
    from leukcad.errors import LeukcadError
    from leukcad.experiment import make_setting

    talk.listen(quiet=quiet, verbose=verbose)
    uses = sources(source, sets)
    if of not in uses:
        raise LeukcadError(f"{source}: no data called {of!r}", cure=f"known: {', '.join(uses)}")
    setting = make_setting(device="cpu", quick=quick)
    found = {name: make_source(use, setting) for name, use in uses.items()}
    sheet = None if out is None else draw(found[of], out, number, truth)
    if as_json:
        told = {name: {"use": uses[name].name, **_numbers(one)} for name, one in found.items()}
        talk.print_json({"sources": told, "sheet": None if sheet is None else str(sheet)})
    else:
        for name, one in found.items():
            talk.print_table([(name, uses[name].name, _counts(one))])
        if sheet is not None:
            typer.echo(f"contact sheet: {sheet}")
    talk.list_failed({name: reason for one in found.values() for name, reason in one.unreadable.items()})


def _numbers(source: Source) -> dict[str, Any]:
    """Fields, fields of each class, and groups."""
    records = source.records
    classes = Counter(record.label or "unlabelled" for record in records)
    return {"fields": len(records), "classes": dict(sorted(classes.items())), "groups": len({r.group for r in records})}


def _counts(source: Source) -> str:
    told = _numbers(source)
    classes = ", ".join(f"{number} {name}" for name, number in told["classes"].items())
    return f"{told['fields']} fields: {classes}; {told['groups']} groups"
