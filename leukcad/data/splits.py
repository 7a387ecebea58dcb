"""Which fields train, validate and test. A field and anything made from it never stand on two sides.

Shares become whole numbers by largest remainder, class by class: of 59 healthy and 49 ALL fields, 0.7 : 0.2 : 0.1 makes
41 : 12 : 6 and 34 : 10 : 5. A class without enough fields for every side fills the sides with the largest remainders.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from leukcad.data.dealing import Unit, blocks, cut, deal, units
from leukcad.data.tables import read_table
from leukcad.errors import LeukcadError
from leukcad.files import atomic_write
from leukcad.types import Record

SIDES = ("train", "validation", "test")
LEFT_OUT = "none"  # what a split file may say of a field that stands on no side

#: The test fields of ALL-IDB1 that the figures of Loddo & Putzu 2022 (doi:10.3390/app12073269) show.
FIGURES = frozenset([f"Im{n:03d}_1" for n in (31, 32, 33, 48, 49)] + [f"Im{n:03d}_0" for n in (34, 43, 47, 71, 72, 74)])


@dataclass(frozen=True)
class Split:
    """The ids of the fields on each side; `whole` says what was kept together: sources always, or groups too."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    whole: Literal["source", "group"] = "source"

    def sides(self) -> dict[str, str]:
        """Id → side. Raises LeukcadError for an id that stands twice."""
        found: dict[str, str] = {}
        for side in SIDES:
            for id_ in getattr(self, side):
                if id_ in found:
                    raise LeukcadError(f"split: the field {id_!r} stands on two sides: {found[id_]} and {side}")
                found[id_] = side
        return found


def split(records: Sequence[Record], spec: Mapping[str, Any]) -> Split:
    """The split that `spec` (`{"use": rule, **options}`) makes of `records`; the same whatever their order.

    Rules: lexicographic, loddo2022-figures, stratified, grouped, blocks, kfold, blocks-kfold, file; their options are
    the keyword arguments of the functions below. Raises LeukcadError for an unknown rule or option, an id that two
    records share, a side with a share that comes out empty, and a class that is missing on the train side.
    """
    options = dict(spec)
    rule = str(options.pop("use", "lexicographic"))
    if rule not in RULES:
        raise LeukcadError(f"unknown split {rule!r}", cure=f"known: {', '.join(RULES)}")
    twice = [id_ for id_, n in Counter(r.id for r in records).items() if n > 1]
    if twice:
        raise LeukcadError(f"split {rule}: ids that stand twice in the data: {_some(twice)}")
    try:
        made = RULES[rule](records, **options)
    except TypeError as error:
        raise LeukcadError(f"split {rule}: {str(error).partition('() ')[2] or error}") from error
    _check_train(made, records, rule)
    return made


def lexicographic(
    records: Sequence[Record], *, train: float = 0.7, validation: float = 0.2, test: float = 0.1
) -> Split:
    """Each class in the order of its names: first train, then validation, then test."""
    shares = _shares(train, validation, test)
    return _made(cut(units(records, "source"), shares, None), shares, "lexicographic")


def loddo2022_figures(records: Sequence[Record]) -> Split:
    """The test fields that the paper's figures show; the rest of each class 70 : 20 in the order of names."""
    if missing := sorted(FIGURES - {r.id for r in records}):
        cure = "this split is for ALL-IDB1's 108 fields and data numbered like them"
        raise LeukcadError(f"split loddo2022-figures: no field {_some(missing)}", cure=cure)
    test = {r.source for r in records if r.id in FIGURES}
    both = units(records, "source")
    sides = cut([u for u in both if u.name not in test], (7 / 9, 2 / 9), None)
    return _made([*sides, [u for u in both if u.name in test]], (0.7, 0.2, 0.1), "loddo2022-figures")


