"""What a comparison found, as plain data: the rates that are printed, plotted and written to `results.json`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leukcad.answering import AnswerBook, Trained
from leukcad.assembly import Source
from leukcad.errors import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.metrics import rates
from leukcad.evaluation.scores import scores
from leukcad.evaluation.versus import versus
from leukcad.experiment import Bench

NOTICE = "SIMULATED.txt"  # lies beside pictures that were drawn
SIMULATED = {"simulated": "simulated", "semireal": "semi-real"}


def results(books: dict[str, AnswerBook], bench: Bench) -> dict[str, Any]:
    """`{"pipelines": {NAME: {SET: {METRIC: {"value", "low", "high", "n"}}}}}`, positive class named.

    Beside it `scores` (NAME, SET: AUROC, Brier score, calibration curve, Wilson's intervals) and `paired` (SET: tests
    between the pipelines, None for a single one).
    """
    spec = bench.spec
    told = {name: _rates(book, bench) for name, book in books.items()}
    sets = {name: by_set(book.answers) for name, book in books.items()}
    return {
        "positive": spec.positive,
        "classes": list(spec.classes),
        "quick": bench.setting.quick,
        "pipelines": told,
        "scores": {
            name: {of: scores(answers, spec.classes, spec.positive) for of, answers in found.items()}
            for name, found in sets.items()
        },
        "paired": paired(sets, spec.positive),
    }


def paired(sets: dict[str, dict[str, list[Answer]]], positive: str | None) -> dict[str, Any]:
    """The paired tests of each set that all pipelines answered; `sets`: pipeline → set → answers."""
    first, *others = sets.values()
    shared = [of for of in first if all(of in other for other in others)]
    return {of: versus({name: told[of] for name, told in sets.items()}, positive) for of in shared}


def _rates(book: AnswerBook, bench: Bench) -> dict[str, Any]:
    spec = bench.spec
    return {
        name: {metric: rate.to_dict() for metric, rate in rates(answers, spec.classes, spec.positive).items()}
        for name, answers in by_set(book.answers).items()
    }


def by_set(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    """The answers of each set: the plain sets first, then the series by dose."""
    sets: dict[str, list[Answer]] = defaultdict(list)
    for answer in sorted(answers, key=lambda a: (a.dose, a.set != "test", a.set)):
        sets[answer.set].append(answer)
    return dict(sets)


def check_same_fields(books: dict[str, AnswerBook]) -> None:
    """Refuse a comparison in which two pipelines did not answer the very same pixels."""
    seen: dict[tuple[str, str, int, int], tuple[str, str]] = {}
    for name, book in books.items():
        for a in book.answers:
            other, sha = seen.setdefault((a.set, a.field, a.dose, a.draw), (name, a.sha256))
            if sha != a.sha256:
                raise LeukcadError(
                    f"{a.set}/{a.field}: {other} and {name} answered different pixels",
                    cure="delete the runs' answers/ folders and compare again",
                )


def describe(
    models: Sequence[Trained], books: dict[str, AnswerBook], bench: Bench, command: str, found: dict[str, Any]
) -> dict[str, Any]:
    """All that the report shows but its pictures; `found`: what `results` says."""
    spec = bench.spec
    told = found["pipelines"]
    doses = sorted({a.dose for book in books.values() for a in book.answers})
    base = spec.synthesize.of if spec.synthesize else "test"
    return {
        "title": " against ".join(books) if len(books) <= 3 else f"{len(books)} pipelines on the same fields",
        "data": kind_of(bench),
        "quick": bench.setting.quick,
        "classes": list(spec.classes),
        "positive": spec.positive,
        "command": command,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "bench": spec.bench(),
        "pipelines": {m.name: _pipeline(m, books[m.name], bench, told[m.name]) for m in models},
        "scores": found["scores"],
        "paired": found["paired"],
        "folds": found.get("folds"),
        "doses": doses,
        "dose_sets": {str(d): base if d == 0 else f"imgSynt{d}" for d in doses},
        "provenance": {m.name: m.run.provenance() for m in models},
    }


def kind_of(bench: Bench) -> str:
    """What the data of a bench are: `kind_of_source`."""
    return kind_of_source(bench.source)


def kind_of_source(source: Source) -> str:
    """simulated, semi-real or real: by the source, or by the notice that drawn data in another layout carry."""
    paths = [Path(r.path) for r in source.records[:1] if r.path]
    drawn = any((parent / NOTICE).exists() for path in paths for parent in list(path.parents)[:2])
    return "simulated" if drawn else SIMULATED.get(source.step.name, "real")


def _pipeline(model: Trained, book: AnswerBook, bench: Bench, sets: dict[str, Any]) -> dict[str, Any]:
    counts = {
        name: {
            truth: dict(Counter(a.called or "abstained" for a in answers if a.truth == truth))
            for truth in bench.spec.classes
        }
        for name, answers in by_set(book.answers).items()
    }
    return {
        "run": str(model.run.folder),
        "title": model.spec.title or model.name,
        "yaml": (model.run.folder / "pipeline.yaml").read_text(encoding="utf-8"),
        "seed": model.spec.seed,
        "threshold": model.threshold,
        "sets": sets,
        "counts": counts,
        "history": _history(model),
        "split": {s: dict(Counter(r.label or "?" for r in bench.side(s))) for s in ("train", "validation", "test")},
    }


def _history(model: Trained) -> dict[str, list[dict[str, float]]]:
    import csv

    told = {}
    for step in model.pipeline.learners():
        path = model.run.step_folder(step) / "history.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                rows = [{k: float(v) for k, v in row.items() if v not in ("", None)} for row in csv.DictReader(file)]
            told[f"{step.place}-{step.stage}"] = rows
    return told
