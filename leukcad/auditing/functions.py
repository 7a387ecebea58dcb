"""Judging a Python function: `module:function` takes pictures and answers a class, probabilities, or None."""

from __future__ import annotations

import importlib
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from leukcad.answering import Answered
from leukcad.errors import LeukcadError
from leukcad.types import Field

NAMED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
TAKES = "a list of uint8 (H, W, 3) arrays"
ANSWERS = "a class name, a mapping of class to probability, or None for each"


class Function:
    """A function as an `Answerer`.

    It takes a list of uint8 (H, W, 3) RGB arrays (with an attribute `takes_fields` that is true, of `leukcad.Field`)
    and answers one class name, mapping of class to probability, or None (it abstains) each. Of probabilities the
    likeliest class is called. What it raises or answers amiss is a LeukcadError.
    """

    def __init__(self, function: Callable[..., Any], classes: Sequence[str], name: str = "") -> None:
        self.function, self.classes = function, tuple(classes)
        self.name = name or f"{function.__module__}:{getattr(function, '__qualname__', type(function).__qualname__)}"

    def answers(self, fields: Sequence[Field]) -> list[Answered]:
        """One answer a field."""
        given = list(fields) if getattr(self.function, "takes_fields", False) else [f.array() for f in fields]
        try:
            told = list(self.function(given))
        except LeukcadError:
            raise
        except Exception as error:  # a stranger's code
            raise LeukcadError(
                f"{self.name} raised {type(error).__name__}: {error}", cure=f"it takes {TAKES} and answers {ANSWERS}"
            ) from error
        if len(told) != len(fields):
            raise LeukcadError(
                f"{self.name}: expected {len(fields)} answers, got {len(told)}", cure=f"answer {ANSWERS}"
            )
        return [self._answered(one) for one in told]

    def _answered(self, told: Any) -> Answered:
        if told is None:
            return Answered(dict.fromkeys(self.classes, 1 / len(self.classes)), None, "abstained")
        if isinstance(told, str):
            self._known([told])
            return Answered({c: float(c == told) for c in self.classes}, told)
        if isinstance(told, Mapping) and told:
            self._known(told)
            row = {c: self._probability(told.get(c, 0.0)) for c in self.classes}
            return Answered(row, max(row, key=lambda c: row[c]))
        raise LeukcadError(f"{self.name}: expected {ANSWERS}, got {told!r:.60}")

    def _known(self, names: Sequence[str] | Mapping[str, Any]) -> None:
        if unknown := [name for name in names if name not in self.classes]:
            classes = ", ".join(self.classes)
            raise LeukcadError(f"{self.name}: unknown class {unknown[0]!r}", cure=f"the bench's classes are {classes}")

    def _probability(self, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not 0 <= number <= 1:
            raise LeukcadError(f"{self.name}: expected a probability in [0, 1], got {value!r:.60}")
        return number


def named(what: str) -> Callable[..., Any]:
    """The function that `module:function` names; modules are also looked for in the working directory.

    Raises LeukcadError.
    """
    module_name, _, name = what.partition(":")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
    except Exception as error:  # a stranger's code
        raise LeukcadError(
            f"{what}: the module {module_name!r} cannot be imported: {type(error).__name__}: {error}",
            cure="run leukcad where the module lies, or install it",
        ) from error
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise LeukcadError(f"{what}: expected a function {name!r} in {module_name}, got {type(found).__name__}")
    function: Callable[..., Any] = found
    return function
