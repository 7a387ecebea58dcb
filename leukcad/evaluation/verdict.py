"""The verdict: right, and right for the right reason? Arms, their tests, and the order of decision.

An arm *convicts* where P(X ≥ failures | n, margin) ≤ 0.05 after Holm's correction over its family, and *clears* where
the one-sided 95 % upper limit of its failure rate is at most the margin. A control is tested uncorrected: it is there
to stop a conviction, so that the more cautious test is the one that convicts a control sooner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leukcad.errors import LeukcadError
from leukcad.evaluation.exact import ALPHA, at_least, check_margin, least_n, reach, upper_limit
from leukcad.evaluation.groups import ArmResult, to_dict
from leukcad.evaluation.multiple import holm

WRONG, WRONG_REASONS, RIGHT_REASONS, UNDECIDED = "wrong", "wrong-reasons", "right-reasons", "undecided"
VERDICTS = (RIGHT_REASONS, UNDECIDED, WRONG_REASONS, WRONG)  # from the best to the worst
FEW, BETWEEN, INSTRUMENT, UNAVAILABLE = "too few groups", "between", "instrument", "arm unavailable"
CAUSES = (INSTRUMENT, UNAVAILABLE, FEW, BETWEEN)  # the order in which they are named
MARGIN = 0.20


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


@dataclass(frozen=True)
class Verdict:
    """`right-reasons`, `undecided`, `wrong-reasons` or `wrong`.

    cause: of `undecided`, the first of `causes`, else ''. deciding: the arms (and controls) that it rests on: those
    that convict; of `undecided`, those that stand in the way; of `right-reasons`, all.
    """

    verdict: str
    causes: tuple[str, ...]
    deciding: tuple[str, ...]
    arms: Mapping[str, Judged]
    controls: Mapping[str, Judged]
    margin: float
    notes: tuple[str, ...] = ()

    @property
    def cause(self) -> str:
        """Why it is undecided, '' where it is not."""
        return self.causes[0] if self.causes else ""

    def to_dict(self) -> dict[str, Any]:
        """The keys of verdict.json that follow from the counts alone."""
        return {
            "verdict": self.verdict,
            "cause": self.cause,
            "causes": list(self.causes),
            "deciding_arms": list(self.deciding),
            "margin": self.margin,
            "arms": {name: arm.to_dict() for name, arm in self.arms.items()},
            "controls": {name: control.to_dict() for name, control in self.controls.items()},
            "notes": list(self.notes),
        }


def decide(
    arms: Iterable[ArmResult],
    controls: Iterable[ArmResult] = (),
    margin: float = MARGIN,
    design: Design = LEUKAEMIA,
) -> Verdict:
    """The verdict on counts of failing groups.

    An arm or control of the design that is not given counts as unavailable, so it keeps its place in Holm's family and
    never clears; a control that could not be made does not convict either. M0 may be given as one arm, where donors
    have no sub-types, or as `M0.natural` and `M0.lymphocytes`, of which the worse counts. Raises LeukcadError for a
    name that the design does not know, one given twice, or a margin outside (0, 1).
    """
    check_margin(margin)
    edits = {edit for names in design.edits.values() for edit in names}
    given = _by_name(arms, {*design.arms, *edits})
    shams = _by_name(controls, set(design.controls))
    judged = {
        **_family(design.untouched, given, design, margin),
        **_family(tuple(design.edited), given, design, margin),
    }
    checked = {name: _judge(shams.get(name) or _absent(name), margin) for name in design.controls}
    verdict, causes, deciding = _order(judged, checked, design, margin)
    return Verdict(verdict, causes, deciding, judged, checked, margin, _notes(judged, checked, design))


def _order(
    arms: Mapping[str, Judged], controls: Mapping[str, Judged], design: Design, margin: float
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """(verdict, causes, deciding arms), by the page's order of decision."""
    if wrong := [name for name in design.untouched if arms[name].convicts]:
        return WRONG, (), tuple(wrong)
    convicting = [name for name in design.edited if arms[name].convicts]
    blocked = {name: [c for c in design.edited[name] if controls[c].convicts] for name in convicting}
    if shown := [name for name in convicting if not blocked[name]]:
        return WRONG_REASONS, (), tuple(shown)
    together = {**arms, **controls}
    hanging = [name for name, judged in together.items() if not judged.clears]
    if not hanging:
        return RIGHT_REASONS, (), tuple(together)
    found = {_cause(name, together[name], controls, margin) for name in hanging}
    return UNDECIDED, tuple(cause for cause in CAUSES if cause in found), tuple(hanging)


def _cause(name: str, judged: Judged, controls: Mapping[str, Judged], margin: float) -> str:
    """Why an arm or control that does not clear leaves the verdict open."""
    if judged.convicts:
        return INSTRUMENT  # a control, or an arm whose control convicts
    if judged.unavailable:
        return UNAVAILABLE
    if judged.n < least_n(margin):
        return FEW
    return INSTRUMENT if name in controls else BETWEEN


def _family(names: tuple[str, ...], given: Mapping[str, ArmResult], design: Design, margin: float) -> dict[str, Judged]:
    """The arms of one family of tests."""
    raw = {name: _arm(name, given, design.edits.get(name, ()), margin, len(names)) for name in names}
    corrected = zip(raw.items(), holm([judged.p for judged in raw.values()]), strict=True)
    return {name: replace(judged, p_holm=p) for (name, judged), p in corrected}


def _arm(name: str, given: Mapping[str, ArmResult], edits: tuple[str, ...], margin: float, family: int) -> Judged:
    """One arm; of several edits the worse: the one nearest to convicting, then the one farthest from clearing."""
    if not any(edit in given for edit in edits):
        return _judge(given.get(name) or _absent(name), margin, family)
    if name in given:
        raise LeukcadError(f"audit: expected {name} or {' and '.join(edits)}, got both")
    judged = [_judge(given.get(edit) or _absent(edit), margin, family) for edit in edits]
    return replace(min(judged, key=lambda j: (j.p, -j.upper)), edits=tuple(judged))


def _judge(result: ArmResult, margin: float, family: int = 1) -> Judged:
    p = at_least(result.failures, result.n, margin)
    return Judged(result, p, p, upper_limit(result.failures, result.n), margin, family)


def _absent(name: str) -> ArmResult:
    return ArmResult.missing(name, "was not made")


def _by_name(results: Iterable[ArmResult], known: set[str]) -> dict[str, ArmResult]:
    found: dict[str, ArmResult] = {}
    for result in results:
        if result.name not in known:
            raise LeukcadError(f"audit: no arm or control {result.name!r} (known: {', '.join(sorted(known))})")
        if result.name in found:
            raise LeukcadError(f"audit: expected each arm once, got {result.name} twice")
        found[result.name] = result
    return found


def _notes(arms: Mapping[str, Judged], controls: Mapping[str, Judged], design: Design) -> tuple[str, ...]:
    """What a reader must know: what could not be made, and what so few groups can show."""
    notes = [f"{name}: {j.unavailable}" for name, j in {**arms, **controls}.items() if j.unavailable]
    for name, judged in arms.items():
        can = reach(judged.n, judged.margin, judged.family)
        if judged.n and can.clears is None:
            notes.append(f"{name}: {can.sentence}")
    for name, names in design.edited.items():
        if arms[name].convicts and not any(controls[c].result.n for c in names):
            notes.append(f"{name}: convicts without a control ({', '.join(names)} could not be made)")
    return tuple(notes)
