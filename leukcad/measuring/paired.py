"""Whether two pipelines find cells equally well in the very same fields: exact tests at the level of the group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from leukcad.evaluation.bootstrap import MANY, cluster_bca, ratio
from leukcad.evaluation.exact import ALPHA
from leukcad.evaluation.multiple import holm
from leukcad.evaluation.paired import mcnemar_exact
from leukcad.measuring.scoring import Score


def pairs(scores: Mapping[str, Sequence[Score]]) -> list[dict[str, Any]]:
    """Recall of every two pipelines: an exact sign test over groups, Holm over the pairs.

    A group speaks for the pipeline that hit more of its cells; groups with as many hits, or without cells, say nothing.
    difference: recall of the first less that of the second, pooled over cells, with a BCa interval over groups from 30
    groups on. Sign test: Dixon and Mood, JASA 41 (1946), 557–566.
    """
    hits = {name: _hits(told) for name, told in scores.items()}
    found = [_pair(first, second, hits[first], hits[second]) for first, second in combinations(scores, 2)]
    for pair, p in zip(found, holm([pair["p"] for pair in found]), strict=True):
        pair |= {"p_holm": p, "says": _says(pair, p)}
    return found


def _hits(scores: Sequence[Score]) -> dict[str, tuple[int, int]]:
    held: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for score in scores:
        k, n = held[score.group]
        held[score.group] = k + len(score.match.pairs), n + len(score.target.boxes)
    return {group: (k, n) for group, (k, n) in held.items() if n}


def _pair(
    first: str, second: str, a: Mapping[str, tuple[int, int]], b: Mapping[str, tuple[int, int]]
) -> dict[str, Any]:
    import numpy as np

    shared = [group for group in a if group in b]
    rows = np.array([[a[g][0] - b[g][0], a[g][1]] for g in shared], np.float64).reshape(-1, 2)
    more, less = int((rows[:, 0] > 0).sum()), int((rows[:, 0] < 0).sum())
    cells = float(rows[:, 1].sum())
    interval = cluster_bca(rows, ratio) if len(rows) >= MANY else None
    return {
        "first": first,
        "second": second,
        "groups": len(shared),
        "more_by_first": more,
        "more_by_second": less,
        "difference": float(rows[:, 0].sum()) / cells if cells else None,
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "p": mcnemar_exact(more, less),
    }


def _says(pair: Mapping[str, Any], p: float) -> str:
    if p > ALPHA:
        return f"not distinguishable at n = {pair['groups']}"
    better, worse = ("first", "second") if pair["more_by_first"] > pair["more_by_second"] else ("second", "first")
    return f"{pair[better]} finds more than {pair[worse]}"
