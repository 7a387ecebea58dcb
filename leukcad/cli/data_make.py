"""`leukcad data make`: simulated data as files, in the layout of ALL-IDB."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leukcad.cli.options import Json, Quiet, Verbose, examples

Count = Annotated[int, typer.Option(min=0, max=9999)]
EXAMPLES = examples(
    "leukcad data make simulated/",
    "leukcad data make overlapping/ --preset overlap --seed 7",
    "leukcad data make few/ --healthy 6 --leukaemic 5 --cells 20",
    after="A pipeline on ALL-IDB1 then reads FOLDER/ALL_IDB1, one on ALL-IDB2 FOLDER/ALL_IDB2. "
    "The pictures are drawn: whatever is found on them says nothing of patients.",
)


def make(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where ALL_IDB1 and ALL_IDB2 are written.")],
    preset: Annotated[str, typer.Option(help="What goes with the class: docs/simulator.md.")] = "count",
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other pictures.")] = 0,
    healthy: Annotated[int, typer.Option(min=0, max=9999, help="Number of healthy fields.")] = 59,
    leukaemic: Annotated[int, typer.Option(min=0, max=9999, help="Number of ALL fields.")] = 49,
    cells: Annotated[int, typer.Option(min=0, max=9999, help="Number of single cells, half of them blasts.")] = 260,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write simulated fields and single cells with their truth in the layout of ALL-IDB1 and ALL-IDB2."""
    from leukcad.cli import talk

    talk.listen(quiet=quiet, verbose=verbose)
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
