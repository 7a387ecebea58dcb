"""An audit from end to end: plan, ask, judge, write; what `leukcad.audit` and `leukcad compare --audit` do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.answering import AnswerBook, Answerer, Trained, ask
from leukcad.assembly import BATCH
from leukcad.auditing.arms import Arm
from leukcad.auditing.asking import conduct
from leukcad.auditing.brief import brief_of
from leukcad.auditing.judging import Case, judge
from leukcad.auditing.making import Edited, edited
from leukcad.auditing.maps import evidence_of
from leukcad.auditing.plan import Plan, make_plan
from leukcad.errors import LeukcadError
from leukcad.evaluation.groups import either, failing
from leukcad.files import atomic_write
from leukcad.step import log

if TYPE_CHECKING:
    from leukcad.experiment import Bench

VERDICT, FOLDER = "verdict.json", "audit"
AGAIN = 4  # fields of an arm about which a stranger's function is asked again


@dataclass(frozen=True, eq=False)
class Subject:
    """Who is judged, and the folder that keeps its answers.

    threshold: its decision threshold, None where it has none. recipe: the pipeline that it is one seed of. certain:
    whether it answers the same as when its answers were kept; of a stranger's function nobody knows. provenance: what
    it was made of, for the page.
    """

    model: Answerer
    folder: Path
    threshold: float | None = None
    recipe: str = ""
    certain: bool = True
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As reports call it."""
        return self.model.name


@dataclass(frozen=True, eq=False)
class Audit:
    """What was found: model → verdict.json as plain data, recipe → the common verdict of its seeds.

    page: the HTML report. files: model → its verdict.json. told: what the page shows.
    """

    verdicts: dict[str, dict[str, Any]]
    recipes: dict[str, dict[str, Any]]
    page: Path
    files: dict[str, Path]
    told: dict[str, Any] = field(repr=False)


def subject_of(model: Trained, seeded: bool = False) -> Subject:
    """A trained pipeline, to be judged. seeded: whether it is one seed of a recipe."""
    recipe = model.name.rpartition("-seed")[0] if seeded else ""
    return Subject(model, model.run.folder, model.threshold, recipe, provenance=model.run.provenance())


def audit_subjects(
    subjects: Sequence[Subject],
    bench: Bench,
    folder: Path,
    *,
    quick: bool = False,
    groups: int | None = None,
    explain: bool = True,
    command: str = "",
) -> Audit:
    """Judge all subjects on the same edited fields, and write verdict.json and the page.

    The page goes into `folder`, each verdict into the subject's own folder. quick: few groups and draws. groups: the
    most of a class. explain: whether what has no vote is made, too. Raises LeukcadError.
    """
    from leukcad.auditing.showing import examples

    plan = make_plan(bench, quick=quick, groups=groups, explain=explain)
    log.info(
        "audit of %s: %d fields, k* = %d, %d draws", ", ".join(s.name for s in subjects), len(plan.records),
        plan.counts.k, plan.draws,
    )  # fmt: skip
    books = [book_of(subject, plan) for subject in subjects]
    conduct([s.model for s in subjects], books, plan)
    brief = brief_of(plan)
    judged = {s.name: judge(s.name, brief, book.answers) for s, book in zip(subjects, books, strict=True)}
    for subject in subjects:
        told = judged[subject.name][0]
        told["thresholds"] = {**brief["thresholds"], "decision": subject.threshold}
        if explain and not quick and (found := evidence_of(subject.model, plan)) is not None:
            told["numbers"]["evidence"] = found
    shown = examples(plan, {name: case for name, (_, case) in judged.items()}, folder, [s.model for s in subjects])
    return written(subjects, judged, brief, shown, folder, command)