def stratified(
    records: Sequence[Record], *, train: float = 0.7, validation: float = 0.2, test: float = 0.1, seed: int = 0
) -> Split:
    """Each class by itself, drawn with `seed`."""
    shares = _shares(train, validation, test)
    return _made(cut(units(records, "source"), shares, seed), shares, "stratified")


def grouped(
    records: Sequence[Record], *, train: float = 0.7, validation: float = 0.2, test: float = 0.1, seed: int = 0
) -> Split:
    """Whole groups (patients, slides), as near to the shares of every class as they allow."""
    shares = _shares(train, validation, test)
    return _made(deal(units(records, "group"), shares, seed), shares, "grouped", "group")


def in_blocks(
    records: Sequence[Record],
    *,
    train: float = 0.7,
    validation: float = 0.2,
    test: float = 0.1,
    seed: int = 0,
    size: int = 5,
) -> Split:
    """Runs of `size` neighbours of a class in the order of names stay whole: without patient ids they may be one."""
    shares = _shares(train, validation, test)
    return _made(deal(blocks(units(records, "source"), size), shares, seed), shares, "blocks")


def kfold(records: Sequence[Record], *, k: int = 5, fold: int = 0, seed: int = 0, by: str = "group") -> Split:
    """Part `fold` of `k` is the test, the next one (of the last, the first) the validation, the others train.

    by: 'group' keeps groups whole and every class spread as well as they allow, 'label' spreads every class over
    single fields, 'none' only numbers.
    """
    if k < 3 or not 0 <= fold < k:
        raise LeukcadError(f"split kfold: expected k ≥ 3 and a fold from 0 to k - 1, got k {k} and fold {fold}")
    if by not in ("group", "label", "none"):
        raise LeukcadError(f"split kfold: expected by group, label or none, got {by!r}")
    whole: Literal["source", "group"] = "group" if by == "group" else "source"
    return _fold(units(records, whole, by != "none"), k, fold, seed, "kfold", whole)


def blocks_kfold(records: Sequence[Record], *, k: int = 5, fold: int = 0, seed: int = 0, size: int = 5) -> Split:
    """As kfold, with runs of `size` neighbours of a class kept whole as in `in_blocks`."""
    if k < 3 or not 0 <= fold < k:
        raise LeukcadError(f"split blocks-kfold: expected k ≥ 3 and a fold from 0 to k - 1, got k {k} and fold {fold}")
    return _fold(blocks(units(records, "source"), size), k, fold, seed, "blocks-kfold")


def _fold(
    some: Sequence[Unit], k: int, fold: int, seed: int, rule: str, whole: Literal["source", "group"] = "source"
) -> Split:
    parts = deal(some, [1 / k] * k, seed)
    held = (fold, (fold + 1) % k)
    train = [unit for i, part in enumerate(parts) if i not in held for unit in part]
    return _made([train, parts[held[1]], parts[held[0]]], (1, 1, 1), rule, whole)


def from_file(records: Sequence[Record], *, path: str | os.PathLike[str]) -> Split:
    """As a CSV file says: columns id and side (train, validation, test, or none for a field that is left out).

    Rows for fields that are not in the data are passed over if others are there; every field needs a row.
    """
    said = _read_sides(path)
    known = {r.id for r in records}
    if unsaid := sorted(known - set(said)):
        cure = f"give each a side, or {LEFT_OUT!r}"
        raise LeukcadError(f"{os.fspath(path)}: {len(unsaid)} fields have no side: {_some(unsaid)}", cure=cure)
    made = _of({id_: side for id_, side in said.items() if id_ in known})
    check_leaks(made, records)
    return made


RULES: dict[str, Callable[..., Split]] = {
    "lexicographic": lexicographic,
    "loddo2022-figures": loddo2022_figures,
    "stratified": stratified,
    "grouped": grouped,
    "blocks": in_blocks,
    "kfold": kfold,
    "blocks-kfold": blocks_kfold,
    "file": from_file,
}


