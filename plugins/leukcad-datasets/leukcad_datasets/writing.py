"""What the forms that can be written share: what each cannot hold, in words, and tables that read back."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from leukcad import Cells, Field, LeukcadError, Record
from leukcad.files import atomic_write
from leukcad_datasets.boxes import Drawn, within

Put = Callable[[Field, Path], Path]  # leaves a field's picture at a stem, with a suffix; returns the path
LABELS = "labels.csv"
_LOST = {
    "masks": "the masks of cells",
    "nuclei": "the masks of nuclei",
    "scores": "the scores of cells",
    "pixel_size": "the size of a pixel",
    "open": "that not every cell of every class is annotated",
}


class Losses:
    """Counts, field by field, what a form cannot hold. holds: keys of what it does hold."""

    def __init__(self, form: str, holds: Collection[str] = ()) -> None:
        self.form, self.holds = form, frozenset(holds)
        self.fields: Counter[str] = Counter()

    def look(self, field: Field) -> None:
        """One more field."""
        truth = cells_of(field)
        has = {
            "masks": truth.regions is not None and len(truth) > 0,
            "nuclei": truth.nuclei is not None and len(truth) > 0,
            "scores": bool((truth.scores != 1).any()),
            "pixel_size": field.pixel_size is not None,
            "open": bool(set(truth.classes) - field.complete),
        }
        self.fields.update(what for what, there in has.items() if there and what not in self.holds)

    def told(self) -> list[str]:
        """A sentence for everything lost."""
        return [
            f"{words} ({self.form} holds none; {_fields(self.fields[w])})"
            for w, words in _LOST.items()
            if self.fields[w]
        ]


def cells_of(field: Field) -> Cells:
    """The annotated cells; a field without annotation is never written."""
    if field.truth is None:
        raise LeukcadError(f"{field.record.id}: has no annotation")
    return field.truth


def checked_boxes(field: Field) -> list[tuple[str, tuple[float, float, float, float]]]:
    """(class, x0, y0, x1, y1 px) of every cell, as a source reads them back: cut at the picture's edge.

    Raises LeukcadError for a cell of no known class, a point, and a box of which less than a pixel is in the picture.
    """
    truth = cells_of(field)
    rows = []
    for number, (name, box) in enumerate(zip(truth.names(), truth.boxes.tolist(), strict=True), 1):
        where = f"{field.record.id}: cell {number}"
        if not name:
            raise LeukcadError(f"{where} has no class", cure="name it: --rename =WBC")
        if box[2] <= box[0] or box[3] <= box[1]:
            raise LeukcadError(f"{where} is a point, not a box", cure="say how large a box to draw: --points 40")
        rows.append((name, within(Drawn(tuple(box), name, where), field.height, field.width)))
    return rows


def write_labels(folder: Path, records: Sequence[Record]) -> dict[str, Path]:
    """labels.csv (field, label, group), where a field has a label or a group; the option that reads it."""
    rows = [(r.id, r.label or "", r.group if r.group != r.id else "") for r in records]
    if not (rows := [row for row in rows if row[1] or row[2]]):
        return {}
    write_csv(folder / LABELS, ("field", "label", "group"), rows)
    return {"labels": folder / LABELS}


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; raises LeukcadError for text that a spreadsheet would take for a formula."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(head)
    for row in rows:
        table.writerow([_harmless(value) for value in row])
    atomic_write(path, text.getvalue())


def _harmless(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") and not _is_number(value):
        raise LeukcadError(f"a spreadsheet takes {value[:60]!r} for a formula", cure="give it another name: --rename")
    return value


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _fields(n: int) -> str:
    return f"{n} field" if n == 1 else f"{n} fields"
