"""Light and stain of real fields: slides that differ come nearer to each other; floors, not figures."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from leukcad_skimage.light import balanced
from leukcad_skimage.macenko import Macenko, measured
from leukcad_skimage.reinhard import Reinhard, statistics
from leukcad_skimage.repaint import small
from leukcad_skimage.scale import red_cell_px
from PIL import Image

from leukcad import Examples, Field, Record, Step

U8 = npt.NDArray[np.uint8]


def picture(path: Path) -> U8:
    """A field at a quarter of its size, which is enough for colours."""
    with Image.open(path) as image:
        image.draft("RGB", (512, 384))
        return np.asarray(image.convert("RGB"), np.uint8)


@cache
def slides(root: Path) -> list[Field]:
    """Every twelfth field of bcisc, whose slides differ in background and stain."""
    with (root / "bcisc/index.csv").open() as lines:
        names = [row["field"] for row in csv.DictReader(lines)][::12]
    return [Field.of(Record(name), picture(root / "bcisc" / name)) for name in names]


def apart(rows: list[npt.NDArray[np.floating]]) -> float:
    """How far values of fields lie from their mean."""
    table = np.stack(rows)
    return float(np.linalg.norm(table - table.mean(axis=0), axis=1).mean())


def test_the_plasma_of_all_slides_becomes_white(shared_data: Path) -> None:
    before = [small(f.array()).plasma for f in slides(shared_data)]
    after = [small(balanced(f.array(), 235)).plasma for f in slides(shared_data)]
    assert apart(after) < 0.2 * apart(before)
    assert np.abs(np.stack(after) - 235).max() < 10


def test_reinhard_brings_the_colours_of_slides_together(shared_data: Path) -> None:
    step = Step("preprocess", "reinhard", Reinhard())
    step.fit(Examples((), slides(shared_data)), Examples(()))
    before, after = (
        [told[0] for f in fields if (told := statistics(small(f.array()))) is not None]
        for fields in (slides(shared_data), step.preprocess(slides(shared_data)))
    )
    assert len(after) == len(before) == len(slides(shared_data))
    assert apart(after) < 0.5 * apart(before)


def test_macenko_brings_the_stains_of_slides_together(shared_data: Path) -> None:
    step = Step("preprocess", "macenko", Macenko())
    step.fit(Examples((), slides(shared_data)), Examples(()))
    shown = [f for f in slides(shared_data) if measured(small(f.array())) is not None]
    assert len(shown) >= 0.7 * len(slides(shared_data))  # the others do not show two stains, and stay
    before = [told for f in shown if (told := measured(small(f.array()))) is not None]
    after = [told for f in step.preprocess(shown) if (told := measured(small(f.array()))) is not None]
    for part in ("strength", "light"):
        assert apart([getattr(one, part) for one in after]) < 0.5 * apart([getattr(one, part) for one in before])


@pytest.mark.parametrize(
    ("names", "least"), [("bccd/JPEGImages/*.jpg", 0.95), ("rbc_fields/*.jpg", 0.95)], ids=["bccd", "rbc_fields"]
)
def test_red_cells_of_one_microscope_have_one_size(shared_data: Path, names: str, least: float) -> None:
    fields = sorted(shared_data.glob(names))
    fields = fields[:: max(1, len(fields) // 20)]
    sizes = np.array([np.nan if (px := red_cell_px(picture(f))) is None else px for f in fields])
    assert np.isfinite(sizes).mean() >= least
    assert (np.abs(sizes / np.nanmedian(sizes) - 1) < 0.25).mean() >= 0.85
