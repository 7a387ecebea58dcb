"""Many fields on one sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.assembly import Source
from leukcad.errors import LeukcadError
from leukcad.progress import track

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.types import Field

WIDTH, HEIGHT, CAPTION = 320, 240, 18  # px of one picture and of the line under it


def draw(source: Source, path: Path, number: int, truth: bool) -> Path:
    """A sheet of `number` fields, the classes in turn, each with its id and label; unreadable ones are left out.

    Raises `LeukcadError` if none can be read, or the picture cannot be written.
    """
    from leukcad.report.pictures import montage, save
    from leukcad.showcase.examples import choose

    if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        raise LeukcadError(f"{path}: expected a .jpg or .png, got {path.suffix or 'no suffix'!r}")
    chosen = choose(source.records, number, None)
    fields = [field for field in map(source.read, track(chosen, "drawing")) if field is not None]
    if not fields:
        raise LeukcadError(f"{path}: none of the {len(chosen)} fields can be read")
    return save(path, montage([_thumbnail(field, truth) for field in fields]))


def _thumbnail(field: Field, truth: bool) -> NDArray[np.uint8]:
    """The field in a picture of fixed size, its shape kept, its id and label under it, uint8 (H, W, 3)."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageOps

    from leukcad.report.pictures import outline_truth

    pixels: Any = outline_truth(field.array(), field.truth) if truth and field.truth is not None else field.array()
    sheet = Image.new("RGB", (WIDTH, HEIGHT + CAPTION), "white")
    small = ImageOps.contain(Image.fromarray(pixels), (WIDTH, HEIGHT))
    sheet.paste(small, ((WIDTH - small.width) // 2, (HEIGHT - small.height) // 2))
    words = f"{field.record.id}  {field.record.label or 'unlabelled'}"
    ImageDraw.Draw(sheet).text((4, HEIGHT + 2), words, fill="black")
    return np.asarray(sheet, dtype=np.uint8)
