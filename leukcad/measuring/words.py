"""Measured figures in the words of tables, the same on the page and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEAD = (
    "recall",
    "precision",
    "AP50",
    "AP50–95",
    "count",
    "limits of agreement",
    "Dice",
)


def cells_of(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """One (figure, what stands small beside it) for each column of HEAD."""
    return [
        rate(told["recall"]),
        rate(told["precision"]),
        (number(told["ap50"]), ""),
        (number(told["ap"]), ""),
        count(told["count"]),
        (agreement(told["count"]), ""),
        dice(told),
    ]


def rate(told: Mapping[str, Any]) -> tuple[str, str]:
    """'0.987', '0.93–1.00; 80/81': rounded down at 1, so that only what is exactly 1 reads so."""
    if told["value"] is None:
        return "–", f"{told['hits']}/{told['of']}"
    return number(told["value"]), f"{told['low']:.2f}–{told['high']:.2f}; {told['hits']}/{told['of']}"


def number(value: float | None) -> str:
    """Three places; what is not exactly 0 or 1 never reads so."""
    if value is None:
        return "–"
    return f"{min(value, 0.999) if value < 1 else value:.3f}" if value >= 0.0005 or value == 0 else "< 0.001"


def count(told: Mapping[str, Any] | None) -> tuple[str, str]:
    """'+0.12', '±0.20': found less true a field, the mean and the mean size."""
    if told is None:
        return "–", ""
    return f"{told['value']:+.2f}", f"±{told['absolute']:.2f}"


def agreement(told: Mapping[str, Any] | None) -> str:
    """'-0.8 to +1.1': 95 % limits of agreement."""
    return "–" if told is None else f"{told['agree'][0]:+.1f} to {told['agree'][1]:+.1f}"


def dice(told: Mapping[str, Any]) -> tuple[str, str]:
    """'0.912', 'nuclei 0.880'."""
    nuclei = told["nucleus_dice"]
    return mean(told["dice"])[0], f"nuclei {mean(nuclei)[0]}" if nuclei else mean(told["dice"])[1]


def mean(told: Mapping[str, Any] | None) -> tuple[str, str]:
    """A mean over fields with its interval, where there is one."""
    if told is None:
        return "–", ""
    return f"{told['value']:.3f}", "" if told["low"] is None else f"{told['low']:.3f}–{told['high']:.3f}"


def interval(pair: Mapping[str, Any]) -> tuple[str, str]:
    """A difference of recalls, first less second, with its interval from 30 groups on."""
    if pair["difference"] is None:
        return "–", ""
    limits = "" if pair["low"] is None else f"{pair['low']:+.3f} to {pair['high']:+.3f}"
    return f"{pair['difference']:+.3f}", limits


def p_value(p: float) -> str:
    """'0.031', '< 0.001'."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def asked(told: Mapping[str, Any]) -> str:
    """Down to which score cells were asked for, for the average precision."""
    lowest = told["lowest"]
    return f"from score {lowest:g}" if lowest is not None else "over what it reports: it cannot be asked below that"
