"""`leukcad predict … --by GROUP`: an answer per slide or patient, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

Told = dict[str, Any]


def answer(
    run: str,
    images: Sequence[Path],
    *,
    by: str,
    out: Path,
    device: str,
    rules: Mapping[str, Any],
    manual: Path | None,
) -> list[Told]:
    """The answers of `leukcad.laboratory.by_group`; `rules`: what differs from the usual ones."""
    from leukcad import experiment, runs
    from leukcad.errors import LeukcadError
    from leukcad.laboratory import Rules, by_group, grouped, read_manual

    groups = grouped(images, by)
    counted = None if manual is None else read_manual(manual)
    if counted is not None and (strange := sorted(set(counted) - set(groups))):
        raise LeukcadError(f"{manual}: no group {strange[0]!r} among {', '.join(groups)}")
    model = experiment.load(runs.find(run, out), experiment.make_setting(device=device))
    return by_group(model, groups, Rules(**rules), counted)


def print_slides(told: Sequence[Told]) -> None:
    """One table of all groups, then each group's differential and its agreement with a manual count."""
    from leukcad.cli import talk

    head = ("group", "called", "fields", "WBC", "blasts", "WBC/1000 RBC", "unclassifiable", "smudge", "border", "")
    talk.print_table([head, *(_line(one) for one in told)])
    for one in told:
        typer.echo(f"\n{one['group']}: differential of {one['wbc']} WBC")
        rows = [(name, str(part["count"]), _percent(part)) for name, part in one["differential"].items()]
        talk.print_table(rows, "  ")
        if "manual" in one:
            typer.echo("  against the manual count, within its 95 % limits (Rümke):")
            talk.print_table([_agrees(row) for row in one["manual"]], "  ")


def write_slides_csv(told: Sequence[Told]) -> None:
    """One line a group on stdout: its answer, its counts, and count, share and interval of each class."""
    from leukcad.cli.answers import harmless

    names = list(dict.fromkeys(name for one in told for name in one["differential"]))
    plain = ["group", "called", "abstain", "probability", "fields", "wbc", "goal", "unclassifiable", "smudge", "border"]
    parts = [f"{name}{end}" for name in names for end in ("", "_share", "_low", "_high")]
    table = csv.writer(sys.stdout, lineterminator="\n")
    ratio = ["wbc_per_1000_rbc", "rbc"]
    table.writerow([harmless(name) for name in (*plain, "blasts_share", "blasts_low", "blasts_high", *ratio, *parts)])
    for one in told:
        blasts, red = one["blasts"] or {}, one["wbc_per_1000_rbc"] or {}
        row = [*(one[key] for key in plain), *(blasts.get(key) for key in ("share", "low", "high"))]
        row += [red.get("value"), red.get("rbc")]
        for name in names:
            part = one["differential"].get(name, {})
            row += [part.get(key) for key in ("count", "share", "low", "high")]
        table.writerow([harmless(value) for value in row])


def _line(one: Told) -> tuple[str, ...]:
    red = one["wbc_per_1000_rbc"]
    return (
        one["group"],
        one["called"] or "abstains",
        str(one["fields"]),
        f"{one['wbc']} of {one['goal']}",
        "–" if one["blasts"] is None else _percent(one["blasts"]),
        "–" if red is None else f"{red['value']:.1f}",
        *(str(one[key]) for key in ("unclassifiable", "smudge", "border")),
        one["abstain"],
    )


def _percent(part: Told) -> str:
    if part["share"] is None:
        return "–"
    return f"{100 * part['share']:.0f} % ({100 * part['low']:.0f}–{100 * part['high']:.0f})"


def _agrees(row: Told) -> tuple[str, ...]:
    here, there = ("–" if row[key] is None else f"{100 * row[key]:.0f} %" for key in ("share", "manual"))
    limits = f"{100 * row['low']:.0f}–{100 * row['high']:.0f}"
    return row["class"], here, f"manual {there} ({limits})", "within" if row["within"] else "OUTSIDE"
