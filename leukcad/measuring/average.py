"""Average precision as COCO defines it, by pycocotools; files never reach it: its tables are built here."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.measuring.targets import Boxes

MOST = 1000  # found cells of one field that enter, the surest first; COCO's 100 are too few for red cells
ALL_AREAS = (0.0, 1e12)


@dataclass(frozen=True, eq=False)
class Ranked:
    """One field of one class: true and ignored boxes, (N, 4) px, and what was found with its scores."""

    truth: Boxes
    ignored: Boxes
    found: Boxes
    scores: NDArray[np.float64]


@dataclass(frozen=True)
class Average:
    """AP at an intersection over union of 0.5, and its mean over 0.50, 0.55, … 0.95; None where undefined."""

    ap50: float | None
    ap: float | None


NONE = Average(None, None)


def average_precision(
    fields: Sequence[Ranked], areas: Sequence[tuple[float, float]] = ()
) -> tuple[Average, list[Average]]:
    """AP over all cells, and over the true cells in each range of box areas, px² (both ends included).

    101 recall points, greedy matching by score; a found box that mostly lies in an ignored one does not count (COCO's
    crowds). Points have no area, so that nothing is defined where there are any. Lin et al., ECCV 2014; pycocotools.
    """
    if any(_has_points(f.truth) for f in fields) or not sum(len(f.truth) for f in fields):
        return NONE, [NONE for _ in areas]
    from pycocotools.cocoeval import COCOeval  # type: ignore[import-untyped]

    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does
        run = COCOeval(_indexed(fields, _true(fields)), _indexed(fields, _found(fields)), "bbox")
        run.params.areaRng = [list(ALL_AREAS), *map(list, areas)]
        run.params.areaRngLbl = [str(i) for i in range(len(areas) + 1)]
        run.params.maxDets = [MOST]
        run.evaluate()
        run.accumulate()
    told = [_average(run.eval["precision"][:, :, 0, i, 0]) for i in range(len(areas) + 1)]  # (thresholds, recalls)
    return told[0], told[1:]


def _average(precision: Any) -> Average:
    """Where no true cell counts COCO writes -1."""
    if (precision < 0).any():
        return NONE
    return Average(float(precision[0].mean()), float(precision.mean()))


def _has_points(boxes: Boxes) -> bool:
    return bool((boxes[:, 2:] <= boxes[:, :2]).any())


def _indexed(fields: Sequence[Ranked], annotations: Iterable[dict[str, Any]]) -> Any:
    from pycocotools.coco import COCO  # type: ignore[import-untyped]

    table = COCO()
    rows = [{"id": i, **row} for i, row in enumerate(annotations, 1)]  # an id of 0 would count as unmatched
    images = [{"id": i} for i in range(1, len(fields) + 1)]
    table.dataset = {"images": images, "categories": [{"id": 1, "name": "cell"}], "annotations": rows}
    table.createIndex()
    return table


def _true(fields: Sequence[Ranked]) -> Iterable[dict[str, Any]]:
    for number, field in enumerate(fields, 1):
        for boxes, crowd in ((field.truth, 0), (field.ignored, 1)):
            yield from ({**_row(number, box), "iscrowd": crowd} for box in boxes)


def _found(fields: Sequence[Ranked]) -> Iterable[dict[str, Any]]:
    for number, field in enumerate(fields, 1):
        told = zip(field.found, field.scores, strict=True)
        yield from ({**_row(number, box), "score": float(score)} for box, score in told)


def _row(image: int, box: Boxes) -> dict[str, Any]:
    x0, y0, x1, y1 = map(float, box)
    return {"image_id": image, "category_id": 1, "bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0)}
