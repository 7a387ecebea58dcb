"""What a careful reader says of published labels: cells that they miss, cells that are none, places to leave out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

from leukcad.data.tables import read_table
from leukcad.errors import LeukcadError
from leukcad.types import Record

Word = Literal["wbc", "unsure", "published_not_wbc"]
CORNERS = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True)
class Opinion:
    """One line: a box (x0, y0, x1, y1 px) and what lies in it.

    wbc: a leukocyte that counts as truth. unsure: neither a hit nor a false alarm. published_not_wbc: a published box
    there is dropped.
    """

    box: tuple[float, float, float, float]
    word: Word


@dataclass(eq=False)
class Adjudication:
    """All opinions of a table; `used` collects which of its files were asked for."""

    path: Path
    files: dict[tuple[str, ...], list[Opinion]]
    used: set[tuple[str, ...]] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path) -> Adjudication:
        """A CSV with the columns file, x0, y0, x1, y1 (px), verdict and, if wanted, dataset: its folder's name.

        Raises LeukcadError naming the line of a box that is none, or of an unknown verdict.
        """
        files: dict[tuple[str, ...], list[Opinion]] = defaultdict(list)
        for line, row in read_table(path, ("file", *CORNERS, "verdict"), ("dataset",)):
            file = PurePosixPath(row["dataset"], row["file"])
            files[file.parts].append(_opinion(row, f"{path}:{line}"))
        return cls(path, dict(files))

    def of(self, record: Record) -> list[Opinion]:
        """What is said of a field: its file is the one whose path ends as the table's (dataset/file) does."""
        path = Path(record.path) if record.path else None  # as it is called, and where a link leads
        ways = [path.absolute().parts, path.resolve().parts] if path else [PurePosixPath(record.id).parts]
        told: list[Opinion] = []
        for file, opinions in self.files.items():
            if any(parts[-len(file) :] == file for parts in ways):
                self.used.add(file)
                told += opinions
        return told


def _opinion(row: dict[str, str], where: str) -> Opinion:
    known = get_args(Word)
    if row["verdict"] not in known:
        raise LeukcadError(f"{where}: expected a verdict out of {', '.join(known)}, got {row['verdict'][:60]!r}")
    try:
        x0, y0, x1, y1 = (float(row[corner]) for corner in CORNERS)
    except ValueError:
        raise LeukcadError(f"{where}: expected four numbers {', '.join(CORNERS)}") from None
    if not (0 <= x0 < x1 < 1e6 and 0 <= y0 < y1 < 1e6):  # NaN fails, too
        raise LeukcadError(f"{where}: expected a box x0 < x1, y0 < y1 in px, got {x0:g}, {y0:g}, {x1:g}, {y1:g}")
    return Opinion((x0, y0, x1, y1), row["verdict"])  # type: ignore[arg-type]  # checked above
