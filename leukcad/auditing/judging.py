"""From an answer book to a verdict: verdict.json as plain data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from leukcad.auditing.arms import CURVE, DROPPED, PREFIX, SHAM_CURVE, TWIN, Arm
from leukcad.auditing.curves import curve
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.arms import LEUKAEMIA, TYPES, Design
from leukcad.evaluation.groups import ArmResult, failing, positive_share, tally, to_dict
from leukcad.evaluation.kappa import agreement
from leukcad.evaluation.per_field import CAVEAT, describe
from leukcad.evaluation.shortcut import shortcut_index
from leukcad.evaluation.verdict import MARGIN, decide

FORMAT = 1  # of verdict.json
UNTOUCHED = ("A+", "A-", "A")
DRAWS = 5  # the usual number


class Case:
    """All answers of one model in one audit, sorted by set; with a positive class, other classes are one."""

    def __init__(self, brief: Mapping[str, Any], answers: Sequence[Answer]) -> None:
        self.brief = brief
        self.positive: str | None = brief["positive"]
        self.arms = [Arm(**told) for told in brief["arms"]]
        self.unavailable: Mapping[str, str] = brief["unavailable"]
        self.sets: dict[str, list[Answer]] = defaultdict(list)
        self.dropped: dict[str, Counter[str]] = defaultdict(Counter)
        # threads hand answers over in any order; what follows must not depend on it
        told = sorted(answers, key=lambda a: (a.source, a.dose, a.draw, a.field))
        own = {a.source: a.truth for a in told if a.set.removeprefix(PREFIX) in UNTOUCHED}
        for answer in told:
            if answer.set == DROPPED:
                arm, _, reason = answer.reason.partition(": ")
                self.dropped[arm][reason] += 1
            elif answer.set.startswith(PREFIX):
                self.sets[answer.set.removeprefix(PREFIX)].append(self._in_unit(self._as_two(answer), own))

    def _in_unit(self, answer: Answer, own: Mapping[str, str | None]) -> Answer:
        """Without a positive class a slide holds one label: where labels share slide numbers, each has its own."""
        if self.positive is not None:
            return answer
        return replace(answer, group=f"{answer.group}/{own.get(answer.source)}")

    def _as_two(self, answer: Answer) -> Answer:
        """Of three classes and more, those that are not positive become one: a swapped field is some of them."""
        classes = self.brief["classes"]
        if self.positive is None or len(classes) <= 2:
            return answer
        other = next(c for c in classes if c != self.positive)

        def one(name: str | None) -> str | None:
            return name if name in (None, self.positive) else other

        return replace(answer, truth=one(answer.truth), called=one(answer.called))

    @property
    def design(self) -> Design:
        """Which arms the verdict rests on."""
        return TYPES if self.positive is None else LEUKAEMIA

    def untouched(self, arm: Arm) -> list[Answer]:
        """The answers to the fields that an arm edits, as they are."""
        return self.sets[{"positive": "A+", "negative": "A-", "all": "A"}[arm.hosts] if self.positive else "A"] or [
            a for name in ("A+", "A-") if arm.hosts == "all" for a in self.sets[name]
        ]

    def result(self, arm: Arm) -> ArmResult:
        """How many groups fail an arm."""
        if arm.name in self.unavailable:
            return ArmResult.missing(arm.name, self.unavailable[arm.name])
        answers = self.sets[arm.name]
        if not answers and self.dropped[arm.name]:
            reason, n = self.dropped[arm.name].most_common(1)[0]
            return ArmResult.missing(arm.name, f"could not be made of any field; of {n}: {reason}")
        return tally(arm.name, answers, failing(self.untouched(arm)) if arm.use else None)

    def of(self, *roles: str) -> list[Arm]:
        """The arms of these roles."""
        return [arm for arm in self.arms if arm.role in roles]


def judge(name: str, brief: Mapping[str, Any], answers: Sequence[Answer]) -> tuple[dict[str, Any], Case]:
    """The verdict on one model as verdict.json holds it, and its answers sorted. `brief`: what the plan was."""
    case = Case(brief, answers)
    verdict = decide(
        [case.result(arm) for arm in case.of("arm")],
        [case.result(arm) for arm in case.of("control")],
        brief["margin"],
        case.design,
    )
    told = verdict.to_dict()
    for group in ("arms", "controls"):
        for arm, row in told[group].items():
            row["left_out"] = _left_out(case, arm)
    keys = ("positive", "k", "margin", "draws", "quick", "thresholds", "data")
    return {
        "format": FORMAT,
        "pipeline": name,
        **told,
        "explains": {arm.name: {**to_dict(r := case.result(arm)), "changed": r.rate} for arm in case.of("explains")},
        "kappa": _kappa(case),
        **{key: brief[key] for key in keys},
        "numbers": _numbers(case),
        "fields": _fields(case),
        "fields_caveat": CAVEAT,
        "notes": [*_notes(brief), *told["notes"]],
    }, case


def _left_out(case: Case, arm: str) -> dict[str, int]:
    """Why fields are not in an arm, and how many; of several edits all."""
    found: Counter[str] = Counter()
    for name in (arm, *case.design.edits.get(arm, ())):
        found += case.dropped[name]
    return dict(found.most_common())


def _kappa(case: Case) -> dict[str, Any]:
    """Agreement of each arm's re-rendered fields with their pasted twins, by group: the same draw of each."""
    found = {}
    for arm in case.of("twin"):
        name = arm.name.removesuffix(TWIN)
        pasted = case.sets[arm.name]
        drawn = [a for a in case.sets[name] if a.draw == 0]
        if pasted and drawn:
            found[name] = agreement(failing(drawn), failing(pasted)).to_dict()
    return found


def _numbers(case: Case) -> dict[str, Any]:
    if case.positive is None:
        return {}
    shares = {name: positive_share(case.sets[name], case.positive) for name in ("A-", "M0", "M0.natural", "M1")}
    numbers: dict[str, Any] = {}
    healthy = shares["M0.natural"] or shares["M0"]
    if shares["A-"] and healthy and shares["M1"]:
        numbers["shortcut"] = shortcut_index(shares["A-"], healthy, shares["M1"]).to_dict()
    counts, training = case.brief["leukocytes"], case.brief["training"]
    for name, of in (("dose", CURVE), ("sham_dose", SHAM_CURVE)):
        if case.sets[of]:
            numbers[name] = curve(case.sets["A-"], case.sets[of], case.positive, counts, training)
    return numbers


def _fields(case: Case) -> list[dict[str, Any]]:
    """What each untouched field shows, with how often its draws fail in each arm."""
    by_source: dict[str, dict[str, list[Answer]]] = defaultdict(dict)
    for arm in case.of("arm"):
        if arm.use:
            for answer in case.sets[arm.name]:
                by_source[answer.source].setdefault(arm.name, []).append(answer)
    rows = []
    for answer in (a for name in UNTOUCHED for a in case.sets[name]):
        arms = by_source[answer.source]
        failed = {name: [sum(not a.right for a in draws), len(draws)] for name, draws in arms.items()}
        row = {"field": answer.field, "group": answer.group, "truth": answer.truth, "called": answer.called}
        rows.append({**row, "shows": describe(answer, arms), "failed": failed})
    return rows


def _notes(brief: Mapping[str, Any]) -> list[str]:
    notes = list(brief["notes"])
    if brief["margin"] != MARGIN:
        notes.append(f"the margin is {brief['margin']:g}, not the usual {MARGIN:g}")
    if brief["draws"] != DRAWS:
        notes.append(f"edits are drawn {brief['draws']} times a field, not the usual {DRAWS}")
    return notes
