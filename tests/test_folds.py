from __future__ import annotations

import json
from pathlib import Path

import pytest

from leukcad import LeukcadError
from leukcad.evaluation.answers import Answer
from leukcad.folds import Fold, Folds, corrected, pool
from leukcad.study import cross_validate

BENCH = """
data: {use: simulated, healthy: 9, leukaemic: 9, width: 400, height: 300}
test: {use: simulated, healthy: 2, leukaemic: 2, width: 400, height: 300, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
synthesize: {use: paste, doses: [2], of: test, donors: {use: simulated-cells, healthy: 6, leukaemic: 2, width: 400}}
explained: 1
"""
PIPELINE = """
extends: bench.yaml
steps:
  - classify: {use: torchvision, name: shufflenet_v2_x0_5, input_size: 64, train: {epochs: 1, lr: LR, batch: 8}}
"""


def answers(right: dict[str, bool]) -> tuple[Answer, ...]:
    told = {True: "ALL", False: "healthy"}
    p = {"healthy": 0.5, "ALL": 0.5}
    return tuple(Answer("test", f, f, f, "ALL", p, told[r]) for f, r in right.items())


@pytest.mark.slow
def test_every_field_is_tested_once_a_repetition_by_a_pipeline_that_never_saw_it(tmp_path: Path) -> None:
    (tmp_path / "bench.yaml").write_text(BENCH)
    for name, lr in (("slow", "1e-5"), ("fast", "1e-3")):
        (tmp_path / f"{name}.yaml").write_text(PIPELINE.replace("LR", lr))
    both = [tmp_path / "slow.yaml", tmp_path / "fast.yaml"]
    found = cross_validate(both, Folds(3, block=2), out=tmp_path / "runs")
    assert found.results["pipelines"]["fast"]["test"]["accuracy"]["n"] == 18
    assert found.results["paired"]["imgSynt2"]["groups"] == 18
    (pair,) = found.results["folds"]["pairs"]["test"]
    assert (pair["first"], pair["second"], pair["df"]) == ("slow", "fast", 2)
    words = found.page.read_text(encoding="utf-8")
    assert "3 folds, blocks of 2 neighbours kept whole" in words and "corrected t" in words
    seen = [json.loads(p.read_text())["sha256"] for p in sorted((tmp_path / "runs").glob("fast-*/learned_from.json"))]
    told = [json.loads(line) for line in (tmp_path / "runs/folds/fast.jsonl").read_text().splitlines()]
    tested = {a["field"] for a in told if a.get("set") == "test"}
    assert len(seen) == 3 and all(len(s) == 12 for s in seen) and len(tested) == 18
    assert not any(field.startswith("Fresh") for field in tested)


def test_repetitions_of_a_field_are_one_cluster(tmp_path: Path) -> None:
    once = Fold(0, {"x": answers({"a": True, "b": False})}, 2, 4)
    again = Fold(1, {"x": answers({"a": True, "b": True})}, 2, 4)
    book = pool([once, again], tmp_path)["x"]
    assert [(a.field, a.draw) for a in book.answers] == [("a", 0), ("b", 0), ("a", 1000), ("b", 1000)]
    from leukcad.evaluation.metrics import rates

    rate = rates(book.answers, ("healthy", "ALL"), "ALL")["accuracy"]
    assert (rate.value, rate.n) == (0.75, 2)


def test_pooling_anew_leaves_nothing_of_what_was_pooled_before(tmp_path: Path) -> None:
    fold = Fold(0, {"x": answers({"a": True})}, 1, 2)
    pool([fold], tmp_path)
    assert len(pool([fold], tmp_path)["x"].answers) == 1


def test_the_corrected_test_takes_the_share_of_right_groups_of_each_fold() -> None:
    folds = [
        Fold(0, {"x": answers({"a": True, "b": True}), "y": answers({"a": False, "b": True})}, 2, 2),
        Fold(0, {"x": answers({"c": True, "d": True}), "y": answers({"c": True, "d": True})}, 2, 2),
    ]
    (pair,) = corrected(folds, "ALL")["test"]
    assert pair["difference"] == pytest.approx(0.25)
    assert pair["df"] == 1 and pair["p"] == pair["p_holm"] > 0.5
    assert corrected([Fold(0, {"x": answers({"a": True})}, 1, 2)], "ALL") == {}


def test_folds_that_cannot_be_made_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match="folds: expected 3 or more, got 2"):
        Folds(2)
    with pytest.raises(LeukcadError, match="finished run"):
        cross_validate(["runs/direct-12345678"], Folds(5))
