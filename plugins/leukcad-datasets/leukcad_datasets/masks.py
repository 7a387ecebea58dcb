"""Masks of cells, in the forms that data sets come in, as label maps at the field's scale."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leukcad import LeukcadError
from leukcad.data.images import read_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST = 1e-4  # of the mask's area: less is dirt of the drawing tool
ASPECT = 0.02  # relative difference in aspect ratio that rounding explains
_COLOURS = np.array([(255, 255, 255), (0, 255, 255), (0, 0, 255)])  # background, nucleus, cytoplasm
_FAR = 100.0  # grey levels from the nearest of these colours
_STRAY = 0.02  # share of pixels that may be that far, or neither dark nor light


@dataclass(frozen=True)
class Masked:
    """The cells of a mask: boxes float32 (N, 4) xyxy px and label maps int32 (H, W) at the field's scale."""

    boxes: NDArray[np.float32]
    regions: NDArray[np.int32]
    nuclei: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.boxes)


def read_cells(path: Path, height: int, width: int) -> Masked:
    """The cells of a mask file for a field of `height` × `width` px.

    Two values (bool, 0 and 255): holes are filled, each connected part is a cell. Three colours (white, cyan nucleus,
    blue cytoplasm): the same, with nuclei. A mask of another size is scaled by nearest neighbours. Raises LeukcadError
    naming the file for one that cannot be read, has other colours, or another shape than the field.
    """
    mask = read_mask(path)
    rows, columns = mask.shape[:2]
    if abs(rows * width / (columns * height) - 1) > ASPECT:
        raise LeukcadError(
            f"{path}: a mask of {columns} × {rows} px does not fit its field of {width} × {height} px",
            cure="look whether it belongs to this field",
        )
    cells, nuclei = _parts(mask, path)
    boxes, regions = boxed(_connected(cells))
    y, x = _nearest(rows, height), _nearest(columns, width)
    boxes = np.stack([np.searchsorted(axis, boxes[:, i]) for i, axis in enumerate((x, y, x, y))], axis=1)
    there = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)  # a speck may vanish where the field is smaller than its mask
    regions = np.concatenate([[0], np.where(there, np.cumsum(there), 0)]).astype(np.int32)[regions]
    kernels = None if nuclei is None else _spread(np.where(nuclei, regions, 0), y, x)
    return Masked(boxes[there].astype(np.float32), _spread(regions, y, x), kernels)


def _parts(mask: NDArray[np.generic], path: Path) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None]:
    """Cells and, of a mask in three colours, nuclei."""
    from scipy import ndimage

    grey_only = mask.ndim == 2 or (mask == mask[:, :, :1]).all()
    if not grey_only or (mask.ndim == 3 and (mask == 255).all()):  # all white: three colours' background
        far = np.linalg.norm(mask[:, :, None, :].astype(np.float32) - _COLOURS, axis=3)
        kind = far.argmin(axis=2)
        if (far.min(axis=2) > _FAR).mean() > _STRAY:
            raise LeukcadError(f"{path}: expected the three colours white, cyan and blue, got others")
        return kind > 0, kind == 1
    grey = (mask[:, :, 0] if mask.ndim == 3 else mask).astype(np.int64)
    top = max(int(grey.max()), 1)
    between = (grey > top * 0.1) & (grey < top * 0.9)
    solid = ndimage.binary_erosion(between, np.ones((3, 3), bool))  # smooth edges are thinner: these are cells' numbers
    if between.mean() > _STRAY or solid.sum() > _STRAY * max(int((grey * 2 > top).sum()), 1):
        raise LeukcadError(f"{path}: expected a mask of two values such as 0 and 255, got {len(np.unique(grey))}")
    return grey * 2 > top, None


def _connected(cells: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Connected parts (8 neighbours), holes filled, specks dropped; int32 (H, W), numbered with gaps."""
    from scipy import ndimage

    outside, _ = ndimage.label(np.pad(~cells, 1, constant_values=True))
    filled = outside[1:-1, 1:-1] != outside[0, 0]
    regions, _ = ndimage.label(filled, np.ones((3, 3), bool))
    areas = np.bincount(regions.ravel())
    keep = areas >= SMALLEST * cells.size
    keep[0] = False
    kept: NDArray[np.int32] = np.where(keep[regions], regions, 0).astype(np.int32)
    return kept


def parts_in(cells: NDArray[np.bool_]) -> int:
    """How many cells a mask of these pixels reads back as."""
    return len(boxed(_connected(cells))[0])


def _nearest(old: int, new: int) -> NDArray[np.int64]:
    """For each of `new` pixels the nearest of `old`, rising."""
    return ((np.arange(new) + 0.5) * old / new).astype(np.int64)


def _spread(regions: NDArray[np.int32], y: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.int32]:
    return regions.take(y, axis=0).take(x, axis=1)


def boxed(regions: NDArray[np.int32]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The boxes of the regions, and the map renumbered without gaps to match."""
    from scipy import ndimage

    boxes: list[tuple[int, int, int, int]] = []
    number = np.zeros(int(regions.max()) + 1, np.int32)
    for old, found in enumerate(ndimage.find_objects(regions), 1):
        if found is not None:
            boxes.append((found[1].start, found[0].start, found[1].stop, found[0].stop))
            number[old] = len(boxes)
    return np.array(boxes, np.float32).reshape(-1, 4), number[regions]


def divide(regions: NDArray[np.int32], centres: NDArray[np.float32]) -> NDArray[np.int32]:
    """Regions with several centres (x, y) in them are cut half-way between these; the map is numbered with gaps."""
    out = regions.copy()
    height, width = regions.shape
    x = np.clip(centres[:, 0].astype(np.int64), 0, width - 1)
    y = np.clip(centres[:, 1].astype(np.int64), 0, height - 1)
    at = regions[y, x]
    fresh = int(regions.max())
    for region in np.unique(at[at > 0]):
        mine = centres[at == region]
        if len(mine) > 1:
            rows, columns = np.nonzero(regions == region)
            far = np.hypot(columns[:, None] - mine[:, 0], rows[:, None] - mine[:, 1])
            part = far.argmin(axis=1)
            out[rows, columns] = np.where(part == 0, region, fresh + part)
            fresh += len(mine) - 1
    return out
