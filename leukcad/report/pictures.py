"""Pictures of what a pipeline found and saw: heat maps on a scale that is shared, outlined cells, network inputs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.files import atomic_write
from leukcad.report.colours import ALARM, CALM, TRUTH, heat_colours

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.ImageDraw import ImageDraw

    from leukcad.types import Cells, Heatmap

    Pixels = NDArray[np.uint8]

QUALITY = 88  # of JPEGs that are looked at, not measured
GAP = 3  # px between the squares of a montage


def overlay_heat(array: Pixels, heat: Heatmap | NDArray[Any], vmax: float | None = None) -> Pixels:
    """Heat values (any size, ≥ 0) laid over a greyed field, uint8 (H, W, 3); `vmax` is the hottest colour.

    Give pictures that are compared the same `vmax` (`HeatAlbum` does). Without one the map's own 99.5 % quantile is
    taken, and the picture can be compared with no other.
    """
    import numpy as np

    height, width = array.shape[:2]
    values = resized(values_of(heat), width, height)
    share = np.clip(values / (vmax or heat_scale([values])), 0.0, 1.0)[..., None]
    grey = np.repeat(array.mean(axis=2, keepdims=True), 3, axis=2)
    weight = weight_of(share)
    return np.asarray((1 - weight) * grey + weight * heat_colours(share[..., 0]) + 0.5, np.uint8)


def weight_of(share: NDArray[Any]) -> NDArray[Any]:
    """How much of a heat map covers the field, in [0, 0.75], any shape: what is cold stays visible as the field."""
    import numpy as np

    return np.asarray(0.75 * np.minimum(1.0, 2.5 * share))


def heat_scale(maps: Sequence[Heatmap | NDArray[Any]]) -> float:
    """The value of the hottest colour for maps to be compared: their pooled 99.5 % quantile, 1 where all is cold."""
    import numpy as np

    values = [values_of(m).ravel() for m in maps]
    top = float(np.quantile(np.concatenate(values), 0.995)) if values else 0.0
    return top if top > 1e-12 else 1.0


def outline_cells(
    array: Pixels,
    cells: Cells,
    names: Sequence[str] = (),
    probabilities: Sequence[float] = (),
    positive: Collection[str] | str | None = (),
) -> Pixels:
    """The field with each cell outlined (region, else box) and named with its probability, uint8 (H, W, 3).

    Cells named as in `positive` are drawn thicker and in another colour. Names and probabilities may be left out.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    alarming = {positive} if isinstance(positive, str) else set(positive or ())
    image = Image.fromarray(np.ascontiguousarray(array))
    draw = ImageDraw.Draw(image)
    thick = max(2, round(max(image.size) / 400))
    regions = None if cells.regions is None else cells.regions.cpu().numpy()
    told = list(zip(cells.boxes.tolist(), names or [""] * len(cells), strict=True))
    for i, (box, name) in enumerate(told):
        colour, width = (ALARM, thick + 1) if name in alarming else (CALM, thick)
        if regions is None or not _outline_region(draw, regions == i + 1, colour, width):
            draw.rectangle(_grown(box, width + 1), outline="black", width=width + 2)
            draw.rectangle(_grown(box, width), outline=colour, width=width)
    for i, (box, name) in enumerate(told):  # over all outlines
        sure = f"{probabilities[i]:.2f}" if len(probabilities) else ""
        _write(draw, box, f"{_short(name)} {sure}".strip(), ALARM if name in alarming else CALM, image.size)
    return np.asarray(image)


def outline_truth(array: Pixels, cells: Cells) -> Pixels:
    """The field with thin outlines of annotated cells, without words: where the evidence should lie."""
    import numpy as np
    from PIL import Image, ImageDraw

    image = Image.fromarray(np.ascontiguousarray(array))
    draw = ImageDraw.Draw(image)
    width = max(1, round(max(image.size) / 500))
    regions = None if cells.regions is None else cells.regions.cpu().numpy()
    for i, box in enumerate(cells.boxes.tolist()):
        if regions is None or not _outline_region(draw, regions == i + 1, TRUTH, width):
            draw.ellipse(_grown(box, 1), outline=TRUTH, width=width)
    return np.asarray(image)


