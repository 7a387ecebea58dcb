"""Pipelines held against each other on the same groups: exact McNemar on failing and not failing, Holm over all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from leukcad.evaluation.multiple import holm
from leukcad.evaluation.paired import discordant, least_discordant, mcnemar_exact


@dataclass(frozen=True)
class Comparison:
    """Two pipelines on one arm. only_first: groups that fail with the first alone; n: groups that both have.

    p: exact, two-sided; p_holm: over all pairs of pipelines × arms.
    """

    first: str
    second: str
    arm: str
    only_first: int
    only_second: int
    n: int
    p: float
    p_holm: float

    @property
    def note(self) -> str:
        """What so few discordant groups cannot show, else ''."""
        found, least = self.only_first + self.only_second, least_discordant()
        return "" if found >= least else f"{found} discordant groups: fewer than {least} cannot reach 0.05"

    def to_dict(self) -> dict[str, Any]:
        """As results.json has it."""
        told = {name: getattr(self, name) for name in ("first", "second", "arm", "only_first", "only_second", "n")}
        return {**told, "p": self.p, "p_holm": self.p_holm, "note": self.note}


def compare_failing(failing: Mapping[str, Mapping[str, Mapping[str, bool]]]) -> list[Comparison]:
    """All pairs of pipelines × arms. failing: pipeline → arm → group → whether it fails.

    The arms are A (every group, untouched) and M0 (where a group fails that fails one of its two edits:
    `groups.either`); of M0, only groups that entered with both pipelines are compared.
    """
    rows = []
    for first, second in combinations(failing, 2):
        for arm in failing[first]:
            if arm in failing[second]:
                mine, theirs = failing[first][arm], failing[second][arm]
                shared = [g for g in mine if g in theirs]
                only_first, only_second = discordant([mine[g] for g in shared], [theirs[g] for g in shared])
                rows.append((first, second, arm, only_first, only_second, len(shared)))
    p_values = [mcnemar_exact(row[3], row[4]) for row in rows]
    return [Comparison(*row, p, p_holm) for row, p, p_holm in zip(rows, p_values, holm(p_values), strict=True)]
