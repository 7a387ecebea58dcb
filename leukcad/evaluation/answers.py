"""One answer of a pipeline to one field, as it is kept in a run: a line of JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from leukcad.errors import LeukcadError

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Answer:
    """What a pipeline called one field of one set; checked when made.

    truth: the field's label, None where unknown. probabilities: one a class, in [0, 1]. called: one of these classes,
    or None where the pipeline abstained, for `reason`. dose: cells that were added; draw: which of several ways to
    add them. cells: how many cells the pipeline answered from. sha256: of the pixels, '' where they could not be read.
    """

    set: str
    field: str
    source: str
    group: str
    truth: str | None
    probabilities: Mapping[str, float]
    called: str | None
    reason: str = ""
    dose: int = 0
    draw: int = 0
    cells: int = 0
    sha256: str = ""

    def __post_init__(self) -> None:
        for name in ("set", "field", "source", "group"):
            self._require(name, "a non-empty text", lambda v: isinstance(v, str) and v != "")
        self._require("truth", "a class or None", lambda v: v is None or (isinstance(v, str) and v != ""))
        self._require("reason", "a text", lambda v: isinstance(v, str))
        for name in ("dose", "draw", "cells"):
            self._require(name, "a whole number ≥ 0", lambda v: type(v) is int and v >= 0)
        self._require("sha256", "64 hexadecimal digits or ''", lambda v: v == "" or bool(_SHA256.match(str(v))))
        self._require("probabilities", "a probability in [0, 1] for each class", _are_probabilities)
        known = ", ".join(self.probabilities)
        self._require("called", f"one of {known}, or None", lambda v: v is None or v in self.probabilities)

    def _require(self, name: str, expected: str, holds: Any) -> None:
        value = getattr(self, name)
        if not holds(value):
            raise LeukcadError(f"answer {self.set}/{self.field}: {name}: expected {expected}, got {value!r:.80}")

    @property
    def right(self) -> bool:
        """Whether the true class was called; an abstention is not right."""
        return self.called is not None and self.called == self.truth

    def to_json(self) -> str:
        """One line of JSON, without the line's end."""
        told = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return json.dumps({**told, "probabilities": dict(self.probabilities)}, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """The answer on a line that `to_json` wrote. Raises LeukcadError for anything else."""
        try:
            told = json.loads(line, object_pairs_hook=_once)
        except ValueError as error:
            raise LeukcadError(f"not an answer: {error}", cure="delete the file and test again") from error
        names = [f.name for f in dataclasses.fields(cls)]
        if not isinstance(told, dict) or set(told) != set(names):
            came = ", ".join(told) if isinstance(told, dict) else type(told).__name__
            raise LeukcadError(f"not an answer: expected {', '.join(names)}, got {came:.200}")
        return cls(**told)


def _are_probabilities(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and len(value) > 0
        and all(isinstance(name, str) and type(p) in (int, float) for name, p in value.items())
        and all(math.isfinite(p) and -1e-5 <= p <= 1 + 1e-5 for p in value.values())
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a key stands twice")
    return told