def seen(pixels: Any, most: int = 48) -> Pixels:
    """The squares that a network saw, uint8 (N, 3, S, S): one as it is, several as a montage of at most `most`."""
    import numpy as np

    squares = np.asarray(pixels.cpu() if hasattr(pixels, "cpu") else pixels)
    rows = [np.ascontiguousarray(square.transpose(1, 2, 0)) for square in squares[:most]]
    return montage(rows)


def montage(pictures: Sequence[Pixels], columns: int | None = None) -> Pixels:
    """Pictures in a grid on white, about as wide as high, each in a place of the largest; a white pixel if none."""
    import numpy as np

    if not pictures:
        return np.full((1, 1, 3), 255, np.uint8)
    n = len(pictures)
    wide = min(n, columns or int(np.ceil(np.sqrt(n))))
    high = -(-n // wide)
    h, w = (max(picture.shape[side] for picture in pictures) for side in (0, 1))
    sheet = np.full((high * (h + GAP) - GAP, wide * (w + GAP) - GAP, 3), 255, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = (i // wide) * (h + GAP), (i % wide) * (w + GAP)
        sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return sheet


def save(path: Path, array: Pixels) -> Path:
    """Write a picture whole or not at all, as PNG, WebP or JPEG by its suffix; makes the folder; returns the path.

    array: uint8 (H, W, 3); for WebP also (H, W, 4), with its opacity. Raises LeukcadError where it cannot be written.
    """
    from leukcad.data.images import write_jpeg, write_png

    suffix = path.suffix.lower()
    if suffix == ".png":
        write_png(array, path)
    elif suffix == ".webp":
        atomic_write(path, _webp(array))
    else:
        write_jpeg(array, path, QUALITY)
    return path


def _webp(array: Pixels) -> bytes:
    import io

    import numpy as np
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(buffer, "WEBP", quality=QUALITY, method=2)
    return buffer.getvalue()


def values_of(heat: Heatmap | NDArray[Any]) -> NDArray[Any]:
    """Heat values as float32 numpy."""
    import numpy as np

    values = getattr(heat, "values", heat)
    return np.asarray(values.cpu() if hasattr(values, "cpu") else values, np.float32)


def resized(values: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Float values of another size, bilinear."""
    import numpy as np
    from PIL import Image

    if values.shape == (height, width):
        return values
    return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BILINEAR))


def _outline_region(draw: ImageDraw, region: NDArray[Any], colour: str, width: int) -> bool:
    """Draw the border of a region, `width` px into it with a dark rim outside; False where it is empty."""
    import numpy as np
    from PIL import Image, ImageFilter

    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    if not len(rows):
        return False
    pad = width + 2
    top, left = max(0, rows[0] - pad), max(0, columns[0] - pad)
    part = Image.fromarray(region[top : rows[-1] + pad + 1, left : columns[-1] + pad + 1].astype(np.uint8) * 255)
    grown = np.asarray(part.filter(ImageFilter.MaxFilter(3)))
    rim = np.asarray(part.filter(ImageFilter.MaxFilter(5)))
    core = np.asarray(part.filter(ImageFilter.MinFilter(2 * max(1, width - 1) + 1)))
    place = (int(left), int(top))
    draw.bitmap(place, Image.fromarray((rim > grown).astype(np.uint8) * 255), fill="black")
    draw.bitmap(place, Image.fromarray((grown > core).astype(np.uint8) * 255), fill=colour)
    return True


def _grown(box: Sequence[float], by: int) -> list[float]:
    x0, y0, x1, y1 = box
    return [round(x0) - by, round(y0) - by, round(x1) + by, round(y1) + by]


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"


def _write(draw: ImageDraw, box: Sequence[float], text: str, colour: str, size: tuple[int, int]) -> None:
    """A line of text over a box, inside the picture, on a dark ground."""
    from PIL import ImageFont

    if not text:
        return
    font = ImageFont.load_default(max(11, round(max(size) / 72)))
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    width, height = right - left + 6, bottom - top + 6
    x = min(max(0.0, box[0]), max(0.0, size[0] - width))
    y = box[1] - height - 4
    y = y if y >= 0 else min(box[3] + 4, size[1] - height)
    draw.rectangle([x, y, x + width, y + height], fill="#101418")
    draw.rectangle([x, y, x + 2, y + height], fill=colour)
    draw.text((x + 4 - left, y + 3 - top), text, fill="white", font=font)
