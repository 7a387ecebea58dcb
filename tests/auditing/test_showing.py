"""Example fields beside the page: every picture is that of its own edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from leukcad import Record, Step, hookimpl
from leukcad.auditing.arms import Arm, Kinds
from leukcad.auditing.plan import Plan
from leukcad.auditing.showing import examples
from leukcad.evaluation.answers import Answer
from leukcad.types import Cells, Field

SIDE = 64


class Spot:
    """Adds one dark cell, in every draw at another place."""

    @hookimpl
    def leukcad_synthesize(
        self, field: Field, doses: Sequence[int], donors: Sequence[Field], step: Step
    ) -> Iterator[Field]:
        x = 8 + 32 * step.draw
        pixels = field.array().copy()
        pixels[8:24, x : x + 16] = 0
        truth = Cells.of([[x, 8, x + 16, 24]], labels=[0], classes=["lymphocyte"])
        yield Field.of(field.record, pixels, truth=truth, ledger=[{"cell": 0, "donor_source": "d", "kind": "?"}])


def test_two_draws_of_one_field_are_shown_in_pictures_of_their_own_with_their_own_outlines(tmp_path: Path) -> None:
    arm = Arm("M0", "negative", "add", {}, "k", "negative")
    empty = Cells.of([], classes=["lymphocyte"])
    host = Field.of(Record("Im1", label="healthy"), np.full((SIDE, SIDE, 3), 230, np.uint8), truth=empty)
    sure = {"healthy": 0.5, "ALL": 0.5}
    rows = [
        Answer("M0", "Im1", "Im1", "Im1", "healthy", sure, called, dose=1, draw=draw)
        for draw, called in enumerate(("ALL", "healthy"))
    ]
    case: Any = SimpleNamespace(sets={"M0": rows}, untouched=lambda arm: [])
    source = SimpleNamespace(read=lambda record: host)
    spec = SimpleNamespace(
        positive="ALL",
        classes=("healthy", "ALL"),
        cell_classes={"healthy": ("lymphocyte",), "blast": ("lymphoblast",)},
        audit=SimpleNamespace(min_blasts=1, margin=0.2),
    )
    told: dict[str, Any] = {
        "bench": SimpleNamespace(spec=spec),
        "base": SimpleNamespace(source=source),
        "records": [host.record],
        "arms": [arm],
        "steps": {"M0": Step("synthesize", "spot", Spot())},
        "counts": SimpleNamespace(k=1, few=3),
        "kinds": Kinds(("lymphocyte",), ("lymphoblast",)),
    }
    plan = Plan(donors=[], draws=2, doses=(), labels={}, unavailable={}, rendered=False, **told)  # type: ignore[arg-type]
    shown = examples(plan, {"a model": case}, tmp_path)
    assert len(shown) == 2 and len({row["edited"] for row in shown}) == 2
    for row in shown:
        drawn = np.asarray(Image.open(tmp_path / row["edited"]).convert("L"))
        (outline,) = row["edited_drawn"]["truth"]
        assert drawn[16, (outline[0] + outline[2]) // 2] < 90 and drawn[drawn < 90].size == 16 * 16
