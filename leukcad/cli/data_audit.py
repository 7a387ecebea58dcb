"""`leukcad data audit`: what leaks between fields, and what alone tells the classes apart, before anything learns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leukcad.cli.options import Json, Quick, Quiet, Sets, Verbose, examples

if TYPE_CHECKING:
    from leukcad.assembly import Setting, Source
    from leukcad.screening.screen import Screen

EXAMPLES = examples(
    "leukcad data audit pipelines/benches/allidb1.yaml",
    "leukcad data audit pipelines/two_step.yaml --out audit/",
    "leukcad data audit folder --set path=smears/ --json",
    "leukcad data audit pipelines/benches/allidb1.yaml --located located.csv",
    after="SOURCE is a pipeline or bench file, or the name of a data component. The page is FOLDER/index.html. "
    "Exit code 1: some fields could not be read.",
)


def audit(
    source: Annotated[str, typer.Argument(metavar="PIPELINE|SOURCE", help="A file, or a data component.")],
    sets: Sets = [],  # noqa: B006  # typer copies it
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where the page and its pictures are written.")
    ] = Path("runs/data-audit"),
    located: Annotated[
        Path | None,
        typer.Option("--located", metavar="FILE.csv", help="Write where single cells were found, for `cells`."),
    ] = None,
    as_json: Json = False,
    quick: Quick = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Find duplicates, cells and donors cut from fields, and shortcuts in data; nothing is trained."""
    from leukcad.cli import talk
    from leukcad.report.data_audit import write_located, write_page
    from leukcad.screening.screen import screen

    talk.listen(quiet=quiet, verbose=verbose)
    sources, sides, positive = gather(source, sets, quick)
    found = screen(sources, sides, positive)
    page = write_page(out, source, found, sources, quick)
    if located is not None:
        write_located(located, found.told["located"])
    if as_json:
        talk.print_json(found.told)
    else:
        _print(found, page)
    talk.list_failed({name: reason for one in sources.values() for name, reason in one.unreadable.items()})


def gather(what: str, sets: list[str], quick: bool) -> tuple[dict[str, Source], dict[str, str] | None, str | None]:
    """The sources that a file or component names, the sides of its split, and its positive class."""
    from leukcad.assembly import make_source
    from leukcad.cli.sources import sources
    from leukcad.config import load_bench
    from leukcad.data.splits import split
    from leukcad.experiment import make_setting
    from leukcad.host import discover

    setting: Setting = make_setting(device="cpu", quick=quick)
    uses = sources(what, sets)
    spec = load_bench(what, discover(), sets, quick) if Path(what).suffix in (".yaml", ".yml") else None
    if spec is not None and spec.synthesize is not None and spec.synthesize.donors is not None:
        uses["donors"] = spec.synthesize.donors
    found = {name: make_source(use, setting) for name, use in uses.items()}
    if spec is None:
        return found, None, None
    return found, split(found["data"].records, spec.split).sides(), spec.positive


def _print(found: Screen, page: Path) -> None:
    from leukcad.cli import talk

    told: dict[str, Any] = found.told
    rows = []
    for name, source in told["sources"].items():
        classes = ", ".join(f"{n} {label}" for label, n in source["classes"].items()) or "no labels"
        rows.append((name, f"{source['fields']} fields: {classes}; {source['groups']} groups"))
    talk.print_table(rows)
    for sentence in told["findings"] or ["Nothing was found."]:
        typer.echo(f"- {sentence}")
    typer.echo(f"page: {page}")
