"""The results in docs/planted.md, written by `planted.py` under the page's last heading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plants.scoring import GOALS, Row, table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "planted.md"
HEADING = "## Results\n"
SAID = {
    "wrong called right": "wrong plants called `right-reasons`",
    "wrong convicted": "wrong plants convicted",
    "right called right": "right plants called `right-reasons`",
    "undecided": "right and wrong plants `undecided`",
}


def results(told: Mapping[str, Any]) -> str:
    """The section: goals, then every plant; failure rates in per cent."""
    scale, found = told["scale"], told["scores"]
    rows = [Row.of(row) for row in told["plants"]]
    scored = found["verdicts"]
    counts = ", ".join(f"{n} {name}" for name, n in found["plants"].items())
    return "\n".join([
        HEADING,
        f"Class measured on {scale['fresh']} fields a class, audits of {scale['groups']} fields a class with "
        f"{scale['draws']} draws, seeds {', '.join(map(str, told['seeds']))}. Plants by measured class: {counts} "
        f"(one that is judged on both benches may be in two). Verdicts that are scored: {scored['wrong']} on "
        f"wrong ones, {scored['right']} on right ones.",
        "",
        "| | goal | found | met |",
        "|---|---|---|---|",
        *(_goal(name, found, told["met"]) for name in GOALS),
        "",
        "Failure rates in per cent of the fields that measure a class; *no arm*: no arm was made for this fault.",
        "",
        table(rows),
        "",
    ])  # fmt: skip


def _goal(name: str, found: Mapping[str, Any], met: Mapping[str, Any]) -> str:
    upper = name in ("wrong called right", "undecided")
    goal = f"{'at most' if upper else 'at least'} {100 * GOALS[name]:.0f} %"
    value = "–" if found[name] is None else f"{100 * found[name]:.1f} %"
    return f"| {SAID[name]} | {goal} | {value} | {'–' if met[name] is None else 'yes' if met[name] else 'no'} |"


def write(told: Mapping[str, Any]) -> None:
    """Put the results under the page's last heading, in the place of older ones."""
    before = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
    PAGE.write_text(before + results(told), encoding="utf-8")
