"""By how much one route is right more often than another, in points and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Difference:
    """By how much one route is right more often than another on the same n groups, in points (per cent of the groups).

    low, high: None below 30 groups. p: Holm's. shown: whether it is ≤ 0.05.
    """

    points: float
    low: float | None
    high: float | None
    p: float
    shown: bool
    n: int

    @property
    def more(self) -> bool:
        """Whether the first is shown to be right more often."""
        return self.shown and self.points > 0

    def words(self, than: str) -> str:
        """'right 41 points (30–52) more often than two-step'; 'not distinguishable from two-step at n = 60'."""
        if not self.shown:
            return f"not distinguishable from {than} at n = {self.n}"
        return f"right {self.size()} {'more' if self.points > 0 else 'less'} often than {than}"

    def size(self) -> str:
        """'41 points (30–52)', whichever way; without limits below 30 groups."""
        number = round(abs(self.points))
        unit = "point" if number == 1 else "points"
        if self.low is None or self.high is None:
            return f"{number} {unit}"
        low, high = sorted(round(end if self.points > 0 else -end) for end in (self.low, self.high))
        return f"{number} {unit} ({low}{'–' if low >= 0 else ' to '}{high})"

    def turned(self) -> Difference:
        """The second less the first."""
        low, high = (None if end is None else -end for end in (self.high, self.low))
        return Difference(-self.points, low, high, self.p, self.shown, self.n)


def difference(paired: Mapping[str, Any], first: str, second: str) -> Difference | None:
    """The first route less the second, out of what `versus` says of a set; None where these two were not tested."""
    for pair in paired["pairs"]:
        if {pair["first"], pair["second"]} == {first, second}:
            low, high = (None if pair[end] is None else 100 * pair[end] for end in ("low", "high"))
            told = Difference(
                100 * pair["difference"], low, high, pair["p_holm"], pair["distinguishable"], paired["groups"]
            )
            return told if pair["first"] == first else told.turned()
    return None
