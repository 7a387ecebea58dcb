"""What do the preprocess components of leukcad-skimage do to real fields? Prints a table, writes runs/preprocess.jpg.

    LEUKCAD_DATA=… python benchmarks/preprocess.py            # about 2 min on one core

Fields of four laboratories; the stain references are learned from BCCD's. The picture (not kept here: the pictures are
their owners') shows, from left to right, each field as it is and after each row of the table.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from leukcad_skimage.denoise import Denoise
from leukcad_skimage.light import Vignetting, WhiteBalance
from leukcad_skimage.macenko import Macenko
from leukcad_skimage.reinhard import Reinhard, statistics
from leukcad_skimage.repaint import small
from leukcad_skimage.scale import red_cell_px
from PIL import Image

from leukcad import Examples, Field, Record, Step
from leukcad.data.images import read_image, write_jpeg

ROOT = Path(__file__).resolve().parents[1]
SETS = {
    "BCCD": ("bccd/JPEGImages/*.jpg", 15),
    "bcisc": ("bcisc/fields/*/*", 5),
    "chula_wbc": ("chula_wbc/images/*", 3),
    "rbc_fields": ("rbc_fields/*.jpg", 3),
}
ROWS: dict[str, tuple[Callable[[], object], ...]] = {
    "denoise": (Denoise,),
    "vignetting": (Vignetting,),
    "white-balance": (WhiteBalance,),
    "vignetting, white-balance": (Vignetting, WhiteBalance),
    "reinhard": (Reinhard,),
    "macenko": (Macenko,),
    "vignetting, white-balance, reinhard": (Vignetting, WhiteBalance, Reinhard),
    "vignetting, white-balance, macenko": (Vignetting, WhiteBalance, Macenko),
}
SHOWN, WIDTH, HEIGHT = 2, 240, 180  # fields of each set in the picture; px of each


def fields_of(data: Path) -> dict[str, list[Field]]:
    """Some fields of each laboratory."""
    files = {name: sorted(data.glob(pattern))[::step] for name, (pattern, step) in SETS.items()}
    return {name: [Field.of(Record(f"{name}/{p.stem}"), read_image(p)) for p in some] for name, some in files.items()}


def prepared(
    kinds: Sequence[Callable[[], object]], sets: dict[str, list[Field]]
) -> tuple[dict[str, list[Field]], float]:
    """The fields after the steps, those that learn taught by BCCD's, and seconds of processor time a megapixel."""
    spent = 0.0
    for kind in kinds:
        component = kind()
        step = Step("preprocess", type(component).__name__.lower(), component)
        if hasattr(component, "leukcad_fit"):
            step.fit(Examples((), sets["BCCD"]), Examples(()))
        began = time.process_time()
        sets = {name: step.preprocess(fields) for name, fields in sets.items()}
        spent += time.process_time() - began
    size = sum(f.height * f.width for fields in sets.values() for f in fields) / 1e6
    return sets, spent / size


def apart(rows: Sequence[npt.NDArray[np.float32]]) -> float:
    """Mean distance from the mean, in CIELab (ΔE of 1976)."""
    table = np.stack(rows)
    return float(np.linalg.norm(table - table.mean(axis=0), axis=1).mean())


def measured(sets: dict[str, list[Field]]) -> tuple[float, float]:
    """How far apart fields' stained colours lie: within laboratories, and over all."""
    told = {
        name: [s[0] for f in fields if (s := statistics(small(f.array()))) is not None] for name, fields in sets.items()
    }
    return float(np.mean([apart(rows) for rows in told.values()])), apart(
        [row for rows in told.values() for row in rows]
    )


def thumbnail(field: Field) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.fromarray(field.array()).resize((WIDTH, HEIGHT), Image.Resampling.BOX))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("LEUKCAD_DATA", ROOT.parent / "shared" / "data"))
    told = parser.parse_args()
    sets = fields_of(told.data)
    print(f"{', '.join(f'{len(fields)} {name}' for name, fields in sets.items())} fields\n")
    print("| after | within a laboratory, ΔE | over all four, ΔE | ms a megapixel |\n|---|---|---|---|")
    columns = [sets]
    print("| nothing | {:.1f} | {:.1f} | |".format(*measured(sets)))
    for name, kinds in ROWS.items():
        after, seconds = prepared(kinds, sets)
        print("| {} | {:.1f} | {:.1f} | {:.0f} |".format(name, *measured(after), 1000 * seconds))
        columns.append(after)
    print("\n| | red cells measured | px across: 5, 50, 95 % |\n|---|---|---|")
    for name, fields in sets.items():
        sizes = [px for f in fields if (px := red_cell_px(f.array())) is not None]
        low, middle, high = np.percentile(sizes, [5, 50, 95])
        print(f"| {name} | {len(sizes)} of {len(fields)} | {low:.0f}, {middle:.0f}, {high:.0f} |")
    lines = [np.hstack([thumbnail(column[name][i]) for column in columns]) for name in sets for i in range(SHOWN)]
    write_jpeg(np.vstack(lines), ROOT / "runs" / "preprocess.jpg")


if __name__ == "__main__":
    main()
