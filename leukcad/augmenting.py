"""Fields to learn from that are made out of training fields, such as ones with healthy WBC pasted in.

What a direct route owes to nobody having shown it that: the same fields with more cells and the same label. New fields
keep the label and the source of theirs, so that they never stand on another side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from leukcad.answering import SeriesPlan, TestSet, versions
from leukcad.assembly import Setting, Source, make_source, make_step
from leukcad.errors import LeukcadError
from leukcad.runs import digest_of, source_hash
from leukcad.types import Field, Record

if TYPE_CHECKING:
    from leukcad.config import Augment, PipelineSpec

QUICK_DOSES = 1  # what a quick look takes: the largest


class Augmented(Source):
    """A source whose training records stand beside those made of them; a dose that does not fit gives no field."""

    def __init__(self, base: Source, plan: SeriesPlan, made: str) -> None:
        super().__init__(base.step, base.records, base.unreadable)
        self.plan = plan
        self._of: dict[str, Record] = {}
        self._kept: tuple[str, dict[str, Field]] = ("", {})
        self._made = made

    def beside(self, records: Sequence[Record]) -> list[Record]:
        """Each of `records`, then those made of it."""
        return [one for record in records for one in (record, *self._versions(record))]

    def read(self, record: Record) -> Field | None:
        """One field, as it is or with cells added; None where it cannot be read or they do not fit."""
        home = self._of.get(record.id)
        if home is None:
            return super().read(record)
        if self._kept[0] != home.id:  # the versions of a field follow one another: made once, kept until the next
            self._kept = (home.id, self._make(home))
        return self._kept[1].get(record.id)

    def _versions(self, record: Record) -> Iterable[Record]:
        for draw in range(self.plan.draws):
            for dose in self.plan.doses:
                name = _named(record, dose, draw)
                self._of[name] = record
                sha = hashlib.sha256(f"{record.sha256} {self._made} {dose} {draw}".encode()).hexdigest()
                own = {"id": name, "path": None, "sha256": sha, "content": sha}
                yield record.replace(source=record.source, group=record.group, **own)

    def _make(self, home: Record) -> dict[str, Field]:
        field = super().read(home)
        made = () if field is None else versions(self.plan, field)
        return {_named(home, dose, draw): new for new, dose, draw in made}


def _named(record: Record, dose: int, draw: int) -> str:
    return f"{record.id}+{dose}.{draw}"


def augmented(
    spec: PipelineSpec, setting: Setting, source: Source, train: Sequence[Record]
) -> tuple[Source, list[Record]]:
    """What a pipeline learns from: its training records, and beside each the ones that its `augment` makes of it.

    Donors come from the source that `augment` names, but those that test fields get, or from the training fields.
    Raises `LeukcadError` where no donor is left.
    """
    told = spec.augment
    if told is None:
        return source, list(train)
    step = make_step(told.use, setting, seed=told.seed)
    step.classes, step.positive = spec.classes, spec.positive
    doses, draws = (told.doses[-QUICK_DOSES:], 1) if setting.quick else (told.doses, told.draws)
    base = TestSet("train", source, train)
    plan = SeriesPlan(step, base, doses, draws, _donors(told, spec, setting, base))
    donors = digest_of({"donors": [[d.record.id, d.record.sha256] for d in plan.donors]})
    new = Augmented(source, plan, f"{told.plain} {source_hash(type(step.component))} {donors}")
    return new, new.beside(train)


def _donors(told: Augment, spec: PipelineSpec, setting: Setting, base: TestSet) -> list[Field]:
    if told.donors is None:
        return [f for f in map(base.source.read, base.records) if f is not None]
    tested = [use for use in (spec.synthesize and spec.synthesize.donors, spec.audit.donors, spec.test) if use]
    held = {record.content for use in tested for record in make_source(use, setting).records}
    held |= {record.content for record in base.source.records} - {record.content for record in base.records}
    away = {record.id for record in base.source.records} - {record.id for record in base.records}
    source = make_source(told.donors, setting)
    own = [r for r in source.records if r.content not in held and r.extra.get("field") not in away]
    fields = [f for f in map(source.read, own) if f is not None]
    if not fields:
        raise LeukcadError(
            f"{told.donors.where}: every donor is one that test fields get, too",
            cure="name other donors, or leave `donors` out: the training fields give theirs",
        )
    return fields
