"""What can be said of a claim, and the rule by which figures of several seeds become one such word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

REPRODUCED = "reproduced"
COMPATIBLE = "compatible"
NOT_REPRODUCED = "not reproduced"
IMPOSSIBLE = "impossible as printed"
CONTRADICTED = "contradicted by its own text"
NOT_STATED = "not stated"
SEEN = "pattern seen"
NOT_SEEN = "pattern not seen"
NOT_RUN = "not run"
OUT_OF_SCOPE = "out of scope"
STATES = (
    *(REPRODUCED, COMPATIBLE, NOT_REPRODUCED, IMPOSSIBLE, CONTRADICTED, NOT_STATED),
    *(SEEN, NOT_SEEN, NOT_RUN, OUT_OF_SCOPE),
)

MOST_SEEDS = 0.8  # of the seeds must agree: 4 of 5
LEAST_SEEDS = 5  # below, nothing counts as reproduced


@dataclass(frozen=True)
class Entry:
    """A line of the ledger. printed: what the study says; ours: what was measured here, '' for nothing."""

    claim: str
    where: str
    printed: str
    ours: str
    state: str
    why: str

    def to_dict(self) -> dict[str, str]:
        """As ledger.json has it."""
        return {name: str(value) for name, value in asdict(self).items()}


def state_of(holds: Sequence[bool], real: bool, within: bool) -> str:
    """The word for a claim that `holds` or not in each seed; within: whether the printed value lies in our interval.

    Reproduced asks for real data and 4 of 5 seeds; data that were drawn show a pattern or do not.
    """
    if not holds:
        return NOT_RUN
    most = sum(holds) >= MOST_SEEDS * len(holds)
    if not real:
        return SEEN if most else NOT_SEEN
    if most and len(holds) >= LEAST_SEEDS:
        return REPRODUCED
    return COMPATIBLE if within or most else NOT_REPRODUCED


def seeds_say(holds: Sequence[bool]) -> str:
    """'in 3 of 5 seeds'."""
    return f"in {sum(holds)} of {len(holds)} seed{'s' if len(holds) > 1 else ''}"


def percent(value: float | None) -> str:
    """A share as '72.73 %', '–' where undefined."""
    return "–" if value is None else f"{100 * value:.2f} %"


def counted(states: Sequence[str]) -> dict[str, Any]:
    """How often each state occurs, in the order of `STATES`, those that occur."""
    return {state: states.count(state) for state in STATES if state in states}
