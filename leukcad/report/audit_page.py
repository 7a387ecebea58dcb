"""The page of an audit: first the words, then every arm, the curve, the fields, and how to do it again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leukcad.report import audit_fields, audit_view
from leukcad.report.page import PLOTLY, banner, plots, put, render, write_plotly
from leukcad.report.view import flattened


def write_audit(folder: Path, told: Mapping[str, Any]) -> Path:
    """Write the page of an audit into `folder`; returns its path.

    Beside it plotly.min.js, if there is a curve; the pictures that `told` names are expected there. Nothing on it is
    fetched from anywhere else, and whatever came from data is escaped. Raises LeukcadError where it cannot be written.
    """
    shown = shown_of(told)
    if shown["plots"]["curves"]:
        write_plotly(folder / PLOTLY)
    return put(folder, render("audit.html.j2", shown))


def shown_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """All that the template prints."""
    shown = audit_fields.examples(told)
    return {
        "audit": told,
        "banner": banner(told["data"]),
        "heads": audit_view.heads(told),
        "recipes": audit_view.recipes(told),
        "arms": audit_view.arm_rows(told),
        "numbers": [row for row in audit_view.numbers(told) if row["pairs"]],
        "kappas": audit_view.kappas(told),
        "comparisons": audit_view.comparisons(told),
        "hero": audit_fields.hero(told, shown),
        "browser": audit_fields.browser(told, shown),
        "fields": audit_view.fields(told),
        "brief": list(flattened(told["brief"])),
        "provenance": {name: list(flattened(one)) for name, one in told["provenance"].items() if one},
        "plots": plots(audit_view.curves(told)),
    }
