"""`leukcad plugins`: what is installed, per stage, and what was quarantined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukcad.cli.options import Json, examples

if TYPE_CHECKING:
    from leukcad.host import Host

EXAMPLES = examples(
    "leukcad plugins",
    "leukcad plugins torchvision",
    "leukcad plugins --json",
    after="A plugin is quarantined if it cannot be imported or breaks the contract of its stage; only pipelines that "
    "need it fail.",
)


def plugins(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Say what this component does and takes.")] = None,
    as_json: Json = False,
) -> None:
    """List the components of all installed plugins and what is broken, or say what one component does and takes."""
    from leukcad.cli import component, talk
    from leukcad.host import discover

    if name is not None:
        component.describe(name, as_json=as_json)
        return
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
