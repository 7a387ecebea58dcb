"""An audit in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leukcad.report.audit_view import arm_rows
from leukcad.report.audit_words import lead, summary
from leukcad.report.tables import styled, titled_table

if TYPE_CHECKING:
    from rich.console import Console

COLUMNS = ("failures", "n", "rate", "limits", "p", "upper", "word")
HEADS = ("fail", "of", "rate", "95 %", "p (Holm)", "upper", "says")


def print_audit(told: Mapping[str, Any], console: Console | None = None) -> None:
    """Print each verdict with its deciding arms, and a table of arms and controls, to stdout."""
    from rich.console import Console

    out = console or Console()
    for name, verdict in told["verdicts"].items():
        out.print()
        for line in summary(name, verdict, told):
            out.print(styled(line))
        for note in dict.fromkeys(verdict["notes"]):
            out.print(styled(f"  {note}", "dim"))
        rows = [row for row in arm_rows(told) if row["model"] == name and row["role"] != "explains"]
        drawn = titled_table(f"Arms and controls of {name}", list(HEADS))
        for row in rows:
            drawn.add_row(styled(row["arm"], "bold"), *(styled(str(row[c])) for c in COLUMNS))
        out.print()
        out.print(drawn)
    for name, row in told["recipes"].items():
        out.print(styled(f"Recipe over {len(row['runs'])} seeds: " + "".join(p.text for p in lead(name, row))))
    if told["quick"]:
        out.print(styled("A quick look: it can clear nothing.", "yellow"))
