"""`leukcad review`: cells looked over by a person, in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import RUNS, Device, Json, Out, Quiet, Verbose, examples

EXAMPLES = examples(
    "leukcad review two_step --reviewer 'M. Curie'",
    "leukcad review two_step --fields slides/ --by '^(S[0-9]+)_' --manual counted.csv",
    "leukcad review two_step --fields slides/ --goal 200 --log reviews/slides.jsonl",
    after="RUN is a run's folder, or its name (the newest that is finished). What is said of a cell is appended to the "
    "log with name and time; Ctrl-C ends. Research use only.",
)


def review(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or name.")],
    fields: Annotated[
        list[Path], typer.Option("--fields", metavar="PATH", help="Pictures or folders; else the run's test fields.")
    ] = [],  # noqa: B006  # typer copies it
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="folder|TABLE.csv|PATTERN", help="With --fields: how they are grouped."),
    ] = None,
    manual: Annotated[
        Path | None, typer.Option("--manual", metavar="TABLE.csv", help="A count by hand (group, class, count).")
    ] = None,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", metavar="NAME", help="Who reviews; else the user's login name.")
    ] = None,
    goal: Annotated[int, typer.Option("--goal", min=1, help="WBC that a differential should have.")] = 100,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE.jsonl", help="Where it is logged; else in the run's folder.")
    ] = None,
    out: Out = RUNS,
    device: Device = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in the default browser.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Look over the cells that a run found, the most uncertain first; relabel by keyboard, and see what it changes."""
    from leukcad import experiment, runs
    from leukcad.cli import talk
    from leukcad.cli.predict import expanded
    from leukcad.cli.serve import serve
    from leukcad.errors import LeukcadError
    from leukcad.laboratory import Rules, grouped, names_of, read_manual, tally
    from leukcad.reviewing import OverrideLog, Review, from_files, from_run, site

    talk.listen(quiet=quiet, verbose=verbose)
    if by is not None and not fields:
        raise LeukcadError("--by goes with --fields", cure="the run's own test fields are grouped as its data say")
    folder = runs.find(run, out)
    kept = OverrideLog(log or folder / "review" / "overrides.jsonl")
    counted = None if manual is None else read_manual(manual)
    groups = grouped(list(expanded(fields)), by or "folder") if fields else None
    quick = bool(runs.Run.open(folder).provenance().get("quick"))
    setting = experiment.make_setting(device=device or "auto", quick=quick)
    model, rules = experiment.load(folder, setting), Rules(goal=goal)
    cells = from_run(model, setting, rules) if groups is None else from_files(model, groups, rules)
    there = {cell.group for cell in cells}
    if counted is not None and (strange := sorted(set(counted) - there)):
        raise LeukcadError(
            f"{manual}: no group {strange[0]!r} with cells", cure=f"known: {', '.join(sorted(there)[:9])}"
        )
    told = Review(
        cells,
        kept,
        names_of(model, tally((cell.seen for cell in cells), sure=0, border_rule=False).classes),
        positive=model.spec.positive_cells,
        reviewer=_name(reviewer),
        rules=rules,
        manual=counted,
        run=model.run.folder.name,
    )
    about = {"run": str(folder), "cells": len(cells), "groups": len(there), "log": str(kept.path)}
    serve(site(told), port=port, browser=browser, as_json=as_json, told=about)
    talk.note(f"review: {kept.path}")


def _name(reviewer: str | None) -> str:
    """Who reviews; raises `LeukcadError` where nobody can tell."""
    import getpass

    from leukcad.errors import LeukcadError

    try:
        name = (reviewer if reviewer is not None else getpass.getuser()).strip()
    except (OSError, KeyError, ImportError):  # no login name in a container, say
        name = ""
    if not name or len(name) > 100 or not name.isprintable():
        raise LeukcadError(f"expected a reviewer's name of 1 to 100 letters, got {name!r}", cure="give --reviewer NAME")
    return name
