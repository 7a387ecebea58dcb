"""What a bench holds: the fields of the classes that it names, and no others."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from leukcad.config import load_bench
from leukcad.errors import LeukcadError
from leukcad.experiment import Bench, make_bench, make_setting
from leukcad.host import discover

BENCH = """
data: {use: simulated, healthy: 4, leukaemic: 3, width: 400, height: 300}
test: {use: simulated, healthy: 2, leukaemic: 2, width: 400, height: 300, seed: 9, prefix: Fresh}
split: {use: stratified, train: 0.5, validation: 0.5, test: 0}
"""


def opened(folder: Path, classes: str) -> Bench:
    (folder / "b.yaml").write_text(f"{BENCH}classes: [{classes}]\n", encoding="utf-8")
    return make_bench(load_bench(folder / "b.yaml", discover()), make_setting(cache=folder / "cache"))


def test_fields_of_a_class_that_the_bench_does_not_name_neither_teach_nor_test_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        bench = opened(tmp_path, "healthy, AML")
    assert {r.label for s in bench.sets for r in s.records} == {"healthy"} == {r.label for r in bench.source.records}
    assert "3 fields of ALL are left out" in caplog.text


def test_a_bench_none_of_whose_fields_is_of_its_classes_is_refused_with_the_classes_that_came(tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match=r"no field is of a class in \[CML, AML\]") as error:
        opened(tmp_path, "CML, AML")
    assert error.value.cure == "name these: ALL, healthy"
