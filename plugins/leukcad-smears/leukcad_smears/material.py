"""Real material for semi-real smears: cells cut out of single-cell pictures, and fields without leukocytes, in halves.

Folders: a picture of one cell each in folders named after their kind (`ig/MMY_1.jpg`), as in the peripheral blood set
of Acevedo et al. 2020; fields of red cells as plain pictures, as in Chula RBC-12.
"""

from __future__ import annotations

import dataclasses
import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukcad import Field, LeukcadError, Record
from leukcad.data.images import read_image
from leukcad_smears.donors import Donor, extract
from leukcad_smears.keeping import load_donors, save_donors

#: Raised whenever the same pictures give other cells.
CUTTER = 1
MATURE = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
IMMATURE = ("ig", "erythroblast")
KINDS = (*IMMATURE, *MATURE)
PARTS = ("train", "test")
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp")

#: Chula RBC-12 fields that are left out: a pointer lies over 26, 34 and 36; in 195 red cells are as dark as nuclei.
LEFT_OUT = ("26", "34", "36", "195")
#: Neighbouring numbers look like the same slide and stay on one side; other names are dealt by their hash.
# fmt: off
TRAIN_FIELDS = (
    "115", "138", "151", "246", "249", "262", "295", "314", "321",
    "323", "445", "451", "456", "570", "590", "600", "601", "612",
)
TEST_FIELDS = (
    "380", "386", "388", "414", "421", "422", "516", "531", "548",
    "605", "645", "662", "664", "669", "671", "688", "706", "734",
)
# fmt: on
#: Every bar and its text lie right of 552 px or below 414 px of 640 × 480: this much, from the top left, is used.
CLEAR = 552 / 640


def cell_files(folder: Path, part: str, most: int | None = None) -> dict[str, list[Path]]:
    """Kind → the pictures of one half, by the hash of their names (a kind's halves differ by one at most);
    at most `most` of a kind.

    Raises LeukcadError for a folder without any of the kinds' folders.
    """
    found = {}
    for kind in KINDS:
        files = sorted(_pictures(folder / kind), key=lambda p: hashlib.sha256(p.name.encode()).hexdigest())
        if files:
            found[kind] = sorted(files[PARTS.index(part) :: 2][:most])
    if not any(k in found for k in MATURE) or not any(k in found for k in IMMATURE):
        raise LeukcadError(
            f"{folder}: expected folders of single-cell pictures, {' or '.join(IMMATURE)} and {' or '.join(MATURE)}, "
            f"got {', '.join(found) or 'none'}",
            cure="give `cells` the folder that holds one folder of pictures per kind",
        )
    return found


def field_files(folder: Path, part: str) -> list[Path]:
    """The backgrounds of one half. Raises LeukcadError where there are none."""
    files = [p for p in _pictures(folder) if p.stem not in LEFT_OUT and _side(p.stem) == part]
    if not files:
        raise LeukcadError(
            f"{folder}: expected pictures of fields without leukocytes for the part {part!r}, got none",
            cure="give `backgrounds` a folder with at least a few of them",
        )
    return files


def background(path: Path) -> NDArray[np.uint8]:
    """A field's part without scale bar, uint8 (H, W, 3)."""
    image = read_image(path)
    height, width = image.shape[:2]
    return image[: round(height * CLEAR), : round(width * CLEAR)]


def donors(folder: Path, part: str, cache: Path | None, most: int | None = None) -> dict[str, list[Donor]]:
    """Kind → the cells of one half that could be cut out whole.

    Cut once: kept in `cache` under a name made of the pictures' names and sizes, and in memory.
    """
    name = digest(folder, part, most)
    if name not in _MEMORY:
        place = None if cache is None else cache / "semireal" / f"cells-{name}.npz"
        by_kind: dict[str, list[Donor]] = {}
        cells = _kept(place, cell_files(folder, part, most))
        # One microscope took them all, so their red cells are measured together: single pictures show few.
        sizes = [donor.red_cell for donor in cells if donor.red_cell]
        usual = float(np.median(sizes)) if sizes else None
        for donor in cells:
            by_kind.setdefault(donor.kind, []).append(dataclasses.replace(donor, red_cell=usual))
        _MEMORY[name] = by_kind
    return _MEMORY[name]


@lru_cache(maxsize=16)
def digest(folder: Path, part: str, most: int | None = None) -> str:
    """What the cells of one half come from: names and sizes of the pictures, and how they are cut."""
    rows = [f"{k}/{p.name}/{p.stat().st_size}" for k, paths in cell_files(folder, part, most).items() for p in paths]
    return hashlib.sha256("\n".join([str(CUTTER), *rows]).encode()).hexdigest()[:24]


_MEMORY: dict[str, dict[str, list[Donor]]] = {}


def _kept(place: Path | None, files: dict[str, list[Path]]) -> list[Donor]:
    found = load_donors(place) if place else None
    if found is None:
        jobs = [(kind, path) for kind, paths in files.items() for path in paths]
        with ThreadPoolExecutor(2) as pool:
            found = [donor for cells in pool.map(lambda job: _cut(*job), jobs) for donor in cells]
        if place:
            save_donors(place, found)
    return found


def _cut(kind: str, path: Path) -> list[Donor]:
    record = Record(path.stem, label=kind, path=str(path))
    return extract(Field.of(record, read_image(path)))


@lru_cache(maxsize=64)
def _pictures(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        return ()
    return tuple(sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES))


def _side(stem: str) -> str:
    if stem in TRAIN_FIELDS:
        return "train"
    if stem in TEST_FIELDS:
        return "test"
    return PARTS[hashlib.sha256(stem.encode()).digest()[0] % 2]
