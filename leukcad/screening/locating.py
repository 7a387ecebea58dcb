"""Where single-cell pictures were cut from: each is looked for in every field by template matching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

COARSE = 24  # px of a cell picture's shorter side in the first, coarse search
CANDIDATES = 3  # fields that are searched again at full size, at most, for each cell
PROMISING = 0.5  # correlation from which on a field is a candidate: shrinking off the grid costs some
FOUND = 0.97  # correlation at full size from which on it is the place: drawn cells reach 0.95 in fields of others


@dataclass(frozen=True)
class Place:
    """A single cell's field, its box there (x0, y0, x1, y1) in px, and the correlation in [0.97, 1]."""

    cell: str
    field: str
    box: tuple[int, int, int, int]
    score: float


def grey_of(pixels: NDArray[np.uint8]) -> Grey:
    """uint8 (H, W) of RGB uint8 (H, W, 3)."""
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).convert("L"))


def locate(cells: Mapping[str, Grey], fields: Mapping[str, Grey], progress: Any = None) -> dict[str, Place]:
    """Cell id → its place, for every cell that is found; pixels uint8 (H, W), at the fields' own scale.

    Fields are read one by one, and those that are candidates once more. A cell that was resized, turned or mirrored
    is not found. `progress` wraps the fields' ids, as `leukcad.progress.track` does. Raises LeukcadError where OpenCV
    is not installed. Correlation: `cv2.TM_CCOEFF_NORMED`.
    """
    if not cells:
        return {}
    cv2 = _cv2()
    shortest = sorted(min(picture.shape) for picture in cells.values())[len(cells) // 2]
    factor = max(1, round(shortest / COARSE))
    small = {name: _shrunk(cv2, picture, factor) for name, picture in cells.items()}
    best: dict[str, list[tuple[float, str, int, int]]] = {name: [] for name in cells}
    for field in progress(list(fields)) if progress else fields:
        image = _shrunk(cv2, fields[field], factor)
        for name, template in small.items():
            if hit := _hit(cv2, image, template):
                best[name] = sorted([*best[name], (hit[0], field, hit[1], hit[2])], reverse=True)[:CANDIDATES]
    wanted: dict[str, list[tuple[str, int, int]]] = {}
    for name, hits in best.items():
        for score, field, x, y in hits:
            if score >= PROMISING:
                wanted.setdefault(field, []).append((name, x * factor, y * factor))
    found: dict[str, Place] = {}
    for field, asked in wanted.items():
        image = fields[field]
        for name, x, y in asked:
            place = _refined(cv2, image, cells[name], (name, field), x, y, 2 * factor)
            if place and place.score > (found[name].score if name in found else 0):
                found[name] = place
    return found


def _refined(cv2: Any, image: Grey, cell: Grey, names: tuple[str, str], x: int, y: int, around: int) -> Place | None:
    """The best place at full size within `around` px of (x, y)."""
    height, width = cell.shape
    left, top = max(0, x - around), max(0, y - around)
    window = image[top : y + height + around, left : x + width + around]
    hit = _hit(cv2, window, cell)
    if hit is None or hit[0] < FOUND:
        return None
    at = left + hit[1], top + hit[2]
    return Place(*names, (*at, at[0] + width, at[1] + height), min(1.0, hit[0]))


def _hit(cv2: Any, image: Grey, template: Grey) -> tuple[float, int, int] | None:
    """The best correlation and its x, y; None where the template does not fit in or is flat."""
    if template.shape[0] > image.shape[0] or template.shape[1] > image.shape[1] or template.std() < 1:
        return None
    _, score, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(image, template, cv2.TM_CCOEFF_NORMED))
    return float(score), int(x), int(y)


def _shrunk(cv2: Any, picture: Grey, factor: int) -> Grey:
    if factor == 1:
        return picture
    size = (max(1, picture.shape[1] // factor), max(1, picture.shape[0] // factor))
    cut = picture[: size[1] * factor, : size[0] * factor]  # whole blocks, so that both shrink by the same factor
    small: Grey = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    return small


def _cv2() -> Any:
    try:
        import cv2
    except ImportError as error:
        cure = "pip install opencv-python-headless (it comes with leukcad-skimage)"
        raise LeukcadError("cells cannot be located: OpenCV is not installed", cure=cure) from error
    return cv2
