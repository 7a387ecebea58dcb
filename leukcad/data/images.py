"""The one safe reader and writer of images.

Whatever a file holds, out comes an array or a LeukcadError that names the file: no warning, no other exception, no
false pixels where that can be known, and no decompression bomb.
"""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.data.jpeg import zeroed_at
from leukcad.errors import LeukcadError
from leukcad.files import atomic_write, disk_errors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
MAX_PIXELS = 100_000_000
MAX_BYTES = 1 << 30
MAX_PAGES = 32

_BITS, _PHOTOMETRIC, _SUBFILE = 258, 262, 254  # TIFF tags
_header_lock = threading.Lock()  # warnings are caught for the whole process, so one thread at a time


@dataclass(frozen=True)
class Header:
    """What a file says of its image: format, Pillow's mode, and width and height in px before any rotation."""

    format: str
    mode: str
    width: int
    height: int


def read_header(path: str | os.PathLike[str]) -> Header:
    """The header of an image, without its pixels. Raises LeukcadError as `read_image` does for what a header shows."""
    with _explained(path), _opened(path) as image:
        return Header(str(image.format), image.mode, image.width, image.height)


def read_image(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """An image as uint8 (H, W, 3) RGB.

    Rotated as EXIF says; grey and CMYK converted; 16 bits scaled to 8; transparency laid on white. Raises LeukcadError
    for a file that is missing, empty, truncated, damaged, animated, of several pages, of more than 100 megapixels, of
    another format than JPEG, PNG, TIFF, BMP or WebP, or with pixels of no known range (float, 32 bit).
    """
    import numpy as np

    with _explained(path), _opened(path) as image:
        upright = _upright(image)
        if upright.mode.startswith("I;16"):
            return np.repeat(_eight_bits(image, upright)[:, :, None], 3, axis=2)
        if upright.mode in ("I", "F"):
            kind = "32-bit whole numbers" if upright.mode == "I" else "fractions"
            raise LeukcadError(f"its pixels are {kind} of unknown range", cure="save it with 8 or 16 bits a channel")
        return np.array(_on_white(upright), dtype=np.uint8)


def read_mask(path: str | os.PathLike[str]) -> NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int32]:
    """A mask: (H, W) for grey, 1-bit (0 and 1) and palette (indices) files, uint8 (H, W, 3) RGB for colour ones.

    Values are kept as they are, up to 32 bits. Raises LeukcadError as `read_image` does.
    """
    import numpy as np

    with _explained(path), _opened(path) as image:
        upright = _upright(image)
        if upright.mode == "F":
            raise LeukcadError("its pixels are fractions: a mask holds whole numbers")
        if upright.mode.startswith("I;16"):
            return np.array(upright).astype(np.uint16)
        if upright.mode in ("1", "L", "P"):
            return np.array(upright).astype(np.uint8)
        if upright.mode == "I":
            return np.array(upright, dtype=np.int32)
        return np.array(_on_white(upright), dtype=np.uint8)


def encode_png(array: NDArray[Any], level: int = 6) -> bytes:
    """PNG of a bool, uint8 or uint16 (H, W), or a uint8 (H, W, 3) array; lossless. `level` 0 to 9: effort."""
    return _encoded(array, "PNG", compress_level=level)


def encode_jpeg(array: NDArray[np.uint8], quality: int = 95) -> bytes:
    """JPEG, colours not subsampled, of a uint8 (H, W) or (H, W, 3) array; `quality` 1 to 100."""
    if array.dtype != "uint8":
        raise LeukcadError(f"a JPEG holds 8 bits a channel: expected uint8, got {array.dtype}")
    return _encoded(array, "JPEG", quality=quality, subsampling=0)


def write_png(array: NDArray[Any], path: str | os.PathLike[str], level: int = 6) -> None:
    """`encode_png` to a file, atomically."""
    atomic_write(path, encode_png(array, level))


def write_jpeg(array: NDArray[np.uint8], path: str | os.PathLike[str], quality: int = 95) -> None:
    """`encode_jpeg` to a file, atomically."""
    atomic_write(path, encode_jpeg(array, quality))


