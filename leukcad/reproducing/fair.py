"""What two-step owes to what: a sentence a question, made by rule out of paired tests and from nothing else.

A route that lies between the direct and the two-step one is held against both. Where it is right more often than direct
and not told from two-step, it has the whole win: a direct route that was *given* something has it by that, and a
two-step route that something was *taken* from has it without. Where two-step is right more often than it, too, it has
part; where only that, none; where neither shows, nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leukcad.reproducing.lead import Difference, difference
from leukcad.reproducing.questions import DIRECT, TWO_STEP, Question

Found = Mapping[str, Any]

OWES, PART, NOT = "owes", "owes in part", "not shown to owe"
UNCLEAR, NO_WIN = "not distinguishable", "no win to explain"
COSTS, FREE = "costs", "no cost seen"
OUTCOMES = (OWES, PART, NOT, UNCLEAR, NO_WIN, COSTS, FREE)


@dataclass(frozen=True)
class Verdict:
    """The answer to one question. of: the set that it was decided on; outcome: one of `OUTCOMES`."""

    route: str
    asks: str
    of: str
    outcome: str
    sentence: str


def win(found: Found) -> tuple[str, Difference | None]:
    """The set on which two-step is right more often than direct by most, and by how much; ('', None) without a win."""
    lead = {of: difference(paired, TWO_STEP, DIRECT) for of, paired in found["paired"].items()}
    won = {of: told for of, told in lead.items() if told is not None and told.more}
    if not won:
        return "", None
    of = max(won, key=lambda name: won[name].points)
    return of, won[of]


def win_says(found: Found) -> str:
    """What there is to explain, in a sentence; or what the two routes come to where there is nothing."""
    of, led = win(found)
    if led is not None:
        return f"{where(of)} two-step is {led.words('the direct route')} (n = {led.n}): that is the win to explain."
    told = {of: difference(paired, TWO_STEP, DIRECT) for of, paired in found["paired"].items()}
    parts = [f"{where(of, start=False)} it is {d.words('the direct route')}" for of, d in told.items() if d is not None]
    return f"Two-step has no win to explain{': ' * bool(parts)}{'; '.join(parts)}."


def verdicts(found: Found, questions: Sequence[Question]) -> list[Verdict]:
    """The answer to each question whose route was tested; `found`: `{"paired": {SET: versus(…)}}`.

    Decided on the set of the largest win; without a win, and for what is spared, on the last set.
    """
    of, led = win(found)
    at = of or next(reversed(found["paired"]), "")
    told = []
    for question in questions:
        paired = found["paired"].get(at, {"pairs": []})
        left, gained = (difference(paired, *pair) for pair in ((TWO_STEP, question.name), (question.name, DIRECT)))
        if question.kind == "spared" and left is not None:
            told.append(_verdict(question, at, *_spared(question, left)))
        elif left is not None and gained is not None:
            outcome = NO_WIN if led is None else _outcome(question.kind, gained.more, left.more)
            told.append(_verdict(question, at, outcome, _says(question, outcome, gained, left)))
    return told


def sentences(found: Found, questions: Sequence[Question] | None = None) -> list[str]:
    """What two-step wins by, then a sentence a question; by default the questions of loddo2022."""
    if questions is None:
        from leukcad.reproducing import studies

        questions = studies.find("loddo2022").fair
    return [win_says(found), *(told.sentence for told in verdicts(found, questions))]


def where(of: str, *, start: bool = True) -> str:
    """A set in words: 'On plain fields', 'With 10 WBC pasted in', 'On even fields'."""
    dose = of.removeprefix("imgSynt")
    told = f"with {dose} WBC pasted in" if dose != of else f"on {'plain' if of == 'test' else of} fields"
    return told[0].upper() + told[1:] if start else told


def _verdict(question: Question, of: str, outcome: str, sentence: str) -> Verdict:
    return Verdict(question.name, question.asks, of, outcome, sentence)


def _outcome(kind: str, gained: bool, left: bool) -> str:
    """gained: the route is right more often than direct; left: two-step is right more often than the route."""
    if gained == left:
        return PART if gained else UNCLEAR
    return OWES if gained == (kind == "given") else NOT


def _says(question: Question, outcome: str, gained: Difference, left: Difference) -> str:
    behind = left.turned()
    if outcome == NO_WIN:
        than = "two-step" if question.kind == "given" else question.than
        return f"{question.says} is {behind.words(than)}: there is no win to explain."
    if question.kind == "given":
        first, second = gained.words(question.than), behind.words("two-step")
    else:
        first, second = behind.words(question.than), gained.words("the direct route")
    ends = {
        OWES: f"two-step's win is owed to {question.owes}",
        PART: f"two-step's win is owed in part to {question.owes}",
        NOT: f"no part of two-step's win is shown to be owed to {question.owes}",
        UNCLEAR: f"whether two-step's win is owed to {question.owes} cannot be said",
    }
    return f"{question.says} is {first}{', yet ' if outcome == PART else ' and '}{second}: {ends[outcome]}."


def _spared(question: Question, left: Difference) -> tuple[str, str]:
    gained = left.turned()
    start = f"{question.says} is {gained.words(question.than)}"
    if gained.more:
        return COSTS, f"{start}: so much does {question.owes} cost it."
    return FREE, f"{start}: {question.owes} costs it nothing that shows."
