"""Data to measure on, as a user names them in one text."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from leukcad.config import Use
    from leukcad.config.nodes import Node

_SHORT = re.compile(r"([a-z0-9][a-z0-9_.-]*)(?::(.+))?\Z", re.DOTALL)
_NAMED = re.compile(r"([A-Za-z][\w-]{0,60})=(.+)\Z", re.DOTALL)


def data_named(text: str, option: str = "--data") -> tuple[str, Use]:
    """A name and the data source out of one text: `coco:boxes.json`, `{use: voc, path: bccd, subset: test}`.

    What stands before the first colon is a data component, what follows its `path`; a bare name is one without
    options. `NAME=` before it names the set; `option` is where it was said. Paths count as in pipeline files: from
    here, then from $LEUKCAD_DATA. Raises ConfigError.
    """
    from leukcad.config import ConfigError
    from leukcad.config.uses import Checker
    from leukcad.host import discover

    named = _NAMED.match(text)
    name, body = (named[1], named[2]) if named else ("", text)
    check = Checker(discover(), [])
    use = check.use("data", _node(body.strip(), option))
    if check.problems or use is None:
        raise ConfigError(check.problems)
    return name or _name(use), use


def _node(body: str, option: str) -> Node:
    from leukcad.config.nodes import Node, from_plain
    from leukcad.config.reading import parse

    origin = f"{option} {body}"
    if body.startswith("{"):
        told = parse(body, origin, os.curdir, lines=False)
        return Node(told.value, told.place, told.place, os.curdir)
    short = _SHORT.match(body)
    if short is None or Path(body).suffix in (".yaml", ".yml"):
        cure = "as in coco:boxes.json, or '{use: voc, path: bccd, subset: test}'"
        raise LeukcadError(f"{option}: expected a data component and its path, got {body[:100]!r}", cure=cure)
    plain = {"use": short[1]} | ({"path": short[2]} if short[2] else {})
    return from_plain(plain, origin, os.curdir)


def _name(use: Use) -> str:
    """What a set is called that nobody named: its folder or file, else its component."""
    path = use.plain.get("path") if isinstance(use.plain, Mapping) else None
    stem = Path(str(path)).stem if path else use.name
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in stem) or use.name
