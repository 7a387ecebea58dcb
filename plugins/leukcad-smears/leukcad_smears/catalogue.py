"""Which fields a simulated data set holds, in the numbering of ALL-IDB, and the scene of each of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leukcad_smears.presets import draw_counts, sample_scene, share_of
from leukcad_smears.render import RENDERER
from leukcad_smears.scene import Scene
from leukcad_smears.single import draw_kinds, sample_single


@dataclass(frozen=True)
class Entry:
    """One picture to draw. number: from 1; detail: the number of leukocytes of a field, the kind of a single cell."""

    id: str
    label: str
    number: int
    detail: str


@dataclass(frozen=True)
class Catalogue:
    """A data set of simulated fields or single cells; nothing is drawn before it is asked for.

    confounded: the share of fields that come from their class's own laboratory; None: as the preset has it.
    """

    preset: str = "count"
    healthy: int = 59
    leukaemic: int = 49
    width: int = 800
    height: int = 600
    seed: int = 0
    prefix: str = "Im"
    single: bool = False
    confounded: float | None = None

    def entries(self) -> list[Entry]:
        """In ALL-IDB1's order (001–033 and 048–063 ALL of 49 + 59), or ALL-IDB2's (ALL first) for single cells."""
        labels = ["ALL"] * self.leukaemic + ["healthy"] * self.healthy if self.single else self._interleaved()
        details = {name: iter(self._details(name, labels.count(name))) for name in ("healthy", "ALL")}
        rows = []
        for number, label in enumerate(labels, start=1):
            id_ = f"{self.prefix}{number:03d}_{int(label == 'ALL')}"
            rows.append(Entry(id_, label, number, next(details[label])))
        return rows

    def _interleaved(self) -> list[str]:
        first, then = round(self.leukaemic * 33 / 49), round(self.healthy * 14 / 59)
        rest = ["ALL"] * (self.leukaemic - first) + ["healthy"] * (self.healthy - then)
        return ["ALL"] * first + ["healthy"] * then + rest

    def _details(self, label: str, n: int) -> Sequence[str]:
        rng = np.random.default_rng([self.seed, 1, int(label == "ALL"), int(self.single)])
        if self.single:
            return draw_kinds(label, n, rng)
        return [str(count) for count in draw_counts(self.preset, label, n, rng)]

    def scene(self, entry: Entry) -> Scene:
        """What to draw for one entry; it depends on nothing but the options and the entry."""
        rng = np.random.default_rng([self.seed, 2, entry.number, int(self.single)])
        if self.single:
            return sample_single(entry.detail, entry.label, rng, preset=self.preset, width=self.width)
        taken = None if self.confounded is None else share_of(self.confounded, entry.label, entry.number)
        size = {"width": self.width, "height": self.height}
        return sample_scene(self.preset, entry.label, rng, count=int(entry.detail), setting=taken, **size)

    def digest(self, entry: Entry) -> str:
        """sha256 of all that decides an entry's pixels, known without drawing it."""
        size = (self.width, 0 if self.single else self.height)
        parts = [RENDERER, self.preset, *size, self.seed, self.single, entry.label, entry.number, entry.detail]
        parts += [] if self.confounded is None else [self.confounded]
        return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()
