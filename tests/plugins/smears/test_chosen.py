"""Positions offered to a person, and cells pasted where the person wants them."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leukcad_smears.chosen import ChosenPlaces

from leukcad import Cells, Field, LeukcadError, Step
from leukcad.positions import Placed, Position, PositionFile

Pasting = Callable[..., Step]
both = pytest.mark.parametrize("name", ["paste", "paste-paper"])


def offered(step: Step, field: Field, count: int) -> Cells:
    found = step.call("leukcad_positions", field=field, count=count, step=step)
    assert isinstance(found, Cells)
    return found


def chosen(host: Field, folder: Path, *boxes: tuple[float, float, float, float]) -> Path:
    """A file with these boxes (x, y, width, height) in the field."""
    file = PositionFile.open(folder / "p.json")
    file.put(host.record.id, Placed(tuple(Position(*box) for box in boxes)))
    return file.path


BOXES = [(20.0, 30.0, 150.0, 150.0), (300.0, 40.0, 160.0, 150.0), (60.0, 300.0, 150.0, 155.0)]


@both
def test_offered_positions_lie_inside_apart_and_on_no_leukocyte_the_clearest_first(
    name: str, host: Field, pasting: Pasting
) -> None:
    found = offered(pasting(name), host, 6)
    assert 1 <= len(found) <= 6
    assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)
    taken = [b for b, n in zip(host.truth.boxes.tolist(), host.truth.names(), strict=True) if n != "platelet"]  # type: ignore[union-attr]
    boxes = found.boxes.tolist()
    for i, (x0, y0, x1, y1) in enumerate(boxes):
        assert 0 <= x0 < x1 <= host.width and 0 <= y0 < y1 <= host.height
        for a0, b0, a1, b1 in [*boxes[:i], *taken]:
            assert x1 <= a0 + 1 or a1 <= x0 + 1 or y1 <= b0 + 1 or b1 <= y0 + 1


def test_the_same_field_is_offered_the_same_positions(host: Field, pasting: Pasting) -> None:
    once, again = (offered(pasting("paste"), host, 4).boxes for _ in range(2))
    assert (once == again).all()


@both
def test_cells_are_pasted_into_the_chosen_boxes_one_each_and_nowhere_else(
    name: str, host: Field, donors: list[Field], pasting: Pasting, tmp_path: Path
) -> None:
    file = chosen(host, tmp_path, *BOXES)
    made = list(pasting(name, positions=file).synthesize(host, (1, 2, 3, 4), donors))
    assert [f.record.extra["dose"] for f in made] == [1, 2, 3]  # a fourth cell has no place
    places = [(entry["x"], entry["y"]) for entry in made[-1].ledger]
    middles = [(x + w / 2, y + h / 2) for x, y, w, h in BOXES]
    near = [min(range(3), key=lambda i: abs(middles[i][0] - x) + abs(middles[i][1] - y)) for x, y in places]
    assert sorted(near) == [0, 1, 2]
    for (x, y), i in zip(places, near, strict=True):
        assert abs(x - middles[i][0]) < 5 and abs(y - middles[i][1]) < 5
    changed = (made[-1].array() != host.array()).any(axis=2)
    for x, y, w, h in BOXES:
        changed[int(y) - 2 : int(y + h) + 3, int(x) - 2 : int(x + w) + 3] = False
    assert not changed.any()


def test_draws_take_the_boxes_in_another_order(
    host: Field, donors: list[Field], pasting: Pasting, tmp_path: Path
) -> None:
    file = chosen(host, tmp_path, *BOXES)
    first = {
        tuple(next(pasting("paste", draw, positions=file).synthesize(host, (1,), donors)).ledger[0][k] for k in "xy")
        for draw in range(6)
    }
    assert len(first) > 1


def test_the_coco_file_and_the_table_beside_it_say_the_same(
    host: Field, donors: list[Field], pasting: Pasting, tmp_path: Path
) -> None:
    file = chosen(host, tmp_path, *BOXES)
    made = [
        next(pasting("paste", positions=f).synthesize(host, (2,), donors)) for f in (file, file.with_suffix(".csv"))
    ]
    assert made[0].ledger == made[1].ledger and (made[0].array() == made[1].array()).all()


def test_a_field_without_positions_is_left_as_it_is_and_named_in_the_log(
    ill: Field, host: Field, donors: list[Field], pasting: Pasting, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    step = pasting("paste", positions=chosen(host, tmp_path, *BOXES))
    with caplog.at_level(logging.WARNING, "leukcad"):
        assert list(step.synthesize(ill, (1,), donors)) == []
    assert f"{ill.record.id}: no positions of this field" in caplog.text


def test_a_box_beyond_the_field_is_left_out_and_one_too_small_for_any_donor_is_refused(
    host: Field, donors: list[Field], pasting: Pasting, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    step = pasting("paste", positions=chosen(host, tmp_path, (600, 400, 150, 150)))
    with caplog.at_level(logging.WARNING, "leukcad"):
        assert list(step.synthesize(host, (1,), donors)) == []
    assert "1 positions reach beyond the field" in caplog.text
    small = pasting("paste", positions=chosen(host, tmp_path, (20, 20, 8, 8)))
    with pytest.raises(LeukcadError, match=r"no donor fits a position of 8 px.*draw larger boxes in"):
        list(small.synthesize(host, (1,), donors))


@pytest.mark.parametrize("how", ["render", "paste"])
def test_added_cells_and_their_control_stand_in_the_middles_of_the_chosen_boxes_and_nowhere_else(
    host: Field, donors: list[Field], tmp_path: Path, how: str
) -> None:
    from leukcad_smears.editing.add import Add, ShamAdd

    file = chosen(host, tmp_path, *BOXES)
    middles = {(x + w / 2, y + h / 2) for x, y, w, h in BOXES}
    add = Step("synthesize", "add", Add(how=how, positions=file))  # type: ignore[arg-type]
    for step in (add, Step("synthesize", "sham-add", ShamAdd(positions=file))):
        made = list(step.synthesize(host, (1, 2, 3, 4), donors))
        assert [f.record.extra["dose"] for f in made] == [1, 2, 3]  # a fourth cell has no place
        assert {(line["x"], line["y"]) for line in made[-1].ledger} == middles


@given(st.floats(0, 60), st.floats(20, 40), st.integers(20, 40))
def test_a_cell_lies_in_its_place_where_whole_pixels_allow_it_and_never_beyond_the_field(
    at: float, wide: float, cell: int
) -> None:
    box = Position(at, at, min(wide, 100.5 - at), min(wide, 100.5 - at))
    corner = ChosenPlaces([box], np.random.default_rng(0)).next(cell, cell)
    if corner is not None:
        assert corner[0] + cell <= 100
        if math.ceil(box.x) + cell <= box.x + box.width:
            assert box.x <= corner[0] and corner[0] + cell <= box.x + box.width
