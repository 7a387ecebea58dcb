"""Data source `allidb1`: whole fields with blast centres, as ALL-IDB1 is handed out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field as Option

from leukcad import Cells, Field, LeukcadError, Record, Step, hookimpl
from leukcad.config import FolderPath
from leukcad.data.images import SUFFIXES
from leukcad_datasets import allidb, listing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = ("lymphoblast", "WBC")  # WBC: a leukocyte in a mask with no blast's centre in it
ROUNDING = 2.0  # px that a centre may lie outside the picture
MAX_CENTRES = 10_000


class AllIdb1:
    """ALL-IDB1: whole fields, healthy or ALL by file name, with the centres of the blasts and, if given, masks."""

    def __init__(
        self,
        *,
        path: Annotated[FolderPath, Option(description="the folder that holds im/ and xyc/, or the one above it")],
        masks: Annotated[
            FolderPath | None,
            Option(description="masks of leukocytes: Im001_1_WBCs.tif, or Im001_1.tif in three colours"),
        ] = None,
    ) -> None:
        self.path = Path(path)
        self.masks = Path(masks) if masks else None

    @hookimpl
    def leukcad_index(self, step: Step) -> Iterable[Record]:
        """Fields in the order of their numbers; ids such as Im001_1. No patient is known, so groups are fields."""
        root = self._root()
        if not (root / "xyc").is_dir():
            step.log.warning("%s: no folder xyc: no field has blast centres", root)
        records = []
        for id_, (label, file) in allidb.files(root / "im").items():
            truth = [p for p in (self._centres_file(id_), self._mask_file(id_)) if p]
            records.append(Record(id_, label=label, path=str(file), extra=allidb.told(truth)))
        return records

    @hookimpl
    def leukcad_read(self, record: Record) -> Field:
        """A field; its truth are the blasts, all of them: points of zero size, or boxes where a mask shows them.

        With a mask, leukocytes without a blast's centre are there too, as WBC. Raises LeukcadError naming the file
        where label and centres contradict each other, or a centre lies outside the picture.
        """
        import numpy as np

        from leukcad.data.images import read_image

        image = read_image(str(record.path))
        if not (self._root() / "xyc").is_dir():
            return Field.of(record, image)
        centres = self._centres(record)
        height, width = image.shape[:2]
        limit = np.array([width, height], np.float32)
        if len(centres) and ((centres < -ROUNDING) | (centres > limit + ROUNDING)).any():
            where = f"{width} × {height} px"
            raise LeukcadError(f"{self._centres_file(record.id)}: a centre outside the picture of {where}")
        centres = np.clip(centres, 0, limit)
        mask = self._mask_file(record.id)
        if mask is None:
            truth = Cells.of(np.hstack([centres, centres]), labels=[0] * len(centres), classes=KINDS)
            return Field.of(record, image, truth=truth, complete=frozenset(KINDS[:1]))
        return Field.of(record, image, truth=_with_mask(mask, centres, height, width), complete=frozenset(KINDS))

    def _root(self) -> Path:
        return listing.only(self.path, "im", "ALL_IDB1/im").parent

    def _centres_file(self, id_: str) -> Path | None:
        return listing.beside(self._root() / "xyc", [id_], [".xyc"])

    def _mask_file(self, id_: str) -> Path | None:
        stems = [f"{id_}_WBCs", f"{id_}_WBC", id_]
        return listing.beside(self.masks, stems, SUFFIXES) if self.masks else None

    def _centres(self, record: Record) -> NDArray[np.float32]:
        """The blasts' centres; they and the label must agree."""
        file = self._centres_file(record.id)
        name = self._root() / "xyc" / f"{record.id}.xyc"
        if file is None and record.label == "ALL":
            cure = "copy it anew, or take the picture out"
            raise LeukcadError(f"{name}: there is no such file, but {record.id} is ALL", cure=cure)
        centres = read_centres(file) if file else read_centres(None)
        if (len(centres) > 0) != (record.label == "ALL"):
            told = f"{len(centres)} blasts, but {record.id} is {record.label} by its name"
            raise LeukcadError(f"{name}: {told}", cure="mend the name or the centres")
        return centres


def read_centres(path: Path | None) -> NDArray[np.float32]:
    """The centres in an .xyc file, float32 (N, 2) x, y px: one pair a line; none without a file.

    Raises LeukcadError naming file and line.
    """
    import numpy as np

    from leukcad.files import disk_errors

    if path is None:
        return np.zeros((0, 2), np.float32)
    with disk_errors(path, "read"):
        lines = path.read_bytes()[: 1 << 20].decode("latin-1").splitlines()
    rows: list[list[float]] = []
    for number, line in enumerate(lines, 1):
        words = line.replace(",", " ").split()
        if not words:
            continue
        try:
            pair = [float(word) for word in words]
        except ValueError:
            pair = []
        if len(pair) != 2 or not np.isfinite(pair).all() or len(rows) >= MAX_CENTRES:
            raise LeukcadError(f"{path}:{number}: expected a centre, two numbers, got {line[:60]!r}")
        rows.append(pair)
    return np.array(rows, np.float32).reshape(-1, 2)


def _with_mask(mask: Path, centres: NDArray[np.float32], height: int, width: int) -> Cells:
    """The leukocytes of the mask, those with a centre in them as blasts; centres that it does not cover as points."""
    import numpy as np

    from leukcad_datasets import masks

    found = masks.read_cells(mask, height, width)
    boxes, regions = masks.boxed(masks.divide(found.regions, centres))
    x, y = (np.minimum(centres[:, i].astype(np.int64), (width, height)[i] - 1) for i in (0, 1))
    at = regions[y, x]
    labels = np.ones(len(boxes), np.int64)
    labels[at[at > 0] - 1] = 0
    bare = centres[at == 0]
    return Cells.of(
        np.vstack([boxes, np.hstack([bare, bare])]),
        labels=np.concatenate([labels, np.zeros(len(bare), np.int64)]),
        classes=KINDS,
        regions=regions,
        nuclei=None if found.nuclei is None else np.where(found.nuclei > 0, regions, 0),
    )
