"""What the page and the terminal are told, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any


def told_of(
    verdicts: Mapping[str, Mapping[str, Any]],
    recipes: Mapping[str, Mapping[str, Any]],
    comparisons: Sequence[Mapping[str, Any]],
    brief: Mapping[str, Any],
    examples: Sequence[Mapping[str, Any]],
    provenance: Mapping[str, Mapping[str, Any]],
    command: str,
) -> dict[str, Any]:
    """Everything that `report.audit_page.write_audit` shows."""
    hidden = ("leukocytes", "training", "arms", "notes")
    return {
        "title": "Audit of " + ", ".join(verdicts),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "data": brief["data"],
        "quick": brief["quick"],
        "positive": brief["positive"],
        "arms": {arm["name"]: arm for arm in brief["arms"]},
        "thin_to": brief["thin_to"],
        "k": brief["k"]["k"],
        "margin": brief["margin"],
        "verdicts": dict(verdicts),
        "recipes": dict(recipes),
        "comparisons": list(comparisons),
        "brief": {key: value for key, value in brief.items() if key not in hidden},
        "examples": list(examples),
        "provenance": dict(provenance),
    }
