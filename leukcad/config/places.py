"""Where in a file something was written, and what is wrong there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leukcad.errors import LeukcadError

SHOWN_NAMES = 24


@dataclass(frozen=True)
class Place:
    """A position as an editor counts it: line and column from 1; line 0 for an origin without lines (``--set``)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Problem:
    """One mistake in a configuration, on one line."""

    file: str
    line: int
    column: int
    message: str

    @classmethod
    def at(cls, place: Place, message: str) -> Problem:
        """The problem `message` at `place`."""
        return cls(place.file, place.line, place.column, " ".join(message.split()))

    def __str__(self) -> str:
        return f"{Place(self.file, self.line, self.column)}: {self.message}"


class ConfigError(LeukcadError):
    """All that is wrong with a configuration: `problems`, in file order; str() gives one line for each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        files = list(dict.fromkeys(problem.file for problem in problems))
        unique = dict.fromkeys(problems)
        self.problems = tuple(sorted(unique, key=lambda p: (files.index(p.file), p.line, p.column)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(name: str, known: Iterable[str]) -> str:
    """What to say after "unknown …": the known name nearest to `name`, if one is near, and the known ones."""
    names = sorted(set(known))
    if not names:
        return "none is known here"
    lowered = {candidate.lower(): candidate for candidate in reversed(names)}
    wanted = name.lower()
    close = difflib.get_close_matches(wanted, lowered, n=1, cutoff=0.6)
    close = close or [candidate for candidate in lowered if len(wanted) > 2 and wanted in candidate][:1]
    hint = f"did you mean '{lowered[close[0]]}'? " if close else ""
    more = len(names) - SHOWN_NAMES
    shown = ", ".join(names[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
    return f"{hint}known: {shown}"


def one_of(word: str, name: str, known: Iterable[str]) -> str:
    """The whole message for an unknown name: ``unknown key 'epoch'; did you mean 'epochs'? known: …``."""
    return f"unknown {word} '{name}'; {nearest(name, known)}"
