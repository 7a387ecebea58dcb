"""The whole screen of a bench's data, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.assembly import Source
from leukcad.progress import track
from leukcad.screening.duplicates import Pair, duplicates
from leukcad.screening.findings import CELLS, DONORS, findings
from leukcad.screening.locating import Place, grey_of, locate
from leukcad.screening.looks import Look, look_at
from leukcad.screening.tells import tells
from leukcad.types import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HELD_OUT = ("validation", "test")


@dataclass(eq=False)
class Screen:
    """What was found: `told` is plain data for JSON and the page, `pairs` and `places` for pictures."""

    told: dict[str, Any]
    pairs: list[Pair]
    places: dict[str, Place]


def screen(sources: Mapping[str, Source], sides: Mapping[str, str] | None, positive: str | None) -> Screen:
    """Look at every field of the sources once; `sides`: id → side of the split of the source `data`, if there is one.

    The pictures of `cells` and `donors` that were cut from a field of `data` are located there. Raises LeukcadError
    where OpenCV is missing and cells are to be located.
    """
    looks = [
        look_at(field, name, (sides or {}).get(record.id, "none") if name == "data" and sides else name)
        for name, source in sources.items()
        for record in track(source.records, f"looking at {name}")
        if (field := source.read(record)) is not None
    ]
    pairs = duplicates(looks)
    places = _places(sources)
    fields = [look for look in looks if look.source not in (CELLS, DONORS)]
    told = {
        "sources": {name: _source(source, [k for k in looks if k.source == name]) for name, source in sources.items()},
        "split": _split(looks, sides),
        "duplicates": [_pair(pair) for pair in pairs],
        "located": [_located(place, name, sides) for name, place in places.items()],
        "tells": {one: tells(fields, one) for one in _ones(fields, positive)},
        "sizes": _sizes(looks),
    }
    told["findings"] = findings(told)
    return Screen(told, pairs, places)


class _Greys(Mapping[str, "NDArray[np.uint8]"]):
    """The readable fields of a source, grey, read when asked for."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.records = {r.id: r for r in source.records if r.id not in source.unreadable}

    def __getitem__(self, id_: str) -> NDArray[np.uint8]:
        field = self.source.read(self.records[id_])
        if field is None:
            raise KeyError(id_)
        return grey_of(field.array())

    def __iter__(self) -> Iterator[str]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


def _places(sources: Mapping[str, Source]) -> dict[str, Place]:
    """'cells/ID' or 'donors/ID' → where in `data` that picture was cut from."""
    singles = {
        f"{name}/{id_}": picture for name in (CELLS, DONORS) if name in sources for id_, picture in _cut(sources, name)
    }
    if not singles or "data" not in sources:
        return {}
    follow: Callable[[Sequence[str]], Any] = lambda ids: track(ids, "looking for cells in fields")  # noqa: E731
    return locate(singles, _Greys(sources["data"]), follow)


def _cut(sources: Mapping[str, Source], name: str) -> Iterator[tuple[str, Any]]:
    greys = _Greys(sources[name])
    for id_ in greys:
        yield id_, greys[id_]


def _source(source: Source, looks: Sequence[Look]) -> dict[str, Any]:
    records: Sequence[Record] = source.records
    classes = Counter(r.label for r in records if r.label is not None)
    few, many = (min(classes.values()), max(classes.values())) if classes else (0, 0)
    return {
        "fields": len(records),
        "classes": dict(sorted(classes.items())),
        "groups": len({r.group for r in records}),
        "unlabelled": sum(r.label is None for r in records),
        "imbalance": many / few if few else None,
        "unannotated": [k.id for k in looks if not k.annotated],
        "unreadable": dict(source.unreadable),
    }


def _split(looks: Sequence[Look], sides: Mapping[str, str] | None) -> dict[str, dict[str, int]]:
    if not sides:
        return {}
    data = [look for look in looks if look.source == "data"]
    return {s: dict(Counter(k.label or "?" for k in data if k.side == s)) for s in dict.fromkeys(sides.values())}


def _pair(pair: Pair) -> dict[str, Any]:
    ends = {
        which: {"source": k.source, "id": k.id, "side": k.side, "label": k.label}
        for which, k in (("first", pair.first), ("second", pair.second))
    }
    more = {"kind": pair.kind, "alike": round(pair.alike, 4), "across": pair.across, "labels_differ": pair.disagree}
    return {**ends, **more}


def _located(place: Place, name: str, sides: Mapping[str, str] | None) -> dict[str, Any]:
    source, _, id_ = name.partition("/")
    side = (sides or {}).get(place.field, "")
    held = side in HELD_OUT or side == "none"
    told = {"source": source, "id": id_, "field": place.field, "side": side, "box": list(place.box)}
    return {**told, "score": round(place.score, 4), "leaves_training": source == CELLS and bool(sides) and held}


def _ones(looks: Sequence[Look], positive: str | None) -> list[str]:
    """The classes that are held against all others: the positive one, or each of three and more."""
    labels = sorted({look.label for look in looks if look.label is not None})
    if positive in labels:
        return [str(positive)]
    return labels[1:] if len(labels) == 2 else labels


def _sizes(looks: Sequence[Look]) -> dict[str, dict[str, dict[str, int]]]:
    """Source → class → 'WIDTH × HEIGHT' → how many."""
    told: dict[str, dict[str, Counter[str]]] = {}
    for look in looks:
        by_class = told.setdefault(look.source, {}).setdefault(look.label or "?", Counter())
        by_class[f"{look.size[1]} × {look.size[0]}"] += 1
    return {name: {label: dict(n.most_common()) for label, n in sorted(by.items())} for name, by in told.items()}