@contextmanager
def _explained(path: str | os.PathLike[str]) -> Iterator[None]:
    """Every complaint names the file; whatever Pillow raises becomes a LeukcadError."""
    name = os.fspath(path)
    try:
        yield
    except LeukcadError as error:
        raise LeukcadError(f"{name}: {error.message}", cure=error.cure) from error.__cause__
    except MemoryError as error:
        raise LeukcadError(f"{name}: not enough memory for this image", cure="shrink it") from error
    except Exception as error:  # broken files make Pillow raise almost anything
        reason = " ".join(str(error).split()) or type(error).__name__
        message = f"{name}: damaged, or not an image that can be read: {reason[:200]}"
        raise LeukcadError(message, cure="open it in an image viewer; save or copy it anew") from error


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Image.Image]:
    """The file's image, its header checked and its pixels not yet decoded."""
    from PIL import Image, UnidentifiedImageError

    data = _content(Path(path))
    with _header_lock, warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", "Image appears to be a malformed MPO")  # its first picture is whole
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        except UnidentifiedImageError:
            known = ", ".join(FORMATS)
            raise LeukcadError(f"not an image: expected {known}", cure="convert it, or leave it out") from None
        except Image.DecompressionBombError as error:
            raise LeukcadError(f"too large: {error}", cure="shrink it, or cut it into fields") from None
        _check_header(image, data)
    with image:
        yield image


def _content(path: Path) -> bytes:
    with disk_errors("it", "read"):
        if not path.is_file():
            raise LeukcadError("this is not a file" if path.exists() else "there is no such file")
        if path.stat().st_size > MAX_BYTES:
            raise LeukcadError("larger than 1 GiB", cure="shrink it, or cut it into fields")
        data = path.read_bytes()
    if not data:
        raise LeukcadError("the file is empty", cure="copy it anew")
    return data


def _check_header(image: Image.Image, data: bytes) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise LeukcadError(f"the image is empty: {width} × {height} px")
    if width * height > MAX_PIXELS:
        limit = f"{MAX_PIXELS // 1_000_000} megapixels are allowed"
        raise LeukcadError(f"too large: {width} × {height} px, {limit}", cure="shrink it, or cut it into fields")
    if image.format == "TIFF":
        _check_pages(image)
    elif image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        frames = getattr(image, "n_frames", 1)
        raise LeukcadError(f"an animation of {frames} frames", cure="save the frame that is meant")
    image.getexif()  # parsed here, where its warnings are errors
    if image.format in ("JPEG", "MPO") and (at := zeroed_at(data)) is not None:
        message = f"damaged: zeros at byte {at}, where pixels should be"
        raise LeukcadError(message, cure="copy it anew from where it came")


def _check_pages(image: Any) -> None:
    """Further pages may only be smaller copies of the first, as microscopes and scanners leave them."""
    try:
        for page in range(1, MAX_PAGES):
            image.seek(page)
            if not image.tag_v2.get(_SUBFILE, 0) & 1:
                raise LeukcadError("a TIFF of several pages", cure="save each page as a file of its own")
        raise LeukcadError(f"a TIFF of more than {MAX_PAGES} pages", cure="save the page that is meant")
    except EOFError:
        image.seek(0)


def _upright(image: Image.Image) -> Image.Image:
    """The decoded image, turned as its EXIF orientation says."""
    from PIL import ImageOps

    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _eight_bits(image: Any, upright: Image.Image) -> NDArray[np.uint8]:
    """16-bit grey (12-bit in a TIFF that says so) to 8 bits; 'white is zero' turned round."""
    import numpy as np

    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS, (16,))
    full = (1 << int(bits[0] if isinstance(bits, tuple) else bits)) - 1
    values = np.array(upright).astype(np.uint32)
    grey = np.minimum((values * 255 + full // 2) // full, 255).astype(np.uint8)
    return 255 - grey if tags.get(_PHOTOMETRIC) == 0 else grey


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        if image.mode == "La":
            image = image.convert("LA")
        over = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _encoded(array: NDArray[Any], form: str, **options: Any) -> bytes:
    import numpy as np
    from PIL import Image

    colour = array.ndim == 3 and array.shape[2] == 3 and array.dtype == np.uint8
    grey = array.ndim == 2 and array.dtype in (np.bool_, np.uint8, np.uint16)
    if not (colour or grey) or array.size == 0:
        raise LeukcadError(f"expected a uint8 (H, W, 3) or grey (H, W) image, got {array.dtype} {array.shape}")
    buffer = io.BytesIO()
    try:
        Image.fromarray(np.ascontiguousarray(array)).save(buffer, form, **options)
    except (OSError, ValueError) as error:
        raise LeukcadError(f"a {form} cannot hold this image: {error}") from error
    return buffer.getvalue()
