"""`leukcad place`: positions for pasted cells, placed by hand in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leukcad.cli.options import Json, Quick, Quiet, Sets, Verbose, examples

if TYPE_CHECKING:
    from leukcad.assembly import Setting
    from leukcad.placing import Finder
    from leukcad.placing.fields import Fields
    from leukcad.types import Field

EXAMPLES = examples(
    "leukcad place pipelines/benches/simulated.yaml --of test",
    "leukcad place slides/ --donors simulated-cells --out positions.json",
    "leukcad place allidb1 --set path=ALL_IDB1 --donors pipelines/benches/allidb1.yaml",
    after="DATA is a pipeline or bench file, the name of a data component, or a folder of pictures. A pipeline pastes "
    "there with synthesize: {use: paste, positions: positions.json}. All is saved after each change; Ctrl-C ends.",
)


def place(
    data: Annotated[str, typer.Argument(metavar="DATA", help="A file, a data component, or a folder of pictures.")],
    sets: Sets = [],  # noqa: B006  # typer copies it
    of: Annotated[
        str | None, typer.Option("--of", metavar="NAME", help="Which of the file's sources; else what is pasted into.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.json", help="Where positions are kept; a CSV lies beside it.")
    ] = Path("positions.json"),
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="The synthesize component that suggests and pastes.")
    ] = None,
    donors: Annotated[
        str | None, typer.Option("--donors", metavar="DATA", help="Where previewed cells come from, as DATA.")
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in the default browser.")] = False,
    quick: Quick = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Place candidate positions for pasted cells by hand, on a page that only this machine can open."""
    import tempfile

    from leukcad.cli import talk
    from leukcad.cli.serve import serve
    from leukcad.errors import LeukcadError
    from leukcad.experiment import make_setting
    from leukcad.placing import Placement, site
    from leukcad.positions import PositionFile

    talk.listen(quiet=quiet, verbose=verbose)
    if out.suffix.lower() != ".json":
        raise LeukcadError(f"--out: expected a .json file, got {out}")
    file = PositionFile.open(out)
    setting = make_setting(device="cpu", quick=quick)
    fields = _fields(data, sets, of, setting)
    with tempfile.TemporaryDirectory(prefix="leukcad-place-") as scratch:
        finder = _finder(data, sets, by, donors, fields, setting, Path(scratch))
        file.save()  # a kill between its two files is mended; a folder that cannot be written is known at once
        told = {"fields": len(fields.records), "file": str(out), "by": finder.name if finder else None}
        serve(site(Placement(fields, file, finder)), port=port, browser=browser, as_json=as_json, told=told)
    talk.note(f"positions: {file.path} and {file.table}")


def _fields(data: str, sets: Sequence[str], of: str | None, setting: Setting) -> Fields:
    """The fields of a folder, or of one source of a file: that which is pasted into, else its data."""
    from leukcad.assembly import make_source
    from leukcad.cli.sources import sources
    from leukcad.errors import LeukcadError
    from leukcad.placing import Pictures

    if Path(data).is_dir():
        if sets or of:
            raise LeukcadError(f"{data} is a folder of pictures: --set and --of are for files and data components")
        return Pictures(Path(data))
    uses = sources(data, sets)
    name = of or ("test" if "test" in uses else "data")
    if name not in uses:
        raise LeukcadError(f"{data}: no data called {name!r}", cure=f"known: {', '.join(uses)}")
    return make_source(uses[name], setting)


def _finder(
    data: str,
    sets: Sequence[str],
    by: str | None,
    donors: str | None,
    fields: Fields,
    setting: Setting,
    scratch: Path,
) -> Finder | None:
    """What suggests and pastes; None where nothing that is installed can."""
    from leukcad.assembly import make_source
    from leukcad.cli.sources import pasting, sources
    from leukcad.placing import Finder
    from leukcad.placing.finder import MOST_DONORS, finders, spread

    known = finders(setting.host)
    file = data if Path(data).suffix in (".yaml", ".yml") else None
    use, cells = pasting(file, sets if file else (), by)
    if by is None and known and (use is None or use.name not in known):
        use, _ = pasting(None, (), known[0])  # what the file pastes with, if anything, offers no positions
    if use is None:
        return None
    if donors is not None:
        cells = (pasting(donors)[1] if Path(donors).suffix in (".yaml", ".yml") else None) or sources(donors)["data"]

    def read_donors() -> list[Field]:
        if cells is not None:
            source = make_source(cells, setting)
            return [f for f in map(source.read, spread(source.records, MOST_DONORS)) if f is not None]
        own = map(fields.read, spread(fields.records, MOST_DONORS))
        return [f for f in own if f is not None and f.truth is not None]  # else nobody knows where its cells are

    return Finder(use, setting, read_donors, scratch)
