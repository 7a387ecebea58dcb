"""Donor cells, cut out of single-cell pictures and whole fields by their masks."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leukcad.kinds import is_leukocyte
from leukcad_smears.survey import RGB, Survey, density_of, survey

if TYPE_CHECKING:
    from leukcad import Field

Bools = NDArray[np.bool_]
Image = NDArray[np.uint8]
Masks = tuple[Bools, Bools | None]

#: The natural differential of adult blood (shares of leukocytes; midpoints of the usual reference ranges).
DIFFERENTIAL: Mapping[str, float] = {
    "neutrophil": 0.60,
    "lymphocyte": 0.30,
    "monocyte": 0.06,
    "eosinophil": 0.03,
    "basophil": 0.01,
}
#: Names that data sources give to cells of which no more is known than that they are healthy leukocytes.
HEALTHY = ("healthy", "mature")
#: Pixels around the mask that are cut out with it.
MARGIN = 4


@dataclass(frozen=True, eq=False)
class Donor:
    """One cell with its surroundings.

    patch: uint8 (h, w, 3) RGB with a margin around the cell. mask, nucleus: bool (h, w), nucleus None where unknown.
    diameter: of a disc of the mask's area, px. red_cell: diameter of red cells in its picture, px, or None. white: the
    plasma's colour around it, 0–255. density, nucleus_density: median optical densities of the whole cell and its
    nucleus; chromatin_density, red_density: of its picture, as in `Survey`. pixel_size: µm/px or
    None. noise, edge: as in `Survey`.
    """

    id: str
    source: str
    group: str
    kind: str
    patch: Image
    mask: Bools
    nucleus: Bools | None
    diameter: float
    white: NDArray[np.float32]
    density: RGB
    nucleus_density: RGB | None
    chromatin_density: RGB | None
    red_density: RGB | None
    red_cell: float | None
    pixel_size: float | None
    noise: float
    edge: float | None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the cell itself, px."""
        return int(self.mask.any(axis=1).sum()), int(self.mask.any(axis=0).sum())


class Shelf:
    """Extracts donors once: a list of fields that comes again, or a field in another list, is not cut out again."""

    def __init__(self) -> None:
        self._last: Sequence[Field] | None = None
        self._donors: list[Donor] = []
        self._known: dict[tuple[object, ...], list[Donor]] = {}

    def donors(self, fields: Sequence[Field]) -> list[Donor]:
        """All donor cells of `fields`, in their order."""
        if fields is not self._last:
            self._donors = [donor for field in fields for donor in self._of(field)]
            self._last = fields
        return self._donors

    def _of(self, field: Field) -> list[Donor]:
        truth = field.truth
        told = () if truth is None else (*truth.names(), truth.boxes.cpu().numpy().tobytes(), truth.regions is None)
        key = (field.record.id, field.record.label, zlib.crc32(field.array()[::8, ::8].tobytes()), *told)
        if key not in self._known:
            self._known[key] = extract(field)
        return self._known[key]


def extract(field: Field) -> list[Donor]:
    """The whole leukocytes of a field or of a single-cell picture.

    Masks come from the truth's regions; without them a cell is segmented around its box, and in a picture without any
    annotation the cell at the centre. Cells that the border cuts, and masks that no cell has, are left out.
    """
    from leukcad_smears.cutting import cut_out

    image, truth = field.array(), field.truth
    seen = survey(image, None if truth is None or truth.regions is None else truth.regions.cpu().numpy() > 0)
    found: list[Donor] = []
    if truth is None:
        alone = cut_out(image, seen)
        return [_donor(field, image, seen, "", kind_of(field, ""), *alone)] if alone else []
    regions = None if truth.regions is None else truth.regions.cpu().numpy()
    nuclei = None if truth.nuclei is None else truth.nuclei.cpu().numpy()
    boxes = truth.boxes.cpu().numpy()
    for i, name in enumerate(truth.names()):
        if not is_leukocyte(name):
            continue
        if regions is not None:
            whole = regions == i + 1
            masks: Masks | None = (whole, None if nuclei is None else (nuclei == i + 1) & whole)
            masks = masks if whole.any() else None
        else:
            masks = cut_out(image, seen, boxes[i]) if _inside(boxes[i], image) else None
        if masks and not _cut_by_border(masks[0]):
            found.append(_donor(field, image, seen, f"#{i}" if len(boxes) > 1 else "", kind_of(field, name), *masks))
    return found


def _donor(
    field: Field, image: Image, seen: Survey, suffix: str, kind: str, whole: Bools, nucleus: Bools | None
) -> Donor:
    rows, columns = np.flatnonzero(whole.any(axis=1)), np.flatnonzero(whole.any(axis=0))
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    top, left = min(MARGIN, y0), min(MARGIN, x0)
    bottom, right = min(MARGIN, whole.shape[0] - y1), min(MARGIN, whole.shape[1] - x1)
    around = np.s_[y0 - top : y1 + bottom, x0 - left : x1 + right]
    # Where the picture ends before the margin does, its last pixels go on.
    sides = (MARGIN - top, MARGIN - bottom, MARGIN - left, MARGIN - right)
    patch = np.pad(image[around], (sides[:2], sides[2:], (0, 0)), mode="edge")
    mask = np.pad(whole[around], (sides[:2], sides[2:]))
    core = None if nucleus is None or not nucleus.any() else np.pad(nucleus[around], (sides[:2], sides[2:]))
    white = seen.white_at((x0 + x1) / 2, (y0 + y1) / 2)
    density = density_of(patch, white)
    return Donor(
        field.record.id + suffix,
        field.record.source,
        field.record.group,
        kind,
        patch,
        mask,
        core,
        float(np.sqrt(4 * mask.sum() / np.pi)),
        white,
        _median(density, mask),
        None if core is None else _median(density, core),
        seen.nucleus_density,
        seen.red_density,
        seen.red_cell,
        field.pixel_size,
        seen.noise,
        seen.edge,
    )


def kind_of(field: Field, name: str) -> str:
    """What a cell of this name is: unnamed cells have the kind of their field's label."""
    label = field.record.label or ""
    return name or {"ALL": "lymphoblast", "": "WBC"}.get(label, label)


def _median(density: NDArray[np.float32], where: Bools) -> RGB:
    r, g, b = (float(v) for v in np.median(density[where], axis=0))
    return r, g, b


def _inside(box: NDArray[np.float32], image: Image) -> bool:
    x0, y0, x1, y1 = box
    return bool(x0 > 1 and y0 > 1 and x1 < image.shape[1] - 1 and y1 < image.shape[0] - 1 and x1 > x0 and y1 > y0)


def _cut_by_border(mask: Bools) -> bool:
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
