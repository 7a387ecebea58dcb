"""Data source `voc`: pictures with one XML file of boxes each, as in Pascal VOC."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field as Option

from leukcad import Field, LeukcadError, Record, Step, hookimpl
from leukcad.config import FilePath, FolderPath
from leukcad.data.images import SUFFIXES
from leukcad.files import disk_errors, sha256_of
from leukcad_datasets import listing
from leukcad_datasets.boxes import Drawn, field_of, read_field, same_size

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from leukcad_datasets.writing import Put

MAX_BYTES = 4 << 20
CORNERS = ("xmin", "ymin", "xmax", "ymax")


class Voc:
    """Pascal VOC boxes: Annotations/, JPEGImages/ and, if wanted, a list of ImageSets/Main."""

    def __init__(
        self,
        *,
        path: Annotated[FolderPath, Option(description="the folder that holds Annotations/ and JPEGImages/")],
        subset: Annotated[
            str | None, Option(pattern=r"^[\w-]+$", description="a list in ImageSets/Main, such as trainval")
        ] = None,
        labels: Annotated[
            FilePath | None, Option(description="CSV with the fields' labels: columns field, label, group")
        ] = None,
    ) -> None:
        self.path = Path(path)
        self.subset = subset
        self.labels = labels
        self._kinds: tuple[str, ...] | None = None

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Fields by name, or in the subset's order; at most 24 when the step is quick."""
        notes = {file.stem: file for file in sorted(self._notes().glob("*.xml"))}
        pictures = listing.by_id(listing.pictures(self._images(), deep=False), self._images())
        ids = self._listed() if self.subset else sorted({*notes, *pictures})
        records = []
        for id_ in ids:
            path = pictures.get(id_) or self._images() / f"{id_}.jpg"
            extra = {"truth": sha256_of(notes[id_])[:16]} if id_ in notes else {}
            records.append(Record(id_, path=str(path), extra=extra))
        return listing.quick(listing.labelled(records, self.labels), step)

    @hookimpl
    def leukcad_read(self, record: Record) -> Field:
        """A field; its truth are its boxes, complete for all classes of the data set.

        Raises LeukcadError naming the file that is missing, broken, or drawn on a picture of another size.
        """
        file = self._notes() / f"{record.id}.xml"
        if not file.is_file():
            cure = "write an empty annotation, or take the picture out"
            raise LeukcadError(f"{file}: there is no such annotation", cure=cure)
        note = read_note(file)
        image = read_field(record.replace(path=str(self._picture(record, note, file))))
        same_size(str(file), _size(note), image)
        return field_of(record, image, boxes_of(note, str(file)), self._classes())

    @classmethod
    def write(cls, folder: Path, fields: Iterable[Field], put: Put) -> tuple[dict[str, Any], list[str]]:
        """Annotated fields as JPEGImages/ and Annotations/; the options that read them, and what is lost."""
        from leukcad_datasets.voc_notes import write_notes

        return write_notes(folder, fields, put)

    def _notes(self) -> Path:
        return listing.only(self.path, "Annotations", ".")

    def _images(self) -> Path:
        return listing.only(self.path, "JPEGImages", "images", ".")

    def _picture(self, record: Record, note: Element, file: Path) -> Path:
        """The picture of the same name, else the one that the annotation names."""
        path = Path(str(record.path))
        named = (note.findtext("filename") or "").strip()
        if path.is_file() or Path(named).suffix.lower() not in SUFFIXES:
            return path
        return listing.inside(self._images(), named, str(file))[1]

    def _listed(self) -> list[str]:
        file = self.path / "ImageSets" / "Main" / f"{self.subset}.txt"
        with disk_errors(file, "read"):
            rows = [line.split() for line in file.read_bytes()[:MAX_BYTES].decode("utf-8-sig", "replace").split("\n")]
        ids = [row[0] for row in rows if row]
        for line, id_ in enumerate(ids, 1):
            listing.inside(self.path, id_, f"{file}:{line}")
        if len(set(ids)) < len(ids):
            raise LeukcadError(f"{file}: a field stands twice: {next(i for i in ids if ids.count(i) > 1)}")
        return ids

    def _classes(self) -> tuple[str, ...]:
        """All class names of the data set, sorted; broken files are left to the reading of their field."""
        if self._kinds is None:
            found: set[str] = set()
            for file in sorted(self._notes().glob("*.xml")):
                try:
                    found |= {drawn.kind for drawn in boxes_of(read_note(file), str(file))}
                except LeukcadError:
                    continue
            self._kinds = tuple(sorted(found))
        return self._kinds


def read_note(path: Path) -> Element:
    """The root of an annotation. Raises LeukcadError for broken XML, and for entities and the like."""
    from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import ParseError, fromstring  # type: ignore[import-untyped]

    with disk_errors(path, "read"):
        if path.stat().st_size > MAX_BYTES:
            raise LeukcadError(f"{path}: larger than 4 MiB: not an annotation")
        content = path.read_bytes()
    try:
        root: Element = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        reason = " ".join(str(error).split())[:100]
        raise LeukcadError(f"{path}: not an annotation in XML: {reason}") from error
    if root.tag != "annotation":
        raise LeukcadError(f"{path}: expected <annotation>, got <{root.tag[:40]}>")
    return root


def boxes_of(note: Element, name: str) -> list[Drawn]:
    """The boxes of an annotation in px. VOC counts pixels from 1 and both corners belong to the box."""
    drawn = []
    for number, cell in enumerate(note.findall("object"), 1):
        where = f"{name}: object {number}"
        kind = (cell.findtext("name") or "").strip()
        told = [cell.findtext(f"bndbox/{corner}") or "" for corner in CORNERS]
        try:
            x0, y0, x1, y1 = map(float, told)
        except ValueError:
            raise LeukcadError(f"{where}: expected xmin, ymin, xmax, ymax, got {', '.join(told)[:60]!r}") from None
        if not kind:
            raise LeukcadError(f"{where}: it has no name")
        if x1 < x0 or y1 < y0:
            raise LeukcadError(f"{where}: a box turned inside out: {x0:g}, {y0:g}, {x1:g}, {y1:g}")
        drawn.append(Drawn((x0 - 1, y0 - 1, x1, y1), kind, where))
    return drawn


def _size(note: Element) -> tuple[int, int]:
    try:
        return int(note.findtext("size/width") or 0), int(note.findtext("size/height") or 0)
    except ValueError:
        return 0, 0
