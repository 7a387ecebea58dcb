"""The bench's part of a pipeline file: data, tests, classes, split, series, threshold."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from leukcad.config.keys import SPLITS, SeriesKeys, Threshold
from leukcad.config.nodes import Node
from leukcad.config.options import check_options, plain_options
from leukcad.config.places import Problem, one_of
from leukcad.config.uses import Use, read_use

if TYPE_CHECKING:
    from leukcad.host import Host

_SET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")
_TAKEN = re.compile(r"train|validation|test|split_test|imgSynt\d*")
_SERIES = (*inspect.signature(SeriesKeys).parameters, "donors")


@dataclass(frozen=True)
class Series:
    """Synthetic fields to test with: `use` makes them of the set `of`, with `doses` added cells, `draws` times."""

    use: Use
    doses: tuple[int, ...]
    draws: int
    of: str
    seed: int
    donors: Use | None

    @property
    def plain(self) -> dict[str, Any]:
        """As YAML holds it."""
        keys = {"doses": list(self.doses), "draws": self.draws, "of": self.of, "seed": self.seed}
        donors = {"donors": self.donors.plain} if self.donors else {}
        return {**self.use.plain, **keys, **donors}


@dataclass(frozen=True)
class Bench:
    """What a comparison holds equal, checked."""

    data: Use
    cells: Use | None
    test: Use | None
    tests: dict[str, Use]
    split: dict[str, Any]
    synthesize: Series | None
    threshold: dict[str, Any]


def read_bench(root: Node, plain: Mapping[str, Any] | None, host: Host, problems: list[Problem]) -> Bench | None:
    """The bench out of the root of a pipeline file; `plain` are its checked plain keys. None if something is wrong."""
    before = len(problems)
    keys = {key: child for key, child in root.mapping.items() if child.value is not None}
    data = read_use("data", keys["data"], host, problems) if "data" in keys else None
    if "data" not in keys:
        message = "'data' is missing: where the fields come from, such as {use: folder, path: …}, or 'extends: a bench'"
        problems.append(Problem.at(root.place, message))
    cells = read_use("data", keys["cells"], host, problems) if "cells" in keys else None
    test = read_use("data", keys["test"], host, problems) if "test" in keys else None
    tests = _tests(keys.get("tests"), host, problems)
    split = _split(keys.get("split"), root, problems)
    series = (
        _series(keys["synthesize"], {"test", "split_test", *tests}, host, problems) if "synthesize" in keys else None
    )
    threshold = check_options(Threshold, keys.get("threshold", Node(None, root.place)), problems)
    if plain is not None:
        _check_names(root, plain, problems)
    if len(problems) > before or data is None or threshold is None:
        return None
    return Bench(data, cells, test, tests, split, series, threshold)


def _tests(node: Node | None, host: Host, problems: list[Problem]) -> dict[str, Use]:
    if node is None:
        return {}
    if not isinstance(node.value, Mapping):
        problems.append(
            Problem.at(node.place, f"expected further test sets by name (name: {{use: …}}), got {node.kind}")
        )
    found = {}
    for name, child in node.mapping.items():
        place = child.key or child.place
        if not _SET_NAME.fullmatch(name):
            problems.append(Problem.at(place, f"expected a set's name of letters, digits, - and _, got {name!r}"))
        elif _TAKEN.fullmatch(name):
            problems.append(Problem.at(place, f"the name '{name}' is taken: choose another for this set"))
        elif use := read_use("data", child, host, problems):
            found[name] = use
    return found


def _split(node: Node | None, root: Node, problems: list[Problem]) -> dict[str, Any]:
    node = node or Node("lexicographic", root.place, None, root.folder)
    named = node if isinstance(node.value, str) else node.mapping.get("use")
    if named is None or not isinstance(named.value, str):
        message = f"expected {{use: rule, …}}, got {node.kind}; known: {', '.join(SPLITS)}"
        problems.append(Problem.at(node.place, message))
        return {}
    if named.value not in SPLITS:
        problems.append(Problem.at(named.place, one_of("split", named.value, SPLITS)))
        return {}
    body = Node(node.mapping, node.place, node.key, node.folder)
    options = check_options(SPLITS[named.value], body, problems)
    if options is None:
        return {}
    shares = [options[side] for side in ("train", "validation", "test") if side in options]
    if shares and (abs(sum(shares) - 1) > 1e-6 or shares[0] == 0):
        told = " + ".join(f"{share:g}" for share in shares)
        problems.append(Problem.at(node.place, f"expected train > 0 and train + validation + test = 1, got {told}"))
    if "k" in options and options["fold"] >= options["k"]:
        place = node.mapping["fold"].place if "fold" in node.mapping else node.place
        problems.append(Problem.at(place, f"expected a fold from 0 to {options['k'] - 1}, got {options['fold']}"))
    return {"use": named.value, **plain_options(options)}


def _series(node: Node, sets: set[str], host: Host, problems: list[Problem]) -> Series | None:
    use = read_use("synthesize", node, host, problems, reserved=_SERIES)
    own = {key: child for key, child in node.mapping.items() if key in _SERIES and key != "donors"}
    keys = check_options(SeriesKeys, Node(own, node.place, node.key, node.folder), problems)
    named = node.mapping.get("donors")
    donors = read_use("data", named, host, problems) if named is not None and named.value is not None else None
    if keys is None or use is None:
        return None
    doses = keys["doses"]
    if any(later <= earlier for earlier, later in pairwise(doses)):
        problems.append(Problem.at(node.mapping["doses"].place, f"expected rising doses, got {list(doses)}"))
    if keys["of"] not in sets:
        problems.append(Problem.at(node.mapping["of"].place, one_of("set", keys["of"], sets)))
    return Series(use, doses, keys["draws"], keys["of"], keys["seed"], donors)


def _check_names(root: Node, plain: Mapping[str, Any], problems: list[Problem]) -> None:
    """Classes are told apart, and what names one of them names one that is there."""
    classes, cells = plain["classes"], plain["cell_classes"] or {}
    if "classes" in root.mapping and (len(set(classes)) < 2 or len(set(classes)) < len(classes)):
        message = f"expected at least two classes, each once, got [{', '.join(classes)}]"
        problems.append(Problem.at(root.mapping["classes"].place, message))
    if plain["positive"] is not None and plain["positive"] not in classes:
        problems.append(Problem.at(root.mapping["positive"].place, one_of("class", plain["positive"], classes)))
    owner: dict[str, str] = {}
    for cell, names in cells.items():
        for name, at in zip(names, root.mapping["cell_classes"].mapping[cell].items, strict=True):
            if name in owner:
                problems.append(Problem.at(at.place, f"'{name}' already belongs to the cell class '{owner[name]}'"))
            owner[name] = cell
    known = cells or dict.fromkeys(classes)
    for number, name in enumerate(plain["positive_cells"]):
        if name not in known:
            at = root.mapping["positive_cells"].items[number]
            problems.append(Problem.at(at.place, one_of("cell class", name, known)))
