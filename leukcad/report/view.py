"""A comparison as the page shows it: rows, columns and pictures, in plain Python."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from leukcad.report.words import limits, percent

METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "precision": "Precision",
    "f1": "F1",
}
LEDGER_ROWS = 300  # on the page; all of them are in ledger.csv


def url(path: str) -> str:
    """A relative address of a file beside the page; never one of another place."""
    return "./" + quote(path.lstrip("/"), safe="/")


def metric_name(metric: str) -> str:
    """A metric in words: 'sensitivity:basophil' is 'Sensitivity, basophil'."""
    known, _, name = metric.partition(":")
    return METRICS.get(known, known) + (f", {name}" if name else "")


def set_name(comparison: Mapping[str, Any], name: str) -> str:
    """A set in words: 'imgSynt10' is '10 added'."""
    for dose, of in comparison["dose_sets"].items():
        if of == name and int(dose) > 0:
            return f"{dose} added"
    return name


def metrics_of(comparison: Mapping[str, Any]) -> list[str]:
    """Every metric of any set of any pipeline, in their own order."""
    sets = (rates for told in comparison["pipelines"].values() for rates in told["sets"].values())
    return list(dict.fromkeys(metric for rates in sets for metric in rates))


def rate_rows(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a pipeline and set: names, n, and a cell for each of `metrics_of`."""
    metrics = metrics_of(comparison)
    return [
        {
            "pipeline": name,
            "set": set_name(comparison, of),
            "order": order,
            "n": max((rate["n"] for rate in rates.values()), default=0),
            "cells": [_cell(rates.get(metric)) for metric in metrics],
        }
        for name, told in comparison["pipelines"].items()
        for order, (of, rates) in enumerate(told["sets"].items())
    ]


def _cell(rate: Mapping[str, Any] | None) -> dict[str, Any]:
    if rate is None or rate["value"] is None:
        return {"text": "–", "limits": "", "sort": -1, "n": 0}
    return {"text": percent(rate["value"]), "limits": limits(rate), "sort": rate["value"], "n": rate["n"]}


def curves(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the page plots against the number of added cells: one panel a metric, one line a pipeline."""
    doses = [int(d) for d in comparison["doses"]]
    if len(doses) < 2:
        return []
    binary = ("specificity", "sensitivity", "accuracy")
    wanted = binary if comparison["positive"] is not None else ("accuracy", "balanced_accuracy")
    panels = []
    for metric in wanted:
        lines = [_line(comparison, name, metric, doses) for name in comparison["pipelines"]]
        if any(line["x"] for line in lines):
            panels.append({"metric": metric, "title": metric_name(metric), "ticks": doses, "lines": lines})
    return panels


def _line(comparison: Mapping[str, Any], name: str, metric: str, doses: Sequence[int]) -> dict[str, Any]:
    sets = comparison["pipelines"][name]["sets"]
    points = [(dose, sets.get(comparison["dose_sets"].get(str(dose), ""), {}).get(metric)) for dose in doses]
    known = [(dose, rate) for dose, rate in points if rate is not None and rate["value"] is not None]
    return {
        "name": name,
        "x": [dose for dose, _ in known],
        **{key: [rate[key] for _, rate in known] for key in ("value", "low", "high", "n")},
    }


def histories(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How each learner's losses went, epoch by epoch."""
    panels = []
    for name, told in comparison["pipelines"].items():
        for step, rows in told.get("history", {}).items():
            columns = list(dict.fromkeys(key for row in rows for key in row if key != "epoch"))
            shown = [c for c in columns if "loss" in c] or columns
            lines = [_history(rows, column) for column in shown]
            if rows and lines:
                panels.append({"title": f"{name}: {step}", "lines": lines})
    return panels


def _history(rows: Sequence[Mapping[str, float]], column: str) -> dict[str, Any]:
    told = [(row.get("epoch", i + 1), row[column]) for i, row in enumerate(rows) if column in row]
    return {"name": column.replace("_", " "), "x": [e for e, _ in told], "value": [v for _, v in told]}


def confusions(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Per pipeline and set a table of counts, truth down and what was called across."""
    tables = []
    for name, told in comparison["pipelines"].items():
        sets = []
        for of, counts in told.get("counts", {}).items():
            called = [c for row in counts.values() for c in row]
            columns = list(dict.fromkeys([*comparison["classes"], *called]))
            rows = [
                {"truth": truth, "cells": [{"n": row.get(c, 0), "right": c == truth} for c in columns]}
                for truth, row in counts.items()
                if row
            ]
            if rows:
                sets.append({"name": set_name(comparison, of), "columns": columns, "rows": rows})
        tables.append({"pipeline": name, "sets": sets})
    return [table for table in tables if table["sets"]]


def splits(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """How many fields of each label stood on each side of the split."""
    rows = []
    for name, told in comparison["pipelines"].items():
        for side, labels in told.get("split", {}).items():
            rows.append({"pipeline": name, "side": side, "labels": labels})
    labels = list(dict.fromkeys([*comparison["classes"], *(label for row in rows for label in row["labels"])]))
    first = next(iter(comparison["pipelines"].values())).get("split", {})
    if all(told.get("split", {}) == first for told in comparison["pipelines"].values()):
        rows = [{**row, "pipeline": "all"} for row in rows[: len(first)]]
    return {"labels": labels, "rows": rows}


def table_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mappings as a table: every key a column, nested values as JSON."""
    columns = list(dict.fromkeys(key for entry in entries for key in entry))
    return {"columns": columns, "rows": [[flat(entry.get(c)) for c in columns] for entry in entries]}


def flat(value: Any) -> str:
    """A value as short text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list | tuple) else str(value)


def flattened(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """A nested mapping as ('a.b', text) pairs."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flattened(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, flat(value)
