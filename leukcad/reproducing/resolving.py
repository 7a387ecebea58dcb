"""How much of the difference between blasts and other leukocytes is left at how many pixels a cell."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from leukcad.errors import LeukcadError
from leukcad.reproducing.running import Order
from leukcad.step import log

if TYPE_CHECKING:
    from leukcad.assembly import Source
    from leukcad.evaluation.answers import Answer
    from leukcad.experiment import Bench

CELLS = "resolution/cells.yaml"
SIDES = (224, 300, 448, 896)  # px of a network's square
LYMPHOCYTES = ("lymphocyte", "reactive_lymphocyte")
WBC = 115  # px of a leukocyte in ALL-IDB1's fields of 2592 × 1944
FIELD = (2592, 1944)


def curve(order: Order) -> dict[str, Any]:
    """`{"cell", "against", "rows": [{"diameter", "auroc", "low", "high", "n"}], "sides": […]}`.

    One small network learns the cells at each diameter anew, px. against: what blasts are told from: lymphocytes where
    the data name them, else all other leukocytes. sides: the diameter that each side of a square leaves a leukocyte of
    ALL-IDB1, squashed (the mean of both axes) and letterboxed.
    """
    from leukcad import experiment
    from leukcad.evaluation.auroc import auroc
    from leukcad.study import load_specs, train_all

    path = f"{order.place.pipelines}/{CELLS}"
    sets = [one.format(data=order.data) for one in order.place.cell_sets]
    plain = load_specs([path], sets=sets, out=order.out)[0]
    setting = experiment.make_setting(device=order.device or plain.device)
    cell = diameter_of(experiment.make_bench(plain, setting).source)
    rows, against = [], ""
    for px in order.scale.diameters:
        log.info("cells of %d px", px)
        factor = min(1.0, px / cell)
        specs = load_specs([path], sets=[*sets, f"steps.preprocess.factor={factor:.4f}"], out=order.out)
        models, bench = train_all(specs, setting, order.out)
        (book,) = experiment.test(models, bench)
        told, against = chosen(book.answers, bench)
        positive = str(bench.spec.positive)
        groups = [a.group for a in told]  # cells of one field depend on each other
        area = auroc([a.probabilities[positive] for a in told], [a.truth == positive for a in told], groups)
        rows.append({"diameter": px, "auroc": area.value, "low": area.low, "high": area.high, "n": len(told)})
    return {"cell": cell, "against": against, "rows": rows, "sides": [left(side) for side in SIDES]}


def diameter_of(source: Source) -> float:
    """The median of the longer sides of annotated cells, px. Raises LeukcadError where there are none."""
    fields = [f for f in map(source.read, source.records) if f is not None]
    boxes = [box for f in fields if f.truth is not None for box in f.truth.boxes.tolist()]
    if not boxes:
        raise LeukcadError("resolution: no annotated cell in the single-cell pictures", cure="give their masks")
    return float(median(max(x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes))


def chosen(answers: Sequence[Answer], bench: Bench) -> tuple[list[Answer], str]:
    """The answers to blasts and lymphocytes, else to all cells; and what the blasts stand against."""
    kinds = {r.id: r.extra.get("detail") for r in bench.source.records}
    positive = bench.spec.positive
    some = [a for a in answers if a.truth == positive or kinds.get(a.field) in LYMPHOCYTES]
    if any(a.truth != positive for a in some):
        return some, "lymphocytes"
    return list(answers), "other leukocytes"


def left(side: int) -> dict[str, Any]:
    """The diameter in px that a leukocyte of ALL-IDB1 has in a square of `side` px."""
    along = [WBC * side / length for length in FIELD]
    return {"side": side, "squashed": sum(along) / 2, "letterboxed": along[0]}


def at(told: dict[str, Any], diameter: float) -> float:
    """The AUROC at a diameter, between the measured ones in a straight line."""
    import numpy as np

    rows = [row for row in told["rows"] if row["auroc"] is not None]
    return float(np.interp(diameter, [r["diameter"] for r in rows], [r["auroc"] for r in rows]))
