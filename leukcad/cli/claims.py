"""`leukcad claims table`: whether printed rates can come from any confusion table of so many fields."""

from __future__ import annotations

from typing import Annotated

import typer

from leukcad.cli.options import Json, Quiet, Verbose, examples

EXAMPLES = examples(
    "leukcad claims table --acc 72.73 --pre 83.33 --rec 71.43 --spe 75 --f1 76.92 --positives 5 --negatives 6",
    "leukcad claims table --acc 97.5 --rec 95 --positives 20 --negatives 20 --places 1",
    after="All tables are tried, also with the other class as positive and with rows and columns swapped.",
)
Percent = Annotated[float | None, typer.Option(metavar="PERCENT", show_default=False)]
SHOWN = 10  # tables that are printed; --json has all


def table(
    positives: Annotated[int, typer.Option("--positives", min=0, help="Fields of the positive class.")],
    negatives: Annotated[int, typer.Option("--negatives", min=0, help="Fields of the other class.")],
    acc: Percent = None,
    pre: Percent = None,
    rec: Percent = None,
    spe: Percent = None,
    f1: Percent = None,
    places: Annotated[int, typer.Option("--places", help="Digits after the point that were printed.")] = 2,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Find every confusion table that gives the printed accuracy, precision, recall, specificity and F1."""
    from dataclasses import asdict

    from leukcad.cli import talk
    from leukcad.evaluation.printed import RATES, readings, sizes

    talk.listen(quiet=quiet, verbose=verbose)
    told = dict(zip(RATES, (acc, pre, rec, spe, f1), strict=True))
    printed = {name: value for name, value in told.items() if value is not None}
    found = readings(printed, positives, negatives, places)
    plain = [reading for reading in found if reading.plain]
    fitting = [] if plain else list(sizes(printed, positives + negatives, places))
    if as_json:
        state = "possible" if plain else "impossible as printed"
        talk.print_json({"state": state, "tables": [asdict(reading) for reading in found], "sizes": fitting})
        return
    n = f"{positives} positive and {negatives} negative fields"
    typer.echo(f"As printed: {'possible' if plain else 'impossible: no table of ' + n + ' gives these figures'}")
    for reading in found[:SHOWN]:
        typer.echo(f"  {reading.words()}")
    if len(found) > SHOWN:
        typer.echo(f"  and {len(found) - SHOWN} more")
    if fitting:
        some = ", ".join(f"{a} + {b}" for a, b in fitting[:SHOWN])
        typer.echo(f"Of {positives + negatives} fields they would fit {some} (positive + negative).")
