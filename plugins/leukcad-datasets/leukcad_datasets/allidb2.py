"""Data source `allidb2`: single cells, as ALL-IDB2 is handed out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field as Option

from leukcad import Cells, Field, LeukcadError, Record, Step, hookimpl
from leukcad.config import FilePath, FolderPath
from leukcad.data.images import SUFFIXES
from leukcad_datasets import allidb, listing

QUICK = 40  # cells of each class at most with --quick
KINDS = ("lymphoblast", "WBC")


class AllIdb2:
    """ALL-IDB2: pictures of one cell each, a lymphoblast or a healthy leukocyte by file name, with masks if given.

    They are cut from ALL-IDB1: who tests on that has shown a classifier of these the cells of its test fields. With
    `located` a cell names its field, and cells of fields that do not train leave training.
    """

    def __init__(
        self,
        *,
        path: Annotated[FolderPath, Option(description="the folder of the pictures, or the one that holds img/")],
        masks: Annotated[
            FolderPath | None, Option(description="masks by the pictures' names: white, cyan nucleus, blue cytoplasm")
        ] = None,
        located: Annotated[
            FilePath | None,
            Option(description="the fields that cells were cut from, as leukcad data audit --located writes them"),
        ] = None,
    ) -> None:
        self.path = Path(path)
        self.masks = Path(masks) if masks else None
        self.located = Path(located) if located else None

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Cells in the order of their numbers, labelled ALL or healthy; at most 40 of each when the step is quick."""
        folder = next((f for f in (self.path / "img", self.path / "ALL_IDB2" / "img") if f.is_dir()), self.path)
        fields = self._fields()
        records = []
        for id_, (label, file) in allidb.files(folder).items():
            mask = self._mask_file(id_)
            extra = allidb.told([mask] if mask else [])
            source = f"ALL_IDB1/{fields[id_]}" if id_ in fields else ""  # its own numbers are others
            extra |= {"field": fields[id_]} if id_ in fields else {}
            records.append(Record(id_, source=source, label=label, path=str(file), extra=extra))
        return listing.quick(records, step, QUICK)

    @hookimpl
    def leukcad_read(self, record: Record) -> Field:
        """A picture with one cell, `lymphoblast` or `WBC`: the box of the mask's largest part, else all of it."""
        from leukcad.data.images import read_image

        image = read_image(str(record.path))
        mask = self._mask_file(record.id)
        if self.masks and mask is None:
            raise LeukcadError(f"{self.masks}: no mask for {record.id}", cure="copy it there, or leave `masks` out")
        label = KINDS.index("lymphoblast" if record.label == "ALL" else "WBC")
        return Field.of(record, image, truth=one_cell(mask, image.shape[0], image.shape[1], label, KINDS))

    def _fields(self) -> dict[str, str]:
        """Cell → the field that it was cut from, where known."""
        if self.located is None:
            return {}
        from leukcad.data.tables import read_table

        rows = read_table(self.located, ("id", "field"), may_be_empty=True)  # none may have been cut from a field
        return {row["id"]: row["field"] for _, row in rows}

    def _mask_file(self, id_: str) -> Path | None:
        return listing.beside(self.masks, [id_], SUFFIXES) if self.masks else None


def one_cell(mask: Path | None, height: int, width: int, label: int, kinds: tuple[str, ...]) -> Cells:
    """The one cell of a picture: the largest part of its mask, else the whole picture."""
    import numpy as np

    from leukcad_datasets import masks

    if mask is None:
        return Cells.of([[0, 0, width, height]], labels=[label], classes=kinds)
    found = masks.read_cells(mask, height, width)
    if not len(found):
        raise LeukcadError(f"{mask}: no cell in this mask", cure="look whether it belongs to this picture")
    largest = int(np.bincount(found.regions.ravel())[1:].argmax())
    cells = Cells.of(
        found.boxes, labels=[label] * len(found), classes=kinds, regions=found.regions, nuclei=found.nuclei
    )
    return cells.select([largest])