def written(
    subjects: Sequence[Subject],
    judged: Mapping[str, tuple[dict[str, Any], Case]],
    brief: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    folder: Path,
    command: str,
) -> Audit:
    """The verdicts and the page, on disk."""
    from leukcad.auditing.telling import told_of
    from leukcad.report.audit_page import write_audit

    verdicts = {name: told for name, (told, _) in judged.items()}
    files = {}
    for subject in subjects:
        files[subject.name] = subject.folder / FOLDER / VERDICT
        text = json.dumps(verdicts[subject.name], indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        atomic_write(files[subject.name], text)
    common = _recipes(subjects, verdicts)
    comparisons = _comparisons({name: case for name, (_, case) in judged.items()})
    provenance = {s.name: s.provenance for s in subjects}
    told = told_of(verdicts, common, comparisons, brief, shown, provenance, command)
    return Audit(verdicts, common, write_audit(folder, told), files, told)


def book_of(subject: Subject, plan: Plan) -> AnswerBook:
    """The answers that a subject gave before; none if it does not stand by them any more."""
    path = subject.folder / "answers" / f"audit-{plan.digest[:12]}.jsonl"
    book = AnswerBook(path)
    if book.answers and not subject.certain and not _stands_by(subject.model, book, plan):
        log.warning("%s answers otherwise than before: it is asked afresh", subject.name)
        path.unlink()
        return AnswerBook(path)
    return book


def _stands_by(model: Answerer, book: AnswerBook, plan: Plan) -> bool:
    """Whether a model answers some fields of every arm as it did, of the untouched ones too."""
    before = {(a.set, a.source, a.draw, a.sha256): a for a in book.answers if a.sha256}
    again = [one for arm in plan.arms for one in _some(plan, arm)]
    for start in range(0, len(again), BATCH):
        some = again[start : start + BATCH]
        (now,) = ask([model], [one.field for one in some])
        for one, answered in zip(some, now, strict=True):
            sha = hashlib.sha256(one.field.array().tobytes()).hexdigest()
            kept = [before.get((of, one.field.record.source, one.draw, sha)) for of in one.sets]
            told = answered.called, dict(answered.probabilities)
            if any(a is not None and (a.called, dict(a.probabilities)) != told for a in kept):
                return False
    return True


def _some(plan: Plan, arm: Arm) -> Iterator[Edited]:
    """An arm's first version of its first fields."""
    for record in plan.hosts(arm)[:AGAIN]:
        host = plan.base.source.read(record)
        with suppress(LeukcadError):  # none can be made of this field; the audit says so
            yield from islice(edited(plan, arm, host) if host is not None else (), 1)


def _recipes(subjects: Sequence[Subject], verdicts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The common verdict of each recipe of which several seeds were judged."""
    from leukcad.evaluation.seeds import common

    seeds: dict[str, list[str]] = {}
    for subject in subjects:
        if subject.recipe:
            seeds.setdefault(subject.recipe, []).append(subject.name)
    found = {}
    for recipe, names in seeds.items():
        told = common([verdicts[n]["verdict"] for n in names], [verdicts[n]["cause"] for n in names])
        found[recipe] = {"verdict": told.verdict, "cause": told.cause, "runs": names}
    return found


def _comparisons(cases: Mapping[str, Case]) -> list[dict[str, Any]]:
    """All pairs of models on A and M0, group by group."""
    from leukcad.evaluation.comparisons import compare_failing

    rows: dict[str, dict[str, Mapping[str, bool]]] = {}
    for name, case in cases.items():
        arms = {arm.name: arm for arm in case.of("arm")}
        untouched = [a for of in ("A", "A+", "A-") for a in case.sets[of]]
        rows[name] = {"A": failing(untouched)}
        edits = [case.result(arms[edit]) for edit in ("M0", "M0.natural", "M0.lymphocytes") if edit in arms]
        if edits:
            rows[name]["M0"] = (either(edits[0], edits[1], "M0") if len(edits) == 2 else edits[0]).failing
    return [found.to_dict() for found in compare_failing(rows)]
