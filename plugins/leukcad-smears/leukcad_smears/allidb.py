"""Simulated data written out in the layout of ALL-IDB1 and ALL-IDB2, so that the real data are one path away."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from leukcad.progress import track
from leukcad_smears.catalogue import Catalogue
from leukcad_smears.render import Rendered
from leukcad_smears.store import render_many

NOTICE = "These pictures are drawn by leukcad-smears. They show no patient and prove nothing about patients.\n"
CYAN, BLUE, WHITE = (0, 255, 255), (0, 0, 255), (255, 255, 255)


def write_allidb(
    folder: Path,
    *,
    preset: str = "count",
    healthy: int = 59,
    leukaemic: int = 49,
    cells: int = 130,
    width: int = 800,
    height: int = 600,
    seed: int = 0,
    threads: int = 2,
) -> None:
    """Write `ALL_IDB1/im/*.jpg`, `ALL_IDB1/xyc/*.xyc` (blast centres), `ALL_IDB2/img/*.tif`, and masks for both.

    cells: single cells per class, at the fields' own scale. Masks have three colours, as the published ones: white
    background, cyan nucleus, blue cytoplasm. Raises OSError where the folder cannot be written.
    """
    fields = Catalogue(preset, healthy, leukaemic, width, height, seed)
    write_layout(folder, fields, threads)
    write_layout(folder, Catalogue(preset, cells, cells, width, width, seed, single=True), threads)


def write_layout(parent: Path, catalogue: Catalogue, threads: int = 2) -> Path:
    """Write fields to `parent`/ALL_IDB1, or single cells to `parent`/ALL_IDB2; returns that folder."""
    folder = parent / ("ALL_IDB2" if catalogue.single else "ALL_IDB1")
    pictures = folder / ("img" if catalogue.single else "im")
    for part in (pictures, folder / "masks", *(() if catalogue.single else (folder / "xyc",))):
        part.mkdir(parents=True, exist_ok=True)
    (folder / "SIMULATED.txt").write_text(NOTICE)
    entries = catalogue.entries()
    for start in track(range(0, len(entries), 16), f"writing {folder.name}"):
        some = entries[start : start + 16]
        for entry, rendered in zip(some, render_many(map(catalogue.scene, some), threads), strict=True):
            _write_picture(folder / "masks" / f"{entry.id}.tif", mask_of(rendered))
            if catalogue.single:
                _write_picture(pictures / f"{entry.id}.tif", rendered.image)
                continue
            (pictures / f"{entry.id}.jpg").write_bytes(rendered.jpeg)
            (folder / "xyc" / f"{entry.id}.xyc").write_text(centres_of(rendered))
    return folder


def mask_of(rendered: Rendered) -> NDArray[np.uint8]:
    """Three colours, RGB uint8 (H, W, 3)."""
    mask = np.full((*rendered.regions.shape, 3), WHITE, np.uint8)
    mask[rendered.regions > 0] = BLUE
    mask[rendered.nuclei > 0] = CYAN
    return mask


def centres_of(rendered: Rendered) -> str:
    """One `x y` pair a line for every lymphoblast; empty without one."""
    rows = [b for b, kind in zip(rendered.boxes, rendered.kinds, strict=True) if kind == "lymphoblast"]
    return "".join(
        f"{round((x0 + x1) / 2)}\t{round((y0 + y1) / 2)}\n" for x0, y0, x1, y1 in np.array(rows).reshape(-1, 4)
    )


def _write_picture(path: Path, pixels: NDArray[np.uint8]) -> None:
    done, buffer = cv2.imencode(path.suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f"{path}: the picture could not be encoded")
    path.write_bytes(buffer.tobytes())
