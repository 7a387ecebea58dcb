"""`leukcad data convert`: annotated data in another format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leukcad.cli.options import Json, Quick, Quiet, Sets, Verbose, examples

if TYPE_CHECKING:
    from leukcad.converting import Converted

EXAMPLES = examples(
    "leukcad data convert coco:boxes.json --to yolo yolo/",
    "leukcad data convert '{use: voc, path: bccd, subset: test}' --to coco bccd-test/ --rename Platelets=platelet",
    "leukcad data convert voc --set path=bccd --to csv wbc/ --drop RBC --drop Platelets",
    "leukcad data convert folder:bcisc --to voc boxes/ --classes classes.yaml",
    after="SOURCE is a pipeline or bench file, a data component, NAME:PATH or {use: NAME, …}. What the form cannot "
    "hold is told on stderr. Exit code 1: some fields could not be read.",
)


def convert(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Where the annotated fields come from.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="coco, yolo, voc, csv or masks.")],
    sets: Sets = [],  # noqa: B006  # typer copies it
    of: Annotated[str, typer.Option("--of", metavar="NAME", help="Which of a file's sources.")] = "data",
    classes: Annotated[
        Path | None,
        typer.Option("--classes", metavar="FILE.yaml", help="old: new for every class; another one is a mistake."),
    ] = None,
    rename: Annotated[
        list[str], typer.Option("--rename", metavar="OLD=NEW", help="A new name; the others keep theirs.")
    ] = [],  # noqa: B006
    drop: Annotated[list[str], typer.Option("--drop", metavar="NAME", help="Leave cells of this class out.")] = [],  # noqa: B006
    points: Annotated[
        float | None, typer.Option("--points", metavar="PX", min=1, help="Side of the box around a point annotation.")
    ] = None,
    copy: Annotated[bool, typer.Option("--copy", help="Copy pictures instead of hard-linking them.")] = False,
    quick: Quick = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write annotated fields as COCO, YOLO, Pascal VOC, CSV or masks, which leukcad and others read."""
    from leukcad.assembly import make_source
    from leukcad.cli import talk
    from leukcad.cli.sources import one_source
    from leukcad.converting import ClassMap
    from leukcad.converting import convert as convert_
    from leukcad.experiment import make_setting

    talk.listen(quiet=quiet, verbose=verbose)
    setting = make_setting(device="cpu", quick=quick)
    read = make_source(one_source(source, sets, of), setting)
    done = convert_(read, to, out, setting.host, ClassMap.read(classes, rename, drop), points=points, copy=copy)
    if done.unannotated:
        what = f"{len(done.unannotated)} fields without annotation, such as {done.unannotated[0]}"
        print(f"left out: {what}", file=sys.stderr)
    for lost in done.lost:
        print(f"lost: {lost}", file=sys.stderr)
    _tell(done, as_json)
    talk.list_failed(read.unreadable)


def _tell(done: Converted, as_json: bool) -> None:
    from leukcad.cli import talk

    if as_json:
        told = {"folder": str(done.folder), "use": done.use, "fields": done.fields, "cells": done.cells}
        talk.print_json({**told, "unannotated": done.unannotated, "lost": done.lost})
        return
    options = ", ".join(f"{key}: {value}" for key, value in done.use.items())
    typer.echo(f"{done.fields} fields with {done.cells} cells: {done.folder}")
    typer.echo(f"read it: {{{options}}}")
