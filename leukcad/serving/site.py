"""What a server answers: routes, and the files of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from leukcad.errors import LeukcadError
from leukcad.serving.replies import Refused, Reply

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Request:
    """One request that passed the guard. `query` holds the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; raises `Refused` (400) for anything else."""
        try:
            value = json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise Refused(400, "expected JSON") from error
        if not isinstance(value, dict):
            raise Refused(400, "expected a JSON object")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number out of the query, within low..high; raises `Refused` (400)."""
        text = self.query.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise Refused(400, f"{name}: expected a whole number of {low} to {high}")
        return int(text)


Handler = Callable[..., Reply]  # takes the request, then what the route's parentheses matched


class Site:
    """Routes and files. A route's path is a regular expression that the whole path must match."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def route(self, method: str, path: str, handler: Handler) -> None:
        """Let `handler` answer; it raises `Refused` or `LeukcadError` (400) where it cannot."""
        self._routes.append((method, re.compile(path), handler))

    def file(self, path: str, package: str, name: str) -> None:
        """Serve one file of a package. Files are named one by one, so that no path leads out of a folder."""
        body = files(package).joinpath(name).read_bytes()
        kind = KINDS[name[name.rindex(".") :]]
        self.route("GET", re.escape(path), lambda request: Reply(body, kind))

    def answer(self, request: Request) -> Reply:
        """The reply of the first route that fits; raises `Refused` (404, or 405 where only the method is wrong)."""
        allowed = []
        for method, path, handler in self._routes:
            found = path.fullmatch(request.path)
            if found and method == request.method:
                try:
                    return handler(request, *found.groups())
                except LeukcadError as error:
                    raise Refused(400, str(error)) from error
            if found:
                allowed.append(method)
        raise Refused(405, f"expected {' or '.join(allowed)}") if allowed else Refused(404, "there is no such page")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
