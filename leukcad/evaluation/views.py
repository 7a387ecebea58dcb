"""What a classifier could see of a field, and how coarse its heat map is: the field whole, or a union of crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Map = NDArray[np.float64]

Window = tuple[int, int, int, int]  # top, bottom, left, right, within the field


@dataclass(frozen=True)
class View:
    """shape: of the field, (H, W). boxes: what was cropped, xyxy px, (0, 0, W, H) for the whole; may leave the field.

    grid: rows and columns of the heat map of a crop before it is enlarged. size: the side of the square that it is
    enlarged to before it goes back to its box, None where it goes at once.
    """

    shape: tuple[int, int]
    boxes: Sequence[Sequence[float]]
    grid: tuple[int, int]
    size: int | None = None

    def windows(self) -> list[Window]:
        """The boxes as far as they lie in the field; those that do not are left out."""
        found = []
        for top, bottom, left, right in self._whole():
            inside = (max(top, 0), min(bottom, self.shape[0]), max(left, 0), min(right, self.shape[1]))
            if inside[0] < inside[1] and inside[2] < inside[3]:
                found.append(inside)
        return found

    def covers(self) -> NDArray[np.int64]:
        """(H, W): in how many boxes a pixel lies; D is where it lies in any."""
        import numpy as np

        count = np.zeros(self.shape, np.int64)
        for top, bottom, left, right in self.windows():
            count[top:bottom, left:right] += 1
        return count

    def blurred(self, mask: NDArray[np.bool_]) -> Map:
        """(H, W): a mask as the sharpest heat map of this grid could show it.

        Each crop of it is averaged to the grid, enlarged bilinearly as the heat map is, and laid back into the field;
        where crops overlap the larger value stands.
        """
        import numpy as np

        out = np.zeros(self.shape)
        for top, bottom, left, right in self._whole():
            inside = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
            part = np.zeros((bottom - top, right - left))
            cut = mask[inside].astype(np.float64)
            at = slice(max(-top, 0), max(-top, 0) + cut.shape[0]), slice(max(-left, 0), max(-left, 0) + cut.shape[1])
            part[at] = cut
            coarse = averaged(part, self.grid)
            if self.size is not None:
                coarse = enlarged(coarse, (self.size, self.size))
            laid = enlarged(coarse, part.shape)[at]
            out[inside] = np.maximum(out[inside], laid)
        return out

    def _whole(self) -> list[Window]:
        rounded = [tuple(round(v) for v in box) for box in self.boxes]
        return [(y0, max(y1, y0 + 1), x0, max(x1, x0 + 1)) for x0, y0, x1, y1 in rounded]


def averaged(values: Map, shape: tuple[int, ...]) -> Map:
    """Area means of `values` (H, W) on a grid; pixels that straddle cells count by their share."""
    import numpy as np

    def weights(n_in: int, n_out: int) -> Map:
        edges = np.arange(n_out + 1) * (n_in / n_out)
        pixels = np.arange(n_in)
        overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
        share: Map = np.clip(overlap, 0, None) * (n_out / n_in)
        return share

    out: Map = weights(values.shape[0], shape[0]) @ values @ weights(values.shape[1], shape[1]).T
    return out


def enlarged(values: Map, shape: tuple[int, ...]) -> Map:
    """Bilinear values of `values` (h, w) at `shape`, pixel centres aligned as torch does with align_corners=False."""
    import numpy as np

    def weights(n_in: int, n_out: int) -> Map:
        at = np.clip((np.arange(n_out) + 0.5) * (n_in / n_out) - 0.5, 0, n_in - 1)
        near: Map = np.clip(1 - np.abs(at[:, None] - np.arange(n_in)), 0, None)
        return near

    out: Map = weights(values.shape[0], shape[0]) @ values @ weights(values.shape[1], shape[1]).T
    return out
