"""Edited fields: how many cells where not all fit, what is true afterwards, what is left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from leukcad import LeukcadError, Record, Step, hookimpl
from leukcad.auditing.arms import Arm, Kinds
from leukcad.auditing.making import Edited, edited
from leukcad.auditing.plan import Plan
from leukcad.types import Cells, Field

NAMES = ("lymphocyte", "lymphoblast")
KINDS = Kinds(("lymphocyte",), ("lymphoblast",))


class Pretend:
    """Adds cells of one kind as long as there is room, without touching a pixel; in some draws there is none."""

    def __init__(self, room: int = 99, kind: str = "lymphocyte", full: Sequence[int] = ()) -> None:
        self.room, self.kind, self.full = room, kind, full
        self.asked: list[list[int]] = []

    @hookimpl
    def leukcad_synthesize(
        self, field: Field, doses: Sequence[int], donors: Sequence[Field], step: Step
    ) -> Iterator[Field]:
        self.asked.append(list(doses))
        if step.draw in self.full:
            raise LeukcadError(f"no place in {field.record.id}")
        for dose in doses:
            if dose > self.room:
                return
            names = [*(field.truth.names() if field.truth else []), *[self.kind] * dose]
            ledger = [*field.ledger, *({"cell": i, "donor_source": "donor/1", "kind": "?"} for i in range(dose))]
            record = field.record.replace(id=f"{field.record.id}+{dose}@{step.draw}")
            yield field.replace(record=record, truth=cells(names), ledger=tuple(ledger))


def cells(names: Sequence[str]) -> Cells:
    boxes = np.tile(np.float32([1, 1, 3, 3]), (len(names), 1))
    return Cells.of(boxes, labels=[NAMES.index(n) for n in names], classes=NAMES)


def host(label: str, *names: str) -> Field:
    return Field.of(Record("Im1", label=label), np.zeros((8, 8, 3), np.uint8), truth=cells(names))


def make(arm: Arm, field: Field, component: Pretend, **more: Any) -> list[Edited]:
    step = Step("synthesize", "pretend", component)
    spec: Any = SimpleNamespace(
        positive="ALL",
        classes=("healthy", "ALL"),
        cell_classes={"healthy": ("lymphocyte",), "blast": ("lymphoblast",)},
        audit=SimpleNamespace(min_blasts=1, margin=0.2),
    )
    counts: Any = SimpleNamespace(k=10, few=3)
    told: dict[str, Any] = {"steps": {arm.name: step}, "donors": [], "counts": counts, "kinds": KINDS}
    told |= {"draws": 2, "doses": (2, 5, 20), "labels": {}, **more}
    names = ("records", "arms", "unavailable", "rendered")
    bench: Any = SimpleNamespace(spec=spec)
    plan = Plan(bench=bench, base=bench, **dict.fromkeys(names, ()), **told)  # type: ignore[arg-type]
    return list(edited(plan, arm, field))


ADD = Arm("M0", "negative", "add", {}, "k", "negative")
BLASTS = Arm("M1", "negative", "add", {}, "k", "positive")


def test_an_untouched_field_is_asked_about_once_and_keeps_its_name() -> None:
    (one,) = make(Arm("A-", "negative"), host("healthy"), Pretend())
    assert one.sets == ("audit:A-",) and one.field.record.id == "Im1" and one.jpeg[:2] == b"\xff\xd8"


def test_each_draw_gives_the_full_number_of_cells_where_it_fits() -> None:
    made = make(ADD, host("healthy"), Pretend())
    assert [(e.dose, e.draw, e.sets) for e in made] == [(10, 0, ("audit:M0",)), (10, 1, ("audit:M0",))]
    assert all(e.field.record.label == "healthy" for e in made)


@pytest.mark.parametrize(("room", "dose"), [(9, 9), (6, 6), (5, 5)])
def test_where_half_of_the_cells_fit_as_many_as_fit_are_added(room: int, dose: int) -> None:
    assert [e.dose for e in make(ADD, host("healthy"), Pretend(room))] == [dose, dose]


def test_where_less_than_half_fit_the_field_is_left_out_with_the_reason() -> None:
    with pytest.raises(LeukcadError, match="fewer than 5 cells fit"):
        make(ADD, host("healthy"), Pretend(room=4))


def test_a_draw_without_room_is_skipped_and_the_others_stand() -> None:
    assert [e.draw for e in make(ADD, host("healthy"), Pretend(full=[0]))] == [1]
    with pytest.raises(LeukcadError, match="no place in Im1"):
        make(ADD, host("healthy"), Pretend(full=[0, 1]))


def test_a_curve_takes_its_doses_from_the_same_series_and_shares_the_arms_own() -> None:
    arm = Arm("M0", "negative", "add", {}, "k", "negative", curve="dose")
    component = Pretend(room=12)
    made = make(arm, host("healthy"), component, draws=1, doses=(2, 10, 20))
    assert component.asked == [[2, 10, 20]]
    assert [(e.dose, e.sets) for e in made] == [(2, ("audit:dose",)), (10, ("audit:dose", "audit:M0"))]


def test_where_not_all_cells_fit_an_arm_adds_as_many_with_a_curve_as_without_one() -> None:
    arm = Arm("M0", "negative", "add", {}, "k", "negative", curve="dose")
    made = make(arm, host("healthy"), Pretend(room=8), doses=(2, 5, 20))
    added = [(e.dose, e.draw) for e in made if "audit:M0" in e.sets]
    assert added == [(e.dose, e.draw) for e in make(ADD, host("healthy"), Pretend(room=8))] == [(8, 0), (8, 1)]


def test_a_field_with_blasts_added_is_positive_if_they_are_half_of_its_cells_and_else_not_scored() -> None:
    few = host("healthy", *["lymphocyte"] * 10)
    assert [e.field.record.label for e in make(BLASTS, few, Pretend(kind="lymphoblast"))] == ["ALL", "ALL"]
    with pytest.raises(LeukcadError, match="fewer than 2 blasts, or than half"):
        make(BLASTS, host("healthy", *["lymphocyte"] * 11), Pretend(kind="lymphoblast"))


def test_every_blast_is_exchanged_and_the_field_is_negative_then() -> None:
    arm = Arm("S", "positive", "swap", {}, "blasts", "negative")
    component = Pretend()
    made = make(arm, host("ALL", "lymphoblast", "lymphoblast", "lymphocyte"), component)
    assert component.asked == [[2], [2]] and {e.field.record.label for e in made} == {"healthy"}


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["lymphoblast"] * 3, "it holds no more than 3 cells"),
        (["lymphoblast"] * 2 + ["lymphocyte"] * 5, "fewer than 3 blasts"),
    ],
)
def test_a_field_that_cannot_be_thinned_to_blasts_is_left_out(names: list[str], reason: str) -> None:
    with pytest.raises(LeukcadError, match=reason):
        make(Arm("L", "positive", "thin", {}, "thin", "positive"), host("ALL", *names), Pretend())


def test_a_field_without_annotations_cannot_have_its_blasts_exchanged() -> None:
    bare = Field.of(Record("Im1", label="ALL"), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(LeukcadError, match="its cells are not annotated"):
        make(Arm("S", "positive", "swap", {}, "blasts", "negative"), bare, Pretend())


def test_a_transplanted_cell_brings_the_class_of_the_field_that_it_comes_from() -> None:
    arm = Arm("T", "all", "transplant", {}, "one", "donor")
    made = make(arm, host("healthy", "lymphocyte"), Pretend(), kinds=None, labels={"donor/1": "ALL"})
    assert {e.field.record.label for e in made} == {"ALL"}
    with pytest.raises(LeukcadError, match="whose class is not known"):
        make(arm, host("healthy", "lymphocyte"), Pretend(), kinds=None)
