"""A whole pipeline file, checked: from YAML to a `PipelineSpec`, or every mistake in it at once."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.config.augment import Augment, read_augment
from leukcad.config.bench import Audit, Bench, Series, read_bench
from leukcad.config.extends import load_extended
from leukcad.config.keys import BENCH, OWN, Plain
from leukcad.config.nodes import Node
from leukcad.config.options import plain_options
from leukcad.config.places import ConfigError, Problem, one_of
from leukcad.config.settings import set_all
from leukcad.config.steps import read_steps
from leukcad.config.uses import Checker, Use

if TYPE_CHECKING:
    from leukcad.host import Host


@dataclass(frozen=True)
class PipelineSpec:
    """A checked pipeline. `plain` is the whole of it as YAML holds it, with absolute paths: dump it, load it again."""

    name: str
    file: Path
    title: str
    data: Use
    cells: Use | None
    test: Use | None
    tests: dict[str, Use]
    classes: tuple[str, ...]
    positive: str | None
    cell_classes: dict[str, tuple[str, ...]]
    positive_cells: tuple[str, ...]
    split: dict[str, Any]
    synthesize: Series | None
    threshold: dict[str, Any]
    steps: tuple[Use, ...]
    explained: int
    seed: int
    device: str
    observe: tuple[Use, ...]
    plain: dict[str, Any]
    augment: Augment | None = None
    quick: bool = False
    audit: Audit = field(default_factory=Audit)

    def bench(self) -> dict[str, Any]:
        """The bench's keys out of `plain`: what a comparison holds equal."""
        return {key: self.plain[key] for key in BENCH if key in self.plain}


def load_pipeline(
    path: str | os.PathLike[str],
    host: Host,
    sets: Iterable[str] = (),
    bench: str | os.PathLike[str] | None = None,
    quick: bool = False,
    must_exist: bool = True,
) -> PipelineSpec:
    """The pipeline in the file at `path`, with what it extends, another `bench` and ``--set`` changes laid over it.

    Imports the modules of the components it names, and nothing heavy. Without `must_exist`, files and folders that it
    names may be missing (a trained run that was moved to where its data are not). Raises ConfigError with all mistakes.
    """
    file = Path(path)
    root = set_all(_with_bench(load_extended(file), bench), sets)
    check = Checker(host, [], must_exist)
    plain = _checked_keys(root, check)
    steps = read_steps(root.mapping.get("steps"), root, check)
    observe = _observers(root.mapping.get("observe"), check)
    augment = read_augment(root.mapping.get("augment"), check)
    around = read_bench(root, plain, check)
    _check_classes(root, plain, steps, check)
    if check.problems or around is None or plain is None:
        raise ConfigError(check.problems)
    return _spec(file, plain, around, steps, observe, augment, quick)


def load_bench(path: str | os.PathLike[str], host: Host, sets: Iterable[str] = (), quick: bool = False) -> PipelineSpec:
    """The bench in the file at `path` (a bench, or a pipeline on one), as a pipeline without steps.

    Raises ConfigError with all mistakes.
    """
    file = Path(path)
    tree = set_all(load_extended(file), sets)
    root = Node({k: v for k, v in tree.mapping.items() if k not in OWN}, tree.place, tree.key, tree.folder)
    check = Checker(host, [])
    plain = _checked_keys(root, check)
    around = read_bench(root, plain, check)
    if plain is not None and not plain["classes"]:
        check.add(root.place, "'classes' is missing: the classes of fields, such as [healthy, ALL]")
    if check.problems or around is None or plain is None:
        raise ConfigError(check.problems)
    return _spec(file, plain, around, (), (), None, quick)


def _checked_keys(root: Node, check: Checker) -> dict[str, Any] | None:
    """The plain keys; unknown ones are mistakes."""
    for key, child in root.mapping.items():
        if key not in (*BENCH, *OWN):
            check.add(child.key or child.place, one_of("key", key, (*BENCH, *OWN, "extends")))
    return _plain_keys(root, check)


def _with_bench(root: Node, bench: str | os.PathLike[str] | None) -> Node:
    if bench is None:
        return root
    other = load_extended(bench)
    wrong = [
        Problem.at(child.key or child.place, f"'{key}' is no key of a bench; known: {', '.join(BENCH)}")
        for key, child in other.mapping.items()
        if key not in BENCH
    ]
    if wrong:
        raise ConfigError(wrong)
    kept = {key: child for key, child in root.mapping.items() if key not in BENCH}
    return Node({**kept, **other.mapping}, root.place, root.key, root.folder)


def _plain_keys(root: Node, check: Checker) -> dict[str, Any] | None:
    names = inspect.signature(Plain).parameters
    own = {key: child for key, child in root.mapping.items() if key in names}
    return check.options(Plain, Node(own, root.place, root.key, root.folder))


def _observers(node: Node | None, check: Checker) -> tuple[Use, ...]:
    if node is None or node.value is None:
        return ()
    if not isinstance(node.value, list | tuple):
        check.add(node.place, f"expected a list of observers ([{{use: name}}]), got {node.kind}")
        return ()
    uses = (check.use("observe", item) for item in node.items)
    return tuple(use for use in uses if use is not None)


def _check_classes(root: Node, plain: Mapping[str, Any] | None, steps: tuple[Use, ...], check: Checker) -> None:
    answering = next((use for use in steps if use.stage in ("classify", "diagnose")), None)
    if plain is not None and answering is not None and not plain["classes"]:
        message = (
            f"'classes' is missing: the classes of fields, which '{answering.stage}' needs, such as [healthy, ALL]"
        )
        check.add(root.place, message)


def _spec(
    file: Path,
    plain: dict[str, Any],
    bench: Bench,
    steps: tuple[Use, ...],
    observe: tuple[Use, ...],
    augment: Augment | None,
    quick: bool,
) -> PipelineSpec:
    cell_classes = plain["cell_classes"] or {}
    whole: dict[str, Any] = {
        "title": plain["title"],
        "data": bench.data.plain,
        "cells": bench.cells and bench.cells.plain,
        "test": bench.test and bench.test.plain,
        "tests": {name: use.plain for name, use in bench.tests.items()},
        **{key: plain_options(plain[key]) for key in ("classes", "positive")},
        "cell_classes": plain_options(cell_classes),
        "positive_cells": list(plain["positive_cells"]),
        "split": bench.split,
        "synthesize": bench.synthesize and bench.synthesize.plain,
        "threshold": bench.threshold,
        "audit": bench.audit and bench.audit.plain,
        "augment": augment and augment.plain,
        "steps": [{use.stage: use.plain} for use in steps],
        **{key: plain[key] for key in ("explained", "seed", "device")},
        "observe": [use.plain for use in observe],
    }
    whole = {key: value for key, value in whole.items() if value not in (None, {}, [], "")}
    return PipelineSpec(
        name=file.stem,
        file=file,
        title=plain["title"],
        data=bench.data,
        cells=bench.cells,
        test=bench.test,
        tests=bench.tests,
        classes=plain["classes"],
        positive=plain["positive"],
        cell_classes=cell_classes,
        positive_cells=plain["positive_cells"],
        split=bench.split,
        synthesize=bench.synthesize,
        threshold=bench.threshold,
        steps=steps,
        explained=plain["explained"],
        seed=plain["seed"],
        device=plain["device"],
        observe=observe,
        plain=whole,
        augment=augment,
        quick=quick,
        audit=bench.audit or Audit(of=bench.synthesize.of if bench.synthesize else "test"),
    )
