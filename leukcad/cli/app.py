"""All commands under one name."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from leukcad import __version__
from leukcad.cli import (
    audit,
    check,
    claims,
    compare,
    data_audit,
    data_convert,
    data_make,
    data_show,
    measure,
    place,
    plugins,
    plugins_check,
    plugins_new,
    predict,
    reproduce,
    review,
    run,
    runs,
    schema,
)
from leukcad.cli.errors import Group
from leukcad.cli.options import examples

PLAIN: Literal[None] = None  # help in rich's frames takes longer to import than all the rest

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=PLAIN,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "leukcad compare",
        "leukcad run pipelines/two_step.yaml",
        "leukcad audit two_step",
        "leukcad predict two_step smear.jpg",
        after="Exit codes: 0 done; 1 done, but some images could not be read; 2 a mistake in what was asked; "
        "3 a mistake in leukcad; 4 a verdict that --fail-on names; 130 interrupted.",
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


data = typer.Typer(
    no_args_is_help=True, rich_markup_mode=PLAIN, help="Look at data, audit them, and make simulated ones."
)
data.command("audit", short_help="Find duplicates, leaks and shortcuts in data.", epilog=data_audit.EXAMPLES)(
    data_audit.audit
)
data.command("convert", short_help="Write annotated data in another format.", epilog=data_convert.EXAMPLES)(
    data_convert.convert
)
data.command("make", short_help="Write simulated data as files.", epilog=data_make.EXAMPLES)(data_make.make)
data.command("show", short_help="Count and draw the fields of a source.", epilog=data_show.EXAMPLES)(data_show.show)

printed = typer.Typer(no_args_is_help=True, rich_markup_mode=PLAIN, help="Ask whether printed figures can be.")
printed.callback()(lambda: None)  # a group also while it holds one command
printed.command("table", short_help="Find the confusion tables behind printed rates.", epilog=claims.EXAMPLES)(
    claims.table
)

past = typer.Typer(
    invoke_without_command=True, rich_markup_mode=PLAIN, help="List the runs that were made, and look at one."
)
past.callback(epilog=runs.EXAMPLES)(runs.overview)
past.command("list", short_help="List the runs.", epilog=runs.EXAMPLES)(runs.listing)
past.command("show", epilog=runs.EXAMPLES)(runs.show)

kit = typer.Typer(
    cls=plugins.ByName,
    invoke_without_command=True,
    rich_markup_mode=PLAIN,
    help="List components and plugins that are broken; make a plugin, and check it.",
)
kit.callback(epilog=plugins.EXAMPLES)(plugins.overview)
kit.command("list", short_help="List components and what is broken.", epilog=plugins.EXAMPLES)(plugins.listing)
kit.command("show", short_help="Say what a component does and takes.", epilog=plugins.EXAMPLES)(plugins.show)
kit.command("new", short_help="Write a new plugin package.", epilog=plugins_new.EXAMPLES)(plugins_new.new)
kit.command("check", short_help="Hold a plugin against its contract.", epilog=plugins_check.EXAMPLES)(
    plugins_check.check
)

judging = typer.Typer(
    cls=audit.Judging, rich_markup_mode=PLAIN, help="Say whether it is right, and right for the right reasons."
)
judging.command("judge", epilog=audit.EXAMPLES)(audit.judge)
judging.command("export", short_help="Write edited fields for others to answer.", epilog=audit.EXPORT_EXAMPLES)(
    audit.export
)
judging.command("score", short_help="Draw the verdict from a table of answers.", epilog=audit.SCORE_EXAMPLES)(
    audit.score
)

app.command("run", short_help="Train one pipeline and test it.", epilog=run.EXAMPLES)(run.run)
app.command("compare", short_help="Hold pipelines side by side on the same fields.", epilog=compare.EXAMPLES)(
    compare.compare
)
app.command("measure", short_help="Measure found cells against annotated ones.", epilog=measure.EXAMPLES)(
    measure.measure
)
app.command("predict", short_help="Let a trained run diagnose images.", epilog=predict.EXAMPLES)(predict.predict)
app.command("place", short_help="Place positions for pasted cells by hand.", epilog=place.EXAMPLES)(place.place)
app.command("review", short_help="Look over the cells that a run found.", epilog=review.EXAMPLES)(review.review)
app.command("check", short_help="Find all mistakes in pipeline files.", epilog=check.EXAMPLES)(check.check)
app.command("reproduce", short_help="Make a published study again.", epilog=reproduce.EXAMPLES)(reproduce.reproduce)
app.command("schema", short_help="Print the JSON Schema of pipeline files or verdicts.", epilog=schema.EXAMPLES)(
    schema.schema
)
app.add_typer(judging, name="audit")
app.add_typer(data, name="data")
app.add_typer(printed, name="claims")
app.add_typer(past, name="runs")
app.add_typer(kit, name="plugins")
