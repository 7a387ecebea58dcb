"""`leukcad plugins check`: a plugin held against the contract of its stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukcad.cli.options import Json, Quiet, Verbose, examples

if TYPE_CHECKING:
    from leukcad.host import Host

Told = dict[str, Any]
EXAMPLES = examples(
    "leukcad plugins check excess",
    "leukcad plugins check leukcad-cells",
    "leukcad plugins check torchvision --set name=shufflenet_v2_x0_5 --set input_size=64",
    "leukcad plugins check folder --set path=smears/ --json",
    after="NAME is a component, or a distribution: then all its components. Every component is asked the same "
    "questions, on small drawn fields. Exit code 2: some check failed.",
)


def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A component, or a distribution.")],
    stage: Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="Only components of it.")] = None,
    sets: Annotated[
        list[str], typer.Option("--set", metavar="OPTION=VALUE", help="An option of the component, as in path=smears/.")
    ] = [],  # noqa: B006  # typer copies it
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Hold a plugin against its contract: shapes, empty input, batches, determinism, purity, devices, imports."""
    from leukcad.cli import talk
    from leukcad.cli.errors import MISTAKE
    from leukcad.host import discover

    talk.listen(quiet=quiet, verbose=verbose)
    host = discover()
    found = [_examined(host, one, named, sets) for one, named in _meant(host, name, stage)]
    failed = any(check["result"] == "failed" for told in found for check in told["checks"])
    if as_json:
        talk.print_json({"passed": not failed, "components": found})
    else:
        for told in found:
            _print(told, quiet)
    if failed:
        raise typer.Exit(MISTAKE)


def _meant(host: Host, name: str, stage: str | None) -> list[tuple[str, str]]:
    """Stage and name of the components that `name` means; raises `LeukcadError` where there is none."""
    from leukcad.config.places import one_of
    from leukcad.errors import LeukcadError
    from leukcad.hookspecs import STAGES

    if stage is not None and stage not in STAGES:
        raise LeukcadError(one_of("stage", stage, STAGES))
    offers = {key: offer for key, offer in host.offers.items() if stage in (None, key[0])}
    found = sorted(key for key, offer in offers.items() if name in (key[1], offer.distribution))
    lost = [q.reason for q in host.quarantined if q.distribution == name]
    if not found and lost:
        raise LeukcadError(f"{name} is quarantined: {lost[0]}", cure="mend that first")
    if not found:
        raise LeukcadError(one_of("component", name, {known for _, known in offers}))
    return found


def _examined(host: Host, stage: str, name: str, sets: list[str]) -> Told:
    from leukcad.errors import LeukcadError
    from leukcad.testing import Finding, Subject, examine

    origin = host.find(stage, name).origin
    try:
        findings = list(examine(Subject(stage, name, _options(sets), host)))
    except LeukcadError as error:  # it cannot even be made
        cure = error.cure or "give the options that it needs: --set OPTION=VALUE"
        findings = [Finding("contract", "failed", " ".join(error.message.split()), cure)]
    return {"stage": stage, "name": name, "origin": origin, "checks": [one.to_dict() for one in findings]}


def _options(sets: list[str]) -> Mapping[str, Any]:
    from leukcad.config.nodes import from_plain, to_plain
    from leukcad.config.settings import set_all

    plain: dict[str, Any] = to_plain(set_all(from_plain({}, "--set"), sets))
    return plain


def _print(told: Told, quiet: bool) -> None:
    """A line a check; quiet: only what failed."""
    from leukcad.cli import talk

    shown = [one for one in told["checks"] if not quiet or one["result"] == "failed"]
    if shown:
        typer.echo(f"{told['stage']} {told['name']} ({told['origin']})")
    for one in shown:
        talk.print_table([(f"{one['result']:7}", f"{one['check']:18}", one["says"])], indent="  ")
        if one["cure"]:
            typer.echo(f"{'':11}cure: {one['cure']}")
