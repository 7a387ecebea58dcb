"""What is placed on the page is where a pipeline pastes: what docs/placement.md says of `positions`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leukcad.answering import versions
from leukcad.assembly import Setting
from leukcad.config import ConfigError, load_pipeline
from leukcad.experiment import Bench, make_bench
from leukcad.host import discover
from leukcad.placing import Placement, site
from leukcad.serving import Request

PIPELINE = """
data: {use: simulated, healthy: 6, leukaemic: 6, width: 400, height: 300}
test: {use: simulated, healthy: 3, leukaemic: 0, width: 640, height: 480, seed: 5, prefix: Im}
classes: [healthy, ALL]
positive: ALL
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
synthesize: {use: paste, positions: p.json, doses: [1, 2], draws: 1, donors: {use: simulated-cells, seed: 5}}
steps: [{detect: nuclei}, {diagnose: {use: number, at_least: 2}}]
"""
BOXES = [(40.0, 60.0, 150.0, 150.0), (400.0, 300.0, 160.0, 150.0)]


@pytest.fixture
def bench(placement_in: Callable[[Path], Placement], tmp_path: Path) -> Callable[[], Bench]:
    """The bench of a pipeline beside the file that the page has saved two boxes into, in its second field."""
    pages = site(placement_in(tmp_path))
    boxes = [
        {**dict(zip(("x", "y", "width", "height"), b, strict=True)), "origin": "drawn", "rejected": False}
        for b in BOXES
    ]
    boxes.append({**boxes[0], "x": 200.0, "rejected": True})
    told = json.dumps({"boxes": boxes, "done": True, "revision": 0}).encode()
    pages.answer(Request("PUT", "/api/fields/1", body=told))
    (tmp_path / "mine.yaml").write_text(PIPELINE)
    return lambda: make_bench(load_pipeline(tmp_path / "mine.yaml", discover()), Setting(discover(), quick=True))


def test_the_series_of_a_pipeline_holds_cells_at_the_placed_positions_and_nowhere_else(
    bench: Callable[[], Bench],
) -> None:
    plan = bench().series()
    assert plan is not None
    fields = [plan.base.source.read(record) for record in plan.base.records]
    made = [list(versions(plan, field)) for field in fields if field is not None]
    assert [len(one) for one in made] == [0, 2, 0]  # the other fields have no positions
    field, dose, _ = made[1][-1]
    assert dose == 2
    for entry in field.ledger:
        assert any(x <= entry["x"] <= x + w and y <= entry["y"] <= y + h for x, y, w, h in BOXES)
    assert len({entry["x"] < 300 for entry in field.ledger}) == 2  # one in each box


def test_other_positions_make_another_bench_so_that_no_stale_answer_is_reused(
    bench: Callable[[], Bench], tmp_path: Path
) -> None:
    before = bench().digest()
    assert bench().digest() == before
    path = tmp_path / "p.json"
    path.write_text(path.read_text().replace("400.0", "390.0"))
    assert bench().digest() != before


def test_a_file_that_is_not_there_is_named_when_the_pipeline_is_checked(
    bench: Callable[[], Bench], tmp_path: Path
) -> None:
    (tmp_path / "p.json").unlink()
    with pytest.raises(ConfigError, match=r"p\.json"):
        bench()
