"""`leukcad plugins`: what is installed, per stage, and what was quarantined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from leukcad.cli.options import Json, Quiet, Verbose, examples

if TYPE_CHECKING:
    from leukcad.host import Host

EXAMPLES = examples(
    "leukcad plugins",
    "leukcad plugins torchvision",
    "leukcad plugins new white-patch --stage preprocess",
    "leukcad plugins check white-patch",
    "leukcad plugins --json",
    after="A plugin is quarantined if it cannot be imported or breaks the contract of its stage; only pipelines that "
    "need it fail.",
)


class ByName(typer.core.TyperGroup):
    """A group in which a component's name is short for `show NAME`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named, else `show`."""
        known = not args or args[0] in self.list_commands(ctx) or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else ["show", *args])


def overview(ctx: typer.Context, as_json: Json = False) -> None:
    """List components and plugins that are broken; make a plugin, and check it."""
    if ctx.invoked_subcommand is None:
        _list(as_json)


def listing(ctx: typer.Context, as_json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """List the components of all installed plugins and what is broken."""
    from leukcad.cli import talk

    talk.listen(quiet=quiet, verbose=verbose)
    _list(as_json or _before(ctx))


def _before(ctx: typer.Context) -> bool:
    """Whether --json stands before the command, as in `leukcad plugins --json NAME`."""
    return bool(ctx.parent and ctx.parent.params.get("as_json"))


def _list(as_json: bool) -> None:
    from leukcad.cli import talk
    from leukcad.host import discover

    host = discover()
    host.examine()
    told = _told(host)
    if as_json:
        talk.print_json(told)
        return
    for stage, offers in told["stages"].items():
        typer.echo(stage)
        rows = [(o["name"], f"{o['distribution']} {o['version']}", o["summary"]) for o in offers]
        talk.print_table(rows or [("none installed", "", "")], indent="  ")
    if told["quarantined"]:
        typer.echo("quarantined")
    for lost in told["quarantined"]:
        typer.echo(f"  {lost['distribution']} {lost['version']} ({lost['entry_point']}): {lost['reason']}")


def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Say what this component does and takes.")],
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Say what a component does, which options it takes and where it comes from."""
    from leukcad.cli import component, talk

    talk.listen(quiet=quiet, verbose=verbose)
    component.describe(name, as_json=as_json or _before(ctx))


def _told(host: Host) -> dict[str, Any]:
    from dataclasses import asdict

    from leukcad.hookspecs import STAGES

    stages: dict[str, list[dict[str, str]]] = {}
    for stage in STAGES:
        offers = [host.offers[stage, name] for name in host.names(stage)]
        stages[stage] = [
            {
                "name": offer.component.name,
                "summary": offer.component.summary,
                "distribution": offer.distribution,
                "version": offer.version,
                "target": offer.component.target,
            }
            for offer in offers
        ]
    return {"stages": stages, "quarantined": [asdict(lost) for lost in host.quarantined]}
