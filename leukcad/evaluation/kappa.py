"""Agreement of two ways to make an arm, rendered and pasted: the evidence that pasting is a valid instrument."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Agreement:
    """kappa: None where undefined, since both found the same one thing in every unit. share: that agree; n: units.

    only_first, only_second: units that only the first, only the second, found to fail, where they are told by bool.
    """

    kappa: float | None
    share: float | None
    n: int
    only_first: int
    only_second: int

    def to_dict(self) -> dict[str, Any]:
        """As verdict.json has it."""
        told = {"kappa": self.kappa, "agree": self.share, "n": self.n}
        return {**told, "only_first": self.only_first, "only_second": self.only_second}


def agreement(first: Mapping[Any, Hashable], second: Mapping[Any, Hashable]) -> Agreement:
    """Cohen's kappa over the units that both have: (p_o − p_e) / (1 − p_e).

    For an arm, unit → whether it fails, by groups. Cohen, Educational and Psychological Measurement 20 (1960), 37–46.
    """
    units = [u for u in first if u in second]
    pairs = [(first[u], second[u]) for u in units]
    n = len(pairs)
    if n == 0:
        return Agreement(None, None, 0, 0, 0)
    kinds = {kind for pair in pairs for kind in pair}
    seen = sum(a == b for a, b in pairs) / n
    expected = sum(sum(a == k for a, _ in pairs) * sum(b == k for _, b in pairs) for k in kinds) / n**2
    kappa = (seen - expected) / (1 - expected) if len(kinds) > 1 else None
    return Agreement(kappa, seen, n, pairs.count((True, False)), pairs.count((False, True)))
