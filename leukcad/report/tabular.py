"""Tables to download, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leukcad.report.view import table_of


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(c) for c in columns])
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return text.getvalue()


def rates_csv(comparison: Mapping[str, Any]) -> str:
    """One row a pipeline, set and metric: value, limits, n."""
    rows = (
        (name, of, metric, rate["value"], rate["low"], rate["high"], rate["n"])
        for name, told in comparison["pipelines"].items()
        for of, rates in told["sets"].items()
        for metric, rate in rates.items()
    )
    return to_csv(("pipeline", "set", "metric", "value", "low", "high", "n"), rows)


def ledger_csv(comparison: Mapping[str, Any]) -> str:
    """What was added to the example fields, one row a cell."""
    table = table_of(comparison["ledger"])
    return to_csv(table["columns"], table["rows"])


def _harmless(value: Any) -> Any:
    if (isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@")) or str(value)[:1] in ("\t", "\r"):
        return value if _is_number(value) else f"'{value}"
    return value


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
