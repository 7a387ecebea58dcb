"""What an audit will do: which fields, which arms and by which steps, how many cells; plain enough to be digested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from leukcad.answering import TestSet
from leukcad.assembly import cell_classes, make_step
from leukcad.auditing import arms as catalogue
from leukcad.auditing.arms import Arm, Kinds
from leukcad.auditing.counts import Counts, count
from leukcad.errors import LeukcadError
from leukcad.files import sha256_of
from leukcad.labels import OTHER
from leukcad.runs import digest_of, source_hash
from leukcad.step import Step
from leukcad.types import Field, Record

if TYPE_CHECKING:
    from leukcad.assembly import Setting
    from leukcad.config import PipelineSpec
    from leukcad.experiment import Bench

FORMAT = 2  # raised whenever the engine makes other fields of the same plan
CURVE_DRAWS = 3  # of the dose curves, which have no vote
QUICK = {"groups": 6, "draws": 1, "doses": 2}  # the most that a quick look takes of each


@dataclass(frozen=True, eq=False)
class Plan:
    """The arms with the steps that make them, on which fields; `unavailable`: arm → why it cannot be made."""

    bench: Bench
    base: TestSet
    records: Sequence[Record]
    arms: Sequence[Arm]
    steps: dict[str, Step]
    unavailable: dict[str, str]
    donors: Sequence[Field]
    counts: Counts
    kinds: Kinds | None
    rendered: bool
    draws: int
    doses: tuple[int, ...]
    quick: bool = False
    labels: dict[str, str | None] = field(default_factory=dict)  # donor field → its label

    @property
    def spec(self) -> PipelineSpec:
        """The bench's specification."""
        return self.bench.spec

    @property
    def least(self) -> int:
        """The fewest leukocytes to which positive fields are thinned, L's target."""
        return max(2, self.spec.audit.min_blasts, self.counts.few or 0)

    @property
    def margin(self) -> float:
        """The failure rate that is tolerated."""
        return self.spec.audit.margin

    def draws_of(self, arm: Arm) -> int:
        """How often each field is edited in an arm."""
        return 1 if arm.single or not arm.use else self.draws

    def hosts(self, arm: Arm) -> list[Record]:
        """The untouched fields that an arm edits."""
        return [r for r in self.records if self.fits(arm, r)]

    def fits(self, arm: Arm, record: Record) -> bool:
        """Whether an arm edits this field."""
        return arm.hosts == "all" or (record.label == self.spec.positive) == (arm.hosts == "positive")

    @cached_property
    def digest(self) -> str:
        """What decides the pixels that are asked about."""
        made = {name: source_hash(type(step.component)) for name, step in self.steps.items()}
        parts = {
            "format": FORMAT,
            "bench": self.bench.digest(),
            "arms": [asdict(arm) for arm in self.arms],
            "made": made,
            "records": [(r.id, r.sha256, r.group) for r in self.records],
            "donors": [(d.record.id, d.record.sha256) for d in self.donors],
            "cells": [self.counts.k, self.least, self.draws, self.doses],
        }
        if (chosen := self.spec.audit.positions) is not None:
            parts["positions"] = sha256_of(chosen)
        return digest_of(parts)


