"""`leukcad data make`: simulated data as files, in the layout of ALL-IDB."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import Json, Quick, Quiet, Verbose, examples

FULL, FEW = (59, 49, 260), (10, 10, 20)  # as many as in ALL-IDB; with --quick
EXAMPLES = examples(
    "leukcad data make simulated/",
    "leukcad data make overlapping/ --preset overlap --seed 7",
    "leukcad data make few/ --healthy 6 --leukaemic 5 --cells 20",
    "leukcad data make look/ --quick",
    after="A pipeline on ALL-IDB1 then reads FOLDER/ALL_IDB1, one on ALL-IDB2 FOLDER/ALL_IDB2. "
    "The pictures are drawn: whatever is found on them says nothing of patients.",
)


def make(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where ALL_IDB1 and ALL_IDB2 are written.")],
    preset: Annotated[str, typer.Option(help="What goes with the class: docs/simulator.md.")] = "count",
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other pictures.")] = 0,
    healthy: Annotated[
        int | None, typer.Option(min=0, max=9999, help="Number of healthy fields (59; quick 10).")
    ] = None,
    leukaemic: Annotated[int | None, typer.Option(min=0, max=9999, help="ALL fields (49; quick 10).")] = None,
    cells: Annotated[
        int | None, typer.Option(min=0, max=9999, help="Single cells, half of them blasts (260; quick 20).")
    ] = None,
    quick: Quick = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write simulated fields and single cells with their truth in the layout of ALL-IDB1 and ALL-IDB2."""
    from leukcad.cli import talk

    talk.listen(quiet=quiet, verbose=verbose)
    told = zip((healthy, leukaemic, cells), FEW if quick else FULL, strict=True)
    healthy, leukaemic, cells = (usual if number is None else number for number, usual in told)
    written = {}
    both = [f"preset={preset}", f"seed={seed}"]
    for name, sets in (
        ("simulated", [*both, f"healthy={healthy}", f"leukaemic={leukaemic}"]),
        ("simulated-cells", [*both, f"healthy={cells - cells // 2}", f"leukaemic={cells // 2}"]),
    ):
        written[name] = str(export(name, sets, folder))
    if as_json:
        talk.print_json(written)
        return
    for name, where in written.items():
        typer.echo(f"{name}: {where}")


def export(name: str, sets: list[str], folder: Path) -> Path:
    """Let the data component `name` write itself out; it offers `export(folder, step) -> Path` if it can.

    Raises `LeukcadError` if the component cannot, or the folder cannot be written.
    """
    from leukcad.assembly import Setting, make_step
    from leukcad.cli.sources import sources
    from leukcad.errors import LeukcadError
    from leukcad.files import disk_errors
    from leukcad.host import discover

    step = make_step(sources(name, sets)["data"], Setting(discover()))
    write = getattr(step.component, "export", None)
    if write is None:
        raise LeukcadError(f"data {name!r} ({step.origin}) cannot be written out: it has no method 'export'")
    with disk_errors(folder, "write"):
        return Path(write(folder, step))
