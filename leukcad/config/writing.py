"""Writing plain values as YAML that reads back identically, here and in YAML 1.1 readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leukcad.config.reading import MAX_DEPTH
from leukcad.config.scalars import write_scalar
from leukcad.errors import LeukcadError

_MAX_KEY = 500
_WIDTH = 100


def dump(plain: Any) -> str:
    """`plain` (mappings with text keys, lists, tuples, scalars) as YAML; `parse` returns the same values.

    Raises LeukcadError for anything that YAML has no plain form for.
    """
    if _is_leaf(plain):
        return f"{_inline(plain)}\n"
    return "\n".join(_block(plain, 0)) + "\n"


def _is_leaf(value: Any) -> bool:
    """Whether the value goes on one line: scalars, empty containers, short lists of scalars."""
    if isinstance(value, Mapping):
        return not value
    if isinstance(value, list | tuple):
        scalars = not any(isinstance(item, Mapping | list | tuple) for item in value)
        return not value or (scalars and sum(len(str(item)) + 2 for item in value) <= _WIDTH)
    return True


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if not (value is None or isinstance(value, str | int | float)):
        raise LeukcadError(f"a {type(value).__name__} cannot be written as YAML: expected text, numbers, true or false")
    try:
        return write_scalar(value)
    except ValueError as error:
        raise LeukcadError(str(error)) from error


def _key(key: Any) -> str:
    if not isinstance(key, str) or len(key) > _MAX_KEY:
        raise LeukcadError(f"expected text of at most {_MAX_KEY} characters as a key, got {str(key)[:40]!r}")
    return _scalar(key)


def _block(value: Any, depth: int) -> list[str]:
    if depth > MAX_DEPTH:
        raise LeukcadError(f"nested deeper than {MAX_DEPTH} levels: this cannot be written as a configuration")
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, child in value.items():
            if _is_leaf(child):
                lines.append(f"{_key(key)}: {_inline(child)}")
            else:
                lines.append(f"{_key(key)}:")
                lines.extend(f"  {line}" for line in _block(child, depth + 1))
        return lines
    for child in value:
        inner = [_inline(child)] if _is_leaf(child) else _block(child, depth + 1)
        lines.append(f"- {inner[0]}")
        lines.extend(f"  {line}" for line in inner[1:])
    return lines
