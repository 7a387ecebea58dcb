"""All commands under one name."""

from __future__ import annotations

from typing import Annotated

import typer

from leukcad import __version__
from leukcad.cli import check, compare, data_make, data_show, plugins, predict, run, runs, schema
from leukcad.cli.errors import Group
from leukcad.cli.options import examples

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "leukcad compare",
        "leukcad run pipelines/two_step.yaml",
        "leukcad predict two_step smear.jpg",
        after="Exit codes: 0 done; 1 done, but some images could not be read; 2 a mistake in what was asked; "
        "3 a mistake in leukcad; 130 interrupted.",
    ),
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"leukcad {__version__}")
        raise typer.Exit


@app.callback()
def leukcad(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    """Diagnose leukaemia in blood smears, and ask whether it is right for the right reason. Research use only."""


data = typer.Typer(no_args_is_help=True, help="Look at data, and make simulated ones.")
data.command("make", epilog=data_make.EXAMPLES)(data_make.make)
data.command("show", epilog=data_show.EXAMPLES)(data_show.show)

past = typer.Typer(invoke_without_command=True, help="List the runs that were made, and look at one.")
past.callback(epilog=runs.EXAMPLES)(runs.overview)
past.command("list", epilog=runs.EXAMPLES)(runs.listing)
past.command("show", epilog=runs.EXAMPLES)(runs.show)

app.command("run", epilog=run.EXAMPLES)(run.run)
app.command("compare", epilog=compare.EXAMPLES)(compare.compare)
app.command("predict", epilog=predict.EXAMPLES)(predict.predict)
app.command("check", epilog=check.EXAMPLES)(check.check)
app.command("plugins", epilog=plugins.EXAMPLES)(plugins.plugins)
app.command("schema", epilog=schema.EXAMPLES)(schema.schema)
app.add_typer(data, name="data")
app.add_typer(past, name="runs")
