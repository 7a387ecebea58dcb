"""What a person said of cells: one line each, appended, never changed."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from leukcad.files import disk_errors
from leukcad.step import log

Action = Literal["accept", "relabel", "withdraw"]


class OverrideLog:
    """JSON lines: time (UTC), reviewer, action, cell, and what was called before and is called now.

    A line is written in one go and is on the disk before `add` answers. One that a kill has torn stays in the file and
    is passed over. The last line of a cell holds; `withdraw` takes it back to what the run called it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.standing: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._torn = False
        if path.exists():
            with disk_errors(path, "read"):
                content = path.read_bytes()
            self._torn = bool(content) and not content.endswith(b"\n")
            for number, line in enumerate(content.splitlines(), 1):
                self._take(line, number)

    def add(self, reviewer: str, action: Action, cell: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Append one line and answer it; raises `LeukcadError` where it cannot be written."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = {"time": now, "reviewer": reviewer, "action": action, "cell": cell, **told}
        line = ("\n" * self._torn + json.dumps(entry, ensure_ascii=False) + "\n").encode()
        with self._lock, disk_errors(self.path, "write"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
            self._torn = False
            self._stand(entry)
        return entry

    def _take(self, line: bytes, number: int) -> None:
        try:
            entry = json.loads(line)
            known = isinstance(entry["class"], str) and entry["action"] in ("accept", "relabel", "withdraw")
            if not known or not isinstance(entry["cell"], str):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            if line.strip():
                log.warning("%s:%d: no line of a review, passed over", self.path, number)
            return
        self._stand(entry)

    def _stand(self, entry: dict[str, Any]) -> None:
        if entry["action"] == "withdraw":
            self.standing.pop(entry["cell"], None)
        else:
            self.standing[entry["cell"]] = entry
