"""Data source `folder`: one folder a class, or pictures listed in an index.csv."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field as Option

from leukcad import Cells, Field, LeukcadError, Record, Step, hookimpl
from leukcad.config import FolderPath
from leukcad.data.tables import read_table
from leukcad.files import sha256_of
from leukcad_datasets import listing
from leukcad_datasets.allidb2 import one_cell

if TYPE_CHECKING:
    from leukcad_datasets.writing import Put

INDEX = "index.csv"
UNKNOWN = "WBC"


class Folder:
    """Pictures in one folder a class, or listed in index.csv (field, label; if wanted group, mask)."""

    def __init__(
        self,
        *,
        path: Annotated[FolderPath, Option(description="the folder that holds index.csv or the class folders")],
        cell_labels: Annotated[
            bool, Option(description="the cells of a mask have their field's label (else: WBC)")
        ] = True,
        single_cells: Annotated[
            bool, Option(description="each picture shows one cell: the largest in its mask, else all of it")
        ] = False,
    ) -> None:
        self.path = Path(path)
        self.cell_labels = cell_labels
        self.single_cells = single_cells
        self._lines: dict[str, int] = {}

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Records in the order of the index or of the names; ids are paths without suffix.

        When the step is quick, at most 24 of each class.
        """
        records = self._listed() if (self.path / INDEX).exists() else self._by_class()
        return listing.quick(records, step)

    @hookimpl
    def leukcad_read(self, record: Record) -> Field:
        """A field; with a mask its truth is one cell for each connected part, at the field's scale."""
        from leukcad.data.images import read_image

        image_file = Path(str(record.path))
        mask = self.path / str(record.extra["mask"]) if "mask" in record.extra else None
        for file, what in ((image_file, "field"), (mask, "mask")):
            if file is not None and not file.exists():
                row = f"{self.path / INDEX}:{self._lines[record.id]}" if record.id in self._lines else record.id
                raise LeukcadError(f"{row}: there is no {what} {file}", cure="copy it there, or take the row out")
        image = read_image(image_file)
        truth = self._truth(record, mask, image.shape[0], image.shape[1])
        return Field.of(record, image, truth=truth)

    @classmethod
    def write(cls, folder: Path, fields: Iterable[Field], put: Put) -> tuple[dict[str, Any], list[str]]:
        """Annotated fields as images/, masks/ and index.csv; the options that read them, and what is lost."""
        from leukcad_datasets.mask_folder import write_masks

        return write_masks(folder, fields, put)

    def _truth(self, record: Record, mask: Path | None, height: int, width: int) -> Cells | None:
        from leukcad_datasets import masks

        label = record.label if self.cell_labels and record.label else UNKNOWN
        if self.single_cells:
            return one_cell(mask, height, width, 0, (label,))
        if mask is None:
            return None
        found = masks.read_cells(mask, height, width)
        return Cells.of(
            found.boxes, labels=[0] * len(found), classes=(label,), regions=found.regions, nuclei=found.nuclei
        )

    def _by_class(self) -> list[Record]:
        files = listing.by_id(listing.pictures(self.path), self.path)
        loose = [file.name for id_, file in files.items() if "/" not in id_]
        if loose or not files:
            what = f"pictures outside class folders, such as {loose[0]}" if loose else "no pictures"
            raise LeukcadError(f"{self.path}: expected an {INDEX} or one folder a class, got {what}")
        return [Record(id_, label=id_.partition("/")[0], path=str(file)) for id_, file in files.items()]

    def _listed(self) -> list[Record]:
        index = self.path / INDEX
        records: dict[str, Record] = {}
        for line, row in read_table(index, ("field", "label"), ("group", "mask")):
            name, file = listing.inside(self.path, row["field"], f"{index}:{line}")
            id_ = str(Path(name).with_suffix(""))
            if id_ in records:
                first = self._lines[id_]
                raise LeukcadError(f"{index}:{line}: the field {row['field']!r} stands twice, first in line {first}")
            self._lines[id_] = line
            extra = {}
            if row["mask"]:
                mask_name, mask = listing.inside(self.path, row["mask"], f"{index}:{line}")
                extra = {"mask": mask_name, "truth": sha256_of(mask)[:16] if mask.is_file() else ""}
            records[id_] = Record(id_, group=row["group"], label=row["label"], path=str(file), extra=extra)
        if not any(Path(str(r.path)).exists() for r in records.values()):
            first_line, first_row = next(iter(self._lines.values())), next(iter(records.values()))
            raise LeukcadError(f"{index}:{first_line}: there is no {first_row.path}, nor any other field that it lists")
        return list(records.values())
