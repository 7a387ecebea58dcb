"""Class by class, where a pipeline's classes are also those of the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leukcad.evaluation.pooled import pooled_rate
from leukcad.measuring.average import Ranked, average_precision
from leukcad.measuring.figures import rate_dict
from leukcad.measuring.scoring import Found, Score, matched
from leukcad.measuring.targets import UNKNOWN

if TYPE_CHECKING:
    from leukcad.measuring.targets import Boxes


def by_class(scores: Sequence[Score], names: Sequence[str], cell_classes: Mapping[str, Sequence[str]]) -> Any:
    """`{"map50", "map", "classes": {NAME: {"ap50", "ap", "recall", "precision", "cells"}}}` over the shared classes.

    names: the classes that the pipeline tells apart. cell_classes: cell class → the names of the truth that it stands
    for. None where fewer than two of `names` occur in the truth: then there is nothing but WBC to speak of.
    """
    home = {kind: name for name, kinds in cell_classes.items() for kind in (name, *kinds)}
    truth = [_truth(score, home) for score in scores]
    there = {kind for kinds, _ in truth for kind in kinds}
    shared = [name for name in dict.fromkeys(names) if name in there]
    if len(shared) < 2:
        return None
    told = {name: _one(scores, truth, name) for name in shared}
    means = {f"m{key}": _mean([one[key] for one in told.values()]) for key in ("ap50", "ap")}
    return {**means, "classes": told}


def _truth(score: Score, home: Mapping[str, str]) -> tuple[list[str], Boxes]:
    """All true cells, each with the class that it is for the pipeline; '' where nobody knows."""
    import numpy as np

    kinds = [home.get(kind, kind) for kind in (*score.target.kinds, *score.target.other_kinds)]
    return kinds, np.concatenate([score.target.boxes, score.target.other_boxes])


def _one(scores: Sequence[Score], truth: Sequence[tuple[list[str], Boxes]], name: str) -> dict[str, Any]:
    recall: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    precision: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    ranked = []
    for score, (kinds, boxes) in zip(scores, truth, strict=True):
        mine, ignored = _chosen(kinds, boxes, name), _ignored(score, kinds, boxes)
        found, low = _of(score.found, name), _of(score.ranked, name)
        match = matched(found.boxes, mine, ignored)
        hits = len(match.pairs)
        for held, n in ((recall, len(mine)), (precision, hits + len(match.alarms))):
            held[score.group] = held[score.group][0] + hits, held[score.group][1] + n
        ranked.append(Ranked(mine, ignored, low.boxes, low.scores))
    average, _ = average_precision(ranked)
    rates = {"recall": recall, "precision": precision}
    return {
        "ap50": average.ap50,
        "ap": average.ap,
        **{key: rate_dict(pooled_rate(held), held) for key, held in rates.items()},
        "cells": sum(n for _, n in recall.values()),
    }


def _chosen(kinds: Sequence[str], boxes: Boxes, name: str) -> Boxes:
    return boxes[[i for i, kind in enumerate(kinds) if kind == name]]


def _ignored(score: Score, kinds: Sequence[str], boxes: Boxes) -> Boxes:
    """Where nothing counts: as for WBC, and where a cell of no known kind is."""
    import numpy as np

    return np.concatenate([score.target.ignored, _chosen(kinds, boxes, UNKNOWN)])


def _of(found: Found, name: str) -> Found:
    return found.select([i for i, kind in enumerate(found.kinds) if kind == name])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
