"""One more pass through JPEG, the same for untouched and edited fields, so that none is known by its compression."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from leukcad.types import Field

QUALITY = 95  # where the source has no JPEG of its own
SUBSAMPLING = 2  # 4:2:0, as cameras and the simulator do


@dataclass(frozen=True)
class Compression:
    """How a source's JPEGs are made: its quantisation tables (or, without a file, a quality) and subsampling."""

    tables: tuple[tuple[int, ...], ...] = ()
    quality: int = QUALITY
    subsampling: int = SUBSAMPLING

    @property
    def options(self) -> dict[str, Any]:
        """As Pillow takes them."""
        how: dict[str, Any] = (
            {"qtables": [list(table) for table in self.tables]} if self.tables else {"quality": self.quality}
        )
        return {**how, "subsampling": self.subsampling}


def compression_of(field: Field) -> Compression:
    """The source's own: its file's tables, the quality of the camera that drew it, else quality 95."""
    path = field.record.path
    if path and (told := _of_file(path)) is not None:
        return told
    camera = (field.scene or {}).get("camera")
    quality = camera.get("quality") if isinstance(camera, Mapping) else None
    return Compression(quality=int(quality)) if quality else Compression()


@lru_cache(maxsize=4096)
def _of_file(path: str) -> Compression | None:
    from PIL import Image, JpegImagePlugin, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            if not isinstance(image, JpegImagePlugin.JpegImageFile):
                return None
            tables = tuple(tuple(int(v) for v in image.quantization[i]) for i in sorted(image.quantization))
            told = JpegImagePlugin.get_sampling(image)
    except (OSError, UnidentifiedImageError):
        return None
    return Compression(tables, QUALITY, told if told in (0, 1, 2) else SUBSAMPLING)


def encoded(field: Field, how: Compression) -> bytes:
    """The field as a JPEG file. Raises LeukcadError where the encoder refuses it."""
    from PIL import Image

    buffer = io.BytesIO()
    try:
        Image.fromarray(field.array()).save(buffer, "JPEG", **how.options)
    except (OSError, ValueError) as error:
        raise LeukcadError(f"{field.record.id}: a JPEG cannot hold this field: {error}") from error
    return buffer.getvalue()


def through_jpeg(field: Field, how: Compression) -> tuple[Field, bytes]:
    """The field after a pass through JPEG (truth, scene and ledger stay), and the file whose pixels it holds."""
    import numpy as np
    from PIL import Image

    file = encoded(field, how)
    with Image.open(io.BytesIO(file)) as image:
        pixels = np.array(image.convert("RGB"))
    return field.replace(image=type(field).of(field.record, pixels).image), file


def recoded(field: Field) -> Field:
    """The field after a pass through JPEG with its own source's tables."""
    return through_jpeg(field, compression_of(field))[0]
