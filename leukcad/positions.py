"""Candidate positions: boxes in which a cell may be set, kept as COCO (with all that is known) and as CSV beside it.

`leukcad place` writes such files, and a `synthesize` component that pastes reads them by its option `positions`.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from leukcad.data.tables import read_table
from leukcad.errors import LeukcadError
from leukcad.files import atomic_write, disk_errors

Origin = Literal["drawn", "suggested"]
COLUMNS = ("field", "x", "y", "width", "height")
CATEGORIES = ("position", "rejected")  # COCO's ids are 1 and 2
FORMAT = "leukcad positions 1"
MAX_BYTES = 256 << 20
LEAST = 4.0  # px that a box has at least on each side


@dataclass(frozen=True)
class Position:
    """A box: its upper left corner and its size, px; who put it there; whether a person turned it down."""

    x: float
    y: float
    width: float
    height: float
    origin: Origin = "drawn"
    rejected: bool = False

    def __post_init__(self) -> None:
        finite = all(map(math.isfinite, (self.x, self.y, self.width, self.height)))
        if not finite or min(self.x, self.y) < 0 or min(self.width, self.height) < LEAST:
            came = f"({self.x:g}, {self.y:g}) with {self.width:g} × {self.height:g}"
            raise LeukcadError(f"expected a box of at least {LEAST:g} × {LEAST:g} px inside the field, got {came}")

    @classmethod
    def of(cls, box: Sequence[float], origin: Origin = "drawn", rejected: bool = False) -> Position:
        """From x, y, width and height."""
        x, y, width, height = box
        return cls(x, y, width, height, origin, rejected)

    def within(self, width: int, height: int) -> bool:
        """Whether it lies in a field of that size, px (rounding apart)."""
        return self.x + self.width <= width + 0.5 and self.y + self.height <= height + 0.5


@dataclass(frozen=True)
class Placed:
    """What is known of one field. done: a person has finished with it. file: its name. width, height: px."""

    positions: tuple[Position, ...] = ()
    done: bool = False
    file: str = ""
    width: int = 0
    height: int = 0

    def accepted(self) -> list[Position]:
        """Those that were not turned down."""
        return [p for p in self.positions if not p.rejected]


@dataclass
class PositionFile:
    """All fields of one file, by their ids."""

    path: Path
    fields: dict[str, Placed] = field(default_factory=dict)
    _stamp: tuple[int, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def open(cls, path: Path) -> PositionFile:
        """What was written, or an empty one; raises `LeukcadError` where saving would lose what others have written."""
        if not path.exists() and path.with_suffix(".csv").exists():
            cure = "move it away, or give another file to write to"
            raise LeukcadError(f"{path.with_suffix('.csv')} would be written over, and there is no {path}", cure=cure)
        return cls(path, _read_coco(path, whole=True) if path.exists() else {}, _stamp_of(path))

    @property
    def table(self) -> Path:
        """The CSV beside it, with the accepted positions."""
        return self.path.with_suffix(".csv")

    def put(self, id: str, placed: Placed) -> None:
        """Take one field in and save: each file holds the old or the new content at any moment.

        The COCO file comes first and counts; a kill between the two leaves a CSV that the next save, or `save`, mends.
        Raises `LeukcadError` where somebody else has written the file since.
        """
        if _stamp_of(self.path) != self._stamp:
            raise LeukcadError(f"{self.path}: another program has changed this file", cure="start leukcad place again")
        self.fields[id] = placed
        self.save()

    def save(self) -> None:
        """Write both files."""
        atomic_write(self.path, json.dumps(_coco(self.fields), ensure_ascii=False, indent=1) + "\n")
        self._stamp = _stamp_of(self.path)
        atomic_write(self.table, _table(self.fields))


def read_positions(path: Path) -> dict[str, list[Position]]:
    """Field id → accepted positions, out of a .json (COCO) or .csv file that `leukcad place`, or anybody, wrote.

    The CSV has the columns field, x, y, width, height (px). Raises `LeukcadError` with the line of a box that is none,
    and for a file without any position.
    """
    if path.suffix.lower() == ".json":
        found = {id: placed.accepted() for id, placed in _read_coco(path).items()}
    else:
        found = {}
        for line, row in read_table(path, COLUMNS, ("origin",)):
            try:
                numbers = [float(row[name]) for name in COLUMNS[1:]]
                box = Position.of(numbers, _origin(row["origin"] or "drawn"))
            except (ValueError, LeukcadError) as error:
                raise LeukcadError(f"{path}:{line}: {error}") from error
            found.setdefault(row["field"], []).append(box)
    if not any(found.values()):
        raise LeukcadError(f"{path}: holds no positions", cure="place some: leukcad place DATA --out FILE.json")
    return found


def _stamp_of(path: Path) -> tuple[int, ...]:
    """Differs after every write, since a file is always put in the place of the former one; () where there is none."""
    try:
        told = path.stat()
    except OSError:
        return ()
    return (told.st_ino, told.st_mtime_ns, told.st_size)


def _table(fields: Mapping[str, Placed]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow((*COLUMNS, "origin"))
    for id, placed in fields.items():
        rows.writerows((id, p.x, p.y, p.width, p.height, p.origin) for p in placed.accepted())
    return text.getvalue()


def _coco(fields: Mapping[str, Placed]) -> dict[str, Any]:
    images, annotations = [], list[dict[str, Any]]()
    for number, (id, placed) in enumerate(fields.items(), 1):
        size = {"width": placed.width, "height": placed.height}
        images.append({"id": number, "file_name": placed.file or id, **size, "field": id, "done": placed.done})
        for p in placed.positions:
            box = {"bbox": [p.x, p.y, p.width, p.height], "area": p.width * p.height, "iscrowd": 0}
            kind = 2 if p.rejected else 1
            head = {"id": len(annotations) + 1, "image_id": number, "category_id": kind}
            annotations.append({**head, **box, "origin": p.origin})
    named = [{"id": i, "name": name} for i, name in enumerate(CATEGORIES, 1)]
    return {"info": {"description": FORMAT}, "images": images, "categories": named, "annotations": annotations}


def _read_coco(path: Path, whole: bool = False) -> dict[str, Placed]:
    """The fields of a file; whole: it is refused where it holds more than is read, since it will be written again."""
    with disk_errors(path, "read"):
        if path.stat().st_size > MAX_BYTES:
            raise LeukcadError(f"{path}: larger than {MAX_BYTES >> 20} MiB")
        content = path.read_bytes()
    try:
        told = json.loads(content)
        names = {c["id"]: c["name"] for c in told["categories"]}
        if whole and (others := sorted({str(name) for name in names.values()} - {*CATEGORIES})):
            raise LeukcadError(f"holds cells of other kinds, which would be lost: {', '.join(others)}")
        images = {i["id"]: i for i in told["images"]}
        boxes: dict[int, list[Position]] = {id: [] for id in images}
        for one in told["annotations"]:
            if names[one["category_id"]] in CATEGORIES:
                rejected = names[one["category_id"]] == "rejected"
                numbers = [float(v) for v in _four(one["bbox"])]
                box = Position.of(numbers, _origin(one.get("origin", "drawn")), rejected)
                boxes[one["image_id"]].append(box)
        found = {_id(image): _placed(image, boxes[id]) for id, image in images.items()}
        if whole and len(found) < len(images):
            raise LeukcadError("holds two pictures of one name, of which one would be lost")
        return found
    except LeukcadError as error:
        raise LeukcadError(f"{path}: {error}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"
        raise LeukcadError(f"{path}: expected positions in COCO's form: {why}", cure="give another file") from error


def _placed(image: Mapping[str, Any], boxes: Sequence[Position]) -> Placed:
    size = int(image.get("width", 0)), int(image.get("height", 0))
    return Placed(tuple(boxes), bool(image.get("done", False)), str(image["file_name"]), *size)


def _id(image: Mapping[str, Any]) -> str:
    """The field's id; where another program wrote the file, the picture's name without its suffix."""
    return str(image.get("field") or Path(str(image["file_name"])).with_suffix("").as_posix())


def _four(values: Any) -> list[Any]:
    if not isinstance(values, list) or len(values) != 4:
        raise ValueError(f"expected a box of four numbers, got {values!r}")
    return values


def _origin(text: object) -> Origin:
    if text == "drawn":
        return "drawn"
    if text == "suggested":
        return "suggested"
    raise ValueError(f"expected the origin drawn or suggested, got {text!r}")
