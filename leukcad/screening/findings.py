"""What a reader should know before training, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

CELLS, DONORS = "cells", "donors"
UNEVEN = 1.5  # times as many of one class as of another, from which on it is said


def findings(told: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing found, the gravest first; empty where nothing was."""
    said = [*_twins(told["duplicates"]), *_cut_from(told["located"])]
    for name, source in told["sources"].items():
        said += _holds(name, source)
    return said + [sentence for one, rows in told["tells"].items() for sentence in _told_apart(one, rows)]


def _twins(pairs: list[Mapping[str, Any]]) -> Iterator[str]:
    for kind, words in (("exact", "the same pixels"), ("near", "nearly the same picture")):
        some = [pair for pair in pairs if pair["kind"] == kind]
        across, differ = sum(p["across"] for p in some), sum(p["labels_differ"] for p in some)
        more = f"; {across} across sides or sets" * bool(across) + f"; {differ} with different labels" * bool(differ)
        if some:
            yield f"{len(some)} {'pair shows' if len(some) == 1 else 'pairs show'} {words}{more}."


def _cut_from(located: list[Mapping[str, Any]]) -> Iterator[str]:
    for source, words in ((CELLS, "single cells were"), (DONORS, "donors were")):
        sides = Counter(p["side"] or "fields without a side" for p in located if p["source"] == source)
        if sides:
            told = ", ".join(f"{n} from {side}" for side, n in sides.most_common())
            yield f"{sides.total()} {words} cut from fields of this bench: {told}."
    if leaving := sum(p["leaves_training"] for p in located):
        yield f"{leaving} single cells show held-out fields and must leave training: --located FILE lists them."


def _holds(name: str, source: Mapping[str, Any]) -> Iterator[str]:
    if (ratio := source["imbalance"]) and ratio >= UNEVEN:
        yield f"{name}: the largest class has {ratio:.1f} times the fields of the smallest."
    if source["unlabelled"]:
        yield f"{name}: {source['unlabelled']} of {source['fields']} fields without a label."
    if 0 < len(source["unannotated"]) < source["fields"]:
        yield f"{name}: {len(source['unannotated'])} of {source['fields']} fields have no annotated cell."
    if source["unreadable"]:
        yield f"{name}: {len(source['unreadable'])} of {source['fields']} fields cannot be read."


def _told_apart(one: str, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row["low"] > 0.5:
            limits = f"{row['auroc']:.2f}, {row['low']:.2f}–{row['high']:.2f}"
            alone = "" if row["number"] == "all together" else " alone"
            yield f"{row['number'].capitalize()}{alone} tells {one} from the rest: AUROC {limits}."
