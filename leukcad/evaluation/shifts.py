"""A permutation test of where a heat map lies: the same map, shifted on the torus and flipped within what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leukcad.evaluation.views import View, Window, averaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Map = NDArray[np.float64]

SHIFTS = 999
FINEST = 1024  # px: longer windows are averaged in blocks for the test, since maps are coarse and FFTs are not free


def shift_p(heat: Map, mask: NDArray[np.bool_], view: View, shifts: int = SHIFTS, seed: int = 0) -> float:
    """The share of shifted and flipped maps that lay at least as much of the map on `mask`, the map itself counted.

    (1 + #{E' ≥ E}) / (1 + shifts). heat ≥ 0 and mask: (H, W). Each crop's map moves within its own crop, so that
    cropping earns nothing; a pixel in several crops counts once, shared among them. All torus shifts of a window are
    summed over the mask at once, by FFT. A map without heat gives 1.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    share = 1 / np.maximum(view.covers(), 1)
    moved, still = np.zeros((2, shifts)), np.zeros(2)  # on the mask, and in all
    for window in view.windows():
        sums, here = _sums(heat, mask * share, share, window)
        still += here
        moved += sums[:, rng.integers(0, sums.shape[1], shifts)]
    as_much = moved[0] * still[1] >= still[0] * moved[1] - 1e-9 * still[1] ** 2
    return float(1 + as_much.sum()) / (1 + shifts)


def _sums(heat: Map, on: Map, everywhere: Map, window: Window) -> tuple[Map, Map]:
    """Sums of every shifted and flipped version of the window weighted by `on` and `everywhere` (2, 4 · h · w).

    And (2,) of the map as it is.
    """
    import numpy as np

    top, bottom, left, right = window
    h, *weights = (a[top:bottom, left:right] for a in (heat, on, everywhere))
    step = -(-max(h.shape) // FINEST)
    if step > 1:
        blocks = (-(-h.shape[0] // step), -(-h.shape[1] // step))
        h, *weights = (averaged(a, blocks) for a in (h, *weights))
    sums = [np.full(4 * h.size, h.sum() * w.flat[0]) if np.ptp(w) == 0 else _correlated(h, w) for w in weights]
    return np.stack(sums), np.array([(h * w).sum() for w in weights])


def _correlated(heat: Map, weight: Map) -> Map:
    import numpy as np
    from scipy.fft import irfft2, rfft2

    over = rfft2(weight)
    sums = []
    for version in (heat, heat[:, ::-1]):
        told = rfft2(version)
        # turned by 180° a map has the conjugate transform, up to a shift, and all shifts are drawn alike
        sums += [irfft2(over * told.conj(), heat.shape), irfft2(over * told, heat.shape)]
    return np.stack(sums).ravel()
