"""Answers brought together to the units that are independent: a patient, a slide, else a source field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from leukcad.evaluation.answers import Answer


@dataclass(frozen=True)
class Unit:
    """The answers of one group to fields of one truth.

    right: whether more than half of them are right. probabilities: their mean over the answers; abstentions, which are
    wrong answers, stand in it as certain of the wrong class (spread alike over several). abstained: how many they are.
    """

    group: str
    truth: str
    right: bool
    probabilities: Mapping[str, float]
    answers: int
    abstained: int


def units(answers: Iterable[Answer]) -> list[Unit]:
    """One unit a group and truth, sorted; answers to fields without truth do not enter."""
    held: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.truth is not None:
            held[answer.group, answer.truth].append(answer)
    return [_unit(group, truth, some) for (group, truth), some in sorted(held.items())]


def _unit(group: str, truth: str, some: list[Answer]) -> Unit:
    told = [believed(a) for a in some]
    mean = {name: sum(row.get(name, 0.0) for row in told) / len(told) for name in told[0]}
    right = 2 * sum(a.right for a in some) > len(some)
    return Unit(group, truth, right, MappingProxyType(mean), len(some), sum(a.called is None for a in some))


def believed(answer: Answer) -> Mapping[str, float]:
    """The answer's probabilities in [0, 1]; an abstention's are those of whoever is certain of the wrong class."""
    if answer.called is not None:
        return {name: min(1.0, max(0.0, p)) for name, p in answer.probabilities.items()}
    wrong = max(1, len(answer.probabilities) - (answer.truth in answer.probabilities))
    return {name: 0.0 if name == answer.truth else 1 / wrong for name in answer.probabilities}


def right_groups(answers: Iterable[Answer], positive: str | None) -> dict[str, bool]:
    """Group → whether more than half of its answers are right; without a positive class, each label has its groups."""
    held: dict[str, list[bool]] = defaultdict(list)
    for a in answers:
        if a.truth is not None:
            held[a.group if positive is not None else f"{a.group}/{a.truth}"].append(a.right)
    return {group: 2 * sum(some) > len(some) for group, some in held.items()}
