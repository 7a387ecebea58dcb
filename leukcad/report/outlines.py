"""Outlines of cells as a page draws them: polygons in the field's own pixels, sharp at every size and small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.types import Cells

RAYS = 40  # corners of an outline at most
POINT = 8  # px: half the side of what stands for a cell without a size

Polygon = list[int]  # x0, y0, x1, y1, …, px


def outlines(cells: Cells) -> list[Polygon]:
    """One polygon a cell: around its region where it has one, else its box; [x0, y0, x1, y1, …] in px.

    Around a region it runs through the region's farthest pixels, seen from its middle in 40 directions: the outer
    rim of what is lobed, exact for what is not.
    """
    found = {} if cells.regions is None else _regions(cells.regions.cpu().numpy())
    return [found.get(i + 1) or _box(box) for i, box in enumerate(cells.boxes.tolist())]


def _box(box: list[float]) -> Polygon:
    x0, y0, x1, y1 = (round(v) for v in box)
    if x1 - x0 < 2 or y1 - y0 < 2:
        x0, y0, x1, y1 = x0 - POINT, y0 - POINT, x1 + POINT, y1 + POINT
    return [x0, y0, x1, y0, x1, y1, x0, y1]


def _regions(regions: NDArray[Any]) -> dict[int, Polygon]:
    """Number of a region → the polygon around it."""
    import numpy as np

    ys, xs = np.nonzero(regions)
    if not len(xs):
        return {}
    of = regions[ys, xs]
    order = np.argsort(of, kind="stable")
    numbers, starts = np.unique(of[order], return_index=True)
    parts = np.split(order, starts[1:])
    return {int(number): _around(xs[part], ys[part]) for number, part in zip(numbers, parts, strict=True)}


def _around(xs: NDArray[np.intp], ys: NDArray[np.intp]) -> Polygon:
    import numpy as np

    dx, dy = xs - xs.mean(), ys - ys.mean()
    ray = ((np.arctan2(dy, dx) + np.pi) * (RAYS / (2 * np.pi))).astype(int) % RAYS
    far = np.lexsort((-(dx * dx + dy * dy), ray))
    _, first = np.unique(ray[far], return_index=True)
    corners = far[first]
    return [int(v) for x, y in zip(xs[corners], ys[corners], strict=True) for v in (x, y)]
