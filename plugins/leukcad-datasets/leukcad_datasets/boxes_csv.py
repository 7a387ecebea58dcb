"""Data source `csv`: boxes, or points, of all pictures in one table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field as Option

from leukcad import Cells, Field, LeukcadError, Record, Step, hookimpl
from leukcad.config import FolderPath
from leukcad.data.tables import read_table
from leukcad_datasets import listing
from leukcad_datasets.boxes import Drawn, read_field, within

if TYPE_CHECKING:
    from leukcad_datasets.writing import Put

CELLS, FIELDS, CLASSES = "cells.csv", "fields.csv", "classes.txt"
CORNERS = ("x0", "y0", "x1", "y1")


class BoxesCsv:
    """Boxes in a table: cells.csv (field, x0, y0, x1, y1, class), fields.csv (field, file, label, group)."""

    def __init__(
        self,
        *,
        path: Annotated[FolderPath, Option(description="the folder that holds cells.csv, fields.csv and the pictures")],
    ) -> None:
        self.path = Path(path)

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Fields in the order of fields.csv, those without cells too; at most 24 of a label when the step is quick."""
        records, table = list[Record](), self.path / FIELDS
        seen: set[str] = set()
        for line, row in read_table(table, ("field", "file"), ("label", "group")):
            if row["field"] in seen:
                raise LeukcadError(f"{table}:{line}: the field {row['field'][:100]!r} stands twice")
            seen.add(row["field"])
            _, file = listing.inside(self.path, row["file"], f"{table}:{line}")
            told = repr([(d.box, d.kind) for d in self._cells.get(row["field"], [])]).encode()
            extra = {"truth": hashlib.sha256(told).hexdigest()[:16]}
            label = row["label"] or None
            records.append(Record(row["field"], group=row["group"], label=label, path=str(file), extra=extra))
        if strange := sorted(set(self._cells) - seen):
            where = self._cells[strange[0]][0].where
            raise LeukcadError(f"{where}: the field {strange[0][:100]!r} is not in {FIELDS}")
        return listing.quick(records, step)

    @hookimpl
    def leukcad_read(self, record: Record) -> Field:
        """A field; its truth are its boxes and points, complete for all classes. Errors name the line."""
        image = read_field(record)
        height, width = image.shape[:2]
        drawn = self._cells.get(record.id, [])
        boxes = [_box(d, height, width) for d in drawn]
        labels = [self._kinds.index(d.kind) for d in drawn]
        truth = Cells.of(np.array(boxes, np.float32).reshape(-1, 4), labels=labels, classes=self._kinds)
        return Field.of(record, image, truth=truth, complete=frozenset(self._kinds))

    @classmethod
    def write(cls, folder: Path, fields: Iterable[Field], put: Put) -> tuple[dict[str, Any], list[str]]:
        """Annotated fields as cells.csv, fields.csv, classes.txt and images/; the options, and what is lost."""
        from leukcad.files import atomic_write
        from leukcad_datasets.writing import Losses, cells_of, write_csv

        losses, names, cells, listed = Losses("CSV"), dict[str, None](), list[Any](), list[Any]()
        for field in fields:
            losses.look(field)
            truth, record = cells_of(field), field.record
            names |= dict.fromkeys(truth.classes)
            if "" in truth.names():
                raise LeukcadError(f"{record.id}: a cell has no class", cure="name it: --rename =WBC")
            cells += [(record.id, *_text(b), n) for b, n in zip(truth.boxes.tolist(), truth.names(), strict=True)]
            file = put(field, folder / "images" / record.id).relative_to(folder).as_posix()
            listed.append((record.id, file, record.label or "", record.group if record.group != record.id else ""))
        write_csv(folder / CELLS, ("field", *CORNERS, "class"), cells)
        write_csv(folder / FIELDS, ("field", "file", "label", "group"), listed)
        atomic_write(folder / CLASSES, "".join(f"{name}\n" for name in names))
        return {"path": folder}, losses.told()

    @cached_property
    def _cells(self) -> dict[str, list[Drawn]]:
        """Field → its cells."""
        table, found = self.path / CELLS, dict[str, list[Drawn]]()
        for line, row in read_table(table, ("field", *CORNERS, "class"), may_be_empty=True):
            where = f"{table}:{line}"
            try:
                x0, y0, x1, y1 = (float(row[corner]) for corner in CORNERS)
            except ValueError:
                raise LeukcadError(f"{where}: expected numbers {', '.join(CORNERS)}") from None
            found.setdefault(row["field"], []).append(Drawn((x0, y0, x1, y1), row["class"], where))
        return found

    @cached_property
    def _kinds(self) -> tuple[str, ...]:
        """The classes: of classes.txt in its order, if it is there, and then those that cells have, sorted."""
        file = self.path / CLASSES
        told = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
        there = sorted({d.kind for drawn in self._cells.values() for d in drawn})
        return tuple(dict.fromkeys([*(line.strip() for line in told if line.strip()), *there]))


def _box(drawn: Drawn, height: int, width: int) -> tuple[float, float, float, float]:
    """The box cut at the picture's edge; a point, which has no size, must lie in it."""
    x0, y0, x1, y1 = drawn.box
    if (x0, y0) != (x1, y1):
        return within(drawn, height, width)
    if not (0 <= x0 <= width and 0 <= y0 <= height):  # NaN fails, too
        raise LeukcadError(f"{drawn.where}: the point {x0:g}, {y0:g} lies outside the picture of {width} × {height} px")
    return drawn.box


def _text(box: list[float]) -> list[str]:
    return [f"{value:.9g}" for value in box]  # nine digits hold any float32
