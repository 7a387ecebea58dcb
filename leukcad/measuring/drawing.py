"""Pictures of found and true cells: true ones green, found ones blue, places where nothing counts grey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.ImageDraw import ImageDraw

    from leukcad.measuring.scoring import Score
    from leukcad.measuring.targets import Boxes
    from leukcad.report.outlines import Polygon

    Pixels = NDArray[np.uint8]

TRUE, FOUND, IGNORED = "#00a63c", "#2040ff", "#7a7a7a"
SIDE, WIDE = 220, 440  # px: of a picture of one cell, and of a whole field
AROUND = 1.3  # sides of the box that are shown on each side of its centre
POINT = 6  # px: half of what stands for a cell without a size


class Shown(Protocol):
    """A box in a scored field."""

    @property
    def score(self) -> Score:
        """The field."""

    @property
    def box(self) -> Boxes | None:
        """The box."""


def around(pixels: Pixels, shown: Shown) -> Pixels:
    """A square view of one box with its surroundings, white where the field ends, uint8 (220, 220, 3)."""
    import numpy as np
    from PIL import Image, ImageDraw

    assert shown.box is not None  # it is a cell that is shown
    x0, y0, x1, y1 = map(float, shown.box)
    reach = max(AROUND * max(x1 - x0, y1 - y0), 30.0)
    left, top = (x0 + x1) / 2 - reach, (y0 + y1) / 2 - reach
    view = Image.fromarray(pixels).transform(
        (SIDE, SIDE), Image.Transform.EXTENT, (left, top, left + 2 * reach, top + 2 * reach), Image.Resampling.BILINEAR
    )
    beyond = _outside(pixels, left, top, reach)
    view.paste("white", mask=Image.fromarray(beyond))
    _boxes(ImageDraw.Draw(view), shown.score, left, top, SIDE / (2 * reach))
    return np.asarray(view)


def whole(pixels: Pixels, score: Score) -> Pixels:
    """The field, at most 440 px wide, with boxes; uint8 (H, W, 3)."""
    import numpy as np
    from PIL import Image, ImageDraw

    scale = min(1.0, WIDE / score.width)
    view = Image.fromarray(pixels).resize((round(score.width * scale), max(1, round(score.height * scale))))
    _boxes(ImageDraw.Draw(view), score, 0, 0, scale)
    return np.asarray(view)


def outlined(pixels: Pixels, score: Score) -> Pixels:
    """The part of a field with masks that holds its cells, 440 px wide, with their outlines; uint8 (H, W, 3)."""
    import numpy as np
    from PIL import Image, ImageDraw

    left, top, right, bottom = _part(score)
    scale = WIDE / (right - left)
    part = Image.fromarray(pixels[top:bottom, left:right])
    view = part.resize((WIDE, max(1, round((bottom - top) * scale))))
    for polygons, colour in zip(score.drawn or (), (FOUND, TRUE), strict=False):
        _polygons(ImageDraw.Draw(view), polygons, colour, (left, top), scale)
    return np.asarray(view)


def _part(score: Score) -> tuple[int, int, int, int]:
    """What is around all found and true cells, with a margin: left, top, right, bottom px; all where there are none."""
    import numpy as np

    boxes = np.concatenate([score.target.boxes, score.white.boxes])
    if not len(boxes):
        return 0, 0, score.width, score.height
    (x0, y0), (x1, y1) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    margin = max(0.3 * max(x1 - x0, y1 - y0), 20.0)
    left, top = max(0, int(x0 - margin)), max(0, int(y0 - margin))
    return left, top, min(score.width, int(x1 + margin) + 1), min(score.height, int(y1 + margin) + 1)


def _outside(pixels: Pixels, left: float, top: float, reach: float) -> Pixels:
    """255 where a view of 220 px lies beyond the field, else 0."""
    import numpy as np

    step = 2 * reach / SIDE
    x, y = left + (np.arange(SIDE) + 0.5) * step, top + (np.arange(SIDE) + 0.5) * step
    inside = ((y >= 0) & (y < pixels.shape[0]))[:, None] & ((x >= 0) & (x < pixels.shape[1]))[None]
    return np.where(inside, 0, 255).astype(np.uint8)


def _boxes(draw: ImageDraw, score: Score, left: float, top: float, scale: float) -> None:
    told = ((score.target.ignored, IGNORED), (score.target.boxes, TRUE), (score.white.boxes, FOUND))
    for inset, (boxes, colour) in enumerate(told):
        for x0, y0, x1, y1 in boxes:
            if x1 <= x0 or y1 <= y0:
                x0, y0, x1, y1 = x0 - POINT, y0 - POINT, x1 + POINT, y1 + POINT
            corners = [(x0 - left) * scale, (y0 - top) * scale, (x1 - left) * scale, (y1 - top) * scale]
            shift = (inset - 1) * 2  # boxes that are the same stay both to be seen
            corners = [corners[0] + shift, corners[1] + shift, corners[2] - shift, corners[3] - shift]
            if corners[2] > corners[0] and corners[3] > corners[1]:
                draw.rectangle(corners, outline=colour, width=2)


def _polygons(draw: ImageDraw, polygons: Sequence[Polygon], colour: str, corner: tuple[int, int], scale: float) -> None:
    left, top = corner
    for polygon in polygons:
        points = [((x - left) * scale, (y - top) * scale) for x, y in zip(polygon[::2], polygon[1::2], strict=True)]
        draw.line([*points, points[0]], fill=colour, width=2)
