"""Every field of an audit asked of every model: made in threads ahead, answered in batches, kept field by field."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leukcad.answering import AnswerBook, Answered, Answerer, ask, recorded
from leukcad.assembly import BATCH
from leukcad.auditing.ahead import made_ahead
from leukcad.auditing.arms import DROPPED, Arm
from leukcad.auditing.making import Edited, edited
from leukcad.auditing.plan import Plan
from leukcad.errors import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.progress import bar
from leukcad.types import Record


@dataclass(frozen=True, eq=False)
class Made:
    """One edited field of the block `key`."""

    key: str
    edited: Edited


@dataclass(frozen=True, eq=False)
class Done:
    """The block `key` is whole; `left_out`: what could not be made of it, as abstentions with the reason."""

    key: str
    left_out: tuple[Answer, ...] = ()
    host_done: bool = False


def block(arm: Arm, record: Record) -> str:
    """The name of what an arm makes of a field."""
    return f"{arm.set}/{record.id}"


def conduct(models: Sequence[Answerer], books: Sequence[AnswerBook], plan: Plan) -> None:
    """Let every model answer every field of the plan; what is in its book is not asked again."""
    desk = Desk(models, books)
    wanted = [r for r in plan.records if _missing(plan, books, r)]
    with bar("auditing", total=len(wanted)) as advance:
        for thing in made_ahead(wanted, lambda record: of_host(plan, books, record)):
            desk.take(thing)
            if isinstance(thing, Done) and thing.host_done:
                advance(1)
        desk.clear()


def _missing(plan: Plan, books: Sequence[AnswerBook], record: Record) -> list[Arm]:
    arms = [arm for arm in plan.arms if arm.name not in plan.unavailable and plan.fits(arm, record)]
    return [arm for arm in arms if not books or any(block(arm, record) not in book.done for book in books)]


def of_host(plan: Plan, books: Sequence[AnswerBook], record: Record) -> Iterator[Made | Done]:
    """All that is to be asked about one field and its edits, without what is in every book."""
    arms = _missing(plan, books, record)
    host = plan.base.source.read(record)
    for arm in arms:
        key, last = block(arm, record), arm is arms[-1]
        if host is None:
            told = plan.base.source.unreadable.get(record.id, "it cannot be read")
            yield Done(key, (_left_out(plan, arm, record, told),), last)
            continue
        try:
            for one in edited(plan, arm, host):
                yield Made(key, one)
        except LeukcadError as error:
            reason = str(error).replace(record.id, "the field")
            yield Done(key, (_left_out(plan, arm, record, reason),), last)
        else:
            yield Done(key, (), last)


def _left_out(plan: Plan, arm: Arm, record: Record, reason: str) -> Answer:
    """An abstention: of an untouched field, which cannot be read, an error; of an edit, only its reason is kept."""
    spread = {c: 1 / len(plan.spec.classes) for c in plan.spec.classes}
    where = (record.id, record.source, record.group)
    if not arm.use:
        return Answer(arm.set, *where, record.label, spread, None, reason)
    return Answer(DROPPED, *where, record.label, spread, None, f"{arm.name}: {reason}")


class Desk:
    """Takes what was made, asks in batches, and writes a block into a book once all of it is answered."""

    def __init__(self, models: Sequence[Answerer], books: Sequence[AnswerBook]) -> None:
        self.models, self.books = models, books
        self._waiting: list[Made | Done] = []
        self._answers: list[dict[str, list[Answer]]] = [defaultdict(list) for _ in models]

    def take(self, thing: Made | Done) -> None:
        """One more thing; every BATCH fields are answered."""
        self._waiting.append(thing)
        if sum(isinstance(one, Made) for one in self._waiting) >= BATCH:
            self.clear()

    def clear(self) -> None:
        """Answer what waits, and write the blocks that are whole."""
        waiting, self._waiting = self._waiting, []
        self._ask([one for one in waiting if isinstance(one, Made)])
        for one in waiting:
            if isinstance(one, Done):
                for book, answers in zip(self.books, self._answers, strict=True):
                    mine = answers.pop(one.key, [])
                    if one.key not in book.done:
                        book.add(one.key, [*mine, *one.left_out])

    def _ask(self, things: Sequence[Made]) -> None:
        """Models that lack the same blocks are asked together, so that they share opening steps."""
        alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for i, book in enumerate(self.books):
            alike[tuple(n for n, one in enumerate(things) if one.key not in book.done)].append(i)
        hashes = [hashlib.sha256(one.edited.field.array().tobytes()).hexdigest() for one in things]
        for chosen, asked in alike.items():
            if not chosen:
                continue
            told = ask([self.models[i] for i in asked], [things[n].edited.field for n in chosen])
            for i, answered in zip(asked, told, strict=True):
                for n, one in zip(chosen, answered, strict=True):
                    self._answers[i][things[n].key] += _recorded(things[n].edited, one, hashes[n])


def _recorded(made: Edited, told: Answered, sha: str) -> list[Answer]:
    """The answer in each set that it belongs to."""
    return [recorded((name, made.field, made.dose, made.draw), told, sha) for name in made.sets]
