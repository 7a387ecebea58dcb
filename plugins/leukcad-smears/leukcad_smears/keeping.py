"""Cut-out donors and composed fields on disk, each file there whole or not at all."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukcad import Cells, Field, Record
from leukcad.files import atomic_write
from leukcad_smears.donors import Donor


def save_donors(place: Path, cells: list[Donor]) -> None:
    """Donors into one file, atomically."""
    arrays: dict[str, Any] = {}
    rows = []
    for i, cell in enumerate(cells):
        row = {f.name: getattr(cell, f.name) for f in dataclasses.fields(cell)}
        arrays[f"patch{i}"], arrays[f"mask{i}"] = row.pop("patch"), np.packbits(row.pop("mask"))
        nucleus = row.pop("nucleus")
        if nucleus is not None:
            arrays[f"nucleus{i}"] = np.packbits(nucleus)
        rows.append({**row, "white": [float(v) for v in row["white"]]})
    buffer = io.BytesIO()
    np.savez(buffer, rows=np.frombuffer(json.dumps(rows).encode(), np.uint8), **arrays)
    atomic_write(place, buffer.getvalue())


def load_donors(place: Path) -> list[Donor] | None:
    """What `save_donors` wrote; None where it is absent or damaged (cells can be cut again)."""
    try:
        with np.load(io.BytesIO(place.read_bytes()), allow_pickle=False) as data:
            cells = []
            for i, row in enumerate(json.loads(data["rows"].tobytes())):
                patch = data[f"patch{i}"]
                shape = patch.shape[:2]

                def bits(name: str, shape: tuple[int, int] = shape) -> NDArray[np.bool_]:
                    flat = np.unpackbits(data[name], count=shape[0] * shape[1])
                    return np.asarray(flat.reshape(shape), bool)

                row["white"] = np.array(row["white"], np.float32)
                for name in ("density", "nucleus_density", "chromatin_density", "red_density"):
                    row[name] = None if row[name] is None else tuple(row[name])
                nucleus = bits(f"nucleus{i}") if f"nucleus{i}" in data else None
                cells.append(Donor(patch=patch, mask=bits(f"mask{i}"), nucleus=nucleus, **row))
            return cells
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def save_field(place: Path, field: Field) -> None:
    """One composed field into a file, atomically."""
    truth = field.truth
    assert truth is not None and truth.regions is not None and truth.nuclei is not None
    rest = {"pixel_size": field.pixel_size, "classes": truth.classes, "ledger": [dict(row) for row in field.ledger]}
    arrays: dict[str, Any] = {
        "image": field.array(),
        "regions": truth.regions.numpy().astype(np.uint16),
        "nuclei": truth.nuclei.numpy().astype(np.uint16),
        "boxes": truth.boxes.numpy(),
        "labels": truth.labels.numpy(),
        "rest": np.frombuffer(json.dumps(rest).encode(), np.uint8),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    atomic_write(place, buffer.getvalue())


def load_field(place: Path, record: Record) -> Field | None:
    """What `save_field` wrote; None where it is absent or damaged."""
    try:
        with np.load(io.BytesIO(place.read_bytes()), allow_pickle=False) as data:
            rest = json.loads(data["rest"].tobytes())
            maps = {name: data[name].astype(np.int32) for name in ("regions", "nuclei")}
            truth = Cells.of(data["boxes"], labels=data["labels"], classes=rest["classes"], **maps)
            image = data["image"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    return Field.of(
        record,
        image,
        truth=truth,
        complete=frozenset(rest["classes"]),
        pixel_size=rest["pixel_size"],
        ledger=tuple(rest["ledger"]),
    )
