"""What the scored fields of one pipeline and set come to, as plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leukcad.evaluation.bootstrap import MANY, cluster_bca, ratio
from leukcad.evaluation.metrics import Rate
from leukcad.evaluation.pooled import pooled_rate
from leukcad.measuring.average import Average, Ranked, average_precision
from leukcad.measuring.scoring import Score
from leukcad.measuring.sizes import Size, sizes_of

if TYPE_CHECKING:
    from collections.abc import Callable

AGREE = 1.96  # standard deviations: 95 % limits of agreement, Bland and Altman, Lancet 327 (1986), 307–310


def figures(scores: Sequence[Score]) -> dict[str, Any]:
    """All figures on leukocytes: `ap50`, `ap`, `recall`, `precision`, `count`, `dice`, `nucleus_dice`, `sizes`.

    recall and precision: `{"value", "low", "high", "n", "hits", "of"}`, exact 95 % intervals at the level of the group.
    count: found less true a field. dice: mean over fields. sizes: thirds of the true cells by diameter, the small ones
    first. What is undefined is None.
    """
    sizes = sizes_of(scores)
    whole, by_size = average_precision([_ranked(s) for s in scores], [size.area for size in sizes])
    return {
        "fields": len(scores),
        "groups": len({s.group for s in scores}),
        "cells": sum(len(s.target.boxes) for s in scores),
        "found": sum(len(s.white.boxes) for s in scores),
        "ignored": sum(len(s.target.ignored) for s in scores),
        **_average(whole),
        "recall": _rate(scores, lambda s: (len(s.match.pairs), len(s.target.boxes))),
        "precision": _rate(scores, lambda s: (len(s.match.pairs), len(s.match.pairs) + len(s.match.alarms))),
        "count": _count(scores),
        "dice": _mean(scores, lambda s: s.dice),
        "nucleus_dice": _mean(scores, lambda s: s.nucleus_dice),
        "sizes": [_size(scores, size, average) for size, average in zip(sizes, by_size, strict=True)],
    }


def _ranked(score: Score) -> Ranked:
    found = score.ranked.leukocytes()
    return Ranked(score.target.boxes, score.target.ignored, found.boxes, found.scores)


def _average(found: Average) -> dict[str, float | None]:
    return {"ap50": found.ap50, "ap": found.ap}


def _rate(scores: Sequence[Score], count: Callable[[Score], tuple[int, int]]) -> dict[str, Any]:
    groups: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for score in scores:
        (k, n), (hits, of) = groups[score.group], count(score)
        groups[score.group] = k + hits, n + of
    return rate_dict(pooled_rate(groups), groups)


def rate_dict(rate: Rate, groups: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """A pooled rate with its counts."""
    hits, of = (sum(pair[i] for pair in groups.values()) for i in (0, 1))
    return {**rate.to_dict(), "hits": hits, "of": of}


def _count(scores: Sequence[Score]) -> dict[str, Any] | None:
    """Found less true a field: mean with its interval, mean of its size, limits of agreement, share without error."""
    import numpy as np

    if not scores:
        return None
    errors = np.array([s.error for s in scores], np.float64)
    mean, spread = float(errors.mean()), float(errors.std(ddof=1)) if len(errors) > 1 else 0.0
    return {
        **(_mean(scores, lambda s: float(s.error)) or {}),
        "absolute": float(np.abs(errors).mean()),
        "agree": [mean - AGREE * spread, mean + AGREE * spread],
        "exact": float((errors == 0).mean()),
    }


def _mean(scores: Sequence[Score], value: Callable[[Score], float | None]) -> dict[str, Any] | None:
    """The mean over fields that have a value; its 95 % interval by the BCa bootstrap over groups, from 30 groups on."""
    import numpy as np

    held: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        if (told := value(score)) is not None:
            held[score.group].append(told)
    if not held:
        return None
    columns = np.array([[sum(values), len(values)] for values in held.values()], np.float64)
    interval = cluster_bca(columns, ratio) if len(held) >= MANY else None
    low, high = interval or (None, None)
    fields = int(columns[:, 1].sum())
    return {"value": float(columns[:, 0].sum() / fields), "low": low, "high": high, "n": len(held), "fields": fields}


def _size(scores: Sequence[Score], size: Size, average: Average) -> dict[str, Any]:
    def of(score: Score) -> tuple[int, int]:
        inside = {j for j, box in enumerate(score.target.boxes) if size.holds(box)}
        return sum(j in inside for _, j in score.match.pairs), len(inside)

    told = {"name": size.name, "from": size.low, "to": size.high, "share_of_field": size.share}
    return {**told, "recall": _rate(scores, of), **_average(average)}
