"""What the sources share: finding pictures, keeping to the data set's folder, labels from a table, a quick look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from leukcad import LeukcadError, Record, Step
from leukcad.data.images import SUFFIXES
from leukcad.data.tables import read_table
from leukcad.files import disk_errors

QUICK = 24  # records of each label at most with --quick


def pictures(folder: Path, *, deep: bool = True) -> list[Path]:
    """The image files in `folder` (and below it, if `deep`), by suffix, sorted; hidden ones left out."""
    with disk_errors(folder, "read"):
        found = [p for p in (folder.rglob("*") if deep else folder.iterdir()) if p.suffix.lower() in SUFFIXES]
        return sorted(p for p in found if p.is_file() and not _hidden(p.relative_to(folder)))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def by_id(files: Iterable[Path], root: Path) -> dict[str, Path]:
    """Path within `root` without its suffix → file. Raises LeukcadError where two files differ by suffix only."""
    found: dict[str, Path] = {}
    for file in files:
        id_ = file.relative_to(root).with_suffix("").as_posix()
        if id_ in found:
            raise LeukcadError(f"{file} and {found[id_].name} have the same name", cure="rename or move one of them")
        found[id_] = file
    return found


def inside(root: Path, written: str, where: str) -> tuple[str, Path]:
    """A path that a file of the data set names, tidied, and where it is; `where` names that file in the error.

    Raises LeukcadError for an absolute path or one that leads out of `root`.
    """
    tidy = PurePosixPath(written.replace("\\", "/"))
    strange = tidy.is_absolute() or ".." in tidy.parts or re.match(r"[A-Za-z]:", written) or "\0" in written
    if strange or not tidy.parts:
        raise LeukcadError(f"{where}: expected a path within {root}, got {written[:100]!r}")
    return tidy.as_posix(), root / tidy


def only(root: Path, *names: str) -> Path:
    """The first of `names` that is a folder in `root`. Raises LeukcadError where there is none."""
    for name in names:
        if (root / name).is_dir():
            return root / name
    raise LeukcadError(f"{root}: expected the folder {' or '.join(names)} in it", cure="look at `path`")


def beside(folder: Path, stems: Sequence[str], suffixes: Sequence[str]) -> Path | None:
    """The first file in `folder` with one of these stems and suffixes, in any case; None where there is none."""
    wanted = [f"{stem}{suffix}".lower() for stem in stems for suffix in suffixes]
    for name in wanted:  # the usual spelling costs no look through the folder
        if (folder / name).is_file():
            return folder / name
    there = {p.name.lower(): p for p in folder.iterdir()} if folder.is_dir() else {}
    return next((there[name] for name in wanted if name in there), None)


def labelled(records: Sequence[Record], table: Path | None) -> list[Record]:
    """The records with label and group as a CSV says (columns field, label, group; one of the two may be empty).

    Fields that it does not name keep no label. Raises LeukcadError for a row that names no record, or one twice.
    """
    if table is None:
        return list(records)
    found = {r.id: r for r in records}
    files = Counter(Path(r.path).name for r in records if r.path)
    names = {Path(r.path).name: r.id for r in records if r.path} | {r.id: r.id for r in records}
    told: set[str] = set()
    for line, row in read_table(table, ("field",), ("label", "group")):
        id_ = names.get(row["field"])
        if id_ is None or id_ in told:
            what = "stands twice" if id_ else "is not in the data"
            raise LeukcadError(f"{table}:{line}: the field {row['field'][:100]!r} {what}")
        if files[row["field"]] > 1 and row["field"] not in found:
            many = f"{files[row['field']]} fields are called {row['field'][:100]!r}"
            raise LeukcadError(f"{table}:{line}: {many}", cure=f"name it with its folder, such as {id_}")
        if not row["label"] and not row["group"]:
            raise LeukcadError(f"{table}:{line}: expected a label or a group for {row['field'][:100]!r}, got neither")
        told.add(id_)
        found[id_] = found[id_].replace(label=row["label"] or None, group=row["group"] or found[id_].group)
    return list(found.values())


def quick(records: Sequence[Record], step: Step, each: int = QUICK) -> list[Record]:
    """All records; with --quick at most `each` of every label, spread evenly over their order."""
    if not step.quick:
        return list(records)
    by_label: dict[str | None, list[str]] = {}
    for record in records:
        by_label.setdefault(record.label, []).append(record.id)
    kept = {ids[i * len(ids) // min(each, len(ids))] for ids in by_label.values() for i in range(min(each, len(ids)))}
    return [r for r in records if r.id in kept]
