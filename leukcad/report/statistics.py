"""The statistics of a comparison as the page shows them: who differs from whom, and what probabilities are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leukcad.report.view import set_name


def pair_rows(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a set and pair of pipelines, as texts."""
    rows = []
    for order, (of, told) in enumerate(_paired(comparison).items()):
        for pair in told["pairs"]:
            rows.append(
                {
                    "set": set_name(comparison, of),
                    "order": order,
                    "n": told["groups"],
                    "first": pair["first"],
                    "second": pair["second"],
                    "only_first": pair["only_first"],
                    "only_second": pair["only_second"],
                    "difference": _points(pair["difference"]),
                    "limits": _limits(pair),
                    "sort": pair["difference"] or 0,
                    "p": p_text(pair["p"]),
                    "p_holm": p_text(pair["p_holm"]),
                    "p_sort": pair["p_holm"],
                    "says": pair["says"],
                    "distinguishable": pair["distinguishable"],
                }
            )
    return rows


def family_notes(comparison: Mapping[str, Any]) -> list[str]:
    """What so many groups can show at all, and Cochran's Q where three or more pipelines stand; a sentence each."""
    notes: dict[str, list[str]] = {}
    for of, told in _paired(comparison).items():
        notes.setdefault(_reach(told), []).append(set_name(comparison, of))
    said = [f"{', '.join(sets)}: {reach}" for reach, sets in notes.items()]
    for of, told in _paired(comparison).items():
        if q := told["cochran_q"]:
            p = p_text(q["p"]) if q["p"] < 1e-4 else f"= {p_text(q['p'])}"
            how = "exact" if q["exact"] else "chi-square"
            about = f"Q = {q['statistic']:.2f}, {q['df']} degrees of freedom, p {p} ({how})"
            said.append(f"{set_name(comparison, of)}: are all right equally often? Cochran's {about}.")
    return said


def fold_rows(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a set and pair of pipelines: the corrected test over folds, as texts; none without folds."""
    return [
        {
            "set": set_name(comparison, of),
            "first": pair["first"],
            "second": pair["second"],
            "difference": _points(pair["difference"]),
            "limits": _limits(pair),
            "p": p_text(pair["p"]),
            "p_holm": p_text(pair["p_holm"]),
        }
        for of, pairs in ((comparison.get("folds") or {}).get("pairs") or {}).items()
        for pair in pairs
    ]


def _reach(told: Mapping[str, Any]) -> str:
    n, least, likely = told["groups"], told["smallest_difference"], told["detectable_difference"]
    if least is None:
        return f"{n} groups cannot tell two pipelines apart: exact McNemar needs 6 that only one of them gets right."
    return (
        f"{n} groups can show no difference below {100 * least:.0f} points, and show one of {100 * likely:.0f} points "
        "four times in five at best (exact McNemar at 0.05, before Holm)."
    )


def score_rows(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a pipeline and set: AUROC and Brier score with their intervals."""
    return [
        {
            "pipeline": name,
            "set": set_name(comparison, of),
            "order": order,
            "n": told["brier"]["n"],
            "auroc": _score(told.get("auroc")),
            "brier": _score(told["brier"]),
        }
        for name, sets in comparison.get("scores", {}).items()
        for order, (of, told) in enumerate(sets.items())
    ]


def calibration(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the page plots of calibration: a panel a set, a line a pipeline, share positive against probability."""
    panels: dict[str, list[dict[str, Any]]] = {}
    for name, sets in comparison.get("scores", {}).items():
        for of, told in sets.items():
            parts = told.get("calibration") or []
            line = {key: [part[key] for part in parts] for key in ("low", "high", "n")}
            points = {"x": [part["probability"] for part in parts], "value": [part["share"] for part in parts]}
            panels.setdefault(set_name(comparison, of), []).append({"name": name, **points, **line})
    return [{"title": of, "lines": lines} for of, lines in panels.items() if any(line["x"] for line in lines)]


def p_text(p: float) -> str:
    """A p-value to three digits, never as 0."""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}" if p < 0.01 else f"{p:.3f}"


def _paired(comparison: Mapping[str, Any]) -> dict[str, Any]:
    return {of: told for of, told in comparison.get("paired", {}).items() if told}


def _points(difference: float | None) -> str:
    return "–" if difference is None else f"{100 * difference:+.1f}"


def _limits(pair: Mapping[str, Any]) -> str:
    return "" if pair["low"] is None else f"{100 * pair['low']:+.1f} to {100 * pair['high']:+.1f}"


def _score(rate: Mapping[str, Any] | None) -> dict[str, Any]:
    if rate is None or rate["value"] is None:
        return {"text": "–", "limits": "", "sort": -1}
    limits = f"{rate['low']:.3f}–{rate['high']:.3f}"
    return {"text": f"{rate['value']:.3f}", "limits": limits, "sort": rate["value"]}