def make_plan(bench: Bench, *, quick: bool = False, groups: int | None = None, explain: bool = True) -> Plan:
    """The plan of an audit on a bench's set `audit.of`.

    quick: few groups and draws, no twins and no explaining arms. groups: the most groups of a class; all by default.
    explain: whether what has no vote is made: twins, dose curves, explaining arms. Raises LeukcadError where no field
    has a known class.
    """
    told = bench.spec.audit
    base = next((s for s in bench.sets if s.name == told.of), bench.sets[0])
    records = _chosen(base, bench.spec, groups or (QUICK["groups"] if quick else None))
    kinds = kinds_of(bench.spec) if bench.spec.positive is not None else None
    counts = count(bench, [*kinds.healthy, *kinds.blasts] if kinds else ())
    rendered = _scene_known(base, records)
    arms = catalogue.placed(_arms(kinds, rendered, quick, explain), told.positions)
    steps, unavailable = _steps(arms, bench, kinds)
    donors = [d for d in bench.donors(base, told.donors) if not any(one.has(d.record) for one in bench.seen)]
    doses = tuple(d for d in told.doses if d <= counts.k)[-QUICK["doses"] :] if quick else told.doses
    draws = min(told.draws, QUICK["draws"]) if quick else told.draws
    return Plan(
        bench, base, records, arms, steps, unavailable, donors, counts, kinds, rendered, draws, doses, quick,
        {d.record.id: d.record.label for d in donors},
    )  # fmt: skip


def _arms(kinds: Kinds | None, rendered: bool, quick: bool, explain: bool) -> list[Arm]:
    arms = catalogue.leukaemia(kinds, rendered) if kinds else catalogue.types()
    if explain and not quick:
        return arms + catalogue.explaining(kinds)
    kept = [arm for arm in arms if arm.role != "twin"]
    return kept if explain else [replace(arm, curve="") for arm in kept]


def kinds_of(spec: PipelineSpec) -> Kinds:
    """The kinds that speak for the positive class, and all other leukocytes, by the names that the data use."""
    classes = cell_classes(spec)
    blasts = [name for c in spec.positive_cells for name in classes.get(c, ())]
    healthy = [name for c, names in classes.items() if c not in (*spec.positive_cells, OTHER) for name in names]
    return Kinds(tuple(dict.fromkeys(healthy)), tuple(dict.fromkeys(blasts)))


def _chosen(base: TestSet, spec: PipelineSpec, groups: int | None) -> list[Record]:
    """The fields whose class is known, those of at most `groups` groups of each class."""
    taken: dict[str, set[str]] = defaultdict(set)
    chosen = []
    for record in base.records:
        if record.label not in spec.classes:
            continue
        mine = taken[str(record.label)]
        if record.group in mine or groups is None or len(mine) < groups:
            mine.add(record.group)
            chosen.append(record)
    if not chosen:
        known = ", ".join(spec.classes)
        raise LeukcadError(f"audit: no field of the set {base.name!r} is labelled {known}", cure="label its fields")
    return chosen


def _scene_known(base: TestSet, records: Sequence[Record]) -> bool:
    first = next((f for f in map(base.source.read, records) if f is not None), None)
    if first is None:
        raise LeukcadError(f"audit: no field of the set {base.name!r} can be read")
    return first.scene is not None


def _steps(arms: Sequence[Arm], bench: Bench, kinds: Kinds | None) -> tuple[dict[str, Step], dict[str, str]]:
    steps: dict[str, Step] = {}
    unavailable: dict[str, str] = {}
    for arm in arms:
        if not arm.use:
            continue
        try:
            steps[arm.name] = _step(arm, bench.spec, bench.setting, kinds)
        except LeukcadError as error:
            unavailable[arm.name] = str(error)
    return steps, unavailable


def _step(arm: Arm, spec: PipelineSpec, setting: Setting, kinds: Kinds | None) -> Step:
    """The arm's step; all share one seed and place, so that their positions are the same. Raises `LeukcadError`."""
    from leukcad.config.nodes import from_plain
    from leukcad.config.uses import Checker

    if kinds is not None and not kinds.blasts:
        raise LeukcadError("the bench does not say which cells are positive", cure="name them in positive_cells")
    check = Checker(setting.host, [])
    use = check.use("synthesize", from_plain({"use": arm.use, **arm.options}, f"arm {arm.name}"))
    if use is None:
        raise LeukcadError("; ".join(problem.message for problem in check.problems))
    step = make_step(use, setting)
    step.classes, step.positive = spec.classes, spec.positive
    step.positive_cells = kinds.blasts if kinds else ()
    return step
