"""How units that must stay whole are shared out over the sides of a split."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leukcad.types import Record


@dataclass(frozen=True)
class Unit:
    """Records that stay together: `name` (a source or a group), and how many there are of each label."""

    name: str
    ids: tuple[str, ...]
    labels: Mapping[str, int]

    @property
    def label(self) -> str:
        """The commonest label, of equals the first by name; '' where fields have none."""
        return min(self.labels, key=lambda label: (-self.labels[label], label))


def units(records: Sequence[Record], by: str, stratify: bool = True) -> list[Unit]:
    """The records by 'source' or 'group', sorted by name; everything made from one source stays with it.

    A source whose records name different groups ties these groups together.
    """
    homes = _homes(records) if by == "group" else {r.source: r.source for r in records}
    members: dict[str, list[Record]] = {}
    for record in records:
        members.setdefault(homes[record.source], []).append(record)
    return [
        Unit(name, tuple(sorted(r.id for r in some)), Counter((r.label or "") if stratify else "" for r in some))
        for name, some in sorted(members.items())
    ]


def blocks(some: Sequence[Unit], size: int) -> list[Unit]:
    """Runs of `size` units of one label, neighbours by the numbers in their names, each run one unit.

    The last run of a label may be shorter. Where pictures are numbered as they were taken, neighbours may come from
    one patient.
    """
    found = []
    for label in sorted({unit.label for unit in some}):
        row = sorted((unit for unit in some if unit.label == label), key=_numbered)
        for start in range(0, len(row), size):
            run = row[start : start + size]
            ids = tuple(id_ for unit in run for id_ in unit.ids)
            found.append(Unit(run[0].name, ids, sum((Counter(unit.labels) for unit in run), Counter())))
    return found


def _numbered(unit: Unit) -> list[tuple[int, str]]:
    """Sorts 'f9' before 'f10'."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", unit.name)]


def _homes(records: Sequence[Record]) -> dict[str, str]:
    """Source → the first name of all groups that it is tied to, directly or through other sources."""
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        while parent.setdefault(group, group) != group:
            group = parent[group]
        return group

    first: dict[str, str] = {}
    for record in records:
        one, other = sorted((root(record.group), root(first.setdefault(record.source, record.group))))
        parent[other] = one
    return {source: root(group) for source, group in first.items()}


def quotas(n: int, shares: Sequence[float]) -> list[int]:
    """`n` in whole numbers by `shares` (they sum to 1), by largest remainder; equal remainders go to the earlier side.

    59 by 0.7, 0.2, 0.1 is 41, 12, 6; 49 is 34, 10, 5.
    """
    exact = [n * share for share in shares]
    whole = [int(np.floor(round(e, 9))) for e in exact]
    remainders = [-round(e - w, 9) for e, w in zip(exact, whole, strict=True)]
    for side in sorted(range(len(shares)), key=lambda i: (remainders[i], i))[: n - sum(whole)]:
        whole[side] += 1
    return whole


def cut(some: Sequence[Unit], shares: Sequence[float], seed: int | None) -> list[list[Unit]]:
    """Each label by itself, in the order of names (or drawn with `seed`), cut into runs of `quotas` length."""
    sides: list[list[Unit]] = [[] for _ in shares]
    for label in sorted({unit.label for unit in some}):
        row = [unit for unit in some if unit.label == label]
        if seed is not None:
            row = [row[i] for i in _rng(seed, label).permutation(len(row))]
        start = 0
        for side, length in zip(sides, quotas(len(row), shares), strict=True):
            side.extend(row[start : start + length])
            start += length
    return sides


def deal(some: Sequence[Unit], shares: Sequence[float], seed: int) -> list[list[Unit]]:
    """Whole units to parts so that every part comes near its share of every label.

    Greedy: the largest unit first (drawn among equals), each to the part where the squared shortfall, summed over the
    labels relative to their frequency, shrinks most; no part stays empty if there are units enough.
    """
    parts: list[list[Unit]] = [[] for _ in shares]
    names = sorted({label for unit in some for label in unit.labels})
    counts = np.array([[unit.labels.get(label, 0) for label in names] for unit in some], float).reshape(-1, len(names))
    total = np.maximum(counts.sum(axis=0), 1)
    short = np.array(shares)[:, None] * total  # (parts, labels): fields that are still wanted
    used = [i for i, share in enumerate(shares) if share > 0]
    drawn = _rng(seed, "deal").permutation(len(some))
    order = sorted(drawn, key=lambda i: -counts[i].sum())
    for left, i in zip(range(len(order), 0, -1), order, strict=True):
        empty = [p for p in used if not parts[p]]
        allowed = empty if len(empty) >= left else used
        gain = ((2 * short * counts[i] - counts[i] ** 2) / total).sum(axis=1)
        best = max(allowed, key=lambda p: (round(gain[p], 9), not parts[p], round(short[p].sum(), 9), -p))
        parts[best].append(some[i])
        short[best] -= counts[i]
    return parts


def _rng(seed: int, key: str) -> np.random.Generator:
    """A label's draw does not depend on which other labels there are."""
    digest = hashlib.sha256(f"{seed}/{key}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
