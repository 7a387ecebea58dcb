"""Pascal VOC's annotations, written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from leukcad import Field, LeukcadError, Record
from leukcad.files import atomic_write
from leukcad_datasets.writing import Losses, Put, cells_of, checked_boxes, write_labels

CORNERS = ("xmin", "ymin", "xmax", "ymax")


def write_notes(folder: Path, fields: Iterable[Field], put: Put) -> tuple[dict[str, Any], list[str]]:
    """JPEGImages/ and Annotations/ with an XML file each: the options that read them, and what is lost.

    VOC knows no folders of pictures: the / of an id becomes _. Raises LeukcadError where two ids then are the same.
    """
    losses, records = Losses("VOC"), list[Record]()
    kinds: set[str] = set()
    known: set[str] = set()
    taken: dict[str, str] = {}
    (folder / "Annotations").mkdir()
    for field in fields:
        losses.look(field)
        id_ = field.record.id.replace("/", "_")
        if id_ in taken:
            raise LeukcadError(
                f"VOC knows no folders: the fields {taken[id_]!r} and {field.record.id!r} are both {id_!r}"
            )
        taken[id_] = field.record.id
        group = "" if field.record.group == field.record.id else field.record.group
        records.append(field.record.replace(id=id_, source=id_, group=group or id_))
        file = put(field, folder / "JPEGImages" / id_)
        boxes = checked_boxes(field)
        known |= set(cells_of(field).classes)
        kinds |= {name for name, _ in boxes}
        atomic_write(folder / "Annotations" / f"{id_}.xml", _note(field, file.name, boxes))
    lost = losses.told()
    if renamed := sum(id_ != old for id_, old in taken.items()):
        lost.append(f"the folders of fields (VOC knows none; {renamed} fields have another id)")
    if none := sorted(known - kinds):
        lost.append(f"the classes {', '.join(none)} (VOC knows those that a cell has)")
    return {"path": folder, **write_labels(folder, records)}, lost


def _note(field: Field, file: str, boxes: list[tuple[str, tuple[float, float, float, float]]]) -> bytes:
    """One annotation. VOC counts pixels from 1 and both corners belong to the box."""
    note = ElementTree.Element("annotation")
    ElementTree.SubElement(note, "filename").text = file
    size = ElementTree.SubElement(note, "size")
    for key, value in (("width", field.width), ("height", field.height), ("depth", 3)):
        ElementTree.SubElement(size, key).text = str(value)
    for name, (x0, y0, x1, y1) in boxes:
        cell = ElementTree.SubElement(note, "object")
        ElementTree.SubElement(cell, "name").text = name
        corners = ElementTree.SubElement(cell, "bndbox")
        for key, at in zip(CORNERS, (x0 + 1, y0 + 1, x1, y1), strict=True):
            ElementTree.SubElement(corners, key).text = f"{at:.15g}"
    ElementTree.indent(note)
    text: bytes = ElementTree.tostring(note, encoding="utf-8", xml_declaration=True)
    return text
