from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from leukcad import Field, LeukcadError
from leukcad.auditing.functions import Function


def told(field: Field) -> str | None:
    return field.record.label


def plants() -> list:
    from plants.catalogue import PLANTS

    return PLANTS


def test_the_bench_holds_as_many_plants_of_each_kind_as_the_verdict_page_asks_for():
    counts = Counter(p.meant for p in plants())
    assert counts["right"] >= 12 and counts["wrong"] >= 12 and counts["mixed"] >= 6
    assert sum(p.meant == "mixed" and p.no_arm for p in plants()) >= 4
    assert len({p.name for p in plants()}) == len(plants())
    assert {p.reads for p in plants() if p.meant == "right"} >= {"truth", "pixels"}


@pytest.mark.parametrize("bench", ["count", "laboratory"])
def test_every_plant_answers_one_class_a_field_and_the_same_whatever_stands_beside_it(
    bench: str, counted: list[Field], trapped: list[Field]
):
    from plants.catalogue import plants_of
    from plants.plant import Training

    fields = counted if bench == "count" else trapped
    material = Training(fields, counted)
    for plant in plants_of(bench):
        if plant.name in ("network-share", "network-mean", "context", "inherited", "direct"):
            continue  # the networks take seconds to learn; the quick bench has them
        rule = plant.fit(material)
        together = rule(fields)
        assert together == [rule([f])[0] for f in fields], plant.name
        assert set(together) <= {"ALL", "healthy", None}, plant.name


def test_oracles_without_errors_tell_every_untouched_field_right(counted: list[Field]):
    from plants.catalogue import plants_of
    from plants.plant import Training

    exact = {"any-blast", "two-blasts", "share", "majority"}
    for plant in plants_of("count"):
        if plant.name in exact:
            assert plant.fit(Training(counted, counted))(counted) == [told(f) for f in counted], plant.name


def test_an_oracle_errs_alike_on_the_same_cell_and_at_its_rate():
    from plants.oracles import seen

    from leukcad import Cells, Record

    boxes = [[10 * i, 0, 10 * i + 9, 9] for i in range(400)]
    truth = Cells.of(boxes, labels=[0] * 400, classes=("lymphoblast",))
    field = Field.of(Record("a_1", label="ALL"), np.zeros((10, 4000, 3), np.uint8), truth=truth)
    first, again = (seen(field, missed=0.1).blasts for _ in range(2))
    assert (first == again).all()
    assert 0.05 < float((~first).mean()) < 0.16


def test_each_shortcut_of_the_laboratory_parts_the_classes_and_none_reads_the_truth(trapped: list[Field]):
    from plants.plant import Training
    from plants.shortcuts import one_number

    blind = [f.replace(truth=None, record=f.record.replace(id=f"x{i}", source="")) for i, f in enumerate(trapped)]
    for name in ("scale_bar", "border", "jpeg_grid", "warmth"):
        rule = one_number(name)(Training(trapped, []))
        assert rule(blind) == [told(f) for f in trapped], name


def test_the_traps_of_the_microscope_follow_the_host_and_stay_when_it_is_redrawn(counted: list[Field]):
    from plants.laboratory import burn_in

    healthy = next(f for f in counted if told(f) == "healthy")
    leukaemic = next(f for f in counted if told(f) == "ALL")
    edited = leukaemic.replace(
        record=leukaemic.record.replace(id="new", label="healthy", source=leukaemic.record.source)
    )
    assert burn_in(healthy) is healthy
    assert (burn_in(edited).array() == burn_in(leukaemic).array()).all()
    assert not (burn_in(leukaemic).array() == leukaemic.array()).all()


def test_anaemia_is_part_of_the_scene_and_takes_a_third_of_the_red_cells(draw: Callable[..., list[Field]]):
    plain, anaemic = (draw("both", 1, trapped=trapped) for trapped in (False, True))
    for one, other in zip(plain, anaemic, strict=True):
        assert one.scene is not None and other.scene is not None
        share = len(other.scene["red_cells"]) / len(one.scene["red_cells"])
        assert share == 1 if told(one) == "healthy" else 0.5 < share < 0.8


def test_a_plant_from_outside_is_named_as_module_and_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from plants.catalogue import from_outside

    (tmp_path / "strangers.py").write_text("def dark(fields):\n    return [None for _ in fields]\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert from_outside("strangers:dark").fit(None)([1, 2]) == [None, None]
    with pytest.raises(LeukcadError, match="strangers:light"):
        from_outside("strangers:light")
    with pytest.raises(LeukcadError, match="write module:function"):
        from_outside("nowhere_at_all:dark")


def test_plants_stand_before_the_engine_as_functions_over_fields(counted: list[Field]):
    from plants.judge import models_of

    model = models_of({"labels": lambda fields: [told(f) for f in fields]}, burned=False)[0]
    assert isinstance(model, Function) and model.name == "labels"
    assert [a.called for a in model.answers(counted)] == [told(f) for f in counted]
