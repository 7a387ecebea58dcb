"""Data source `coco`: one JSON file with the boxes of all pictures, as COCO has it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic import Field as Option

from leukcad import Field, LeukcadError, Record, Step, hookimpl
from leukcad.config import FilePath, FolderPath
from leukcad.files import atomic_write, disk_errors
from leukcad_datasets import listing
from leukcad_datasets.boxes import Drawn, field_of, read_field, same_size

if TYPE_CHECKING:
    from leukcad_datasets.writing import Put

MAX_BYTES = 256 << 20


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Image(_Entry):
    id: int
    file_name: str
    width: int = 0
    height: int = 0


class _Category(_Entry):
    id: int
    name: str = Option(min_length=1)


class _Annotation(_Entry):
    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]  # NaN passes here and is refused with its field
    iscrowd: int = 0


class _File(_Entry):
    images: list[_Image]
    categories: list[_Category]
    annotations: list[_Annotation] = []


class Coco:
    """COCO boxes: one JSON file for all pictures; segmentations are not read."""

    def __init__(
        self,
        *,
        path: Annotated[FilePath, Option(description="the JSON file")],
        images: Annotated[
            FolderPath | None, Option(description="the folder of the pictures (else the file's, or images/ in it)")
        ] = None,
        labels: Annotated[
            FilePath | None, Option(description="CSV with the fields' labels: columns field, label, group")
        ] = None,
    ) -> None:
        self.path = Path(path)
        self.images = Path(images) if images else None
        self.labels = labels

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Fields in the file's order; at most 24 when the step is quick. Ids are file names without suffix."""
        records = []
        for id_, (image, file, boxes) in self._fields.items():
            told = json.dumps([box.model_dump() for box in boxes]).encode()
            extra: dict[str, str | int | float | bool] = {
                "truth": hashlib.sha256(told).hexdigest()[:16],
                "image": image.id,
            }
            records.append(Record(id_, path=str(file), extra=extra))
        return listing.quick(listing.labelled(records, self.labels), step)

    @hookimpl
    def leukcad_read(self, record: Record) -> Field:
        """A field; its truth are its boxes, complete for all classes but those drawn as a crowd in it."""
        if record.id not in self._fields:
            raise LeukcadError(f"{self.path}: no field {record.id!r} in it")
        image, _, boxes = self._fields[record.id]
        pixels = read_field(record)
        same_size(f"{self.path}: image {image.id}", (image.width, image.height), pixels)
        crowds = [self._names[a.category_id] for a in boxes if a.iscrowd]
        drawn = []
        for a in boxes:
            x, y, w, h = a.bbox
            box = (x, y, x + w, y + h)
            if not a.iscrowd:
                drawn.append(Drawn(box, self._names[a.category_id], f"{self.path}: annotation {a.id}"))
        return field_of(record, pixels, drawn, tuple(self._names.values()), crowds)

    @classmethod
    def write(cls, folder: Path, fields: Iterable[Field], put: Put) -> tuple[dict[str, Any], list[str]]:
        """Annotated fields as annotations.json and images/; the options that read them, and what is lost."""
        from leukcad_datasets.writing import Losses, cells_of, checked_boxes, write_labels

        losses, names, records = Losses("COCO"), dict[str, int](), list[Record]()
        told: dict[str, list[dict[str, Any]]] = {"images": [], "annotations": []}
        for number, field in enumerate(fields, 1):
            losses.look(field)
            records.append(field.record)
            file = put(field, folder / "images" / field.record.id).relative_to(folder / "images").as_posix()
            size = {"width": field.width, "height": field.height}
            told["images"].append({"id": number, "file_name": file, **size})
            for name in cells_of(field).classes:
                names.setdefault(name, len(names) + 1)
            for name, (x0, y0, x1, y1) in checked_boxes(field):
                head = {"id": len(told["annotations"]) + 1, "image_id": number, "category_id": names[name]}
                box = {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0), "iscrowd": 0}
                told["annotations"].append({**head, **box})
        kinds = {"categories": [{"id": id_, "name": name} for name, id_ in names.items()]}
        info = {"info": {"description": "written by leukcad data convert"}}
        path = folder / "annotations.json"
        atomic_write(path, json.dumps({**info, **told, **kinds}, ensure_ascii=False) + "\n")
        return {"path": path, **write_labels(folder, records)}, losses.told()

    @cached_property
    def _file(self) -> _File:
        return read_file(self.path)

    @cached_property
    def _names(self) -> dict[int, str]:
        return {c.id: c.name for c in self._file.categories}

    def _pictures(self) -> Path:
        """The folder of the pictures; unless it is told, images/ beside the file where the first one lies there."""
        if self.images is not None:
            return self.images
        beside, first = self.path.parent / "images", next(iter(self._file.images), None)
        name = first and listing.inside(beside, first.file_name, f"{self.path}: image {first.id}")[0]
        there = name and (beside / name).is_file() and not (self.path.parent / name).is_file()
        return beside if there else self.path.parent

    @cached_property
    def _fields(self) -> dict[str, tuple[_Image, Path, list[_Annotation]]]:
        """Id → image, its file, its annotations."""
        by_image: dict[int, list[_Annotation]] = {}
        for annotation in self._file.annotations:
            by_image.setdefault(annotation.image_id, []).append(annotation)
        found: dict[str, tuple[_Image, Path, list[_Annotation]]] = {}
        root = self._pictures()
        for image in self._file.images:
            name, file = listing.inside(root, image.file_name, f"{self.path}: image {image.id}")
            id_ = str(Path(name).with_suffix(""))
            if id_ in found:
                raise LeukcadError(f"{self.path}: the images {found[id_][0].id} and {image.id} are both {id_!r}")
            found[id_] = (image, file, by_image.get(image.id, []))
        return found


def read_file(path: Path) -> _File:
    """A COCO file with its references checked. Raises LeukcadError naming the entry that is wrong."""
    with disk_errors(path, "read"):
        if path.stat().st_size > MAX_BYTES:
            raise LeukcadError(f"{path}: larger than {MAX_BYTES >> 20} MiB")
        content = path.read_bytes()
    try:
        told = TypeAdapter(_File).validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise LeukcadError(f"{path}: {where}: {first['msg'][:100]} (and {error.error_count() - 1} more)") from error
    _refer(told, path)
    return told


def _refer(told: _File, path: Path) -> None:
    """Ids stand once, and those that are referred to exist."""
    for what, entries in (("image", told.images), ("category", told.categories), ("annotation", told.annotations)):
        _once(what, [entry.id for entry in entries], path)
    _once("category name", [c.name for c in told.categories], path)
    images, categories = {i.id for i in told.images}, {c.id for c in told.categories}
    for a in told.annotations:
        if a.image_id not in images or a.category_id not in categories:
            what = f"image {a.image_id}" if a.image_id not in images else f"category {a.category_id}"
            raise LeukcadError(f"{path}: annotation {a.id}: there is no {what}")


def _once(what: str, ids: Sequence[Any], path: Path) -> None:
    seen: set[Any] = set()
    for id_ in ids:
        if id_ in seen:
            raise LeukcadError(f"{path}: the {what} {id_!r} stands twice")
        seen.add(id_)
