"""The tree of a configuration: plain values that know where they were written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leukcad.config.places import Place
from leukcad.config.scalars import Scalar


@dataclass(frozen=True, eq=False)
class Node:
    """A value of the file: a scalar, a list of nodes or a mapping of nodes, with the place where it stands.

    `key` is the place of the key that holds it (None in lists and at the root); relative paths count from `folder`.
    """

    value: Scalar | Sequence[Node] | Mapping[str, Node]
    place: Place
    key: Place | None = None
    folder: str = "."

    @property
    def mapping(self) -> Mapping[str, Node]:
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> Sequence[Node]:
        """The items of a list; none for anything else."""
        return self.value if isinstance(self.value, list | tuple) else ()

    @property
    def kind(self) -> str:
        """What it is, in the words of a message: "a mapping", "a list", "nothing", "'fast'", "3"."""
        return describe(self.value)


def describe(value: object) -> str:
    """A value as a message names it, shortened."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]}…{text[-1] if isinstance(value, str) else ''}"


def to_plain(node: Node) -> Any:
    """The value without positions: dicts, lists and scalars."""
    if isinstance(node.value, Mapping):
        return {key: to_plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list | tuple):
        return [to_plain(child) for child in node.value]
    return node.value


def from_plain(value: Any, name: str, folder: str | os.PathLike[str] = ".") -> Node:
    """A tree from values made in Python; `name` stands for the file in messages. Paths in it count from `folder`."""
    place = Place(name)
    if isinstance(value, Mapping):
        children = {str(key): from_plain(child, f"{name}: {key}", folder) for key, child in value.items()}
        return Node(children, place, place, os.fspath(folder))
    if isinstance(value, list | tuple):
        items = [from_plain(child, f"{name}: {number}", folder) for number, child in enumerate(value, 1)]
        return Node(items, place, place, os.fspath(folder))
    return Node(str(value) if isinstance(value, Path) else value, place, place, os.fspath(folder))
