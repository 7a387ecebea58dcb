from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, PngImagePlugin

from leukcad.data import images
from leukcad.data.images import Header, read_header, read_image, read_mask, write_jpeg, write_png
from leukcad.data.jpeg import zeroed_at
from leukcad.errors import LeukcadError


def smooth(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    """A picture without sharp edges, all three channels different."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 4 % 256, y * 6 % 256, (x + y) * 2 % 256], axis=2).astype(np.uint8)


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(LeukcadError) as caught:
        read_image(path)
    assert str(caught.value).startswith(f"{path}: ")
    with pytest.raises(LeukcadError):
        read_mask(path)
    return str(caught.value)


@pytest.mark.parametrize("suffix", ["png", "tiff", "bmp", "webp"])
def test_lossless_formats_give_the_pixels_back(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(smooth()), **options)
    pixels = read_image(path)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (40, 60, 3)
    np.testing.assert_array_equal(pixels, smooth())
    np.testing.assert_array_equal(read_mask(path), smooth())
    assert read_header(path) == Header(suffix.upper(), "RGB", 60, 40)


def test_the_array_may_be_written_to(tmp_path: Path) -> None:
    pixels = read_image(saved(tmp_path / "a.png", Image.fromarray(smooth())))
    pixels[0, 0] = 1
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    kinds: dict[str, dict[str, Any]] = {"jpg": {"quality": 100, "subsampling": 0}, "webp": {"lossless": True}}
    options = kinds.get(suffix, {})
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(smooth()), exif=exif, **options)
    turns = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1]}
    turns |= {5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, -1)}
    turns |= {7: lambda a: a[::-1, ::-1].transpose(1, 0, 2), 8: lambda a: np.rot90(a, 1)}
    expected = turns[orientation](smooth())
    pixels = read_image(path)
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < 2


def test_grey_becomes_three_equal_channels(tmp_path: Path) -> None:
    grey = smooth()[:, :, 0]
    pixels = read_image(saved(tmp_path / "a.png", Image.fromarray(grey)))
    np.testing.assert_array_equal(pixels, np.repeat(grey[:, :, None], 3, axis=2))


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bit_grey_is_scaled_and_not_saturated(tmp_path: Path, suffix: str) -> None:
    wide = np.array([[0, 128, 257, 32768, 65407, 65535]], np.uint16)
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(wide))
    assert read_image(path)[0, :, 0].tolist() == [0, 0, 1, 128, 255, 255]
    mask = read_mask(path)
    assert mask.dtype == np.uint16
    np.testing.assert_array_equal(mask, wide)


def tiff(values: bytes, bits: int, photometric: int, width: int) -> bytes:
    """A one-line grey TIFF, written by hand since Pillow writes none like it."""
    tags = [(256, 3, 1, width), (257, 3, 1, 1), (258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, photometric)]
    tags += [(273, 4, 1, 8 + 2 + 9 * 12 + 4), (277, 3, 1, 1), (278, 3, 1, 1), (279, 4, 1, len(values))]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + values


def test_a_tiff_in_which_white_is_zero_is_turned_round(tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    path.write_bytes(tiff(struct.pack("<3H", 0, 257, 65535), 16, 0, 3))
    assert read_image(path)[0, :, 0].tolist() == [255, 254, 0]
    path.write_bytes(tiff(bytes([0, 1, 255]), 8, 0, 3))
    assert read_image(path)[0, :, 0].tolist() == [255, 254, 0]


def test_a_twelve_bit_tiff_uses_the_whole_range(tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    path.write_bytes(tiff(bytes([0xFF, 0xF8, 0x00]), 12, 1, 2))
    assert read_image(path)[0, :, 0].tolist() == [255, 128]


def test_sixteen_bit_colour_is_scaled(tmp_path: Path) -> None:
    values = b"\0" + struct.pack(">6H", 0, 32768, 65535, 257, 256, 65000)
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    path = tmp_path / "a.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(values)) + chunk(b"IEND", b"")
    )
    assert np.abs(read_image(path)[0].astype(int) - [[0, 128, 255], [1, 1, 253]]).max() <= 1


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_cmyk_is_converted(tmp_path: Path) -> None:
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    for suffix in ("jpg", "tiff"):
        pixels = read_image(saved(tmp_path / f"a.{suffix}", cmyk))
        assert np.abs(pixels[8, 8].astype(int) - [255, 0, 0]).max() < 4


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    for mode, clear in (("RGBA", (0, 0, 0, 0)), ("LA", (0, 0))):
        assert (read_image(saved(tmp_path / "a.png", Image.new(mode, (4, 4), clear))) == 255).all()
    half = Image.new("RGBA", (4, 4), (0, 0, 0, 128))
    assert (read_image(saved(tmp_path / "h.png", half)) == 127).all()
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert read_image(saved(tmp_path / "p.png", palette))[0, 0].tolist() == [10, 20, 30]
    assert (read_image(saved(tmp_path / "t.png", palette, transparency=1)) == 255).all()
    assert (read_image(saved(tmp_path / "b.png", palette, transparency=bytes([0, 0]))) == 255).all()
    assert (
        read_image(saved(tmp_path / "c.png", Image.new("RGB", (4, 4), "red"), transparency=(255, 0, 0))) == 255
    ).all()


def test_a_one_bit_image_is_black_and_white_and_its_mask_is_0_and_1(tmp_path: Path) -> None:
    bits = np.eye(9, dtype=bool)
    path = saved(tmp_path / "a.png", Image.fromarray(bits))
    np.testing.assert_array_equal(read_image(path)[:, :, 1], bits * 255)
    np.testing.assert_array_equal(read_mask(path), bits)


def test_a_mask_keeps_its_three_colours_and_a_palette_its_indices(tmp_path: Path) -> None:
    colours = np.array([[[255, 255, 255], [0, 255, 255], [0, 0, 255]]], np.uint8)
    np.testing.assert_array_equal(read_mask(saved(tmp_path / "a.png", Image.fromarray(colours))), colours)
    palette = Image.new("P", (3, 1))
    palette.putdata([0, 1, 2])
    palette.putpalette([9, 9, 9, 0, 255, 0, 7, 7, 7])
    assert read_mask(saved(tmp_path / "p.png", palette)).tolist() == [[0, 1, 2]]


def test_a_mask_of_many_labels_keeps_them(tmp_path: Path) -> None:
    labels = np.array([[0, 70_000]], np.int32)
    assert read_mask(saved(tmp_path / "a.tiff", Image.fromarray(labels))).tolist() == [[0, 70_000]]


def test_pixels_of_unknown_range_are_refused(tmp_path: Path) -> None:
    floats = saved(tmp_path / "f.tiff", Image.fromarray(np.zeros((3, 3), np.float32)))
    assert "fractions" in refusal(floats)
    with pytest.raises(LeukcadError, match="32-bit whole numbers of unknown range"):
        read_image(saved(tmp_path / "i.tiff", Image.fromarray(np.zeros((3, 3), np.int32))))


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff"])
def test_animations_and_pages_are_refused(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    path = saved(tmp_path / f"a.{suffix}", frames[0], save_all=True, append_images=frames[1:])
    assert ("several pages" if suffix == "tiff" else "an animation of 3 frames") in refusal(path)


def test_a_tiff_may_carry_a_smaller_copy_of_itself(tmp_path: Path) -> None:
    small = Image.fromarray(smooth(20, 30))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    path = saved(tmp_path / "a.tiff", Image.fromarray(smooth()), save_all=True, append_images=[small])
    np.testing.assert_array_equal(read_image(path), smooth())


def test_other_files_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("hello")
    saved(tmp_path / "a.gif", Image.new("P", (3, 3)))
    assert "the file is empty" in refusal(tmp_path / "empty.png")
    assert "not an image: expected JPEG, PNG, TIFF, BMP, WEBP" in refusal(tmp_path / "text.jpg")
    assert "not an image" in refusal(tmp_path / "a.gif")
    assert "there is no such file" in refusal(tmp_path / "none.png")
    assert "this is not a file" in refusal(tmp_path)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "bmp", "webp"])
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    whole = saved(tmp_path / f"a.{suffix}", Image.fromarray(noise)).read_bytes()
    for share in (0.2, 0.5, 0.9):
        path = tmp_path / f"cut.{suffix}"
        path.write_bytes(whole[: int(len(whole) * share)])
        refusal(path)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    for side in (10_001, 20_000):
        header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
        path = tmp_path / "bomb.png"
        data = chunk(b"IDAT", zlib.compress(bytes(1000)))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b""))
        assert "too large" in refusal(path)


def test_a_text_bomb_is_refused(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("k", "x" * 3_000_000, zip=True)
    refusal(saved(tmp_path / "a.png", Image.new("RGB", (3, 3)), pnginfo=info))


def test_zeros_among_the_pixels_of_a_jpeg_are_found(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    path = tmp_path / "a.jpg"
    write_jpeg(noise, path)
    data = path.read_bytes()
    path.write_bytes(data[:9000] + bytes(4096) + data[13096:])
    assert "damaged: zeros at byte 9000" in refusal(path)


def test_a_jpeg_that_lost_its_end_to_zeros_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    write_jpeg(np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8), path)
    path.write_bytes(path.read_bytes()[:-5000] + bytes(5000))
    assert "damaged: zeros" in refusal(path)


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}, {"quality": 5}, {"subsampling": 0}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_uniform_jpeg_is_not_mistaken_for_damage(tmp_path: Path, mode: str, options: dict[str, Any]) -> None:
    for colour in ("black", "white", "gray"):
        path = saved(tmp_path / "a.jpg", Image.new(mode, (3000, 2000), colour), **options)
        path.write_bytes(path.read_bytes() + bytes(4096))  # padding after the end is harmless
        assert zeroed_at(path.read_bytes()) is None
        assert read_image(path).shape == (2000, 3000, 3)


def test_pillows_warnings_become_refusals_with_the_files_name(tmp_path: Path) -> None:
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 40) + b"\x12\x01"
    path = saved(tmp_path / "a.jpg", Image.fromarray(smooth()), exif=exif)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "EXIF" in refusal(path)


def test_threads_may_read_at_once(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.fromarray(smooth()))
    results: list[Any] = []

    def work() -> None:
        results.extend(np.array_equal(read_image(path), smooth()) for _ in range(20))

    before = list(warnings.filters)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 80
    assert warnings.filters == before


ROTATED = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"


def samples() -> list[tuple[str, bytes]]:
    """A small file of each format and kind, with its format's name."""
    picture = Image.fromarray(smooth(24, 24))
    ImageDraw.Draw(picture).ellipse((4, 4, 18, 16), fill="purple")
    grey = Image.fromarray(smooth(24, 24)[:, :, 0].astype(np.uint16) * 257)
    kinds: list[tuple[str, Image.Image, dict[str, Any]]] = [
        ("JPEG", picture, {"exif": ROTATED}),
        ("JPEG", picture.convert("L"), {"progressive": True}),
        ("JPEG", picture.convert("CMYK"), {}),
        ("PNG", picture, {}),
        ("PNG", picture.convert("P"), {"transparency": 0}),
        ("PNG", grey, {}),
        ("TIFF", picture, {}),
        ("TIFF", picture.convert("L"), {"compression": "tiff_lzw"}),
        ("TIFF", picture.convert("1"), {"compression": "group4"}),
        ("TIFF", picture, {"compression": "jpeg"}),
        ("BMP", picture, {}),
        ("BMP", picture.convert("P"), {}),
        ("WEBP", picture.convert("RGBA"), {"exif": ROTATED}),
    ]
    made = []
    for form, image, options in kinds:
        buffer = io.BytesIO()
        image.save(buffer, form, **options)
        made.append((form, buffer.getvalue()))
    return made


SAMPLES = samples()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_gives_an_array_or_a_refusal_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    form, whole = data.draw(st.sampled_from(SAMPLES))
    content = bytearray(whole[: data.draw(st.integers(len(whole) // 2, len(whole)) | st.just(len(whole)))])
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / f"a.{form.lower()}"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for read in (read_image, read_mask, read_header):
            try:
                result = read(path)
            except LeukcadError as error:
                assert str(error).startswith(str(path))
                continue
            if read is read_image:
                assert isinstance(result, np.ndarray)
                assert result.dtype == np.uint8
                assert (result.ndim, result.shape[2]) == (3, 3)


@pytest.mark.parametrize(
    "array",
    [
        smooth(),
        smooth()[:, :, 0],
        smooth()[::2, ::-1],
        np.eye(5, dtype=bool),
        np.array([[0, 65535]], np.uint16),
    ],
)
def test_a_written_png_reads_back_the_same(tmp_path: Path, array: NDArray[Any]) -> None:
    write_png(array, tmp_path / "new" / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "new" / "a.png"), array)
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.png"]


def test_a_written_jpeg_reads_back_nearly_the_same(tmp_path: Path) -> None:
    write_jpeg(smooth(), tmp_path / "a.jpg")
    error = np.abs(read_image(tmp_path / "a.jpg")[:, :40].astype(int) - smooth()[:, :40])
    assert error.mean() < 2


@pytest.mark.parametrize("array", [np.zeros((3, 3, 4), np.uint8), np.zeros((3, 3, 3)), np.zeros((0, 3), np.uint8)])
def test_what_no_image_file_holds_is_refused(array: NDArray[Any], tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match="expected"):
        write_png(array, tmp_path / "a.png")
    with pytest.raises(LeukcadError, match="expected"):
        write_jpeg(array, tmp_path / "a.jpg")


def test_the_reader_imports_pillow_only_when_it_reads() -> None:
    code = "import sys, leukcad.data.images; sys.exit('PIL' in sys.modules or 'numpy' in sys.modules)"
    root = str(Path(images.__file__).parents[2])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": root})


def test_every_real_picture_at_hand_is_read(shared_data: Path) -> None:
    paths = sorted(p for p in shared_data.rglob("*") if p.suffix.lower() in images.SUFFIXES)[::25]
    assert len(paths) > 20
    for path in paths:
        header = read_header(path)
        assert read_image(path).shape == (header.height, header.width, 3)
