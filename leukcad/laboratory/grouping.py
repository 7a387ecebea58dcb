"""Which pictures belong to one slide or patient."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from leukcad.data.tables import read_table
from leukcad.errors import LeukcadError

BY_FOLDER = "folder"
CURE = "give --by folder, a CSV of field and group, or a pattern such as '^(S[0-9]+)_'"


def grouped(images: Sequence[Path], by: str) -> dict[str, list[Path]]:
    """Group → its pictures, in the order given.

    `by`: "folder" (the name of the folder that a picture lies in); a CSV file with the columns field and group (field:
    a file's name, with or without its folder and suffix); or a regular expression that is searched for in the file's
    name: its first parenthesis, or all that it matches, is the group. Raises `LeukcadError` naming a picture that has
    none.
    """
    if by == BY_FOLDER:
        of: Callable[[Path], str | None] = _folder
    elif by.lower().endswith(".csv"):
        of = _by_table(Path(by))
    else:
        of = _by_part(by)
    found: dict[str, list[Path]] = defaultdict(list)
    first: dict[Path, Path] = {}  # a picture that is given twice counts once
    for image in images:
        first.setdefault(image.resolve(), image)
    for image in first.values():
        group = of(image)
        if not group:
            raise LeukcadError(f"{image}: no group by {by!r}", cure=CURE)
        found[group].append(image)
    if by == BY_FOLDER:
        _told_apart(found)
    return dict(found)


def _told_apart(found: Mapping[str, Sequence[Path]]) -> None:
    for name, images in found.items():
        folders = sorted({str(image.resolve().parent) for image in images})
        if len(folders) > 1:
            cure = "give other folder names, a CSV of field and group, or a pattern"
            raise LeukcadError(f"two folders are called {name!r}: {folders[0]}, {folders[1]}", cure=cure)


def _folder(image: Path) -> str:
    return image.resolve().parent.name


def _by_table(path: Path) -> Callable[[Path], str | None]:
    rows: dict[str, str] = {}
    for line, row in read_table(path, ("field", "group"), ()):
        if rows.setdefault(row["field"], row["group"]) != row["group"]:
            raise LeukcadError(f"{path}:{line}: {row['field']} is of the group {rows[row['field']]!r} already")

    def of(image: Path) -> str | None:
        names = (str(image), f"{image.parent.name}/{image.name}", image.name, image.stem)
        return next((rows[name] for name in names if name in rows), None)

    return of


def _by_part(pattern: str) -> Callable[[Path], str | None]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise LeukcadError(f"--by {pattern!r} is no regular expression: {error}", cure=CURE) from error

    def of(image: Path) -> str | None:
        found = compiled.search(image.name)
        return None if found is None else found.group(1 if compiled.groups else 0)

    return of
