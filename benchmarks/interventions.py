"""The picture of docs/interventions.md: each edit of a small simulated field, and how long edits take.

OMP_NUM_THREADS=1 nice python benchmarks/interventions.py          # --time: milliseconds an edited field as well
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from leukcad_smears.editing.add import Add, ShamAdd
from leukcad_smears.editing.edit import Edit
from leukcad_smears.editing.magnify import Magnify
from leukcad_smears.editing.nuclei import EraseNuclei
from leukcad_smears.editing.overlays import Border, ScaleBar
from leukcad_smears.editing.red_cells import AddRedCells
from leukcad_smears.editing.stains import Background, Recolour
from leukcad_smears.editing.swap import Swap
from leukcad_smears.editing.thin import ShamThin, Thin
from leukcad_smears.editing.transplant import Transplant
from leukcad_smears.simulated import Simulated, SimulatedCells

from leukcad import Field, Step
from leukcad.data.images import write_jpeg

ROOT = Path(__file__).resolve().parents[1]
BLASTS = ["lymphoblast"]


def read(component: object, n: int) -> list[Field]:
    """The first `n` fields of a simulated source."""
    step = Step("data", "simulated", component)
    return [step.read(record) for record in step.index()[:n]]


def edited(edit: Edit, field: Field, dose: int, donors: list[Field], draw: int = 0) -> Field:
    """One edited field."""
    return next(iter(Step("synthesize", "edit", edit, draw=draw).synthesize(field, (dose,), donors)))


def titled(field: Field, title: str) -> np.ndarray:
    """Its pixels under a line of text."""
    image = cv2.resize(field.array(), (300, 225), interpolation=cv2.INTER_AREA)
    line = np.full((22, 300, 3), 255, np.uint8)
    cv2.putText(line, title, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([line, image])


def views(healthy: Field, ill: Field, donors: list[Field]) -> list[np.ndarray]:
    """What the page shows, row by row."""
    assert ill.truth is not None
    blasts = ill.truth.names().count("lymphoblast")
    rows: list[tuple[str, Field, Edit | None, int]] = [
        ("a healthy field", healthy, None, 0),
        ("add, drawn", healthy, Add(how="render"), 6),
        ("add, pasted", healthy, Add(how="paste"), 6),
        ("add lymphoblasts, pasted", healthy, Add(kinds=BLASTS, how="paste"), 6),
        ("a field of ALL", ill, None, 0),
        ("swap, drawn", ill, Swap(of=BLASTS, to="healthy", how="render"), blasts),
        ("swap, pasted", ill, Swap(of=BLASTS, to="healthy", how="paste"), blasts),
        ("thin, drawn", ill, Thin(keep=BLASTS, how="render"), len(ill.truth) - 2),
        ("thin, pasted", ill, Thin(keep=BLASTS, how="paste"), len(ill.truth) - 2),
        ("sham-add", healthy, ShamAdd(), 6),
        ("sham-thin", healthy, ShamThin(), 6),
        ("transplant, pasted", healthy, Transplant(how="paste"), 1),
        ("add-red-cells", healthy, AddRedCells(), 40),
        ("erase-nuclei", ill, EraseNuclei(of=BLASTS), blasts),
        ("recolour", healthy, Recolour(), 1),
        ("background", healthy, Background(), 1),
        ("magnify", ill, Magnify(factor=1.3), 1),
        ("border", healthy, Border(), 1),
        ("scale-bar", healthy, ScaleBar(), 1),
    ]
    return [titled(f if edit is None else edited(edit, f, dose, donors), title) for title, f, edit, dose in rows]


def timings(healthy: Field, ill: Field, donors: list[Field], draws: int = 12) -> None:
    """Print processor milliseconds per edited field: of the first, which looks the host up, and of the others."""
    assert ill.truth is not None
    blasts = ill.truth.names().count("lymphoblast")
    print("| edit | cells | first | then |\n|---|---|---|---|")
    for name, make in (
        ("add", lambda how: (Add(how=how), healthy, 10)),
        ("swap", lambda how: (Swap(of=BLASTS, to="healthy", how=how), ill, blasts)),
        ("thin", lambda how: (Thin(keep=BLASTS, how=how), ill, len(ill.truth or ()) - 2)),
        ("sham-add", lambda how: (ShamAdd(), healthy, 10)),
        ("sham-thin", lambda how: (ShamThin(), healthy, 10)),
    ):
        for how in ("render", "paste") if not name.startswith("sham") else ("paste",):
            edit, field, dose = make(how)
            taken = []
            for draw in range(draws):
                start = time.process_time()
                edited(edit, field, dose, donors, draw)
                taken.append(1000 * (time.process_time() - start))
            print(f"| {name}, {how} | {dose} | {taken[0]:.0f} ms | {np.median(taken[1:]):.0f} ms |", flush=True)


def main() -> None:
    """Write the picture; with --time, print timings."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--time", action="store_true", help="measure 800 x 600 fields as well")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    timed = parser.parse_args().time
    donors = read(SimulatedCells(preset="camera", healthy=30, leukaemic=20, width=640, seed=77, prefix="Donor"), 50)
    small = read(Simulated(preset="camera", healthy=2, leukaemic=2, width=560, height=420, seed=12), 4)
    ill, healthy = (next(f for f in small if f.record.label == label) for label in ("ALL", "healthy"))
    tiles = views(healthy, ill, donors)
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % 4)
    rows = [np.hstack(tiles[i : i + 4]) for i in range(0, len(tiles), 4)]
    write_jpeg(np.vstack(rows), ROOT / "docs" / "pictures" / "interventions.jpg", quality=68)
    if timed:
        donors = read(SimulatedCells(healthy=100, leukaemic=60, seed=77, prefix="Donor"), 160)
        large = read(Simulated(healthy=3, leukaemic=3, seed=5), 6)
        ill, healthy = (next(f for f in large if f.record.label == label) for label in ("ALL", "healthy"))
        timings(healthy, ill, donors)


if __name__ == "__main__":
    main()
