"""The cluster bootstrap, for statistics that have no exact interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from leukcad.evaluation.intervals import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MANY = 30  # groups from which on a bootstrap is believed; percentile intervals cover 65/72/86 % at 6/11/20 clusters
RESAMPLES = 4999
SAME = 1e-12  # values that lie closer differ by rounding only
CHUNK = 500  # resamples held in memory at once


def cluster_bca(
    groups: NDArray[np.float64],
    statistic: Callable[..., Any],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval | None:
    """The BCa interval of `statistic` when whole groups are drawn with replacement.

    groups: (G, columns), what each group adds, such as its successes and its trials. statistic: takes the columns,
    each (…, G), and gives (…), over the last axis. None where it is the same in every resample, which says nothing of
    its spread. Raises ValueError for fewer than 30 groups. Efron, JASA 82 (1987), 171–185.
    """
    import warnings

    import numpy as np
    from scipy.stats import DegenerateDataWarning, bootstrap

    if len(groups) < MANY:
        raise ValueError(f"groups: expected {MANY} or more, got {len(groups)}; with fewer take an exact interval")
    columns = [np.asarray(column, dtype=np.float64) for column in np.asarray(groups, dtype=np.float64).T]

    def over(*some: Any, axis: int = -1) -> Any:
        return statistic(*(np.moveaxis(np.asarray(s), axis, -1) for s in some))

    if all(np.ptp(column) < SAME for column in columns):
        return None
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore", DegenerateDataWarning)  # it comes as NaN, too: below
        found = bootstrap(
            columns,
            over,
            paired=True,
            vectorized=True,
            method="BCa",
            n_resamples=resamples,
            batch=CHUNK,
            confidence_level=confidence,
            rng=np.random.default_rng(seed),
        ).confidence_interval
    low, high = float(found.low), float(found.high)
    return None if np.isnan([low, high]).any() else (low, high)


def mean(values: Any) -> Any:
    """The mean over groups, for `cluster_bca`."""
    return values.mean(axis=-1)


def ratio(above: Any, below: Any) -> Any:
    """Σ above / Σ below over groups: the pooled rate, for `cluster_bca`."""
    return above.sum(axis=-1) / below.sum(axis=-1)
