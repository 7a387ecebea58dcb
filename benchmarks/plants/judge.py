"""Plants before the audit's own engine: fields, arms, groups and verdict are those that any pipeline gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leukcad import Component, Field, Record
from leukcad.answering import AnswerBook, Answerer
from leukcad.assembly import Source
from leukcad.auditing.asking import conduct
from leukcad.auditing.brief import brief_of
from leukcad.auditing.functions import Function
from leukcad.auditing.judging import judge
from leukcad.auditing.plan import Plan, make_plan
from leukcad.config import load_bench
from leukcad.evaluation.answers import Answer as Kept
from leukcad.experiment import Bench, make_bench, make_setting
from leukcad.files import atomic_write
from leukcad.host import Host, Offer
from leukcad.runs import digest_of, source_hash
from plants.laboratory import burn_in
from plants.plant import LABORATORY, Answer, Plant, Rule, Training
from plants.scoring import in_brief

HERE = Path(__file__).resolve().parent
CLASSES = ("healthy", "ALL")
MEASURED = "measured"


@dataclass(frozen=True)
class Scale:
    """How much is judged. groups: fields a class of an audit; draws: of each; fresh: fields a class that measure a
    plant's class; learned: fields a class that plants learn from."""

    groups: int = 100
    draws: int = 5
    fresh: int = 400
    learned: int = 120


QUICK = Scale(groups=6, draws=1, fresh=8, learned=24)


def open_bench(name: str, scale: Scale, seed: int | str, known: Iterable[Field] = ()) -> Bench:
    """The bench `name` with fresh fields of `seed`, or, where it is `measured`, with those that measure a class.

    known: training fields that need not be drawn again.
    """
    measures = seed == MEASURED
    number, draws = (scale.fresh, 1) if measures else (scale.groups, scale.draws)
    fields = 9000 if measures else 9100 + int(seed)
    told: dict[str, Any] = {
        "data.healthy": scale.learned, "data.leukaemic": scale.learned,
        "test.healthy": number, "test.leukaemic": number, "test.seed": fields, "audit.draws": draws,
    }  # fmt: skip
    if measures and name == LABORATORY:
        told["test.flat"] = "false"  # the gold standard: re-rendered, and the microscope's traps burned in again
    setting = make_setting(device="cpu")
    host = with_laboratory(setting.host)
    spec = load_bench(HERE / "benches" / f"{name}.yaml", host, [f"{key}={value}" for key, value in told.items()])
    bench = make_bench(spec, replace(setting, host=host))
    bench.source = Remembered(bench.source.step, bench.source.records).remember(known)
    return bench


class Remembered(Source):
    """A source some of whose fields are in memory, by the digest of their pixels."""

    def remember(self, fields: Iterable[Field]) -> Remembered:
        """Know these fields from now on."""
        self.known = {field.record.sha256: field for field in fields}
        return self

    def read(self, record: Record) -> Field | None:
        """A field, out of memory or drawn."""
        return self.known.get(record.sha256) or super().read(record)


def with_laboratory(host: Host) -> Host:
    """The host with one more data source."""
    offer = Offer(Component("data", "laboratory", "plants.laboratory:Laboratory"), "benchmarks", "0")
    return replace(host, offers={**host.offers, ("data", "laboratory"): offer})


def training(name: str, scale: Scale) -> Training:
    """What the plants of a bench learn from."""
    parts = [open_bench(of, scale, 0) for of in (name, "balanced")]
    fields = [[f for f in map(b.source.read, b.side("train")) if f is not None] for b in parts]
    return Training(*fields)


def plan_of(bench: Bench, measures: bool) -> Plan:
    """The plan of an audit without arms that have no vote; what measures a class needs no controls either."""
    plan = make_plan(bench, explain=False)
    return replace(plan, arms=[arm for arm in plan.arms if arm.role == "arm"]) if measures else plan


def models_of(rules: Mapping[str, Rule], burned: bool) -> list[Answerer]:
    """Fitted plants for the engine. burned: their eyes see each field as the microscope of its host takes it."""
    eyes = Eyes() if burned else list
    return [Function(_Planted(rule, eyes), CLASSES, name) for name, rule in rules.items()]


class Eyes:
    """Burns the traps into a batch, once for all plants that are shown it."""

    def __init__(self) -> None:
        self._shown: Sequence[Field] = ()
        self._seen: list[Field] = []

    def __call__(self, fields: Sequence[Field]) -> list[Field]:
        if [id(f) for f in fields] != [id(f) for f in self._shown]:
            self._shown, self._seen = list(fields), [burn_in(f) for f in fields]
        return self._seen


class _Planted:
    takes_fields = True

    def __init__(self, rule: Rule, eyes: Callable[[Sequence[Field]], list[Field]]) -> None:
        self.rule, self.eyes = rule, eyes

    def __call__(self, fields: Sequence[Field]) -> list[Answer]:
        return self.rule(self.eyes(fields))


class Book(AnswerBook):
    """An answer book that does not wait for the disk after every block: what a kill takes is answered again."""

    def add(self, key: str, answers: Sequence[Kept]) -> None:
        """Append one finished block."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join([a.to_json() + "\n" for a in answers] + [json.dumps({"done": key}) + "\n"]))
        self.answers += answers
        self.done.add(key)


def judged(models: Sequence[Answerer], plan: Plan, folder: Path) -> dict[str, dict[str, Any]]:
    """Plant → its verdict in brief; answers and verdicts are kept in `folder`, and what is there is not asked again."""
    kept = folder / f"{digest_of([plan.digest, source_hash(Plant), plan.draws])[:12]}"
    done = kept / "verdicts.json"
    told: dict[str, Any] = json.loads(done.read_text()) if done.exists() else {}
    if missing := [m for m in models if m.name not in told]:
        books = [Book(kept / f"{m.name.replace(':', '.')}.jsonl") for m in missing]
        conduct(missing, books, plan)
        brief = brief_of(plan)
        told |= {m.name: in_brief(judge(m.name, brief, b.answers)[0]) for m, b in zip(missing, books, strict=True)}
        atomic_write(done, json.dumps(told))
        for book in books:
            book.path.unlink(missing_ok=True)
    return told
