"""`leukcad runs`: the runs that were made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from leukcad.cli.options import RUNS, Json, Out, Quiet, Verbose, examples

EXAMPLES = examples(
    "leukcad runs",
    "leukcad runs list --json",
    "leukcad runs show two_step",
    after="RUN is a run's folder, or its name (the newest that is finished).",
)


def overview(ctx: typer.Context, out: Out = RUNS, as_json: Json = False) -> None:
    """List the runs that were made, and look at one."""
    if ctx.invoked_subcommand is None:
        _list(out, as_json)


def listing(
    ctx: typer.Context, out: Out = RUNS, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False
) -> None:
    """List the runs: name, when, seed, whether they are finished, and their accuracy on the test fields."""
    from leukcad.cli import talk

    talk.listen(quiet=quiet, verbose=verbose)
    _list(*_before(ctx, out, as_json))


def _before(ctx: typer.Context, out: Path, as_json: bool) -> tuple[Path, bool]:
    """The options with those that stand before the command, as in `leukcad runs --out elsewhere list`."""
    told = ctx.parent.params if ctx.parent else {}
    return (told.get("out", out) if out == RUNS else out), as_json or bool(told.get("as_json"))


def _list(out: Path, as_json: bool) -> None:
    from leukcad.cli import talk

    told = [_told(path.parent) for path in sorted(out.glob("*/provenance.json"))]
    told.sort(key=lambda one: str(one["created"]))
    if as_json:
        talk.print_json(told)
    elif not told:
        typer.echo(f"no runs in {out}")
    else:
        head = ("run", "created", "seed", "quick", "finished", "accuracy")
        talk.print_table([head, *(tuple(_cell(one[key]) for key in head) for one in told)])


def show(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or name.")],
    out: Out = RUNS,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Say what a run is made of and what came out."""
    from leukcad import runs
    from leukcad.cli import talk

    talk.listen(quiet=quiet, verbose=verbose)
    out, as_json = _before(ctx, out, as_json)
    kept = runs.Run.open(runs.find(run, out))
    told = {"folder": str(kept.folder), **kept.provenance(), "results": kept.read_json("metrics.json")}
    if as_json:
        talk.print_json(told)
        return
    steps = told.pop("steps", [])
    results = told.pop("results")
    talk.print_table([(key, _cell(value)) for key, value in told.items()])
    for place, step in enumerate(steps, 1):
        typer.echo(f"step {place}  {step}")
    if results is None:
        typer.echo("not finished: run its pipeline again, it goes on from there")
    for name, sets in (results or {}).get("pipelines", {}).items():
        typer.echo(f"\n{name}")
        talk.print_table([_rates(set_, rates) for set_, rates in sets.items()], indent="  ")
    page = next((p for p in sorted(kept.folder.glob("*.html"))), None)
    if page:
        typer.echo(f"\nreport: {page}")


def _told(folder: Path) -> dict[str, Any]:
    """One line of the list; a folder that cannot be read says so in the place of `finished`."""
    from leukcad import runs
    from leukcad.errors import LeukcadError

    told: dict[str, Any] = {"run": folder.name, "created": "", "seed": None, "quick": None, "accuracy": None}
    try:
        run = runs.Run.open(folder)
        kept, results = run.provenance(), run.read_json("metrics.json")
    except (LeukcadError, KeyError) as error:
        return {**told, "finished": f"unreadable: {error}"}
    told |= {key: kept.get(key) for key in ("created", "seed", "quick")}
    sets: dict[str, Any] = next(iter((results or {}).get("pipelines", {}).values()), {})
    return {**told, "finished": results is not None, "accuracy": sets.get("test", {}).get("accuracy", {}).get("value")}


def _rates(name: str, rates: dict[str, Any]) -> tuple[str, ...]:
    told = (f"{metric} {_cell(rate.get('value'))} (n {rate.get('n')})" for metric, rate in rates.items())
    return (name, "  ".join(told))


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_cell(part)}" for key, part in value.items())
    return str(value)
