"""The state of a placement: fields, what was placed in them, and how far one is."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any

from leukcad.errors import LeukcadError
from leukcad.placing.fields import Fields
from leukcad.placing.finder import Finder
from leukcad.positions import Placed, Position, PositionFile
from leukcad.serving import Refused
from leukcad.types import Field

MOST = 5000  # positions in one field
KEPT = 3  # fields in memory: the one that is looked at, and its neighbours


class Placement:
    """Fields and their positions; each change is on the disk before it is answered. Threads may ask at once."""

    def __init__(self, fields: Fields, file: PositionFile, finder: Finder | None = None) -> None:
        self.fields, self.file, self.finder = fields, file, finder
        self._revisions: Counter[int] = Counter()
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._read: OrderedDict[int, Field] = OrderedDict()

    def overview(self) -> dict[str, Any]:
        """All fields with the number of their positions, and how many are done."""
        rows = []
        for record in self.fields.records:
            placed = self.file.fields.get(record.id, Placed())
            rows.append({"id": record.id, "positions": len(placed.accepted()), "done": placed.done})
        done = sum(bool(row["done"]) for row in rows)
        by = self.finder.name if self.finder else None
        return {"fields": rows, "done": done, "by": by, "file": str(self.file.path)}

    def field(self, index: int) -> Field:
        """A field; raises `Refused` (404) where there is none, or where it cannot be read (with the reason)."""
        if not 0 <= index < len(self.fields.records):
            raise Refused(404, "there is no such field")
        with self._reading:
            field = self._read.pop(index, None)
            if field is None:
                try:
                    field = self.fields.read(self.fields.records[index])
                except LeukcadError as error:
                    raise Refused(404, str(error)) from error
            if field is None:
                raise Refused(404, "this field cannot be read: the terminal says why")
            self._read[index] = field
            while len(self._read) > KEPT:
                self._read.popitem(last=False)
        return field

    def told(self, index: int) -> dict[str, Any]:
        """What is known of a field: its size and its positions."""
        field, placed = self.field(index), self.file.fields.get(self.fields.records[index].id, Placed())
        about = {"index": index, "id": field.record.id, "width": field.width, "height": field.height}
        boxes = [_as_json(p) for p in placed.positions]
        return {**about, "boxes": boxes, "done": placed.done, "revision": self._revisions[index]}

    def put(self, index: int, told: Mapping[str, Any]) -> dict[str, Any]:
        """Take in all positions of a field, and save. Raises `Refused`: 400 for a box that is none, 409 where another
        window has changed the field since."""
        field = self.field(index)
        boxes, done = told.get("boxes"), told.get("done")
        if not isinstance(boxes, list) or len(boxes) > MOST or not isinstance(done, bool):
            raise Refused(400, f"expected at most {MOST} boxes, and whether the field is done")
        positions = tuple(position_of(box, field) for box in boxes)
        with self._lock:
            if told.get("revision") != self._revisions[index]:
                raise Refused(409, "another window has changed this field: reload the page")
            name = str(field.record.path or field.record.id).replace("\\", "/").rpartition("/")[2]
            self.file.put(field.record.id, Placed(positions, done, name, field.width, field.height))
            self._revisions[index] += 1
        return {"revision": self._revisions[index]}


def _as_json(p: Position) -> dict[str, Any]:
    box = {"x": p.x, "y": p.y, "width": p.width, "height": p.height}
    return {**box, "origin": p.origin, "rejected": p.rejected}


def position_of(box: Any, field: Field) -> Position:
    """A box that a page sent; raises `Refused` (400) for anything else, or one that reaches beyond the field."""
    try:
        numbers = [box[name] for name in ("x", "y", "width", "height")]
        if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in numbers):
            raise TypeError
        if box["origin"] not in ("drawn", "suggested") or not isinstance(box["rejected"], bool):
            raise TypeError
        position = Position.of([round(float(v), 1) for v in numbers], box["origin"], box["rejected"])
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise Refused(400, "expected boxes of x, y, width, height, origin and rejected") from error
    if not position.within(field.width, field.height):
        raise Refused(400, f"expected boxes inside the field of {field.width} × {field.height} px")
    return position
