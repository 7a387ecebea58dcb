"""The fair fight as a table: for the page, and for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leukcad.report.tabular import to_csv
from leukcad.report.words import limits, percent
from leukcad.reproducing.fair import where
from leukcad.reproducing.lead import Difference, difference
from leukcad.reproducing.questions import TWO_STEP

RATES = ("sensitivity", "specificity")
COLUMNS = ("route", "asks", "set", *(f"{m}{end}" for m in RATES for end in ("", "_low", "_high")))
COLUMNS += ("less_two_step", "less_two_step_low", "less_two_step_high", "p_holm", "outcome")
Found = Mapping[str, Any]


def shown(found: Found) -> dict[str, Any]:
    """What the page prints of the fight: `{"win", "verdicts", "sets", "rows", "left_out", "groups", "pairs"}`."""
    first = next(iter(found["paired"].values()))
    return {
        "win": found["win"],
        "verdicts": found["verdicts"],
        "sets": [where(of) for of in found["paired"]],
        "rows": [_row(found, route) for route in found["routes"]],
        "left_out": found["left_out"],
        "groups": first["groups"],
        "pairs": len(first["pairs"]),
        "smallest": first["smallest_difference"] and percent(first["smallest_difference"]),
        "seeds": len(found["seeds"]),
    }


def csv(found: Found) -> str:
    """A row a route and set; differences from two-step in points, p as Holm has it over all pairs of the set."""
    told = {v["route"]: v for v in found["verdicts"]}
    rows = []
    for route in found["routes"]:
        for of, paired in found["paired"].items():
            rates = [found["rates"][route][of][m][end] for m in RATES for end in ("value", "low", "high")]
            apart = difference(paired, route, TWO_STEP)
            less = ["", "", "", ""] if apart is None else [apart.points, apart.low, apart.high, apart.p]
            verdict = told.get(route, {"asks": "", "of": "", "outcome": ""})
            outcome = verdict["outcome"] if verdict["of"] == of else ""
            rows.append([route, verdict["asks"], of, *rates, *less, outcome])
    return to_csv(COLUMNS, rows)


def _row(found: Found, route: str) -> dict[str, Any]:
    asks = {told["route"]: told["asks"] for told in found["verdicts"]}
    cells = []
    for of, paired in found["paired"].items():
        rates = found["rates"][route][of]
        cells += [{"text": percent(rates[m]["value"]), "more": limits(rates[m])} for m in RATES]
        cells.append(_less(difference(paired, route, TWO_STEP)))
    return {"route": route, "title": found["titles"][route], "asks": asks.get(route, ""), "cells": cells}


def _less(told: Difference | None) -> dict[str, str]:
    """'−41 points', and its limits with Holm's p."""
    if told is None:
        return {"text": "–", "more": ""}
    ends = "" if told.low is None or told.high is None else f"{_signed(told.low)} to {_signed(told.high)}, "
    p = "p < 0.001" if told.p < 0.001 else f"p = {told.p:.3f}"
    return {"text": _signed(told.points), "more": f"{ends}{p}"}


def _signed(points: float) -> str:
    number = round(points)
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{abs(number)}"
