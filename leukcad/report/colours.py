"""Colours that colour-blind people can tell apart (Okabe and Ito, 2008), and a heat scale with even steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

# inferno (S. van der Walt and N. Smith, CC0), every sixteenth colour; interpolated it errs by at most 7 of 255
INFERNO = (
    *("000004", "0b0724", "210c4a", "3d0965", "57106e", "71196e", "8a226a", "a32c61", "bc3754"),
    *("d04545", "e35933", "f1711f", "f98c0a", "fcaa0f", "f9c932", "f2e865", "fcffa4"),
)

ALARM = "#ff8c2b"  # a cell of a positive class
CALM = "#6cc4ff"  # any other cell
TRUTH = "#ffffff"  # an annotated cell, on a heat map

# one a pipeline, on light and on dark ground; beyond seven, dashes and marks go on telling them apart
LIGHT = ("#0072b2", "#c44e00", "#00825e", "#a8528a", "#8a6100", "#2b8fcc", "#555555")
DARK = ("#5ab4f0", "#f79a5c", "#3dcfa4", "#e8a3cd", "#f0bd4d", "#a5dcff", "#bdbdbd")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
MARKS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star")


def heat_colours(share: NDArray[Any]) -> NDArray[Any]:
    """Shares in [0, 1], any shape, to RGB in 0..255, shape (…, 3)."""
    import numpy as np

    table = np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in INFERNO], np.float32)
    stops = np.linspace(0, 1, len(table))
    return np.stack([np.interp(share, stops, table[:, channel]) for channel in range(3)], axis=-1)
