"""One more pass through JPEG with the source's own tables, the same for what was edited and what was not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leukcad import Record
from leukcad.auditing.recoding import Compression, compression_of, encoded, recoded, through_jpeg
from leukcad.types import Cells, Field


def picture(path: Path, quality: int, subsampling: int) -> Field:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 56, 3), np.uint8)
    Image.fromarray(pixels).save(path, quality=quality, subsampling=subsampling)
    return Field.of(Record("f", path=str(path)), np.asarray(Image.open(path)))


@pytest.mark.parametrize(("quality", "subsampling"), [(61, 0), (75, 1), (97, 2)])
def test_a_source_that_is_a_jpeg_keeps_its_tables_and_its_subsampling(
    tmp_path: Path, quality: int, subsampling: int
) -> None:
    field = picture(tmp_path / "f.jpg", quality, subsampling)
    with (
        Image.open(tmp_path / "f.jpg") as before,
        Image.open(io.BytesIO(encoded(field, compression_of(field)))) as after,
    ):
        assert before.quantization == after.quantization  # type: ignore[attr-defined]
        assert compression_of(field).subsampling == subsampling


def test_a_drawn_field_is_compressed_as_its_camera_does_and_any_other_at_95(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    drawn = Field.of(Record("f"), pixels, scene={"camera": {"quality": 83}})
    Image.fromarray(pixels).save(tmp_path / "f.png")
    lossless = Field.of(Record("f", path=str(tmp_path / "f.png")), pixels)
    lost = Field.of(Record("f", path=str(tmp_path / "gone.jpg")), pixels)
    assert compression_of(drawn) == Compression(quality=83)
    assert compression_of(lossless) == compression_of(lost) == Compression(quality=95)


def test_the_file_holds_the_very_pixels_that_are_asked_about_and_all_else_stays(tmp_path: Path) -> None:
    field = picture(tmp_path / "f.jpg", 80, 2).replace(truth=Cells.of([[1, 2, 3, 4]]), ledger=({"cell": 0},))
    new, file = through_jpeg(field, compression_of(field))
    assert np.array_equal(new.array(), np.asarray(Image.open(io.BytesIO(file))))
    assert new.truth is field.truth and new.ledger == field.ledger and new.record == field.record


def test_a_second_pass_changes_a_field_far_less_than_the_first_one_did(tmp_path: Path) -> None:
    raw = Field.of(Record("f"), np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8))
    once = recoded(raw)
    twice = recoded(once)
    first = np.abs(once.array().astype(int) - raw.array()).mean()
    assert np.abs(twice.array().astype(int) - once.array()).mean() < first / 2
