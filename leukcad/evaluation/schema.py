"""The published JSON Schema of verdict.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("verdict.schema.json")


def verdict_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12; it lies beside this module."""
    schema: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return schema
