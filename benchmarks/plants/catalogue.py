"""All plants, and those from outside."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from leukcad import LeukcadError
from plants import mixed, oracles, shortcuts, two_step
from plants.plant import COUNT, LABORATORY, Plant, Rule

PLANTS: list[Plant] = [*oracles.PLANTS, *two_step.PLANTS, *shortcuts.PLANTS, *mixed.PLANTS]
BENCHES = (COUNT, LABORATORY)


def plants_of(bench: str, outside: Iterable[str] = ()) -> list[Plant]:
    """The plants that are judged on `bench`, and those named as `module:function`, on every bench."""
    return [p for p in PLANTS if bench in p.benches] + [from_outside(name) for name in outside]


def from_outside(target: str) -> Plant:
    """The plant that `module:function` names: a function over a batch of fields, one class or None for each.

    Raises `LeukcadError` where there is none.
    """
    module, _, name = target.partition(":")
    try:
        rule: Rule = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        cure = "write module:function, the module where Python finds it: PYTHONPATH=. for one in this folder"
        raise LeukcadError(
            f"--plant {target}: expected a function over a batch of fields, got {error}", cure=cure
        ) from error
    if not callable(rule):
        raise LeukcadError(f"--plant {target}: expected a function, got {type(rule).__name__}")
    return Plant(target, "mixed", "from outside", lambda training: rule, BENCHES)
