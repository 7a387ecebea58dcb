"""Reading one YAML file safely into a tree of nodes.

PyYAML's constructors run code, follow aliases and recurse; so only its event stream is used, walked with bounds, and
the values are YAML 1.2's. Refused, each with its position: aliases, anchors, merge keys, tags, several documents,
duplicate keys, keys that are not text.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from leukcad.config.nodes import Node
from leukcad.config.places import ConfigError, Place, Problem
from leukcad.config.scalars import Scalar, read_scalar

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_NODES = 50_000
MAX_PROBLEMS = 100

_SURROGATE = re.compile("[\ud800-\udfff]")


def load(path: str | os.PathLike[str]) -> Node:
    """The tree of the YAML file at `path`. Raises ConfigError with every problem found in it."""
    source = Path(os.path.normpath(os.fspath(path)))
    name = str(source)
    try:
        if not source.is_file():
            raise FileNotFoundError("this is not a file" if source.exists() else _missing(source))
        with source.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError([Problem.at(Place(name), f"cannot be read: {reason}")]) from error
    return parse(data, name, source.parent)


def _missing(source: Path) -> str:
    from leukcad.config.near import meant

    return f"there is no such file{meant(source)}"


def parse(text: str | bytes, name: str, folder: str | os.PathLike[str] = ".", lines: bool = True) -> Node:
    """The tree of a YAML text; `name` stands for the file in messages, without line and column if not `lines`."""
    where = Place(name, 1, 1) if lines else Place(name)
    if len(text) > MAX_BYTES:
        raise ConfigError([Problem.at(where, f"larger than {MAX_BYTES // 1024} KiB: not a configuration")])
    decoded = _decoded(text, where) if isinstance(text, bytes) else text
    return _Walk(decoded.removeprefix("\ufeff"), where, os.fspath(folder)).root()


def _decoded(data: bytes, where: Place) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = Place(where.file, before.count("\n") + 1, len(before) - before.rfind("\n")) if where.line else where
        raise ConfigError([Problem.at(place, "not UTF-8 text: save the file as UTF-8")]) from error


class _Stop(Exception):
    """Reading cannot go on; the reason is already among the problems."""


def _until(events: Iterator[yaml.Event], end: type[yaml.Event]) -> Iterator[Any]:
    while not isinstance(event := next(events), end):
        yield event


class _Walk:
    """One walk over the events of one document."""

    def __init__(self, text: str, where: Place, folder: str) -> None:
        self.text, self.where, self.folder = text, where, folder
        self.problems: list[Problem] = []
        self.nodes = 0

    def root(self) -> Node:
        tree = Node(None, self.where, None, self.folder)
        with contextlib.suppress(_Stop):
            tree = self._document(self._events())
        if self.problems:
            raise ConfigError(self.problems)
        return tree

    def _document(self, events: Iterator[yaml.Event]) -> Node:
        from yaml import DocumentStartEvent, StreamEndEvent

        tree = Node(None, self.where, None, self.folder)
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(self._place(event), "a second document: one file holds one")
                if event.tags or event.version not in (None, (1, 2)):
                    self._add(self._place(event), "directives other than '%YAML 1.2' are not allowed")
                tree = self._node(next(events), events, 0, None)
            elif isinstance(event, StreamEndEvent):
                break
        return tree

    def _events(self) -> Iterator[yaml.Event]:
        import yaml
        from yaml.reader import Reader

        unprintable = Reader.NON_PRINTABLE.search(self.text)
        if unprintable:
            line = self.text.count("\n", 0, unprintable.start())
            column = unprintable.start() - self.text.rfind("\n", 0, unprintable.start())
            place = self._at(line, column - 1)
            self._stop(place, f"a character that YAML does not allow (U+{ord(unprintable[0]):04X})")
        loader: Any = yaml.SafeLoader(self.text)
        try:
            while loader.check_event():
                yield loader.get_event()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self._at(mark.line, mark.column) if mark else self.where
            tab = " (indent with spaces, not tabs)" if "'\\t'" in str(error.problem) else ""
            context = f" {error.context}" if error.context else ""
            self._stop(place, f"not valid YAML:{context} {error.problem}{tab}")
        except (yaml.YAMLError, ValueError, OverflowError, IndexError, AttributeError, TypeError, KeyError) as error:
            self._stop(self._at(loader.line, loader.column), f"not valid YAML: {error}")

    def _node(self, event: Any, events: Iterator[yaml.Event], depth: int, key: Place | None) -> Node:
        import yaml

        place = self._place(event)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop(place, f"more than {MAX_NODES} values: not a configuration")
        if depth > MAX_DEPTH:
            self._stop(place, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            self._add(place, f"aliases (*{event.anchor}) are not allowed: write the value out, or use 'extends'")
            return Node(None, place, key, self.folder)
        if event.anchor is not None:
            self._add(place, f"anchors (&{event.anchor}) are not allowed: write the value out, or use 'extends'")
        if event.tag is not None:
            self._add(place, f"tags ({event.tag}) are not allowed: a configuration holds plain values only")
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self._list(events, depth), place, key, self.folder)
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self._mapping(events, depth), place, key, self.folder)
        return Node(self._scalar(event, place), place, key, self.folder)

    def _list(self, events: Iterator[yaml.Event], depth: int) -> list[Node]:
        from yaml import SequenceEndEvent

        inside = _until(events, SequenceEndEvent)
        return [self._node(event, events, depth + 1, None) for event in inside]

    def _mapping(self, events: Iterator[yaml.Event], depth: int) -> dict[str, Node]:
        from yaml import MappingEndEvent, ScalarEvent

        entries: dict[str, Node] = {}
        for event in _until(events, MappingEndEvent):
            place = self._place(event)
            key = self._node(event, events, depth + 1, None)
            plain = isinstance(event, ScalarEvent) and event.style is None
            child = self._node(next(events), events, depth + 1, place)
            if plain and key.value == "<<":
                self._add(place, "merge keys (<<) are not allowed: write the keys out, or use 'extends'")
            elif not isinstance(key.value, str):
                quotes = f": write {event.value!r} in quotes" if plain and event.value else ""
                self._add(place, f"expected text as a key, got {key.kind}{quotes}")
            elif key.value in entries:
                first = entries[key.value].key
                self._add(place, f"key '{key.value}' stands here a second time; the first is at {first}")
            else:
                entries[key.value] = child
        return entries

    def _scalar(self, event: Any, place: Place) -> Scalar:
        text: str = event.value
        if _SURROGATE.search(text):
            self._add(place, "a lone surrogate (\\ud800 to \\udfff) is not a character")
            return None
        if event.style is not None:
            return text
        try:
            return read_scalar(text)
        except ValueError as error:
            self._add(place, str(error))
            return None

    def _place(self, event: Any) -> Place:
        return self._at(event.start_mark.line, event.start_mark.column)

    def _at(self, line: int, column: int) -> Place:
        return Place(self.where.file, line + 1, column + 1) if self.where.line else self.where

    def _add(self, place: Place, message: str) -> None:
        self.problems.append(Problem.at(place, message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Stop

    def _stop(self, place: Place, message: str) -> NoReturn:
        self.problems.append(Problem.at(place, message))
        raise _Stop
