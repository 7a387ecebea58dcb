"""Data source `yolo`: pictures with one text file of boxes each, as YOLO trainers take them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field as Option

from leukcad import Field, LeukcadError, Record, Step, hookimpl
from leukcad.config import FilePath, FolderPath
from leukcad.files import atomic_write, disk_errors, sha256_of
from leukcad_datasets import listing
from leukcad_datasets.boxes import Drawn, field_of, read_field

if TYPE_CHECKING:
    from leukcad_datasets.writing import Put

MAX_BYTES = 4 << 20
MAX_CLASSES = 1000
_NUMBER_KEY = re.compile(r"(?m)(^\s*|[{,]\s*)(\d+)\s*:(?=\s)")


class Yolo:
    """YOLO boxes: images/ and labels/ with the same names, or both in one folder."""

    def __init__(
        self,
        *,
        path: Annotated[FolderPath, Option(description="the folder that holds images/ and labels/, or both mixed")],
        classes: Annotated[
            tuple[str, ...], Option(description="class names in order (else from classes.txt or data.yaml)")
        ] = (),
        labels: Annotated[
            FilePath | None, Option(description="CSV with the fields' labels: columns field, label, group")
        ] = None,
    ) -> None:
        self.path = Path(path)
        self.classes = classes
        self.labels = labels
        both = (self.path / "images").is_dir() and (self.path / "labels").is_dir()
        self.images = self.path / "images" if both else self.path
        self.texts = self.path / "labels" if both else self.path

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Fields by name; at most 24 when the step is quick. A picture without a text file holds no cells."""
        self._names()
        records, bare = [], []
        for id_, file in listing.by_id(listing.pictures(self.images), self.images).items():
            text = self.texts / f"{id_}.txt"
            bare += [] if text.is_file() else [id_]
            extra = {"truth": sha256_of(text)[:16]} if text.is_file() else {}
            records.append(Record(id_, path=str(file), extra=extra))
        if records and len(bare) == len(records):
            raise LeukcadError(f"{self.texts}: no label file for any picture, such as {bare[0]}.txt")
        if bare:
            step.log.warning("%s: %d fields without a label file hold no cells: %s …", self.texts, len(bare), bare[0])
        return listing.quick(listing.labelled(records, self.labels), step)

    @hookimpl
    def leukcad_read(self, record: Record) -> Field:
        """A field; its truth are its boxes, complete for all classes. Raises LeukcadError naming file and line."""
        image = read_field(record)
        height, width = image.shape[:2]
        text = self.texts / f"{record.id}.txt"
        drawn = read_boxes(text, self._names(), height, width) if "truth" in record.extra else []
        return field_of(record, image, drawn, self._names())

    @classmethod
    def write(cls, folder: Path, fields: Iterable[Field], put: Put) -> tuple[dict[str, Any], list[str]]:
        """Annotated fields as images/, labels/ and classes.txt; the options that read them, and what is lost."""
        from leukcad_datasets.writing import Losses, cells_of, checked_boxes, write_labels

        losses, names, records = Losses("YOLO"), dict[str, int](), list[Record]()
        for field in fields:
            losses.look(field)
            records.append(field.record)
            put(field, folder / "images" / field.record.id)
            for name in cells_of(field).classes:
                names.setdefault(name, len(names))
            lines = [_line(names[name], box, field) for name, box in checked_boxes(field)]
            atomic_write(folder / "labels" / f"{field.record.id}.txt", "".join(lines))
        if records and not names:
            raise LeukcadError("YOLO needs a class, and these fields know none", cure="convert to coco")
        atomic_write(folder / "classes.txt", "".join(f"{name}\n" for name in names))
        return {"path": folder, **write_labels(folder, records)}, losses.told()

    def _names(self) -> tuple[str, ...]:
        """The class names: the option's, or those that lie beside the data; kept once found."""
        self.classes = self.classes or class_names(self.path)
        return self.classes


