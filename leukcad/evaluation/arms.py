"""The arms of a verdict and their tests.

An arm *convicts* where P(X ≥ failures | n, margin) ≤ 0.05 after Holm's correction over its family, and *clears* where
the one-sided 95 % upper limit of its failure rate is at most the margin. A control is tested uncorrected: it is there
to stop a conviction, so that the more cautious test is the one that convicts a control sooner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leukcad.errors import LeukcadError
from leukcad.evaluation.exact import ALPHA, at_least, reach, upper_limit
from leukcad.evaluation.groups import ArmResult, to_dict
from leukcad.evaluation.multiple import holm


@dataclass(frozen=True)
class Design:
    """Which arms a verdict rests on.

    untouched: the arms that make it `wrong`. edited: arm → the controls that belong to it. edits: arm → the edits
    (`ARM.EDIT`) of which the worse counts.
    """

    untouched: tuple[str, ...]
    edited: Mapping[str, tuple[str, ...]]
    edits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms, in order."""
        return (*self.untouched, *self.edited)

    @property
    def controls(self) -> tuple[str, ...]:
        """All controls, each once, in order."""
        return tuple(dict.fromkeys(name for names in self.edited.values() for name in names))


#: Data with a positive class. Pasting is controlled by plasma pasted at the same places, swapping by like for like in
#: negative and positive fields, thinning by as much inpainting of plasma.
LEUKAEMIA = Design(
    ("A+", "A-"),
    {"M0": ("sham-add",), "M1": ("sham-add",), "S": ("sham-swap-", "sham-swap+"), "L": ("sham-thin",)},
    {"M0": ("M0.natural", "M0.lymphocytes")},
)
#: Data without one: the answer must follow the cell that was put in, and stay with one of the same type.
TYPES = Design(("A",), {"T": ("sham-transplant",)})


@dataclass(frozen=True)
class Judged:
    """An arm or control with its tests. p: exact, one-sided; p_holm: over its family, equal to p for a control.

    upper: the one-sided 95 % upper limit. edits: what each of several edits gave, the arm itself is the worse one.
    """

    result: ArmResult
    p: float
    p_holm: float
    upper: float
    margin: float
    family: int
    edits: tuple[Judged, ...] = ()

    @property
    def convicts(self) -> bool:
        """Whether the failure rate is shown to exceed the margin."""
        return self.p_holm <= ALPHA

    @property
    def clears(self) -> bool:
        """Whether the failure rate is shown to be at most the margin, for each of the edits."""
        return self.upper <= self.margin and all(e.clears for e in self.edits)

    @property
    def unavailable(self) -> str:
        """Why the arm, or one of its edits, could not be made; else ''."""
        return self.result.unavailable or next((e.unavailable for e in self.edits if e.unavailable), "")

    @property
    def n(self) -> int:
        """Groups: the fewest of the edits."""
        return min([self.result.n, *(e.n for e in self.edits)])

    def to_dict(self) -> dict[str, Any]:
        """As verdict.json has it."""
        can = reach(self.result.n, self.margin, self.family)
        told: dict[str, Any] = {
            **to_dict(self.result),
            "p": self.p,
            "p_holm": self.p_holm,
            "upper": self.upper,
            "convicts": self.convicts,
            "clears": self.clears,
            "can_clear_at": can.clears,
            "can_convict_at": can.convicts,
        }
        if self.edits:
            told["edit"] = self.result.name
            told["edits"] = {e.result.name: e.to_dict() for e in self.edits}
        return told


def judge_family(
    names: tuple[str, ...], given: Mapping[str, ArmResult], design: Design, margin: float
) -> dict[str, Judged]:
    """The arms of one family of tests; one that is not given counts as unavailable and keeps its place in it."""
    raw = {name: _arm(name, given, design.edits.get(name, ()), margin, len(names)) for name in names}
    corrected = zip(raw.items(), holm([judged.p for judged in raw.values()]), strict=True)
    return {name: replace(judged, p_holm=p) for (name, judged), p in corrected}


def _arm(name: str, given: Mapping[str, ArmResult], edits: tuple[str, ...], margin: float, family: int) -> Judged:
    """One arm; of several edits the worse: the one nearest to convicting, then the one farthest from clearing."""
    if not any(edit in given for edit in edits):
        return judge(given.get(name) or absent(name), margin, family)
    if name in given:
        raise LeukcadError(f"audit: expected {name} or {' and '.join(edits)}, got both")
    judged = [judge(given.get(edit) or absent(edit), margin, family) for edit in edits]
    return replace(min(judged, key=lambda j: (j.p, -j.upper)), edits=tuple(judged))


def judge(result: ArmResult, margin: float, family: int = 1) -> Judged:
    """One control, or one arm of a family before the correction."""
    p = at_least(result.failures, result.n, margin)
    return Judged(result, p, p, upper_limit(result.failures, result.n), margin, family)


def absent(name: str) -> ArmResult:
    """An arm or control that nobody gave."""
    return ArmResult.missing(name, "was not made")
