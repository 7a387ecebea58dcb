"""What a server says: bodies with their kind, JSON, and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Nothing is fetched from elsewhere, nothing runs but our own files, and no other page may frame or read ours.
#: Inline style attributes are allowed: an annotation library colours its shapes by them.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Reply:
    """One answer; `kind` is its media type."""

    body: bytes = b""
    kind: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that is not answered: an HTTP status from 400 on, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why

    def reply(self) -> Reply:
        """`{"error": why}` under the status."""
        return as_json({"error": self.why}, self.status)


def as_json(value: Any, status: int = 200) -> Reply:
    """A value as JSON; NaN and infinities, which browsers do not read, raise ValueError."""
    return Reply(json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), status=status)
