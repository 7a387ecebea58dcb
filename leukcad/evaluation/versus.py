"""Whether pipelines that answered the same fields differ: paired tests at the level of the group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from leukcad.errors import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.bootstrap import MANY, cluster_bca, mean
from leukcad.evaluation.multiple import holm
from leukcad.evaluation.paired import cochran_q, discordant, mcnemar_exact
from leukcad.evaluation.power import detectable_difference, smallest_difference
from leukcad.evaluation.units import right_groups

ALPHA = 0.05


def versus(
    books: Mapping[str, Sequence[Answer]], positive: str | None, pairs: Sequence[tuple[str, str]] | None = None
) -> dict[str, Any] | None:
    """The paired tests of one set, as plain data; `books`: the answers of each pipeline to it. None for fewer than two.

    groups: the units; a unit is right if more than half of its answers are. smallest_difference: the least difference
    of two shares that so many groups can show at 0.05 (None: none at all); detectable_difference: the least that they
    show with a power of 80 %, at best. cochran_q: whether all are right equally often (three pipelines or more).
    pairs: exact McNemar for every two, or for those of `pairs`, chosen before anything was measured, with Holm over the
    pairs of this set; difference: share right, first minus second, with a BCa interval over groups from 30 on; says:
    the outcome in words. Raises LeukcadError for other units.
    """
    if len(books) < 2:
        return None
    right = {name: right_groups(answers, positive) for name, answers in books.items()}
    keys = sorted(next(iter(right.values())))
    for name, told in right.items():
        if told.keys() != set(keys):
            raise LeukcadError(f"{name} did not answer the same fields as {next(iter(right))}", cure="compare again")
    rows = {name: [told[key] for key in keys] for name, told in right.items()}
    n = len(keys)
    chosen = combinations(rows, 2) if pairs is None else pairs
    found = [_pair(first, second, rows[first], rows[second]) for first, second in chosen]
    for pair, p in zip(found, holm([pair["p"] for pair in found]), strict=True):
        pair |= {"p_holm": p, "distinguishable": p <= ALPHA, "says": _says(pair, p, n)}
    return {
        "groups": n,
        "smallest_difference": smallest_difference(n),
        "detectable_difference": detectable_difference(n),
        "cochran_q": asdict(cochran_q(list(rows.values()))) if len(rows) > 2 else None,
        "pairs": found,
    }


def _pair(first: str, second: str, a: Sequence[bool], b: Sequence[bool]) -> dict[str, Any]:
    only_first, only_second = discordant(a, b)
    interval = None
    if len(a) >= MANY:
        import numpy as np

        interval = cluster_bca(np.subtract(a, b, dtype=np.float64)[:, None], mean)
    return {
        "first": first,
        "second": second,
        "only_first": only_first,
        "only_second": only_second,
        "difference": (only_first - only_second) / len(a) if a else None,
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "p": mcnemar_exact(only_first, only_second),
    }


def _says(pair: Mapping[str, Any], p: float, n: int) -> str:
    if p > ALPHA:
        return f"not distinguishable at n = {n}"
    better, worse = ("first", "second") if pair["only_first"] > pair["only_second"] else ("second", "first")
    return f"{pair[better]} is right more often than {pair[worse]}"
