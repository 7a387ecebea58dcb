"""How far a number of one field moves when nothing of meaning does, and numbers of fields taken together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COPIES = 20
REACH = 2  # px


class Jittered(NamedTuple):
    """A copy of a field, uint8 (H, W, 3), moved down by dy and right by dx px: masks move with it."""

    pixels: NDArray[np.uint8]
    dy: int
    dx: int


def jittered(pixels: NDArray[np.uint8], copies: int = COPIES, seed: int = 0) -> Iterator[Jittered]:
    """Copies moved by up to 2 px each way (the border repeated) and lightened or darkened by up to one grey level."""
    import numpy as np

    rng = np.random.default_rng(seed)
    for _ in range(copies):
        dy, dx, level = (int(v) for v in (*rng.integers(-REACH, REACH + 1, 2), rng.integers(-1, 2)))
        yield Jittered(np.clip(moved(pixels, dy, dx).astype(np.int16) + level, 0, 255).astype(np.uint8), dy, dx)


def moved(array: NDArray[Any], dy: int, dx: int) -> NDArray[Any]:
    """An array (H, W, …) moved down by dy and right by dx, its border repeated."""
    import numpy as np

    rows = np.clip(np.arange(array.shape[0]) - dy, 0, array.shape[0] - 1)
    columns = np.clip(np.arange(array.shape[1]) - dx, 0, array.shape[1] - 1)
    return array[rows[:, None], columns]


def stability(values: Sequence[float]) -> tuple[float, float] | None:
    """The 2.5–97.5 % range over jittered copies: stability, not confidence. None without values."""
    import numpy as np

    return (float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))) if len(values) else None


class Median(NamedTuple):
    """The median over groups with its exact 95 % interval; None where too few groups (below 6) have one."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def median_over_groups(values: Mapping[str, Sequence[float]]) -> Median:
    """Group → the values of its fields. A group's value is their median; the interval is by order statistics.

    Exact whatever the distribution (the sign test turned round): Conover, Practical Nonparametric Statistics, 3.2.
    """
    import numpy as np
    from scipy.stats import binom

    ranked = sorted(float(np.median(some)) for some in values.values() if len(some))
    n = len(ranked)
    if n == 0:
        return Median(None, None, None, 0)
    middle = float(np.median(ranked))
    k = int(binom.ppf(0.025, n, 0.5))  # the k-th from either end is the last that leaves at most 2.5 % outside
    return Median(middle, ranked[k - 1], ranked[n - k], n) if k else Median(middle, None, None, n)
