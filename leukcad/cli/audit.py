"""`leukcad audit`: is it right, and right for the right reason?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from leukcad.cli.options import RUNS, BenchFile, Device, Json, Out, Quick, Quiet, Sets, SingleFile, Verbose, examples

if TYPE_CHECKING:
    from leukcad.auditing.audit import Audit

FAILED = 4  # the exit code of what --fail-on names
EXAMPLES = examples(
    "leukcad audit pipelines/two_step.yaml",
    "leukcad audit two_step direct_resnet50",
    "leukcad audit two_step --quick",
    "leukcad audit pipelines/two_step.yaml --seed 0 --seed 1 --seed 2",
    "leukcad audit mine:classify --bench pipelines/benches/simulated.yaml --fail-on wrong-reasons",
    "leukcad audit export edited/ --bench pipelines/benches/simulated.yaml",
    "leukcad audit score edited/answers.csv",
    after="What the words mean: docs/audit.md. An audit that was cut off goes on where it stopped when the same "
    "command is given again. Exit code 4: a verdict that --fail-on names, or a worse one.",
)
EXPORT_EXAMPLES = examples(
    "leukcad audit export edited/ --bench pipelines/benches/simulated.yaml",
    "leukcad audit export few/ --bench pipelines/benches/simulated.yaml --groups 20",
    after="Whoever answers gets edited/fields/ and edited/fields.csv, and not edited/key.json.",
)
SCORE_EXAMPLES = examples(
    "leukcad audit score edited/answers.csv",
    "leukcad audit score answers.csv --of edited/ --threshold 0.3",
    after="The columns: field, and called (a class) or probability (of the positive class), or both. A row with "
    "neither is an abstention, which is never right.",
)


class Fail(StrEnum):
    """Which verdicts make the command fail: the one named, and worse ones."""

    undecided = "undecided"
    wrong_reasons = "wrong-reasons"
    wrong = "wrong"


class Judging(typer.core.TyperGroup):
    """A group in which whatever is no command is short for `judge`."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named, else `judge`."""
        named = bool(args) and args[0] in self.list_commands(ctx)
        return super().parse_args(ctx, args if named else ["judge", *args])


FailOn = Annotated[
    Fail | None, typer.Option("--fail-on", help="Leave with exit code 4 at this verdict, or a worse one.")
]
Groups = Annotated[
    int | None, typer.Option("--groups", metavar="N", min=1, help="At most so many patients or fields of each class.")
]


def judge(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="PIPELINE|RUN|MODULE:FUNCTION", help="Pipeline files, runs, functions.", show_default=False
        ),
    ],
    bench: BenchFile = None,
    sets: Sets = [],  # noqa: B006  # typer copies it
    seeds: Annotated[
        list[int], typer.Option("--seed", metavar="N", help="Train and judge with this seed; may be repeated.")
    ] = [],  # noqa: B006
    quick: Quick = False,
    groups: Groups = None,
    fail_on: FailOn = None,
    out: Out = RUNS,
    device: Device = None,
    single_file: SingleFile = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Edit fields, ask each model about all of them, and say: right, and for the right reasons?"""
    from leukcad.audits import audit
    from leukcad.cli import talk

    talk.listen(quiet=quiet, verbose=verbose)
    found = audit(
        what,
        bench=bench,
        sets=sets,
        seeds=seeds,
        quick=quick,
        groups=groups,
        out=out,
        device=device,
        command=talk.command_line(),
    )
    tell(found, as_json=as_json, fail_on=fail_on, single_file=single_file)


def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the edited fields are written.")],
    bench: Annotated[
        Path, typer.Option("--bench", metavar="FILE", help="A bench, or a pipeline: which fields are edited, and how.")
    ],
    sets: Sets = [],  # noqa: B006
    quick: Quick = False,
    groups: Groups = None,
    device: Device = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write the edited fields as pictures with a table that anything may answer."""
    from leukcad.audits import export_fields
    from leukcad.cli import talk

    talk.listen(quiet=quiet, verbose=verbose)
    table = export_fields(folder, bench=bench, sets=sets, quick=quick, groups=groups, device=device)
    typer.echo(f"pictures: {folder / 'fields'}")
    typer.echo(f"to be filled: {table}")


def score(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS.csv", help="The table with its answers.")],
    of: Annotated[
        Path | None, typer.Option("--of", metavar="FOLDER", help="The exported folder; else where the table lies.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0, max=1, help="Called positive from this probability on, where called is empty.")
    ] = 0.5,
    name: Annotated[str, typer.Option(help="What reports call the one who answered; else the table's name.")] = "",
    fail_on: FailOn = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Draw the verdict from a table of answers to exported fields."""
    from leukcad.auditing.tables import score as score_
    from leukcad.cli import talk

    talk.listen(quiet=quiet, verbose=verbose)
    found = score_(answers, of, name=name, threshold=threshold, command=talk.command_line())
    tell(found, as_json=as_json, fail_on=fail_on)


def tell(found: Audit, *, as_json: bool, fail_on: Fail | None, single_file: bool = False) -> None:
    """Print the verdicts; exit with 4 if one is as `fail_on` says, or worse. A recipe's verdict counts, too."""
    from leukcad.cli import talk

    if single_file:
        talk.single(found.page)
    if as_json:
        talk.print_json({"verdicts": found.verdicts, "recipes": found.recipes})
    else:
        from leukcad.report.audit_tables import print_audit

        print_audit(found.told)
        for name, path in found.files.items():
            typer.echo(f"verdict {name}: {path}")
        typer.echo(f"report: {found.page}")
    if fail_on is not None and fails(found, fail_on):
        raise typer.Exit(FAILED)


def fails(found: Audit, fail_on: Fail) -> bool:
    """Whether a verdict is as bad as `fail_on`. Where a recipe was judged, its verdict stands for its seeds."""
    from leukcad.evaluation.verdict import VERDICTS

    of_seeds = {run for row in found.recipes.values() for run in row["runs"]}
    told = [v["verdict"] for name, v in found.verdicts.items() if name not in of_seeds]
    told += [row["verdict"] for row in found.recipes.values()]
    return any(VERDICTS.index(verdict) >= VERDICTS.index(fail_on.value) for verdict in told)
