"""From the answers of an arm to failing groups: the unit of a verdict is the group, never the field, never the draw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from leukcad.errors import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.intervals import Interval, clopper_pearson

WRONG_UNTOUCHED = "wrong untouched"  # why a group does not enter an arm
NO_DRAWS = "no draws"


@dataclass(frozen=True)
class ArmResult:
    """How many of the n groups that entered an arm (or a control) fail it.

    dropped: groups that did not enter, by why. unavailable: why the arm could not be made at all, else ''. failing:
    group → whether it fails, where known: what comparisons and agreements need. Raises LeukcadError unless
    0 ≤ failures ≤ n.
    """

    name: str
    failures: int
    n: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    unavailable: str = ""
    failing: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.failures <= self.n:
            raise LeukcadError(f"arm {self.name}: failures: expected 0 to {self.n}, got {self.failures}")
        if self.failing and (sum(self.failing.values()), len(self.failing)) != (self.failures, self.n):
            raise LeukcadError(f"arm {self.name}: failing: expected {self.failures} of {self.n} groups to fail")

    @classmethod
    def of(cls, name: str, failing: Mapping[str, bool], dropped: Mapping[str, int] | None = None) -> Self:
        """The result of an arm whose groups are told one by one."""
        return cls(name, sum(failing.values()), len(failing), dict(dropped or {}), failing=dict(failing))

    @classmethod
    def missing(cls, name: str, why: str) -> Self:
        """An arm that could not be made (no blast donors, say)."""
        return cls(name, 0, 0, unavailable=why)

    @property
    def rate(self) -> float | None:
        """The share of groups that fail, None without groups."""
        return self.failures / self.n if self.n else None

    @property
    def interval(self) -> Interval:
        """The two-sided 95 % interval of the rate."""
        return clopper_pearson(self.failures, self.n)


def failing(answers: Iterable[Answer]) -> dict[str, bool]:
    """Group → whether it fails: at least half of its draws do not give the true answer. An abstention does not.

    The answers of one arm; a group with several source fields has the draws of all of them. Raises LeukcadError for an
    answer without truth: an arm is scored, so that its truth is known.
    """
    found: dict[str, list[bool]] = defaultdict(list)
    for answer in answers:
        if answer.truth is None:
            raise LeukcadError(
                f"arm {answer.set}: field {answer.field}: expected a truth, got none",
                cure="judge fields whose truth is known",
            )
        found[answer.group].append(answer.right)
    return {group: 2 * right.count(False) >= len(right) for group, right in found.items()}


def positive_share(answers: Iterable[Answer], positive: str) -> dict[str, bool]:
    """Group → whether it is called positive: at least half of its draws are. An abstention is not."""
    found: dict[str, list[bool]] = defaultdict(list)
    for answer in answers:
        found[answer.group].append(answer.called == positive)
    return {group: 2 * sum(called) >= len(called) for group, called in found.items()}


def tally(name: str, answers: Iterable[Answer], untouched: Mapping[str, bool] | None = None) -> ArmResult:
    """One arm or control, counted by group.

    untouched: group → whether it fails when untouched, of the fields that the arm was made from (`failing` of their
    answers). Only groups that are right when untouched enter; the others are counted as dropped, and so are groups
    that entered with no draw, since too few cells fitted. None for A+, A− and A, which are the untouched fields.
    """
    found = failing(answers)
    if untouched is None:
        return ArmResult.of(name, found)
    if strangers := found.keys() - untouched.keys():
        raise LeukcadError(f"arm {name}: expected groups with untouched fields, got {min(strangers)!r}")
    right = [group for group, fails in untouched.items() if not fails]
    dropped = {
        WRONG_UNTOUCHED: len(untouched) - len(right),
        NO_DRAWS: sum(group not in found for group in right),
    }
    return ArmResult.of(name, {group: found[group] for group in right if group in found}, dropped)


def either(first: ArmResult, second: ArmResult, name: str = "") -> ArmResult:
    """The groups that entered both; one fails where it fails either. For comparisons on M0 with its two edits."""
    shared = [group for group in first.failing if group in second.failing]
    return ArmResult.of(name or first.name, {g: first.failing[g] or second.failing[g] for g in shared})


def to_dict(result: ArmResult) -> dict[str, Any]:
    """Failures, n, rate with interval, and what was dropped, as verdict.json has it."""
    low, high = result.interval
    told = {"failures": result.failures, "n": result.n, "rate": result.rate, "low": low, "high": high}
    return {**told, "dropped": dict(result.dropped), "unavailable": result.unavailable}
