"""`leukcad reproduce`: make a published study again, and say what of it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import RUNS, Device, Json, Out, Quick, Quiet, Sets, SingleFile, Verbose, examples

EXAMPLES = examples(
    "leukcad reproduce loddo2022 --quick",
    "leukcad reproduce loddo2022 --data /data/all-idb",
    "leukcad reproduce loddo2022 --data /data/all-idb --networks vgg16,resnet50 --seeds 3",
    "leukcad reproduce loddo2022 --fair --seeds 3",
    after="Without --data drawn smears stand in: they show patterns, and reproduce nothing. What was finished is kept: "
    "the same command goes on from there.",
)


def reproduce(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="loddo2022, or a study's YAML file.")],
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FOLDER", help="The study's own data: what holds ALL_IDB1 and ALL_IDB2."),
    ] = None,
    networks: Annotated[
        list[str], typer.Option("--networks", metavar="NAME,…", help="Only these networks; may be repeated.")
    ] = [],  # noqa: B006  # typer copies it
    seeds: Annotated[
        int | None, typer.Option("--seeds", metavar="N", min=1, help="Train each with the seeds 0 to N - 1.")
    ] = None,
    sets: Sets = [],  # noqa: B006
    quick: Quick = False,
    fair: Annotated[
        bool, typer.Option("--fair", help="Fight out, too, what two-step owes to labels, pixels, data and detector.")
    ] = False,
    out: Out = RUNS,
    device: Device = None,
    single_file: SingleFile = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train a study's networks, test them as it did, and hold every figure that it printed beside ours."""
    from leukcad.cli import talk
    from leukcad.reproducing.again import reproduce as reproduce_
    from leukcad.reproducing.states import counted

    talk.listen(quiet=quiet, verbose=verbose)
    found = reproduce_(
        study,
        data=data,
        networks=networks,
        seeds=seeds,
        sets=sets,
        quick=quick,
        fair=fair,
        out=out,
        device=device,
        command=talk.command_line(),
    )
    if single_file:
        talk.single(found.page)
    if as_json:
        talk.print_json([entry.to_dict() for entry in found.entries])
        return
    states = counted([entry.state for entry in found.entries])
    talk.print_table([(str(n), state) for state, n in states.items()])
    if fought := found.measured["fair"]:
        for sentence in (fought["win"], *(told["sentence"] for told in fought["verdicts"])):
            typer.echo(sentence)
    typer.echo(f"ledger: {found.folder / 'ledger.json'}")
    typer.echo(f"page: {found.page}")
