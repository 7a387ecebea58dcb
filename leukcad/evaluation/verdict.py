"""The verdict: right, and right for the right reason? The order of decision over judged arms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leukcad.errors import LeukcadError
from leukcad.evaluation.arms import LEUKAEMIA, Design, Judged, absent, judge, judge_family
from leukcad.evaluation.exact import check_margin, least_n, reach
from leukcad.evaluation.groups import ArmResult

WRONG, WRONG_REASONS, RIGHT_REASONS, UNDECIDED = "wrong", "wrong-reasons", "right-reasons", "undecided"
VERDICTS = (RIGHT_REASONS, UNDECIDED, WRONG_REASONS, WRONG)  # from the best to the worst
FEW, BETWEEN, INSTRUMENT, UNAVAILABLE = "too few groups", "between", "instrument", "arm unavailable"
CAUSES = (INSTRUMENT, UNAVAILABLE, FEW, BETWEEN)  # the order in which they are named
MARGIN = 0.20


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
        **judge_family(design.untouched, given, design, margin),
        **judge_family(tuple(design.edited), given, design, margin),
    }
    checked = {name: judge(shams.get(name) or absent(name), margin) for name in design.controls}
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
        hanging = [controls[c] for c in names if controls[c].result.failures and not controls[c].clears]
        notes += [
            f"{name} convicts, but its control {c.result.name} fails in {c.result.failures} of {c.n}: "
            "editing alone is not shown to leave answers alone"
            for c in hanging
            if arms[name].convicts and not c.convicts
        ]
    return tuple(notes)
