"""What was measured, as claims ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leukcad.reproducing.running import TWO_STEP
from leukcad.reproducing.studies import Network, Study

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """A study and what was measured of it.

    measured: `{"data", "positive", "splits": […], "runs": […], "pooled", "paired"}`, pooled by split, network, metric;
    a run: `{"split", "seed", "network", "table", "looks", "kinds"}`, of the first split `{"full", "series",
    "first_failing"}`, too.
    """

    study: Study
    measured: Mapping[str, Any]

    @property
    def real(self) -> bool:
        """Whether the data are real ones."""
        return bool(self.measured["data"] == "real")

    @property
    def split(self) -> str:
        """The split that claims are decided on: the first one."""
        return str(self.measured["splits"][0])

    def runs(self, network: str, split: str = "") -> list[Row]:
        """The runs of a network on a split (by default the deciding one), one a seed."""
        split = split or self.split
        return [r for r in self.measured["runs"] if r["network"] == network and r["split"] == split]

    def by_seed(self) -> dict[int, list[Row]]:
        """The runs of the study's networks on the deciding split, seed by seed."""
        found: dict[int, list[Row]] = {}
        for run in self.measured["runs"]:
            if run["split"] == self.split and run["network"] != TWO_STEP:
                found.setdefault(run["seed"], []).append(run)
        return found

    def pooled(self, network: str, metric: str, split: str = "") -> Row | None:
        """A rate over all seeds, the field the unit."""
        told: Row | None = self.measured["pooled"].get(split or self.split, {}).get(network, {}).get(metric)
        return told

    def ran(self) -> list[Network]:
        """The networks that were run."""
        there = {r["network"] for r in self.measured["runs"]}
        return [n for n in self.study.networks if n.name in there]


def looks(rows: Sequence[Row], *names: str) -> list[list[float]]:
    """The named numbers of the heat maps of each run that has all of them."""
    told: list[list[Any]] = [[(r["looks"] or {}).get(name) for name in names] for r in rows]
    return [row for row in told if None not in row]
