"""``--set steps.classify.train.epochs=5``: one value of a pipeline changed from the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from leukcad.config.nodes import Node
from leukcad.config.places import ConfigError, Place, Problem, one_of
from leukcad.config.reading import parse

#: Keys whose value may be a component's bare name, short for ``{use: name}``.
COMPONENTS = ("data", "cells", "test", "split", "synthesize")


def set_all(root: Node, settings: Iterable[str]) -> Node:
    """`root` with every ``dotted.name=value`` set, in order. Raises ConfigError with all that cannot be set."""
    problems: list[Problem] = []
    for setting in settings:
        dotted, equals, text = setting.partition("=")
        try:
            if not equals:
                raise _refused(f"--set {setting}", "expected NAME=VALUE, as in steps.classify.train.epochs=5")
            root = set_value(root, dotted.strip(), text)
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
    return root


def set_value(root: Node, dotted: str, text: str) -> Node:
    """A new tree in which the value at `dotted` is `text`, read as YAML; the old tree is left as it is.

    Items of a list go by their place, counted from 1. ``steps`` holds mappings of one key, the stage:
    ``steps.classify.train`` and ``steps.3.train`` reach into the step of that stage or at that place. Mappings
    missing on the way are made. A relative path in the value counts from the working directory.
    Raises ConfigError, with ``--set …`` as the origin.
    """
    origin = f"--set {dotted}={text}"
    parts = dotted.split(".")
    if not all(parts):
        raise _refused(origin, "expected names with dots between them, as in steps.classify.train.epochs=5")
    value = parse(text, origin, os.curdir, lines=False)
    return _put(root, parts, 0, Node(value.value, value.place, value.place, os.curdir), origin)


def _put(node: Node, parts: list[str], index: int, value: Node, origin: str) -> Node:
    if index == len(parts):
        return value
    name, here = parts[index], ".".join(parts[:index])
    if isinstance(node.value, list | tuple):
        number = _item(node, name, here, origin)
        items = list(node.value)
        items[number] = _into(items[number], parts, index, value, origin)
        return Node(items, node.place, node.key, node.folder)
    if isinstance(node.value, str) and (here in COMPONENTS or (parts[0] in ("tests", "steps") and index == 2)):
        node = Node({"use": node}, node.place, node.key, node.folder)
    if node.value is not None and not isinstance(node.value, Mapping):
        raise _refused(origin, f"'{here}' is {node.kind} (at {node.place}): it has no '{name}'")
    entries = dict(node.mapping)
    place = Place(origin)
    entries[name] = _put(entries.get(name, Node(None, place, place, os.curdir)), parts, index + 1, value, origin)
    return Node(entries, node.place, node.key, node.folder)


def _into(item: Node, parts: list[str], index: int, value: Node, origin: str) -> Node:
    """Sets in one item of a list; a step's stage need not be said beside its place, nor its place beside its stage."""
    index += 1
    stage = next(iter(item.mapping), None) if len(item.mapping) == 1 else None
    if parts[0] != "steps" or index != 2 or stage is None:
        return _put(item, parts, index, value, origin)
    if index < len(parts) and parts[index] == stage and parts[1] != stage:
        index += 1
    inner = _put(item.mapping[stage], parts, index, value, origin)
    return Node({stage: inner}, item.place, item.key, item.folder)


def _item(node: Node, name: str, here: str, origin: str) -> int:
    """The index (from 0) of the item that `name` means."""
    count = len(node.items)
    if name.isascii() and name.isdigit() and len(name) < 6:
        if not 1 <= int(name) <= count:
            span = f"has the places 1 to {count}, got {name}" if count else "is empty"
            raise _refused(origin, f"'{here}' {span}")
        return int(name) - 1
    if here != "steps":
        raise _refused(origin, f"'{here}' is a list: expected a place from 1 to {count}, got '{name}'")
    stages = [next(iter(item.mapping), "") for item in node.items]
    places = [number for number, stage in enumerate(stages, 1) if stage == name]
    if not places:
        raise _refused(origin, one_of("step", name, filter(None, stages)))
    if len(places) > 1:
        choice = " or ".join(f"steps.{number}" for number in places)
        raise _refused(origin, f"there are {len(places)} steps of the stage '{name}': say {choice}")
    return places[0] - 1


def _refused(origin: str, message: str) -> ConfigError:
    return ConfigError([Problem.at(Place(origin), message)])
