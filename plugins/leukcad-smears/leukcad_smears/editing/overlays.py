"""`border`, `scale-bar` and `recompress`: what cameras and programs leave on pictures."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Option

from leukcad_smears.editing.edit import InPixels, Task
from leukcad_smears.editing.once import Once, Told
from leukcad_smears.editing.workpiece import Workpiece

Bools = NDArray[np.bool_]
Grey = Annotated[int, Option(ge=0, le=255, description="grey level, 0 black to 255 white")]
Corner = Annotated[
    Literal["top-left", "top-right", "bottom-left", "bottom-right"], Option(description="where in the field it stands")
]


class Border(Once):
    """A frame over the margin of the field; what it hides leaves the truth."""

    renders = False

    def __init__(
        self,
        *,
        width: Annotated[float, Option(gt=0, le=0.25, description="share of the field's shorter side")] = 0.03,
        grey: Grey = 10,
        how: InPixels = "auto",
    ) -> None:
        super().__init__("auto" if how == "render" else how)
        self.width, self.grey = width, grey

    def pixels(self, work: Workpiece, task: Task) -> Told:
        """A frame of one grey."""
        wide = max(1, round(self.width * min(work.image.shape[:2])))
        hidden = np.ones(work.image.shape[:2], bool)
        hidden[wide:-wide, wide:-wide] = False
        _cover(work, hidden, np.full_like(work.image, self.grey))
        return {"width": wide, "grey": self.grey}


class ScaleBar(Once):
    """A scale bar with its length in µm in a corner; what it hides leaves the truth."""

    renders = False

    def __init__(
        self,
        *,
        length: Annotated[float, Option(gt=0, le=1000, description="µm")] = 20.0,
        corner: Corner = "bottom-right",
        grey: Grey = 0,
        how: InPixels = "auto",
    ) -> None:
        super().__init__("auto" if how == "render" else how)
        self.length, self.corner, self.grey = length, corner, grey

    def pixels(self, work: Workpiece, task: Task) -> Told:
        """Where no pixel size is known, a tenth of the field's width stands for the length."""
        import cv2

        height, width = work.image.shape[:2]
        size = task.host.field.pixel_size
        long = int(np.clip(round(self.length / size if size else width / 10), 8, width * 0.8))
        thick, gap = max(2, height // 150), max(4, height // 40)
        x = gap if self.corner.endswith("left") else width - gap - long
        y = 3 * gap if self.corner.startswith("top") else height - gap - thick
        ink = np.zeros((height, width), np.uint8)
        cv2.rectangle(ink, (x, y), (x + long - 1, y + thick - 1), 255, -1)
        # OpenCV's letters are ASCII: um is what many microscopes write.
        cv2.putText(ink, f"{self.length:g} um", (x, y - thick), cv2.FONT_HERSHEY_SIMPLEX, height / 900, 255, 1)
        _cover(work, ink > 0, np.full_like(work.image, self.grey))
        return {"length": long, "x": x + long / 2, "y": y + thick / 2}


class Recompress(Once):
    """The field through a JPEG of lower quality."""

    renders = False

    def __init__(
        self,
        *,
        quality: Annotated[int, Option(ge=5, le=100, description="of the JPEG")] = 50,
        how: InPixels = "auto",
    ) -> None:
        super().__init__("auto" if how == "render" else how)
        self.quality = quality

    def pixels(self, work: Workpiece, task: Task) -> Told:
        """Encoded with colours at half resolution, as most cameras do, and decoded."""
        from leukcad_smears import optics

        work.image = optics.decode(optics.encode(work.image.astype(np.float32), self.quality))
        return {"quality": self.quality}


def _cover(work: Workpiece, hidden: Bools, over: NDArray[np.uint8]) -> None:
    """Lay an opaque mark over the field, and take what it hides out of the truth."""
    image = np.where(hidden[..., None], over, work.image)
    maps = [np.where(hidden, 0, m).astype(np.int32) for m in (work.regions, work.nuclei, work.occupied)]
    work.become(image, maps, np.array([_seen(box, hidden) for box in work.host.boxes], np.float32).reshape(-1, 4))


def _seen(box: NDArray[np.float32], hidden: Bools) -> list[float]:
    """The part of a box that is not hidden; without extent where all of it is."""
    x0, y0, x1, y1 = (round(float(v)) for v in box)
    there = ~hidden[max(y0, 0) : y1, max(x0, 0) : x1]
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not len(rows):
        return [x0, y0, x0, y0]
    if there.shape == (len(rows), len(columns)):
        return [float(v) for v in box]  # all four sides show
    return [max(x0, 0) + columns[0], max(y0, 0) + rows[0], max(x0, 0) + columns[-1] + 1, max(y0, 0) + rows[-1] + 1]
