"""Rates against the strength of a detector's errors, as plain data and as panels of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leukcad.answering import AnswerBook
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.metrics import rates
from leukcad.perturbing.design import AS_FOUND, KINDS
from leukcad.report.view import metric_name

BINARY, TYPES = ("sensitivity", "specificity", "accuracy"), ("accuracy", "balanced_accuracy")


def curves(
    books: Mapping[str, AnswerBook | str], classes: Sequence[str], positive: str | None
) -> dict[str, dict[str, Any]]:
    """Model → `{"why", "as_found": {METRIC: rate}, "curves": {KIND: [{"strength", METRIC: rate}]}}`.

    why: why it is not concerned, '' where it is. Strengths rise, and that of no error is among them.
    """
    told: dict[str, dict[str, Any]] = {}
    for name, book in books.items():
        if isinstance(book, str):
            told[name] = {"why": book, "as_found": {}, "curves": {}}
            continue
        sets: dict[str, list[Answer]] = {}
        for answer in book.answers:
            sets.setdefault(answer.set, []).append(answer)
        found = {of: {m: r.to_dict() for m, r in rates(some, classes, positive).items()} for of, some in sets.items()}
        by_kind = {kind.name: _curve(kind, found) for kind in KINDS}
        told[name] = {"why": "", "as_found": found.get(AS_FOUND, {}), "curves": by_kind}
    return told


def _curve(kind: Any, found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    points = [(kind.none, AS_FOUND), *((s, kind.set_name(s)) for s in kind.strengths)]
    return [{"strength": s, **found[of]} for s, of in sorted(points) if of in found]


def panels(told: Mapping[str, Mapping[str, Any]], positive: str | None) -> list[dict[str, Any]]:
    """One panel a kind and rate, one line a model (empty where it is not concerned, so that colours stay the same)."""
    if all(one["why"] for one in told.values()):
        return []
    made = []
    for kind in KINDS:
        ticks = sorted({kind.none, *kind.strengths})
        for metric in BINARY if positive is not None else TYPES:
            lines = [_line(name, one["curves"].get(kind.name, []), metric) for name, one in told.items()]
            title = f"{kind.name.capitalize()}: {metric_name(metric).lower()}"
            made.append(
                {"metric": f"{kind.name} {metric}", "title": title, "ticks": ticks, "axis": kind.axis, "lines": lines}
            )
    return made


def _line(name: str, points: Sequence[Mapping[str, Any]], metric: str) -> dict[str, Any]:
    known = [(p["strength"], p[metric]) for p in points if p.get(metric) and p[metric]["value"] is not None]
    return {
        "name": name,
        "x": [x for x, _ in known],
        **{key: [rate[key] for _, rate in known] for key in ("value", "low", "high", "n")},
    }
