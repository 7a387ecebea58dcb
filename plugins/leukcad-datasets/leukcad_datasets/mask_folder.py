"""A folder of pictures with masks of their cells and an index.csv, written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukcad import Cells, Field, LeukcadError
from leukcad.data.images import write_png
from leukcad_datasets.masks import parts_in
from leukcad_datasets.writing import Losses, Put, cells_of, write_csv

CYTOPLASM, NUCLEUS = (0, 0, 255), (0, 255, 255)


def write_masks(folder: Path, fields: Iterable[Field], put: Put) -> tuple[dict[str, Any], list[str]]:
    """images/, masks/ and index.csv: the options that read them, and what is lost.

    A mask has two values, or white, blue cytoplasm and cyan nucleus where nuclei are known. Raises LeukcadError for a
    field whose cells have boxes alone, or that has no label, which the index needs.
    """
    losses = Losses("a mask", ("masks", "nuclei", "open"))
    rows, joined, kinds = [], 0, 0
    for field in fields:
        losses.look(field)
        truth, record = cells_of(field), field.record
        if record.label is None:
            raise LeukcadError(f"{record.id}: has no label, and index.csv needs one", cure="convert to coco")
        file = put(field, folder / "images" / record.id).relative_to(folder)
        mask = folder / "masks" / f"{record.id}.png"
        write_png(_mask(field), mask)
        joined += parts_in(_cell(field)) != len(truth)
        kinds += any(name != record.label for name in truth.names())
        group = record.group if record.group != record.id else ""
        rows.append((file.as_posix(), record.label, group, mask.relative_to(folder).as_posix()))
    write_csv(folder / "index.csv", ("field", "label", "group", "mask"), rows)
    lost = losses.told()
    if joined:
        lost.append(f"where one cell ends and the next begins (cells that touch are one in a mask; {joined} fields)")
    if kinds:
        lost.append(f"the classes of cells (a mask holds none: they have their field's label; {kinds} fields)")
    return {"path": folder}, lost


def _cell(field: Field) -> NDArray[np.bool_]:
    truth = cells_of(field)
    if truth.regions is None:
        if len(truth):
            raise LeukcadError(
                f"{field.record.id}: its cells have boxes and no masks, and none can be made out of them",
                cure="convert to a form of boxes: coco, yolo, voc or csv",
            )
        return np.zeros((field.height, field.width), bool)
    return _there(truth, truth.regions.cpu().numpy())


def _there(truth: Cells, labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    return np.asarray((labels > 0) & (labels <= len(truth)))


def _mask(field: Field) -> NDArray[np.uint8]:
    truth, cell = cells_of(field), _cell(field)
    if truth.nuclei is None:
        return cell.astype(np.uint8) * 255
    mask = np.full((*cell.shape, 3), 255, np.uint8)
    mask[cell] = CYTOPLASM
    mask[_there(truth, truth.nuclei.cpu().numpy())] = NUCLEUS
    return mask
