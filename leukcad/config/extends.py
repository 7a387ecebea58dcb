"""``extends``: a file that says only what differs from others."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from leukcad.config.nodes import Node
from leukcad.config.places import ConfigError, Place, Problem
from leukcad.config.reading import load

KEY = "extends"
MAX_FILES = 64


def merge(base: Node, over: Node) -> Node:
    """`base` with what `over` says: mappings key by key, anything else (lists too) replaced; places are `over`'s.

    A mapping that names another component (``use``) replaces the whole mapping, since its options are others. A mapping
    laid over a list of steps reaches into the step of each stage that it names. Raises ConfigError where that is not
    one step.
    """
    if isinstance(base.value, list | tuple) and isinstance(over.value, Mapping):
        return _into_steps(base, over)
    if isinstance(base.value, str) and isinstance(over.value, Mapping) and "use" not in over.value:
        base = Node({"use": base}, base.place, base.key, base.folder)  # a bare name is short for {use: name}
    if not (isinstance(base.value, Mapping) and isinstance(over.value, Mapping)):
        return over
    if "use" in over.value and "use" in base.value and over.value["use"].value != base.value["use"].value:
        return over
    merged = dict(base.value)
    for key, child in over.value.items():
        merged[key] = merge(merged[key], child) if key in merged else child
    return Node(merged, over.place, over.key or base.key, over.folder)


def _into_steps(base: Node, over: Node) -> Node:
    """The list `base` with each entry of `over` laid over the one step of its stage."""
    items = list(base.items)
    stages = [next(iter(item.mapping), "") for item in items]
    for stage, child in over.mapping.items():
        if stages.count(stage) != 1:
            came = "none" if stage not in stages else "several"
            message = f"expected one step of the stage '{stage}' in what is extended, got {came}: write the list anew"
            raise ConfigError([Problem.at(child.key or child.place, message)])
        at = stages.index(stage)
        inner = merge(items[at].mapping[stage], child)
        items[at] = Node({stage: inner}, items[at].place, items[at].key, items[at].folder)
    return Node(items, base.place, base.key, base.folder)


def load_extended(path: str | os.PathLike[str]) -> Node:
    """The mapping in the file at `path`, laid over the files that it extends (a path or a list, later ones win).

    Paths count from the file that names them. Raises ConfigError: with all problems of all files, positioned; cycles,
    missing files and more than 64 files are among them.
    """
    problems: list[Problem] = []
    tree = _resolve(os.fspath(path), (), [MAX_FILES], problems)
    if problems or tree is None:
        raise ConfigError(problems)
    return tree


def _resolve(path: str, chain: tuple[str, ...], left: list[int], problems: list[Problem]) -> Node | None:
    try:
        tree = load(path)
    except ConfigError as error:
        problems.extend(error.problems)
        return None
    if not isinstance(tree.value, Mapping):
        problems.append(Problem.at(tree.place, f"expected a mapping (key: value), got {tree.kind}"))
        return None
    entries = dict(tree.value)
    named = entries.pop(KEY, None)
    own = Node(entries, tree.place, tree.key, tree.folder)
    chain = (*chain, os.path.realpath(path))
    result: Node | None = None
    for place, base in _bases(named, problems):
        found = _base(place, base, chain, left, problems)
        if found is not None:
            result = _laid(result, found, problems)
    return _laid(result, own, problems)


def _laid(base: Node | None, over: Node, problems: list[Problem]) -> Node:
    if base is None:
        return over
    try:
        return merge(base, over)
    except ConfigError as error:
        problems.extend(error.problems)
        return base


def _bases(named: Node | None, problems: list[Problem]) -> list[tuple[Place, str]]:
    """The paths that ``extends`` names, each made relative to where the command runs."""
    if named is None:
        return []
    bases = []
    for node in named.items or [named]:
        if isinstance(node.value, str) and node.value and "\0" not in node.value:
            path = Path(node.folder, Path(node.value).expanduser())
            bases.append((node.place, os.path.normpath(path)))
        else:
            problems.append(Problem.at(node.place, f"{KEY}: expected the path of a YAML file, got {node.kind}"))
    return bases


def _base(place: Place, path: str, chain: tuple[str, ...], left: list[int], problems: list[Problem]) -> Node | None:
    left[0] -= 1
    if left[0] < 0:
        if left[0] == -1:
            problems.append(Problem.at(place, f"{KEY}: more than {MAX_FILES} files are extended"))
        return None
    if os.path.realpath(path) in chain:
        problems.append(Problem.at(place, f"{KEY}: '{path}' extends itself, by way of {len(chain)} file(s)"))
        return None
    if not Path(path).is_file():
        siblings = _yaml_files(Path(path).parent)
        hint = f"; there are: {', '.join(siblings)}" if siblings else ""
        problems.append(Problem.at(place, f"{KEY}: there is no file '{path}'{hint}"))
        return None
    return _resolve(path, chain, left, problems)


def _yaml_files(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))[:12]
    except OSError:
        return []