def check_leaks(split: Split, records: Sequence[Record]) -> None:
    """Raises LeukcadError if a source, or for splits that keep groups whole a group, stands on two sides."""
    sides = split.sides()
    if strange := sorted(set(sides) - {r.id for r in records}):
        raise LeukcadError(f"split: {len(strange)} ids that are no fields of the data: {_some(strange)}")
    for what in ("source", *(["group"] if split.whole == "group" else [])):
        seen: dict[str, Record] = {}
        for record in records:
            if record.id not in sides:
                continue
            first = seen.setdefault(getattr(record, what), record)
            if sides[first.id] != sides[record.id]:
                both = f"{first.id} ({sides[first.id]}) and {record.id} ({sides[record.id]})"
                raise LeukcadError(
                    f"split: the {what} {getattr(record, what)!r} stands on two sides: {both}",
                    cure=f"put all fields of one {what} on one side",
                )


def write_split(path: str | os.PathLike[str], split: Split, records: Sequence[Record]) -> None:
    """Write a split as CSV: id, side, label, group, source, one row a field, in the order of `records`; atomically."""
    sides = split.sides()
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("id", "side", "label", "group", "source"))
    for r in records:
        writer.writerow((r.id, sides.get(r.id, LEFT_OUT), r.label or "", r.group, r.source))
    atomic_write(path, out.getvalue())


def read_split(path: str | os.PathLike[str]) -> Split:
    """A split as `write_split` left it, or any CSV with the columns id and side."""
    return _of(_read_sides(path))


def _read_sides(path: str | os.PathLike[str]) -> dict[str, str]:
    sides: dict[str, str] = {}
    for line, row in read_table(path, ("id", "side")):
        if row["side"] not in (*SIDES, LEFT_OUT):
            known = ", ".join((*SIDES, LEFT_OUT))
            raise LeukcadError(f"{os.fspath(path)}:{line}: expected a side out of {known}, got {row['side'][:50]!r}")
        if row["id"] in sides:
            raise LeukcadError(f"{os.fspath(path)}:{line}: the field {row['id']!r} stands twice")
        sides[row["id"]] = row["side"]
    return sides


def _of(sides: Mapping[str, str]) -> Split:
    chosen = {side: tuple(id_ for id_, on in sides.items() if on == side) for side in SIDES}
    return Split(chosen["train"], chosen["validation"], chosen["test"])


def _made(
    sides: Sequence[Sequence[Unit]], shares: Sequence[float], rule: str, whole: Literal["source", "group"] = "source"
) -> Split:
    ids = [tuple(sorted(id_ for unit in side for id_ in unit.ids)) for side in sides]
    for name, share, some in zip(SIDES, shares, ids, strict=True):
        if share > 0 and not some:
            n, what = sum(map(len, sides)), "groups" if whole == "group" else "fields"
            cure = "bring more, or set this side's share to 0" if not rule.endswith("kfold") else "choose a smaller k"
            raise LeukcadError(f"split {rule}: nothing is left for the {name} side; there are {n} {what}", cure=cure)
    return Split(ids[0], ids[1], ids[2], whole)


def _shares(*shares: float) -> tuple[float, ...]:
    if min(shares) < 0 or not shares[0] > 0 or abs(sum(shares) - 1) > 1e-6:
        told = " + ".join(f"{share:g}" for share in shares)
        raise LeukcadError(f"split: expected train > 0 and train + validation + test = 1, got {told}")
    return shares


def _check_train(split: Split, records: Sequence[Record], rule: str) -> None:
    train, used = set(split.train), set(split.sides())
    on_train = {r.label for r in records if r.id in train}
    missing = sorted(r for r in {r.label for r in records if r.id in used} - on_train if r is not None)
    if missing or not train:
        what = f"no field of class {', '.join(missing)}" if missing else "no field"
        cure = "bring more fields or groups, or choose another split"
        raise LeukcadError(f"split {rule}: {what} on the train side", cure=cure)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