def _line(number: int, box: tuple[float, float, float, float], field: Field) -> str:
    """A box as YOLO writes it: class, centre and size as shares of the picture."""
    x0, y0, x1, y1 = box
    shares = (
        (x0 + x1) / 2 / field.width,
        (y0 + y1) / 2 / field.height,
        (x1 - x0) / field.width,
        (y1 - y0) / field.height,
    )
    return f"{number} {' '.join(f'{share:.15g}' for share in shares)}\n"


def read_boxes(path: Path, classes: tuple[str, ...], height: int, width: int) -> list[Drawn]:
    """The boxes of a YOLO text file (class, centre and size as shares of the picture), in px.

    Raises LeukcadError naming file and line for what is no box, an unknown class, and shares outside 0 to 1.
    """
    with disk_errors(path, "read"):
        if path.stat().st_size > MAX_BYTES:
            raise LeukcadError(f"{path}: larger than 4 MiB: not a label file")
        lines = path.read_bytes().decode("latin-1").splitlines()
    drawn = []
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        words = line.split()
        if not words:
            continue
        try:
            kind, (x, y, w, h) = int(words[0]), map(float, words[1:])
        except ValueError:
            raise LeukcadError(f"{where}: expected class, x, y, width, height, got {line[:60]!r}") from None
        if not 0 <= kind < len(classes):
            raise LeukcadError(f"{where}: expected a class from 0 to {len(classes) - 1}, got {kind}")
        if not all(-1e-6 <= value <= 1 + 1e-6 for value in (x, y, w, h)):
            raise LeukcadError(f"{where}: expected shares of the picture from 0 to 1, got {line[:60]!r}")
        box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        drawn.append(Drawn(box, classes[kind], where))
    return drawn


def class_names(folder: Path) -> tuple[str, ...]:
    """The class names in classes.txt, data.yaml or dataset.yaml. Raises LeukcadError where there are none."""
    for place in (folder, folder / "labels", folder / "images"):
        if (place / "classes.txt").is_file():
            return _checked(_lines(place / "classes.txt"), place / "classes.txt")
    for file in (folder / "data.yaml", folder / "dataset.yaml"):
        if file.is_file():
            return _checked(_from_yaml(file), file)
    cure = "name them: classes: [lymphocyte, …], in the order of the numbers"
    raise LeukcadError(f"{folder}: no classes.txt and no data.yaml tell what the class numbers mean", cure=cure)


def _lines(file: Path) -> list[str]:
    with disk_errors(file, "read"):
        return file.read_bytes()[:MAX_BYTES].decode("utf-8-sig", "replace").split("\n")


def _from_yaml(file: Path) -> list[str]:
    """`names` as a list, or as a mapping from 0 on."""
    from leukcad.config.nodes import to_plain
    from leukcad.config.reading import parse

    with disk_errors(file, "read"):
        content = file.read_bytes()[:MAX_BYTES].decode("utf-8-sig", "replace")
    # the reader of pipeline files takes only text as keys, trainers write {0: WBC}
    names = parse(_NUMBER_KEY.sub(r"\1'\2':", content), str(file)).mapping.get("names")
    told = to_plain(names) if names is not None else None
    if isinstance(told, dict) and list(map(str, told)) == [str(i) for i in range(len(told))]:
        told = list(told.values())
    if not isinstance(told, list) or not all(isinstance(name, str | int) for name in told):
        raise LeukcadError(f"{file}: expected names: [...], got {str(told)[:60]}")
    return [str(name) for name in told]


def _checked(names: list[str], file: Path) -> tuple[str, ...]:
    kept = [name.strip() for name in names]
    while kept and not kept[-1]:
        kept.pop()
    if not kept or not all(kept) or len(set(kept)) < len(kept) or len(kept) > MAX_CLASSES:
        raise LeukcadError(f"{file}: expected up to {MAX_CLASSES} different class names, none empty")
    return tuple(kept)
