"""The bench's part of a pipeline file: data, tests, classes, split, series, threshold."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from leukcad.config.keys import SPLITS, AuditKeys, SeriesKeys, Threshold
from leukcad.config.nodes import Node
from leukcad.config.options import plain_options
from leukcad.config.places import one_of
from leukcad.config.uses import Checker, Use

_SET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")
_TAKEN = re.compile(r"train|validation|test|split_test|imgSynt\d*")
#: The keys of `synthesize` that are not the component's own.
SERIES = (*inspect.signature(SeriesKeys).parameters, "donors")
_AUDIT = (*inspect.signature(AuditKeys).parameters, "donors")


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
class Audit:
    """How pipelines are judged: `AuditKeys`, checked. k: cells that are added, None: found out; of: the set edited.

    positions: a file of the only places that cells are added at, None: they are found.
    """

    margin: float = 0.2
    draws: int = 5
    k: int | None = None
    min_blasts: int = 1
    doses: tuple[int, ...] = (1, 2, 5, 10, 20)
    of: str = "test"
    donors: Use | None = None
    positions: Path | None = None

    @property
    def plain(self) -> dict[str, Any]:
        """As YAML holds it."""
        keys = {"margin": self.margin, "draws": self.draws, "k": self.k or "auto", "min_blasts": self.min_blasts}
        more: dict[str, Any] = {"donors": self.donors.plain} if self.donors else {}
        more |= {"positions": str(self.positions)} if self.positions else {}
        return {**keys, "doses": list(self.doses), "of": self.of, **more}


@dataclass(frozen=True)
class Bench:
    """What a comparison holds equal, checked. audit: None where the file says nothing of it."""

    data: Use
    cells: Use | None
    test: Use | None
    tests: dict[str, Use]
    split: dict[str, Any]
    synthesize: Series | None
    threshold: dict[str, Any]
    audit: Audit | None = None


def read_bench(root: Node, plain: Mapping[str, Any] | None, check: Checker) -> Bench | None:
    """The bench out of the root of a pipeline file; `plain` are its checked plain keys. None if something is wrong."""
    before = len(check.problems)
    keys = {key: child for key, child in root.mapping.items() if child.value is not None}
    data = check.use_if_named("data", keys.get("data"))
    if "data" not in keys:
        message = "'data' is missing: where the fields come from, such as {use: folder, path: …}, or 'extends: a bench'"
        check.add(root.place, message)
    cells = check.use_if_named("data", keys.get("cells"))
    test = check.use_if_named("data", keys.get("test"))
    tests = _tests(keys.get("tests"), check)
    split = _split(keys.get("split"), root, check)
    series = _series(keys["synthesize"], {"test", "split_test", *tests}, check) if "synthesize" in keys else None
    threshold = check.options(Threshold, keys.get("threshold", Node(None, root.place)))
    audit = _audit(keys["audit"], {"test", "split_test", *tests}, series, check) if "audit" in keys else None
    if plain is not None:
        _check_names(root, plain, check)
    if len(check.problems) > before or data is None or threshold is None:
        return None
    return Bench(data, cells, test, tests, split, series, threshold, audit)


def _tests(node: Node | None, check: Checker) -> dict[str, Use]:
    if node is None:
        return {}
    if not isinstance(node.value, Mapping):
        check.add(node.place, f"expected further test sets by name (name: {{use: …}}), got {node.kind}")
    found = {}
    for name, child in node.mapping.items():
        place = child.key or child.place
        if not _SET_NAME.fullmatch(name):
            check.add(place, f"expected a set's name of letters, digits, - and _, got {name!r}")
        elif _TAKEN.fullmatch(name):
            check.add(place, f"the name '{name}' is taken: choose another for this set")
        elif use := check.use("data", child):
            found[name] = use
    return found


def _split(node: Node | None, root: Node, check: Checker) -> dict[str, Any]:
    node = node or Node("lexicographic", root.place, None, root.folder)
    named = node if isinstance(node.value, str) else node.mapping.get("use")
    if named is None or not isinstance(named.value, str):
        message = f"expected {{use: rule, …}}, got {node.kind}; known: {', '.join(SPLITS)}"
        check.add(node.place, message)
        return {}
    if named.value not in SPLITS:
        check.add(named.place, one_of("split", named.value, SPLITS))
        return {}
    body = Node(node.mapping, node.place, node.key, node.folder)
    options = check.options(SPLITS[named.value], body)
    if options is None:
        return {}
    shares = [options[side] for side in ("train", "validation", "test") if side in options]
    if shares and (abs(sum(shares) - 1) > 1e-6 or shares[0] == 0):
        told = " + ".join(f"{share:g}" for share in shares)
        check.add(node.place, f"expected train > 0 and train + validation + test = 1, got {told}")
    if "k" in options and options["fold"] >= options["k"]:
        place = node.mapping["fold"].place if "fold" in node.mapping else node.place
        check.add(place, f"expected a fold from 0 to {options['k'] - 1}, got {options['fold']}")
    return {"use": named.value, **plain_options(options)}


def _series(node: Node, sets: set[str], check: Checker) -> Series | None:
    use = check.use("synthesize", node, reserved=SERIES)
    own = {key: child for key, child in node.mapping.items() if key in SERIES and key != "donors"}
    keys = check.options(SeriesKeys, Node(own, node.place, node.key, node.folder))
    named = node.mapping.get("donors")
    donors = check.use_if_named("data", named)
    if keys is None or use is None:
        return None
    _check_edits(node, keys, sets, check)
    return Series(use, keys["doses"], keys["draws"], keys["of"], keys["seed"], donors)


def _audit(node: Node, sets: set[str], series: Series | None, check: Checker) -> Audit | None:
    if not isinstance(node.value, Mapping):
        check.add(node.place, f"expected a mapping ({', '.join(_AUDIT)}), got {node.kind}")
        return None
    for key, child in node.mapping.items():
        if key not in _AUDIT:
            check.add(child.key or child.place, one_of("key", key, _AUDIT))
    own = {key: child for key, child in node.mapping.items() if key in _AUDIT and key != "donors"}
    keys = check.options(AuditKeys, Node(own, node.place, node.key, node.folder))
    donors = check.use_if_named("data", node.mapping.get("donors"))
    if keys is None:
        return None
    of = keys["of"] or (series.of if series else "test")
    _check_edits(node, {**keys, "of": of}, sets, check)
    k = None if keys["k"] == "auto" else keys["k"]
    return Audit(keys["margin"], keys["draws"], k, keys["min_blasts"], keys["doses"], of, donors, keys["positions"])


def _check_edits(node: Node, keys: Mapping[str, Any], sets: set[str], check: Checker) -> None:
    """Doses rise, and the set that is edited is there."""
    doses = keys["doses"]
    if any(later <= earlier for earlier, later in pairwise(doses)):
        check.add(node.mapping["doses"].place, f"expected rising doses, got {list(doses)}")
    if "of" in node.mapping and keys["of"] not in sets:
        check.add(node.mapping["of"].place, one_of("set", keys["of"], sets))


def _check_names(root: Node, plain: Mapping[str, Any], check: Checker) -> None:
    """Classes are told apart, and what names one of them names one that is there."""
    classes, cells = plain["classes"], plain["cell_classes"] or {}
    if "classes" in root.mapping and (len(set(classes)) < 2 or len(set(classes)) < len(classes)):
        message = f"expected at least two classes, each once, got [{', '.join(classes)}]"
        check.add(root.mapping["classes"].place, message)
    if plain["positive"] is not None and plain["positive"] not in classes:
        check.add(root.mapping["positive"].place, one_of("class", plain["positive"], classes))
    owner: dict[str, str] = {}
    for cell, names in cells.items():
        for name, at in zip(names, root.mapping["cell_classes"].mapping[cell].items, strict=True):
            if name in owner:
                check.add(at.place, f"'{name}' already belongs to the cell class '{owner[name]}'")
            owner[name] = cell
    known = cells or dict.fromkeys(classes)
    for number, name in enumerate(plain["positive_cells"]):
        place = root.mapping["positive_cells"].items[number].place
        if name not in known:
            check.add(place, one_of("cell class", name, known))
        elif name in plain["positive_cells"][:number]:
            check.add(place, f"'{name}' stands there twice")
