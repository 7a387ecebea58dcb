"""`leukcad predict`: a diagnosis per image."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from leukcad.cli.options import RUNS, Device, Json, Out, Quiet, Verbose, examples

EXAMPLES = examples(
    "leukcad predict two_step smear.jpg",
    "leukcad predict runs/two_step-1a2b3c4d slides/ --csv > answers.csv",
    "leukcad predict two_step smear.jpg --json --cells",
    "leukcad predict two_step smear.jpg --overlays seen/",
    "leukcad predict two_step slides/*/*.jpg --by folder --goal 200",
    "leukcad predict two_step slides/ --by '^(S[0-9]+)_' --manual counted.csv --json",
    after="RUN is a run's folder, or its name (the newest that is finished). Exit code 1: some images failed; "
    "the others were answered. Research use only: an answer is no diagnosis of a patient.",
)


def predict(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or name.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Images, or folders of images.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one line an image.")] = False,
    as_json: Json = False,
    with_cells: Annotated[bool, typer.Option("--cells", help="With --json: the box and class of each cell.")] = False,
    overlays: Annotated[
        Path | None, typer.Option("--overlays", metavar="FOLDER", help="Draw cells and heat maps into this folder.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="folder|TABLE.csv|PATTERN",
            help="Answer per slide or patient: by folder, by a table of field and group, or by a part of the name.",
        ),
    ] = None,
    goal: Annotated[
        int | None, typer.Option("--goal", min=1, help="With --by: WBC that a differential should have, else 100.")
    ] = None,
    least: Annotated[
        int | None, typer.Option("--least", min=1, help="With --by: abstain below this number of WBC, else 20.")
    ] = None,
    manual: Annotated[
        Path | None,
        typer.Option("--manual", metavar="TABLE.csv", help="With --by: a count by hand (group, class, count)."),
    ] = None,
    out: Out = RUNS,
    device: Device = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Let a trained run diagnose images; the answers go to stdout."""
    from leukcad.cli import answers, slides, talk
    from leukcad.cli.errors import PARTLY
    from leukcad.errors import LeukcadError
    from leukcad.study import predict as predict_

    if as_csv and as_json:
        raise LeukcadError("expected --csv or --json, got both")
    if with_cells and not (as_json and by is None):
        cure = "leukcad predict RUN IMAGE --json --cells"
        raise LeukcadError("--cells goes with --json, and without --by", cure=cure)
    talk.listen(quiet=quiet, verbose=verbose)
    if by is not None:
        if overlays is not None:
            raise LeukcadError("expected --by or --overlays, got both")
        rules = {name: value for name, value in (("goal", goal), ("least", least)) if value is not None}
        told_by: dict[str, Any] = {"by": by, "manual": manual, "rules": rules}
        counted = slides.answer(run, list(expanded(images)), out=out, device=device or "auto", **told_by)
        show = slides.write_slides_csv if as_csv else talk.print_json if as_json else slides.print_slides
        show(counted)
        talk.list_failed({name: why for one in counted for name, why in one["unreadable"].items()})
        return
    for name, value in (("--manual", manual), ("--goal", goal), ("--least", least)):
        if value is not None:
            raise LeukcadError(f"{name} goes with --by", cure="say how the fields are grouped, as in --by folder")
    told = predict_(run, list(expanded(images)), out=out, device=device or "auto", overlays=overlays)
    if as_json:
        talk.print_json(told if with_cells else answers.without_cells(told))
    else:
        (answers.write_csv if as_csv else answers.print_answers)(told)
    failed = [answer for answer in told if answer.get("error")]
    for answer in failed:
        print(f"leukcad: {answer['error']}", file=sys.stderr)
    if failed:
        raise typer.Exit(PARTLY)


def expanded(images: Sequence[Path]) -> Iterator[Path]:
    """The images, and in the place of a folder the images in it, sorted."""
    from leukcad.data.images import SUFFIXES
    from leukcad.errors import LeukcadError

    for image in images:
        if not image.is_dir():
            yield image
            continue
        found = sorted(path for path in image.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
        if not found:
            raise LeukcadError(f"{image}: no images in this folder", cure=below(image, SUFFIXES))
        yield from found


def below(folder: Path, suffixes: Sequence[str]) -> str:
    """What to do where a folder itself holds no images: name the first below it that does."""
    paths = itertools.islice(folder.rglob("*"), 10_000)  # not all of a disk
    inner = min((path.parent for path in paths if path.suffix.lower() in suffixes), default=None)
    return f"there are some in {inner}: name that" if inner else f"known: {', '.join(suffixes)}"
