"""From what a user names, a file or a data component, to the data sources in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukcad.config import Use
    from leukcad.config.nodes import Node
    from leukcad.config.uses import Checker


def sources(what: str, sets: Sequence[str] = ()) -> dict[str, Use]:
    """The data sources of a pipeline or bench file (data, cells, test, and further tests by name), or one by its name.

    `sets` changes options: of the file, `data.seed=1`; of a named source, `seed=1`. Raises ConfigError.
    """
    from leukcad.config import ConfigError
    from leukcad.config.uses import Checker
    from leukcad.host import discover

    check = Checker(discover(), [])
    root = _root(what, sets)
    named = {key: check.use_if_named("data", root.mapping.get(key)) for key in ("data", "cells", "test")}
    named |= _tests(root, check)
    found = {name: use for name, use in named.items() if use is not None}
    if not found and not check.problems:
        from leukcad.errors import LeukcadError

        raise LeukcadError(f"{what}: names no data", cure="give a file with the key 'data', or a data component")
    if check.problems:
        raise ConfigError(check.problems)
    return found


def one_source(what: str, sets: Sequence[str] = (), of: str = "data") -> Use:
    """One data source: of a file its `of`, else what `NAME:PATH`, `{use: NAME, …}` or a bare name says.

    Raises ConfigError.
    """
    from leukcad.errors import LeukcadError
    from leukcad.measuring.sources import data_named

    if Path(what).suffix not in (".yaml", ".yml") and (what.startswith("{") or ":" in what):
        if sets:
            raise LeukcadError(f"{what} says its own options: --set is for files and bare names")
        return data_named(what, "SOURCE")[1]
    found = sources(what, sets)
    if of not in found:
        raise LeukcadError(f"{what}: no data called {of!r}", cure=f"known: {', '.join(found)}")
    return found[of]


def pasting(what: str | None, sets: Sequence[str] = (), by: str | None = None) -> tuple[Use | None, Use | None]:
    """What a pipeline or bench file pastes with, its `synthesize`, and where its donors come from.

    `by` names a component instead; the file's options hold where it is the same. None for what nobody said. Raises
    ConfigError.
    """
    from leukcad.config import ConfigError
    from leukcad.config.bench import SERIES
    from leukcad.config.nodes import Node
    from leukcad.config.places import Place
    from leukcad.config.uses import Checker
    from leukcad.host import discover

    check = Checker(discover(), [])
    told = None if what is None else _root(what, sets).mapping.get("synthesize")
    named = None if told is None else told.mapping.get("donors")
    donors = check.use_if_named("data", named)
    if by is not None and (told is None or told.mapping.get("use", told).value != by):
        told = Node(by, Place("--by"), None, os.curdir)
    use = None if told is None else check.use("synthesize", told, reserved=SERIES)
    if check.problems:
        raise ConfigError(check.problems)
    return use, donors


def _root(what: str, sets: Sequence[str]) -> Node:
    from leukcad.config.extends import load_extended
    from leukcad.config.nodes import Node
    from leukcad.config.places import Place
    from leukcad.config.settings import set_all

    if Path(what).suffix in (".yaml", ".yml"):
        return set_all(load_extended(Path(what)), sets)
    place = Place("data source")
    root = Node({"data": Node(what, place, place, os.curdir)}, place, place, os.curdir)
    return set_all(root, [f"data.{setting}" for setting in sets])


def _tests(root: Node, check: Checker) -> dict[str, Use | None]:
    tests = root.mapping.get("tests")
    return {name: check.use("data", node) for name, node in tests.mapping.items()} if tests is not None else {}
